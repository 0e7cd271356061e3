/* Goes before p256-m.c (-include). Its innermost step, a multiplication and two additions, is a call if it is built for size;
 * inline it is smaller, and everything is twice as fast. */
#include <stdint.h>
static inline __attribute__((always_inline)) uint64_t u32_muladd64(uint32_t x, uint32_t y, uint32_t z, uint32_t t);
