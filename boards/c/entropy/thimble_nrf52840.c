/*
 * nRF52840 (and the rest of nRF52): the RNG peripheral with its bias correction (nRF52840 Product Specification, RNG). Where a
 * SoftDevice runs, it owns the peripheral and is asked instead.
 */
#include "nrf.h"
#ifdef SOFTDEVICE_PRESENT
#include "nrf_sdm.h"
#include "nrf_soc.h"
#endif
#include "../thimble.h"

/* Turns of waiting for one byte, which takes about 120 us with bias correction: far more than that on any clock. */
#define TURNS_MAX 1000000u

#ifdef SOFTDEVICE_PRESENT
/* 0: filled, 1: no entropy, -1: no SoftDevice runs. Its pool is small and refills slowly, so it is asked in portions. */
static int32_t ask_softdevice(uint8_t *bytes, uint32_t length) {
  uint8_t is_enabled = 0;
  if (sd_softdevice_is_enabled(&is_enabled) != NRF_SUCCESS || !is_enabled) return -1;
  uint32_t turns = 0;
  while (length > 0) {
    uint8_t available = 0;
    if (sd_rand_application_bytes_available_get(&available) != NRF_SUCCESS) return 1;
    uint8_t portion = available < length ? available : (uint8_t)length;
    if (portion == 0) {
      if (++turns > TURNS_MAX) return 1;
      continue;
    }
    if (sd_rand_application_vector_get(bytes, portion) != NRF_SUCCESS) return 1;
    bytes += portion;
    length -= portion;
    turns = 0;
  }
  return 0;
}
#endif

/* The peripheral's next byte, or -1 if none comes. */
static int32_t next_byte(void) {
  for (uint32_t turn = 0; turn < TURNS_MAX; turn++) {
    if (NRF_RNG->EVENTS_VALRDY) {
      NRF_RNG->EVENTS_VALRDY = 0;
      return (int32_t)(NRF_RNG->VALUE & 0xff);
    }
  }
  return -1;
}

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
#ifdef SOFTDEVICE_PRESENT
  int32_t asked = ask_softdevice(bytes, length);
  if (asked >= 0) return asked;
#endif
  int32_t result = 0;
  NRF_RNG->CONFIG = RNG_CONFIG_DERCEN_Enabled << RNG_CONFIG_DERCEN_Pos;
  NRF_RNG->EVENTS_VALRDY = 0;
  NRF_RNG->TASKS_START = 1;
  for (uint32_t i = 0; i < length && result == 0; i++) {
    int32_t byte = next_byte();
    if (byte < 0) result = 1;
    else bytes[i] = (uint8_t)byte;
  }
  NRF_RNG->TASKS_STOP = 1;
  return result;
}
