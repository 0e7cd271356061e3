/* The Cortex-M4 from reset to main, its two timers, and what newlib asks of a system. */
#include <errno.h>
#include <string.h>
#include "board.h"

extern uint8_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[], heap_start[], heap_end[];
void frames_interrupt(void);
int main(void);

/* CMSDK APB timer, DDI0479: counts down from `reload`, once a tick. */
struct timer { volatile uint32_t control, value, reload, interrupt; };
#define CLOCK ((struct timer *)0x40000000)
#define ALARM ((struct timer *)0x40001000)
enum { TIMER_ENABLE = 1, TIMER_INTERRUPT = 8 };

#define NVIC_ENABLE (*(volatile uint32_t *)0xe000e100)
enum { IRQ_UART0_RX = 0, IRQ_TIMER1 = 9 };

/* The longest sleep: the clock, which wraps after 171 s, must be read meanwhile. */
#define SLEEP_MAX (60 * (uint64_t)TICK_HZ)

static uint64_t ticks, asleep;
static uint32_t last;

void reset(void) {
  memcpy(data_start, data_load, data_end - data_start);
  memset(bss_start, 0, bss_end - bss_start);
  CLOCK->reload = CLOCK->value = last = UINT32_MAX;
  CLOCK->control = TIMER_ENABLE;
  NVIC_ENABLE = 1 << IRQ_UART0_RX | 1 << IRQ_TIMER1;
  host_exit(main());
}

static void fault(void) {
  __asm volatile("msr msp, %0" :: "r"(stack_top));
  host_print("The processor faulted: a bad address, or the stack overflowed.\n");
  host_exit(3);
}

static void alarm_interrupt(void) {
  ALARM->control = 0;
  ALARM->interrupt = 1;
}

typedef void handler(void);
__attribute__((section(".vectors"), used)) static handler *const vectors[16 + 32] = {
  (handler *)stack_top, reset, fault, fault, fault, fault, fault,
  [16 + IRQ_UART0_RX] = frames_interrupt, [16 + IRQ_TIMER1] = alarm_interrupt,
};

uint64_t board_ticks(void) {
  uint32_t value = CLOCK->value;
  ticks += last - value;
  last = value;
  return ticks;
}

uint64_t board_asleep(void) { return asleep; }

void board_sleep(uint64_t until) {
  uint64_t start = board_ticks();
  if (until <= start) return;
  uint64_t wait = until - start < SLEEP_MAX ? until - start : SLEEP_MAX;
  ALARM->reload = 0;
  ALARM->value = (uint32_t)wait;
  ALARM->control = TIMER_ENABLE | TIMER_INTERRUPT;
  __asm volatile("wfi" ::: "memory");
  asleep += board_ticks() - start;
}

/* The alarm is free while nobody sleeps. It begins a tick of its own, so that what is timed takes the same each time. */
void stopwatch_start(void) {
  ALARM->control = 0;
  ALARM->reload = 0;
  ALARM->value = UINT32_MAX;
  ALARM->control = TIMER_ENABLE;
}

uint32_t stopwatch_stop(void) {
  uint32_t passed = UINT32_MAX - ALARM->value;
  ALARM->control = 0;
  return passed;
}

/* ---- newlib ---- */

void *_sbrk(int bytes) {
  static uint8_t *end = heap_start;
  if (bytes > heap_end - end) {
    errno = ENOMEM;
    return (void *)-1;
  }
  end += bytes;
  return end - bytes;
}

int _write(int file, const char *bytes, int length) {
  char line[128];
  (void)file;
  for (int done = 0; done < length;) {
    int part = length - done < (int)sizeof line - 1 ? length - done : (int)sizeof line - 1;
    memcpy(line, bytes + done, part);
    line[part] = 0;
    host_print(line);
    done += part;
  }
  return length;
}

int _gettimeofday(void *time, void *zone) {
  (void)zone;
  uint64_t now = board_ticks();
  struct { int64_t seconds; int32_t microseconds; } from_start = { now / TICK_HZ, now % TICK_HZ / (TICK_HZ / 1000000) };
  memcpy(time, &from_start, sizeof from_start);
  return 0;
}

void _exit(int code) { host_exit(code); }
int _read(int file, char *bytes, int length) { (void)file, (void)bytes, (void)length; return 0; }
int _close(int file) { (void)file; return -1; }
int _fstat(int file, void *status) { (void)file, (void)status; return -1; }
int _isatty(int file) { (void)file; return 1; }
int _lseek(int file, int offset, int from) { (void)file, (void)offset, (void)from; return -1; }
int _kill(int process, int signal) { (void)process; host_exit(128 + signal); }
int _getpid(void) { return 1; }
