// The engine's sources reach the cryptography under as-pect.
import {
  AEAD_NONCE, SHA256_CONTEXT, SHA256_HASH, aeadOpen, aeadSeal, aeadTagLength, constantTimeEqual, sha256Finish, sha256Start,
  sha256Update, wipe,
} from "../../assembly/crypto";

const CONTEXT: usize = memory.data(SHA256_CONTEXT, 16);
const HASH: usize = memory.data(SHA256_HASH, 16);
const DATA: usize = memory.data(64, 16);
const CCM_8: u32 = 1;

/** SHA-256("abc"), FIPS 180-2 appendix B.1 */
const ABC: StaticArray<u8> = [
  0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
  0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];

describe("the cryptography under as-pect", () => {
  it("hashes abc", () => {
    store<u32>(DATA, 0x00636261);
    sha256Start(CONTEXT);
    sha256Update(CONTEXT, DATA, 3);
    sha256Finish(CONTEXT, HASH);
    expect(memory.compare(HASH, changetype<usize>(ABC), SHA256_HASH)).toBe(0);
  });

  it("opens what it sealed, and nothing else", () => {
    memory.fill(DATA, 7, 64);
    const key = DATA + 32;
    const nonce = DATA + 48;
    expect(aeadTagLength(CCM_8)).toBe(8);
    expect(AEAD_NONCE).toBe(12);
    aeadSeal(CCM_8, key, nonce, key, 16, DATA, 20);
    expect(load<u8>(DATA)).not.toBe(7);
    expect(aeadOpen(CCM_8, key, nonce, key, 16, DATA, 20)).toBe(1);
    expect(load<u8>(DATA)).toBe(7);
    expect(aeadOpen(CCM_8, key, nonce, key, 16, DATA, 20)).toBe(0);
    expect(load<u64>(DATA)).toBe(0);
  });

  it("compares and wipes", () => {
    memory.fill(DATA, 5, 32);
    expect(constantTimeEqual(DATA, DATA + 16, 16)).toBe(1);
    store<u8>(DATA + 31, 4);
    expect(constantTimeEqual(DATA, DATA + 16, 16)).toBe(0);
    wipe(DATA, 32);
    expect(load<u64>(DATA + 24)).toBe(0);
  });
});
