/* AES-128-GCM for whole records (RFC 5288) by mbedTLS. The psk module goes without. */
#include "aead.h"
#include "crypto.h"

#include "mbedtls/gcm.h"

#define KEY_BITS 128
#define NONCE 12
#define TAG 16

static mbedtls_gcm_context gcm; /* wiped when a record is done */

static void start(const uint8_t *key) {
  mbedtls_gcm_init(&gcm);
  mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, KEY_BITS);
}

void gcm_seal(const uint8_t *key, const uint8_t *nonce,
              const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
  start(key);
  mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, length, nonce, NONCE, additional, additional_length,
                            data, data, TAG, data + length);
  mbedtls_gcm_free(&gcm);
}

uint32_t gcm_open(const uint8_t *key, const uint8_t *nonce,
                  const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
  start(key);
  int failure = mbedtls_gcm_auth_decrypt(&gcm, length, nonce, NONCE, additional, additional_length,
                                         data + length, TAG, data, data);
  mbedtls_gcm_free(&gcm);
  return failure == 0;
}
