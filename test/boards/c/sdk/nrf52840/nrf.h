/* As much of nrfx as thimble_nrf52840.c names: a generator that has a byte for whoever looks (ANSWERS), or never has one. */
#include <stdint.h>
typedef struct { uint32_t TASKS_START, TASKS_STOP, EVENTS_VALRDY, CONFIG, VALUE; } NRF_RNG_Type;
static NRF_RNG_Type rng;
static inline NRF_RNG_Type *look(void) {
  if (ANSWERS && rng.TASKS_START) rng.EVENTS_VALRDY = 1, rng.VALUE = 0x5a;
  return &rng;
}
#define NRF_RNG look()
#define RNG_CONFIG_DERCEN_Enabled 1
#define RNG_CONFIG_DERCEN_Pos 0
