// SubjectPublicKeyInfo  ::=  SEQUENCE  {
//   algorithm            AlgorithmIdentifier,
//   subjectPublicKey     BIT STRING  }                                    RFC 5280 §4.1.2.7
//
// ECDSA-Sig-Value  ::=  SEQUENCE  {
//   r     INTEGER,
//   s     INTEGER  }                                                      RFC 3279 §2.2.3
import { HASHING, sha256Finish, sha256Start, sha256Update } from "../crypto";
import { HAS_CERTIFICATES } from "../features";
import { Reader, Writer } from "../wire";
import { INTEGER, SEQUENCE, open, readPositive, skip, skipIf } from "./der";

/** Bytes of a coordinate, of r and of s; a key is X and Y, a signature r and s, both in the C side's form. */
const NUMBER: u32 = 32;
export const KEY: u32 = 2 * NUMBER;
export const SIGNATURE: u32 = 2 * NUMBER;
/** Since a P-256 key in uncompressed form has one encoding in DER, all but the key is this: id-ecPublicKey, secp256r1, 04. */
const KEY_INFO_HEAD: usize = HAS_CERTIFICATES ? memory.data<u8>([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
  0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
]) : 0;
const KEY_INFO_HEAD_LENGTH: u32 = 27;
/** Bytes of the SubjectPublicKeyInfo of a P-256 key. */
export const KEY_INFO: u32 = KEY_INFO_HEAD_LENGTH + KEY;

/** Reads a SubjectPublicKeyInfo. Returns where X and Y are, 0 if the key is of another kind (7925-20-1, 7252-9.1.3.3-1, 8422-5-1). */
export function readKeyInfo(): usize {
  if (skipIf(KEY_INFO_HEAD, KEY_INFO_HEAD_LENGTH)) return Reader.take(KEY);
  skip(SEQUENCE);
  return 0;
}

/** Writes the SubjectPublicKeyInfo of X and Y: KEY_INFO bytes. */
export function writeKeyInfo(key: usize): void {
  Writer.bytes(KEY_INFO_HEAD, KEY_INFO_HEAD_LENGTH);
  Writer.bytes(key, KEY);
}

/** SHA-256 of the SubjectPublicKeyInfo of X and Y, by which RFC 6920 names the key: 32 bytes to `to`. */
export function hashKey(key: usize, to: usize): void {
  sha256Start(HASHING);
  sha256Update(HASHING, KEY_INFO_HEAD, KEY_INFO_HEAD_LENGTH);
  sha256Update(HASHING, key, KEY);
  sha256Finish(HASHING, to);
}

/** Reads r and s of an ECDSA-Sig-Value of exactly these bytes into SIGNATURE bytes; false if it is not strict DER (5246-7.4.8-1). */
export function readSignature(at: usize, length: u32, signature: usize): bool {
  Reader.start(at, length);
  let value = open(SEQUENCE);
  readNumber(signature);
  readNumber(signature + NUMBER);
  Reader.close(value);
  return Reader.done();
}

/** Writes an ECDSA-Sig-Value of r and s, neither of them 0: at most 72 bytes. */
export function writeSignature(signature: usize): void {
  let start = Writer.at;
  Writer.u16(SEQUENCE << 8);
  writeNumber(signature);
  writeNumber(signature + NUMBER);
  store<u8>(start, <u32>(Writer.at - start) - 2, 1);
}

function readNumber(to: usize): void {
  let first = readPositive(NUMBER);
  let length = <u32>(Reader.at - first);
  memory.fill(to, 0, NUMBER);
  memory.copy(to + NUMBER - length, first, length);
}

function writeNumber(from: usize): void {
  let zeros: u32 = 0;
  while (zeros < NUMBER - 1 && load<u8>(from + zeros) == 0) zeros++;
  let sign: u32 = load<u8>(from + zeros) >> 7;
  Writer.u8(INTEGER);
  Writer.u8(NUMBER - zeros + sign);
  if (sign) Writer.u8(0);
  Writer.bytes(from + zeros, NUMBER - zeros);
}
