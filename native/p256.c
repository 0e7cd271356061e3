/* P-256 (FIPS 186-5, SEC 1) over mbedTLS's p256-m: no heap, no tables, and what is secret decides no branch and no address.
 *
 * p256-m asks for random bytes while it works. It gets HMAC_DRBG's, seeded by what the caller gave: the host's random bytes
 * for a key pair; the key, the hash and the host's random bytes for a signature (C-17). */
#include "crypto.h"

#include "p256-m/p256-m.h"
#include "psa/crypto.h"

#include <string.h>

#define NUMBER 32 /* bytes: a scalar, a coordinate, a hash, HMAC_DRBG's K and V */
#define MATERIAL (3 * NUMBER)

/* HMAC_DRBG (SP 800-90A §10.1.2) with SHA-256, wiped after each use. */
static struct {
  uint8_t context[SHA256_CONTEXT];
  uint8_t key[HMAC_KEY]; /* K, as a key state */
  uint8_t next[NUMBER];  /* K, while it is made */
  uint8_t value[NUMBER]; /* V; what an update hashes follows it in one piece */
  uint8_t separator;
  uint8_t material[MATERIAL];
  uint32_t draws;
} drbg;

/* K = HMAC(K, data) or V = HMAC(K, data), where data begin at V. */
static void authenticate(uint8_t *mac, uint32_t length) {
  hmac_start(drbg.context, drbg.key);
  sha256_update(drbg.context, drbg.value, length);
  hmac_finish(drbg.context, drbg.key, mac);
}

/* RFC 6979 §3.2, steps d and e, f and g (with the material), and the end of h (without). */
static void update(uint8_t separator, uint32_t length) {
  drbg.separator = separator;
  authenticate(drbg.next, NUMBER + 1 + length);
  hmac_key(drbg.key, drbg.next, NUMBER);
  authenticate(drbg.value, NUMBER);
}

/* Seeds with the first `length` bytes of the material: RFC 6979 §3.2, steps b to g. */
static void seed(uint32_t length) {
  memset(drbg.value, 1, NUMBER);
  hmac_key(drbg.key, drbg.next, NUMBER); /* zero, as each use leaves it */
  update(0, length);
  update(1, length);
}

/* What p256-m draws, NUMBER bytes a time (RFC 6979 §3.2, step h); again only if a number was 0 or not below the order. */
psa_status_t psa_generate_random(uint8_t *output, size_t length) {
  if (drbg.draws++) update(0, 0);
  authenticate(drbg.value, NUMBER);
  memcpy(output, drbg.value, length);
  return PSA_SUCCESS;
}

/* p256-m leaves forms of a private key and a nonce on the stack. That begins at address 0 (native/build/wasm.js), so what
 * stands below this frame is what calls that returned have left. */
static void wipe_stack(void) {
  wipe((uint8_t *) 0, (uintptr_t) __builtin_frame_address(0));
}

static uint32_t end(int failure) {
  wipe((uint8_t *) &drbg, sizeof drbg);
  wipe_stack();
  return failure != 0;
}

uint32_t p256_generate(uint8_t *private_key, uint8_t *public_key, const uint8_t *random) {
  memcpy(drbg.material, random, P256_SEED);
  seed(P256_SEED);
  return end(p256_gen_keypair(private_key, public_key));
}

uint32_t p256_public(uint8_t *public_key, const uint8_t *private_key) {
  return end(p256_public_from_private(public_key, private_key));
}

uint32_t p256_ecdh(uint8_t *secret, const uint8_t *private_key, const uint8_t *peer_public) {
  return end(p256_ecdh_shared_secret(secret, private_key, peer_public));
}

/* RFC 6979 §2.3.4: the hash modulo the order of the group, which is less than twice below it. */
static void reduce(uint8_t *number, const uint8_t *hash) {
  static const uint8_t ORDER[NUMBER] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
  };
  int32_t borrow = 0; /* or -1 */
  for (uint32_t i = NUMBER; i--;) {
    int32_t difference = hash[i] - ORDER[i] + borrow;
    number[i] = difference;
    borrow = difference >> 8;
  }
  if (borrow) memcpy(number, hash, NUMBER); /* it was below: a hash is no secret */
}

uint32_t p256_sign(uint8_t *signature, const uint8_t *private_key, const uint8_t *hash, const uint8_t *random) {
  memcpy(drbg.material, private_key, NUMBER);
  reduce(drbg.material + NUMBER, hash);
  if (random) memcpy(drbg.material + 2 * NUMBER, random, NUMBER); /* RFC 6979 §3.6: additional data */
  seed(random ? MATERIAL : 2 * NUMBER);
  return end(p256_ecdsa_sign(signature, private_key, hash, NUMBER));
}

uint32_t p256_verify(const uint8_t *signature, const uint8_t *public_key, const uint8_t *hash) {
  return p256_ecdsa_verify(signature, public_key, hash, NUMBER) == P256_SUCCESS;
}
