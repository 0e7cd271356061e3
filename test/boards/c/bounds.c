/* Accesses of every size at the edges of the memory and of 32 bits: each must trap just if it ends beyond the memory. */
#include <stdio.h>
#include "thimble_runtime.c"

#define COUNT(array) (sizeof array / sizeof array[0])

static int is_let(u32 address, u32 offset, u32 size) {
  if (setjmp(way_out)) return 0;
  return at(address, offset, size) == thimble_memory + address + offset;
}

static int is_copied(u32 to, u32 from, u32 length) {
  if (setjmp(way_out)) return 0;
  thimble_memory_copy(to, from, length);
  thimble_memory_fill(to, 0, length);
  return 1;
}

int main(void) {
  const uint64_t end = sizeof thimble_memory;
  u32 numbers[64], sizes[] = {1, 2, 4, 8}, count = 0, wrong = 0;
  for (u32 i = 0; i < 10; i++) numbers[count++] = i;
  for (u32 i = 0; i < 20; i++) numbers[count++] = (u32)end - 10 + i;
  for (u32 i = 0; i < 10; i++) numbers[count++] = 0x80000000u - 5 + i;
  for (u32 i = 0; i < 20; i++) numbers[count++] = 0u - 20 + i;
  for (u32 i = 0; i < count; i++) {
    for (u32 j = 0; j < count; j++) {
      const uint64_t a = numbers[i], b = numbers[j];
      for (u32 k = 0; k < COUNT(sizes); k++) wrong += is_let(numbers[i], numbers[j], sizes[k]) != (a + b + sizes[k] <= end);
      for (u32 k = 0; k < count; k++) {
        const uint64_t length = numbers[k];
        wrong += is_copied(numbers[i], numbers[j], numbers[k]) != (a + length <= end && b + length <= end);
      }
    }
  }
  printf("%u wrong\n", (unsigned)wrong);
  return 0;
}
