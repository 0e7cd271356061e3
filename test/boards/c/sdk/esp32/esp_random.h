/* As much of ESP-IDF as thimble_esp32.c names, with a radio that is on or off (RADIO). */
#include <stddef.h>
#include <string.h>
static inline void esp_fill_random(void *bytes, size_t length) { memset(bytes, 0x5a, length); }
