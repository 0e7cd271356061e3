/* The SoftDevice's calls: it runs (SOFTDEVICE 1) with a pool of 4 bytes, or is there and does not run. */
#include <stdint.h>
#include <string.h>
#define NRF_SUCCESS 0
static inline uint32_t sd_softdevice_is_enabled(uint8_t *is_enabled) { return *is_enabled = SOFTDEVICE, NRF_SUCCESS; }
