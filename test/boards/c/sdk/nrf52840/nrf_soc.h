static inline uint32_t sd_rand_application_bytes_available_get(uint8_t *available) { return *available = ANSWERS ? 4 : 0, NRF_SUCCESS; }
static inline uint32_t sd_rand_application_vector_get(uint8_t *bytes, uint8_t length) {
  if (length > 4) return 1;
  memset(bytes, 0x5a, length);
  return NRF_SUCCESS;
}
