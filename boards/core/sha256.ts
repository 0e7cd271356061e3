// SHA-256 (FIPS 180-4) of keys and names that are public: a trust anchor has their hashes. What is secret stays in the engine.

const BLOCK = 64;

/** The first 32 bits behind the point of a root of this degree of the first `count` primes. */
function fractions(degree: number, count: number): Int32Array {
  const bits = new Int32Array(count);
  for (let number = 2, found = 0; found < count; number++) {
    let divisor = 2;
    while (number % divisor !== 0) divisor++;
    if (divisor === number) bits[found++] = Math.pow(number, 1 / degree) % 1 * 0x100000000;
  }
  return bits;
}

const turned = (word: number, by: number) => word >>> by | word << 32 - by;

/** Takes a block of 16 words, the first of 64 in `w`, into the state. */
function take(state: Int32Array, w: Int32Array, k: Int32Array): void {
  for (let i = 16; i < BLOCK; i++) {
    const a = w[i - 15]!, b = w[i - 2]!;
    w[i] = w[i - 16]! + (turned(a, 7) ^ turned(a, 18) ^ a >>> 3) + w[i - 7]! + (turned(b, 17) ^ turned(b, 19) ^ b >>> 10);
  }
  const s = state.slice(); // a to h
  for (let i = 0; i < BLOCK; i++) {
    const a = s[0]!, e = s[4]!;
    const first = s[7]! + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + (e & s[5]! ^ ~e & s[6]!) + k[i]! + w[i]!;
    const second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + (a & s[1]! ^ a & s[2]! ^ s[1]! & s[2]!);
    s.copyWithin(1, 0);
    s[4] += first;
    s[0] = first + second;
  }
  for (let i = 0; i < s.length; i++) state[i]! += s[i]!;
}

/** The hash, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(bytes.length + 9 + BLOCK - 1 & -BLOCK), words = new DataView(padded.buffer);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  words.setUint32(padded.length - 4, bytes.length * 8);
  const state = fractions(2, 8), k = fractions(3, BLOCK), w = new Int32Array(BLOCK);
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let i = 0; i < 16; i++) w[i] = words.getInt32(at + 4 * i);
    take(state, w, k);
  }
  const hash = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => hash.setInt32(4 * i, word));
  return new Uint8Array(hash.buffer);
}
