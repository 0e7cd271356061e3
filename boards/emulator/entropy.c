/* Stands in for the random number generator of a SoC: the host's, none at all, or a sequence that repeats. */
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "thimble.h"

static enum { HOST, NONE, SEEDED } source = HOST;
static uint32_t state;

int entropy_choose(const char *word) {
  if (strncmp(word, "host", 4) == 0) source = HOST;
  else if (strncmp(word, "none", 4) == 0) source = NONE;
  else if (strncmp(word, "seed:", 5) == 0) source = SEEDED;
  else return 0;
  if (source == SEEDED) state = (uint32_t)strtoul(word + 5, NULL, 10) * 2 + 1;
  return 1;
}

/* xorshift32, whose state is never 0: it repeats, which is all it is for. */
static uint8_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return (uint8_t)(state >> 24);
}

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  if (source == NONE) return -1;
  if (source == HOST) return host_read("/dev/urandom", bytes, length) == (int32_t)length ? 0 : -1;
  for (uint32_t i = 0; i < length; i++) bytes[i] = next();
  return 0;
}
