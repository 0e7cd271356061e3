/*
 * RP2040, pico-sdk. It has no random number generator, only the random bit of its ring oscillator, which is biased, and
 * which its datasheet (section 2.17.5) does not promise for security. So every bit given is made of 64 pairs of samples
 * without their bias (von Neumann), and an oscillator that stands still or is locked to the processor's clock is noticed
 * (SP 800-90B section 4.4.1). Prefer a chip with a generator, as the RP2350, where keys are worth more than this.
 */
#include "hardware/structs/rosc.h"
#include "pico/time.h"
#include "../thimble.h"

/* Chances for a pair of unequal bits; equal ones so often in a row: the oscillator is not random. */
#define PAIRS_MAX 64u
/* Unbiased bits that are folded into one. */
#define FOLDED 64u
/* Equal raw bits in a row that a bit of 1 in 4 chances to be the rarer one shows once in 2^30 tries. */
#define REPEATS_MAX 75u

static uint32_t last_bit, repeats;

/* One raw bit, or -1 if the oscillator does not move. A microsecond apart: it turns over several times in between. */
static int32_t raw_bit(void) {
  busy_wait_us_32(1);
  uint32_t bit = rosc_hw->randombit & 1u;
  repeats = bit == last_bit ? repeats + 1 : 0;
  last_bit = bit;
  return repeats < REPEATS_MAX ? (int32_t)bit : -1;
}

/* The first bit of a pair whose bits differ, or -1. */
static int32_t unbiased_bit(void) {
  for (uint32_t pair = 0; pair < PAIRS_MAX; pair++) {
    int32_t first = raw_bit(), second = raw_bit();
    if (first < 0 || second < 0) return -1;
    if (first != second) return first;
  }
  return -1;
}

static int32_t random_byte(void) {
  int32_t byte = 0;
  for (uint32_t i = 0; i < 8 * FOLDED; i++) {
    int32_t bit = unbiased_bit();
    if (bit < 0) return -1;
    byte ^= bit << (i & 7);
  }
  return byte;
}

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    int32_t byte = random_byte();
    if (byte < 0) return 1;
    bytes[i] = (uint8_t)byte;
  }
  return 0;
}
