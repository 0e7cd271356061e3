/* The two functions of a C library that the compiler calls by itself. With bulk memory each is one instruction. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  return __builtin_memcpy(to, from, length);
}

void *memset(void *to, int byte, size_t length) {
  return __builtin_memset(to, byte, length);
}
