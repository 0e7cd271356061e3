// DER (X.690 §10) over wire.ts's Reader, as sticky as that: an element that is not the one asked for, or whose length has
// another form than the one DER allows, poisons. Each function here moves the Reader.
import { constantTimeEqual } from "../crypto";
import { Reader } from "../wire";

export const BOOLEAN: u32 = 0x01;
export const INTEGER: u32 = 0x02;
export const BIT_STRING: u32 = 0x03;
export const OCTET_STRING: u32 = 0x04;
export const OBJECT_IDENTIFIER: u32 = 0x06;
export const UTC_TIME: u32 = 0x17;
export const GENERALIZED_TIME: u32 = 0x18;
export const SEQUENCE: u32 = 0x30;
export const SET: u32 = 0x31;
/** Context-specific [n], constructed. */
export const CONTEXT: u32 = 0xa0;

/** Poisons the Reader. */
export function refuse(): void {
  Reader.take(u32.MAX_VALUE);
}

/** The byte that comes next, which is a tag between elements; 0 at the end. */
export function next(): u32 {
  return Reader.left() ? load<u8>(Reader.at) : 0;
}

/** Opens the next element, which must have this tag; what it returns goes to `Reader.close`. */
export function open(tag: u32): usize {
  if (Reader.u8() != tag) refuse();
  return Reader.open(readLength());
}

/** Passes over the next element, which must have this tag, without a look inside. */
export function skip(tag: u32): void {
  let element = open(tag);
  skipRest();
  Reader.close(element);
}

/** Passes over the rest of what is open. */
export function skipRest(): void {
  Reader.take(Reader.left());
}

/** True if these bytes come next; then they are read. */
export function skipIf(bytes: usize, length: u32): bool {
  if (length > Reader.left() || !constantTimeEqual(Reader.at, bytes, length)) return false;
  Reader.take(length);
  return true;
}

/** A BOOLEAN DEFAULT FALSE: true is one byte of ones, and false is not written at all (X.690 §11.1, §11.5). */
export function readFlag(): bool {
  if (next() != BOOLEAN) return false;
  let element = open(BOOLEAN);
  if (Reader.u8() != 0xff) refuse();
  Reader.close(element);
  return true;
}

/** An INTEGER above 0 of at most `max` bytes, not counting one of sign. Returns its first byte; the Reader is behind its last. */
export function readPositive(max: u32): usize {
  let element = open(INTEGER);
  if (next() >= 0x80) refuse();
  if (next() == 0) {
    Reader.u8();
    if (next() < 0x80) refuse(); // X.690 §8.3.2: no byte more than it takes
  }
  if (Reader.left() > max) refuse();
  let first = Reader.take(Reader.left());
  Reader.close(element);
  return first;
}

/** Definite, in as few bytes as it can be, and below 2^24 (X.690 §8.1.3, §10.1). */
function readLength(): u32 {
  let length = Reader.u8();
  if (length < 0x80) return length;
  let bytes = length & 0x7f;
  if (bytes - 1 > 2) {
    refuse();
    return 0;
  }
  length = 0;
  for (let i: u32 = 0; i < bytes; i++) length = (length << 8) | Reader.u8();
  if (length < 0x80 || length >> ((bytes - 1) << 3) == 0) refuse();
  return length;
}
