/*
 * Frames on the UART: the length of the body in two bytes, most significant first, then the body.
 *
 * The line has no checksum: what it garbles, DTLS must survive, as on a network. Only the loss of the frames' bounds
 * is noticed: a body longer than FRAME_MAX, or a frame whose rest does not come. After SILENCE that is told, and what
 * comes then begins a frame.
 */
#include "board.h"

#define SILENCE (TICK_HZ / 10)
#define HEADER 2
#define RING (1u << 13)

/* CMSDK APB UART, DDI0479. */
struct uart { volatile uint32_t data, state, control, interrupt, divisor; };
#define UART ((struct uart *)0x40004000)
enum { TX_FULL = 1, RX_FULL = 2 };
enum { TX_ENABLE = 1, RX_ENABLE = 2, RX_INTERRUPT = 8 };
enum { RX_CLEAR = 2 };

/* Bytes come in at `head` by interrupt and are taken out at `tail`; positions only grow. */
static uint8_t ring[RING];
static volatile uint32_t head;
static uint32_t tail;
/* How far the main loop has looked, when there was something new, and whether a frame too long is passing by. */
static uint32_t seen;
static uint64_t heard;
static int lost;

void frames_start(void) {
  UART->divisor = 16;
  UART->control = TX_ENABLE | RX_ENABLE | RX_INTERRUPT;
}

/* With a full ring the byte stays in the UART, and the rest with the sender, until there is room. */
void frames_interrupt(void) {
  UART->interrupt = RX_CLEAR;
  if (head - tail == RING) UART->control = TX_ENABLE | RX_ENABLE;
  else ring[head++ % RING] = (uint8_t)UART->data;
}

static void take(uint32_t length) {
  board_mask();
  tail += length;
  if ((UART->control & RX_INTERRUPT) == 0) {
    UART->control = TX_ENABLE | RX_ENABLE | RX_INTERRUPT;
    if (UART->state & RX_FULL) frames_interrupt();
  }
  board_unmask();
}

static uint32_t body_length(void) { return (uint32_t)ring[tail % RING] << 8 | ring[(tail + 1) % RING]; }

static int is_too_long(void) { return head - tail >= HEADER && body_length() > FRAME_MAX; }
static int is_whole(void) { return head - tail >= HEADER && head - tail >= HEADER + body_length() && !is_too_long(); }
static int is_silent(void) { return head == seen && board_ticks() - heard >= SILENCE; }

int frames_are_new(void) { return head != seen; }

int frames_wait(uint64_t *until) {
  if (head != seen) {
    seen = head;
    heard = board_ticks();
  }
  if (!lost) lost = is_too_long();
  if (lost) take(seen - tail);
  else if (is_whole()) return 1;
  else if (seen == tail) return 0;
  if (heard + SILENCE < *until) *until = heard + SILENCE;
  return is_silent();
}

int32_t frame_read(uint8_t *body) {
  if (!lost && is_whole()) {
    uint32_t length = body_length();
    for (uint32_t i = 0; i < length; i++) body[i] = ring[(tail + HEADER + i) % RING];
    take(HEADER + length);
    return (int32_t)length;
  }
  if ((!lost && head == tail) || !is_silent()) return FRAME_NONE;
  int32_t fault = lost ? FRAME_TOO_LONG : FRAME_CUT;
  lost = 0;
  take(seen - tail);
  return fault;
}

static void put(uint8_t byte) {
  while (UART->state & TX_FULL) {}
  UART->data = byte;
}

void frame_write(const uint8_t *body, uint32_t length) {
  put((uint8_t)(length >> 8));
  put((uint8_t)length);
  for (uint32_t i = 0; i < length; i++) put(body[i]);
}
