/*
 * RP2040, pico-sdk. It has no random number generator, only the random bit of its ring oscillator, which is biased, and
 * which its datasheet (section 2.17.5) does not promise for security. So every bit given is made of 64 pairs of samples
 * without their bias (von Neumann), and an oscillator that stands still, or is locked to the processor's clock so that its
 * bits repeat themselves, is noticed (SP 800-90B section 4.4.1, for every period up to 32 bits). How much of its bits is
 * noise nobody has measured. Prefer a chip with a generator, as the RP2350, where keys are worth more than this.
 */
#include "hardware/structs/rosc.h"
#include "pico/time.h"
#include "../thimble.h"

/* Chances for a pair of unequal bits; equal ones so often in a row: the oscillator is not random. */
#define PAIRS_MAX 64u
/* Unbiased bits that are folded into one. */
#define FOLDED 64u
/* The longest period that is noticed, in raw bits. */
#define PERIOD_MAX 32u
/* Raw bits that repeat those before, in a row: a bit of 1 in 4 chances to be the rarer one does so once in 2^30 tries. */
#define REPEATS_MAX 75u

/* The last raw bits, and for each period how many in a row were what they had been one period ago. */
static uint32_t history;
static uint8_t repeats[PERIOD_MAX];

/*
 * One raw bit, or -1 if the oscillator stands still or repeats itself, which a byte is long enough to show. A microsecond
 * apart: it turns over several times in between.
 */
static int32_t raw_bit(void) {
  busy_wait_us_32(1);
  int32_t bit = (int32_t)(rosc_hw->randombit & 1u), result = bit;
  for (uint32_t i = 0; i < PERIOD_MAX; i++) {
    if ((int32_t)(history >> i & 1u) != bit) repeats[i] = 0;
    else if (repeats[i] < REPEATS_MAX) repeats[i]++;
    if (repeats[i] == REPEATS_MAX) result = -1;
  }
  history = history << 1 | (uint32_t)bit;
  return result;
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
