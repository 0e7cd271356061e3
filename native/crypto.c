/* crypto.h over mbedTLS 3.6: hashes, HMAC and the choice of AEAD. CCM stands in ccm.c. */
#include "common.h" /* mbedTLS's own: lets us read the chaining value of a hash, for HMAC's midstates */
#include "mbedtls/sha256.h"

#include "aead.h"
#include "crypto.h"

#include <stddef.h>
#include <string.h>

#define BLOCK 64 /* of SHA-256, in bytes */
#define HASH 32

_Static_assert(sizeof(mbedtls_sha256_context) <= SHA256_CONTEXT, "a hash context has its place");
_Static_assert(HMAC_KEY == 2 * HASH, "a key state is two chaining values");

/* ---- SHA-256 ---- */

static mbedtls_sha256_context *sha256(uint8_t *context) { return (mbedtls_sha256_context *) context; }

void sha256_start(uint8_t *context) {
  mbedtls_sha256_starts(sha256(context), 0);
}

void sha256_update(uint8_t *context, const uint8_t *data, uint32_t length) {
  mbedtls_sha256_update(sha256(context), data, length);
}

void sha256_finish(uint8_t *context, uint8_t *hash) {
  mbedtls_sha256_finish(sha256(context), hash);
  wipe(context, SHA256_CONTEXT);
}

/* ---- HMAC-SHA-256: RFC 2104 §2; §4 has the cached midstates ---- */

static mbedtls_sha256_context scratch; /* wiped after each use, like every context here */
static uint8_t padded[BLOCK];

/* The chaining value after one block of the padded key. */
static void midstate(uint8_t *state, uint8_t pad) {
  for (uint32_t i = 0; i < BLOCK; i++) padded[i] ^= pad;
  mbedtls_sha256_starts(&scratch, 0);
  mbedtls_internal_sha256_process(&scratch, padded);
  memcpy(state, scratch.state, HASH);
}

/* Goes on from a midstate, as if the padded key had been hashed just now. */
static void resume(mbedtls_sha256_context *context, const uint8_t *state) {
  memcpy(context->state, state, HASH);
  context->total[0] = BLOCK;
  context->total[1] = 0;
}

void hmac_key(uint8_t *key_state, const uint8_t *key, uint32_t length) {
  memset(padded, 0, BLOCK);
  if (length > BLOCK) {
    mbedtls_sha256_starts(&scratch, 0);
    mbedtls_sha256_update(&scratch, key, length);
    mbedtls_sha256_finish(&scratch, padded);
  } else {
    memcpy(padded, key, length);
  }
  midstate(key_state, 0x36);
  midstate(key_state + HASH, 0x36 ^ 0x5c); /* `padded` holds key ^ 0x36 by now */
  wipe(padded, BLOCK);
  wipe((uint8_t *) &scratch, sizeof scratch);
}

void hmac_start(uint8_t *context, const uint8_t *key_state) {
  resume(sha256(context), key_state);
}

void hmac_finish(uint8_t *context, const uint8_t *key_state, uint8_t *mac) {
  mbedtls_sha256_finish(sha256(context), mac);
  resume(sha256(context), key_state + HASH);
  mbedtls_sha256_update(sha256(context), mac, HASH);
  sha256_finish(context, mac);
}

/* ---- AEAD ---- */

uint32_t aead_tag_length(uint32_t algorithm) {
  switch (algorithm) {
    case AEAD_AES_128_CCM_8: return 8;
    case AEAD_AES_128_CCM: return 16;
#ifdef THIMBLE_GCM
    case AEAD_AES_128_GCM: return 16;
#endif
    default: return 0;
  }
}

void aead_seal(uint32_t algorithm, const uint8_t *key, const uint8_t *nonce,
               const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
#ifdef THIMBLE_GCM
  if (algorithm == AEAD_AES_128_GCM) {
    gcm_seal(key, nonce, additional, additional_length, data, length);
    return;
  }
#endif
  ccm_seal(aead_tag_length(algorithm), key, nonce, additional, additional_length, data, length);
}

uint32_t aead_open(uint32_t algorithm, const uint8_t *key, const uint8_t *nonce,
                   const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
#ifdef THIMBLE_GCM
  if (algorithm == AEAD_AES_128_GCM) return gcm_open(key, nonce, additional, additional_length, data, length);
#endif
  uint32_t tag_length = aead_tag_length(algorithm);
  if (!tag_length) return 0; /* an empty tag would always verify */
  return ccm_open(tag_length, key, nonce, additional, additional_length, data, length);
}

/* ---- Secrets ---- */

uint32_t constant_time_equal(const uint8_t *a, const uint8_t *b, uint32_t length) {
  uint32_t difference = 0;
  for (uint32_t i = 0; i < length; i++) difference |= a[i] ^ b[i];
  return (difference - 1) >> 31; /* 0 wraps to the top bit; 1 to 255 do not reach it */
}

void wipe(uint8_t *data, uint32_t length) {
  memset(data, 0, length);
  __asm__ volatile("" : : "r"(data) : "memory"); /* the stores count as seen */
}

/* mbedTLS's own wiping (MBEDTLS_PLATFORM_ZEROIZE_ALT). */
void mbedtls_platform_zeroize(void *data, size_t length) {
  wipe(data, length);
}
