/* The contract between the engine (assembly/crypto.ts) and the cryptography (crypto.c, over mbedTLS).
 *
 * No protocol here. No function allocates, keeps a key after it returns, or touches memory it was not given, but for
 * fixed contexts of its own, which it wipes before it returns. Pointers may be unaligned unless said otherwise. */
#ifndef THIMBLE_CRYPTO_H
#define THIMBLE_CRYPTO_H

#include <stdint.h>

/* SHA-256 (FIPS 180-4). A context is SHA256_CONTEXT bytes, 4-byte aligned, and may be copied at any time:
 * finishing a copy gives the hash so far. */
#define SHA256_CONTEXT 112
void sha256_start(uint8_t *context);
void sha256_update(uint8_t *context, const uint8_t *data, uint32_t length);
void sha256_finish(uint8_t *context, uint8_t *hash /* [32] */); /* wipes the context */

/* HMAC-SHA-256 (RFC 2104) from cached midstates: the two compressions over the padded key are done once.
 * A key state is HMAC_KEY bytes, 4-byte aligned, and as secret as the key. */
#define HMAC_KEY 64
void hmac_key(uint8_t *key_state, const uint8_t *key, uint32_t length);
void hmac_start(uint8_t *context /* [SHA256_CONTEXT] */, const uint8_t *key_state);
/* the message: sha256_update */
void hmac_finish(uint8_t *context, const uint8_t *key_state, uint8_t *mac /* [32] */); /* wipes the context */

/* AEAD with a 16-byte key and a 12-byte nonce (RFC 6655, RFC 5288). In place: `data` holds `length` bytes of text, and
 * behind it there is room for (seal) or there stands (open) the tag of aead_tag_length(algorithm) bytes. */
enum { AEAD_AES_128_CCM_8 = 1, AEAD_AES_128_CCM = 2, AEAD_AES_128_GCM = 3 };
uint32_t aead_tag_length(uint32_t algorithm); /* 8 or 16; 0 where this build does not have it */
void aead_seal(uint32_t algorithm, const uint8_t *key, const uint8_t *nonce,
               const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);
/* 1 if the tag verified; otherwise 0, and `data` is wiped. */
uint32_t aead_open(uint32_t algorithm, const uint8_t *key, const uint8_t *nonce,
                   const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length);

#ifdef THIMBLE_P256
/* P-256: ECDH (RFC 8422) and ECDSA with SHA-256 (FIPS 186-5). Private keys are 32 bytes, public keys X and Y in 64, hashes
 * 32, signatures r and s in 64, all big-endian. What is given as random comes from the host's source and is used once. */
#define P256_SEED 48 /* SP 800-90A §8.6.7: 256 bits of entropy, and 128 for a nonce */
/* A key pair. 0; or 1 if no number in range came out, in one of 2^128 cases. */
uint32_t p256_generate(uint8_t *private_key, uint8_t *public_key, const uint8_t *random /* [P256_SEED] */);
/* The public key that belongs to a private one. 0; or 1 if that is 0 or not below the group's order. */
uint32_t p256_public(uint8_t *public_key, const uint8_t *private_key);
/* The X coordinate that both sides share, leading zeros and all. 0; or 1 if the peer's point is not on the curve or is zero
 * (8422-5-1), or the key out of range. */
uint32_t p256_ecdh(uint8_t *secret /* [32] */, const uint8_t *private_key, const uint8_t *peer_public);
/* Signs with a nonce made from the key, the hash and the random bytes (C-17): neither a bad random source nor a fault alone
 * gives the key away. Without random bytes (a null pointer) it is RFC 6979. 0; or 1 if the private key is out of range. */
uint32_t p256_sign(uint8_t *signature, const uint8_t *private_key, const uint8_t *hash, const uint8_t *random /* [32] */);
/* 1 if the signature is good. */
uint32_t p256_verify(const uint8_t *signature, const uint8_t *public_key, const uint8_t *hash);
#endif

/* 1 if equal, 0 if not, in a time that depends on `length` alone. */
uint32_t constant_time_equal(const uint8_t *a, const uint8_t *b, uint32_t length);
/* Zeroes `length` bytes, and is never optimised away. */
void wipe(uint8_t *data, uint32_t length);

#endif
