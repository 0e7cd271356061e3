/* As much of pico-sdk as thimble_rp2040.c names: an oscillator that wanders (MOVES 1), turns as the clock does (2), or stands still. */
#include <stdint.h>
typedef struct { uint32_t randombit; } rosc_hw_t;
static rosc_hw_t rosc;
static inline rosc_hw_t *look(void) {
  static uint32_t state = 1, count;
  state = state * 1664525u + 1013904223u;
  rosc.randombit = MOVES == 1 ? state >> 31 : MOVES == 2 ? 0x2b2u >> count++ % 10 & 1 : 1;
  return &rosc;
}
#define rosc_hw look()
