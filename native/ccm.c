/* AES-128-CCM for whole records (RFC 3610, NIST SP 800-38C) with the 12-byte nonce of RFC 6655, over mbedTLS's AES block.
 *
 * mbedTLS's own ccm.c takes a message in pieces of any size, any nonce and CCM*; a record is here whole, so this is a
 * third of it, which a board's flash feels, and it holds no context of its own on the stack. */
#include "aead.h"
#include "crypto.h"

#include "mbedtls/aes.h"

#include <string.h>

#define BLOCK 16
#define WORD 8
#define NONCE 12
#define LENGTH_BYTES (BLOCK - 1 - NONCE) /* L: a record is shorter than 2^24 bytes */

/* One record's work, wiped when it is done. */
static struct {
  mbedtls_aes_context cipher;
  uint8_t chain[BLOCK];   /* CBC-MAC, then the tag */
  uint8_t counter[BLOCK]; /* A_i */
  uint8_t stream[BLOCK];  /* S_i */
} ccm;

static void encrypt(uint8_t *output, const uint8_t *input) {
  mbedtls_internal_aes_encrypt(&ccm.cipher, input, output);
}

static void xor(uint8_t *to, const uint8_t *from, uint32_t length) {
  for (; length >= WORD; length -= WORD, to += WORD, from += WORD) {
    uint64_t a, b;
    memcpy(&a, to, WORD);
    memcpy(&b, from, WORD);
    a ^= b;
    memcpy(to, &a, WORD);
  }
  while (length--) *to++ ^= *from++;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* RFC 3610 §2.2: B_0, then the additional data behind its two bytes of length. */
static void authenticate(uint32_t tag_length, const uint8_t *nonce, const uint8_t *additional,
                         uint32_t additional_length, uint32_t length) {
  ccm.chain[0] = (additional_length ? 0x40 : 0) | (tag_length - 2) / 2 << 3 | (LENGTH_BYTES - 1);
  memcpy(ccm.chain + 1, nonce, NONCE);
  ccm.chain[13] = length >> 16;
  ccm.chain[14] = length >> 8;
  ccm.chain[15] = length;
  encrypt(ccm.chain, ccm.chain);
  if (!additional_length) return;
  ccm.chain[0] ^= additional_length >> 8;
  ccm.chain[1] ^= additional_length;
  for (uint32_t at = 2; additional_length; at = 0) {
    uint32_t n = least(additional_length, BLOCK - at);
    xor(ccm.chain + at, additional, n);
    encrypt(ccm.chain, ccm.chain);
    additional += n;
    additional_length -= n;
  }
}

/* RFC 3610 §2.3: S_0 is kept for the tag; blocks of text meet S_1 and on. The MAC covers the plaintext, which is
 * there before the encryption of a block and after its decryption. Leaves the tag in `chain`. */
static void crypt(uint32_t opening, uint32_t tag_length, const uint8_t *key, const uint8_t *nonce,
                  const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
  mbedtls_aes_setkey_enc(&ccm.cipher, key, 128);
  authenticate(tag_length, nonce, additional, additional_length, length);
  ccm.counter[0] = LENGTH_BYTES - 1;
  memcpy(ccm.counter + 1, nonce, NONCE);
  for (uint32_t i = 1; length; i++) {
    uint32_t n = least(length, BLOCK);
    ccm.counter[13] = i >> 16;
    ccm.counter[14] = i >> 8;
    ccm.counter[15] = i;
    encrypt(ccm.stream, ccm.counter);
    if (opening) xor(data, ccm.stream, n);
    xor(ccm.chain, data, n);
    if (!opening) xor(data, ccm.stream, n);
    encrypt(ccm.chain, ccm.chain);
    data += n;
    length -= n;
  }
  memset(ccm.counter + 1 + NONCE, 0, LENGTH_BYTES);
  encrypt(ccm.stream, ccm.counter);
  xor(ccm.chain, ccm.stream, BLOCK);
}

void ccm_seal(uint32_t tag_length, const uint8_t *key, const uint8_t *nonce,
              const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
  crypt(0, tag_length, key, nonce, additional, additional_length, data, length);
  memcpy(data + length, ccm.chain, tag_length);
  wipe((uint8_t *) &ccm, sizeof ccm);
}

uint32_t ccm_open(uint32_t tag_length, const uint8_t *key, const uint8_t *nonce,
                  const uint8_t *additional, uint32_t additional_length, uint8_t *data, uint32_t length) {
  crypt(1, tag_length, key, nonce, additional, additional_length, data, length);
  uint32_t verified = constant_time_equal(ccm.chain, data + length, tag_length);
  wipe((uint8_t *) &ccm, sizeof ccm);
  if (!verified) wipe(data, length);
  return verified;
}
