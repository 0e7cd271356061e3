/* The two modes of operation behind crypto.h's aead_seal and aead_open; arguments as there. */
#ifndef THIMBLE_AEAD_H
#define THIMBLE_AEAD_H

#include <stdint.h>

void ccm_seal(uint32_t tag_length, const uint8_t *key, const uint8_t *nonce,
              const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);
uint32_t ccm_open(uint32_t tag_length, const uint8_t *key, const uint8_t *nonce,
                  const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);

void gcm_seal(const uint8_t *key, const uint8_t *nonce,
              const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);
uint32_t gcm_open(const uint8_t *key, const uint8_t *nonce,
                  const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);

#endif
