/* The machine under the module: its memory, its traps, its random bytes, and the way in. */
#include <setjmp.h>
#include <stddef.h>
#include "thimble_runtime.h"

/* Words of the memory are words of the processor (thimble_runtime.h). */
uint8_t thimble_memory[THIMBLE_MEMORY_BYTES] __attribute__((aligned(8)));
const uint32_t thimble_memory_bytes = sizeof thimble_memory;

const char thimble_out_of_bounds[] = "access out of bounds";
const char thimble_division_by_zero[] = "division by zero";
const char thimble_unreachable[] = "unreachable code reached";
const char thimble_two_sizes[] = "compiled for two sizes of memory";

/* Why no call enters the module; thimble_start clears it. */
static const char *trapped = "not started";
static jmp_buf way_out;
static u32 info;

/* Whatever the module held, keys among it, is of no use any more. */
void thimble_raise(const char *what) {
  trapped = what;
  memset(thimble_memory, 0, sizeof thimble_memory);
  longjmp(way_out, 1);
}

const char *thimble_trap(void) { return trapped; }

void thimble_memory_fill(u32 to, u32 value, u32 length) {
  if (length > MEMORY_BYTES || to > MEMORY_BYTES - length) thimble_raise(thimble_out_of_bounds);
  memset(thimble_memory + to, (int)value, length);
}

void thimble_memory_copy(u32 to, u32 from, u32 length) {
  if (length > MEMORY_BYTES || to > MEMORY_BYTES - length || from > MEMORY_BYTES - length) {
    thimble_raise(thimble_out_of_bounds);
  }
  memmove(thimble_memory + to, thimble_memory + from, length);
}

u32 thimble_gather(const u8 *from, u32 size) {
  u32 value = 0;
  while (size > 0) value = value << 8 | from[--size];
  return value;
}

void thimble_scatter(u8 *to, u64 value, u32 size) {
  for (; size > 0; size--, value >>= 8) *to++ = (u8)value;
}

u32 thimble_random(u32 to, u32 length) {
  if (length > MEMORY_BYTES || to > MEMORY_BYTES - length) thimble_raise(thimble_out_of_bounds);
  return thimble_entropy(thimble_memory + to, length) == 0 ? 0 : 1;
}

/* A firmware that brings no entropy links, and does not start. */
__attribute__((weak)) int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  (void)bytes;
  (void)length;
  return 1;
}

int32_t thimble_start(void) {
  trapped = NULL;
  memset(thimble_memory, 0, sizeof thimble_memory);
  if (setjmp(way_out)) return THIMBLE_TRAPPED;
  info = thimble_module_start();
  return (int32_t)info;
}

/* The module counts its memory in pages, so the bound in bytes is kept here. */
static u32 init(void) {
  u32 bytes = i32_load(info, 4 * THIMBLE_INFO_BYTES);
  if (bytes > MEMORY_BYTES) return (u32)-THIMBLE_MISUSE_BAD_LAYOUT;
  if (bytes == 0) i32_store(info, 4 * THIMBLE_INFO_BYTES, MEMORY_BYTES);
  return thimble_module_init();
}

enum call { INIT, CONTEXT, LISTEN, CONNECT, RECEIVE, SEND, ANSWER, TIMEOUT, CLOSE, DISCARD, SEALS,
  SAVE, STORED, RESTORE, EXPORTER, POLL };

/* The one way into the module: a trap comes back here, and ends the call. */
static int32_t enter(enum call call, int32_t first, int32_t second, int32_t third) {
  const u32 a = (u32)first, b = (u32)second, c = (u32)third;
  if (trapped) return THIMBLE_TRAPPED;
  if (setjmp(way_out)) return THIMBLE_TRAPPED;
  switch (call) {
    case INIT: return (int32_t)init();
    case CONTEXT: return (int32_t)thimble_module_context(a, b);
    case LISTEN: return (int32_t)thimble_module_listen(a);
    case CONNECT: return (int32_t)thimble_module_connect(a, b);
    case RECEIVE: return (int32_t)thimble_module_receive(a, b, c);
    case SEND: return (int32_t)thimble_module_send(a, b);
    case ANSWER: return (int32_t)thimble_module_answer(a, b, c);
    case TIMEOUT: return (int32_t)thimble_module_timeout(a);
    case CLOSE: return (int32_t)thimble_module_close(a);
    case DISCARD: return (int32_t)thimble_module_discard(a);
    case SEALS: return (int32_t)thimble_module_seals(a);
    case SAVE: return (int32_t)thimble_module_save(a, b, c);
    case STORED: return (int32_t)thimble_module_stored(a);
    case RESTORE: return (int32_t)thimble_module_restore(a, b, c);
    case EXPORTER: return (int32_t)thimble_module_exporter(a, b, c);
    default: return (int32_t)thimble_module_poll();
  }
}

int32_t thimble_init(void) { return enter(INIT, 0, 0, 0); }
int32_t thimble_context(int32_t id, int32_t length) { return enter(CONTEXT, id, length, 0); }
int32_t thimble_listen(int32_t context) { return enter(LISTEN, context, 0, 0); }
int32_t thimble_connect(int32_t context, int32_t now) { return enter(CONNECT, context, now, 0); }
int32_t thimble_receive(int32_t handle, int32_t length, int32_t now) { return enter(RECEIVE, handle, length, now); }
int32_t thimble_send(int32_t handle, int32_t length) { return enter(SEND, handle, length, 0); }
int32_t thimble_answer(int32_t serial, int32_t length, int32_t now) { return enter(ANSWER, serial, length, now); }
int32_t thimble_timeout(int32_t now) { return enter(TIMEOUT, now, 0, 0); }
int32_t thimble_close(int32_t handle) { return enter(CLOSE, handle, 0, 0); }
int32_t thimble_discard(int32_t handle) { return enter(DISCARD, handle, 0, 0); }
int32_t thimble_seals(int32_t length) { return enter(SEALS, length, 0, 0); }
int32_t thimble_save(int32_t handle, int32_t length, int32_t keeps) { return enter(SAVE, handle, length, keeps); }
int32_t thimble_stored(int32_t handle) { return enter(STORED, handle, 0, 0); }
int32_t thimble_restore(int32_t id, int32_t length, int32_t role) { return enter(RESTORE, id, length, role); }
int32_t thimble_exporter(int32_t handle, int32_t length, int32_t wanted) { return enter(EXPORTER, handle, length, wanted); }
int32_t thimble_poll(void) { return enter(POLL, 0, 0, 0); }
