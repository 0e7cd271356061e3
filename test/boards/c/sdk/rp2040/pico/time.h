#include <stdint.h>
static inline void busy_wait_us_32(uint32_t microseconds) { (void)microseconds; }
