// PRF(secret, label, seed) = P_SHA256(secret, label ‖ seed), RFC 5246 §5 (7925-4.2-7):
//   A(1) = HMAC(secret, label ‖ seed), A(i) = HMAC(secret, A(i-1)); output = HMAC(secret, A(i) ‖ label ‖ seed) for each i.
// The secret is a key state of HMAC, so that its two padded blocks are hashed once in a handshake, not at each step.
import { HASHING, SHA256_HASH, hmacFinish, hmacStart, sha256Update, wipe } from "../crypto";

const A: usize = memory.data(SHA256_HASH, 16);
const BLOCK: usize = memory.data(SHA256_HASH, 16);

/** The seed has two parts, as all of TLS's have; either may be empty. */
export class Seed {
  static label: usize = 0;
  static labelLength: u32 = 0;
  static first: usize = 0;
  static firstLength: u32 = 0;
  static second: usize = 0;
  static secondLength: u32 = 0;
}

export function seed(
  label: usize, labelLength: u32, first: usize, firstLength: u32, second: usize, secondLength: u32,
): void {
  Seed.label = label;
  Seed.labelLength = labelLength;
  Seed.first = first;
  Seed.firstLength = firstLength;
  Seed.second = second;
  Seed.secondLength = secondLength;
}

function updateSeed(): void {
  sha256Update(HASHING, Seed.label, Seed.labelLength);
  sha256Update(HASHING, Seed.first, Seed.firstLength);
  sha256Update(HASHING, Seed.second, Seed.secondLength);
}

/** Writes `length` bytes of the PRF of the seed under the secret to `output`. */
export function prf(secret: usize, output: usize, length: u32): void {
  hmacStart(HASHING, secret);
  updateSeed();
  hmacFinish(HASHING, secret, A);
  while (true) {
    hmacStart(HASHING, secret);
    sha256Update(HASHING, A, SHA256_HASH);
    updateSeed();
    hmacFinish(HASHING, secret, BLOCK);
    let part = min(length, SHA256_HASH);
    memory.copy(output, BLOCK, part);
    output += part;
    length -= part;
    if (length == 0) break;
    hmacStart(HASHING, secret);
    sha256Update(HASHING, A, SHA256_HASH);
    hmacFinish(HASHING, secret, A);
  }
  wipe(A, SHA256_HASH);
  wipe(BLOCK, SHA256_HASH);
}
