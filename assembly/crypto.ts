// The only door out: native/crypto.h, one declaration per function, and the host's random source.

export const SHA256_CONTEXT = 112;
export const SHA256_HASH = 32;
export const HMAC_KEY: u32 = 64;
export const AEAD_KEY: u32 = 16;
export const AEAD_NONCE: u32 = 12;
/** P-256, bytes: a public key is X and Y, a signature r and s; SEED is random for a key pair, HEDGE for a signature. */
export const P256_PRIVATE: u32 = 32;
export const P256_PUBLIC: u32 = 64;
export const P256_SIGNATURE: u32 = 64;
export const P256_SECRET: u32 = 32;
export const P256_SEED: u32 = 48;
export const P256_HEDGE: u32 = 32;

// @ts-ignore: decorator
@external("env", "sha256_start")
export declare function sha256Start(context: usize): void;
// @ts-ignore: decorator
@external("env", "sha256_update")
export declare function sha256Update(context: usize, data: usize, length: u32): void;
// @ts-ignore: decorator
@external("env", "sha256_finish")
export declare function sha256Finish(context: usize, hash: usize): void;
// @ts-ignore: decorator
@external("env", "hmac_key")
export declare function hmacKey(keyState: usize, key: usize, length: u32): void;
// @ts-ignore: decorator
@external("env", "hmac_start")
export declare function hmacStart(context: usize, keyState: usize): void;
// @ts-ignore: decorator
@external("env", "hmac_finish")
export declare function hmacFinish(context: usize, keyState: usize, mac: usize): void;
// @ts-ignore: decorator
@external("env", "aead_tag_length")
export declare function aeadTagLength(algorithm: u32): u32;
// @ts-ignore: decorator
@external("env", "aead_seal")
export declare function aeadSeal(
  algorithm: u32, key: usize, nonce: usize, additional: usize, additionalLength: u32, data: usize, length: u32,
): void;
// @ts-ignore: decorator
@external("env", "aead_open")
export declare function aeadOpen(
  algorithm: u32, key: usize, nonce: usize, additional: usize, additionalLength: u32, data: usize, length: u32,
): u32;
// @ts-ignore: decorator
@external("env", "p256_generate")
export declare function p256Generate(privateKey: usize, publicKey: usize, random: usize): u32;
// @ts-ignore: decorator
@external("env", "p256_public")
export declare function p256Public(publicKey: usize, privateKey: usize): u32;
// @ts-ignore: decorator
@external("env", "p256_ecdh")
export declare function p256Ecdh(secret: usize, privateKey: usize, peerPublic: usize): u32;
// @ts-ignore: decorator
@external("env", "p256_sign")
export declare function p256Sign(signature: usize, privateKey: usize, hash: usize, random: usize): u32;
// @ts-ignore: decorator
@external("env", "p256_verify")
export declare function p256Verify(signature: usize, publicKey: usize, hash: usize): u32;
// @ts-ignore: decorator
@external("env", "constant_time_equal")
export declare function constantTimeEqual(a: usize, b: usize, length: u32): u32;
// @ts-ignore: decorator
@external("env", "wipe")
export declare function wipe(data: usize, length: u32): void;

/** For a hash or HMAC that one function begins, feeds and finishes: there is never a second one under way. */
export const HASHING: usize = memory.data(SHA256_CONTEXT, 16);

/** Whether two pieces of memory are the same, secrets or not: one function for both costs the module less than two. */
export function isEqual(a: usize, b: usize, length: u32): bool {
  return constantTimeEqual(a, b, length) != 0;
}

/** Fills `length` bytes from the platform's cryptographic source; 0 when it did (7925-12-2). */
// @ts-ignore: decorator
@external("host", "random")
export declare function random(pointer: usize, length: u32): i32;
