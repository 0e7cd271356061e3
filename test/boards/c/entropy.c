/* Asks an entropy source for 10 bytes, often enough that none is always 0; prints what it returned, and how many it wrote. */
#include <stdio.h>
#include "thimble.h"

int main(void) {
  uint8_t seen[12] = {0};
  int32_t result = 0;
  for (int turn = 0; turn < 16; turn++) {
    uint8_t bytes[12] = {0};
    result |= thimble_entropy(bytes + 1, 10);
    for (int i = 0; i < 12; i++) seen[i] |= bytes[i];
  }
  int written = 0;
  for (int i = 1; i < 11; i++) written += seen[i] != 0;
  printf("%d %d %s\n", (int)result, written, seen[0] || seen[11] ? "overrun" : "within");
  return 0;
}
