// AEAD of epoch 1 (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1, RFC 6655 §3, RFC 5288 §3): 5246-6.2.3.3-1, 6347-4.1.2.1-1, 6655-3-1,
// 6655-6-1. Each number is used once, also by what is sent again (6347-4.1-3).
//
//   nonce      = salt[4] ‖ explicit[8]          explicit = epoch ‖ sequence_number, a copy of the header's (7925-B-1)
//   additional = epoch ‖ sequence_number ‖ type ‖ version ‖ length of the plaintext
//   fragment   = explicit[8] ‖ ciphertext ‖ tag
import { ContentType, ProtocolVersion } from "../codes";
import { AEAD_NONCE, aeadOpen, aeadSeal, aeadTagLength } from "../crypto";
import { EXPLICIT_NONCE, PLAINTEXT_MAX, RECORD_HEADER } from "../limits";
import { Connection, SALT } from "../state/connection";
import { traceNonce } from "../trace/trace";
import { put16 } from "../wire";
import { Incoming, writeHeader } from "./plaintext";

const NONCE: usize = memory.data(AEAD_NONCE, 16);
const ADDITIONAL_SIZE: u32 = 13;
const ADDITIONAL: usize = memory.data(ADDITIONAL_SIZE, 16);

/** Bytes before the plaintext in a protected record. */
export const PROTECTED_HEADER: u32 = RECORD_HEADER + EXPLICIT_NONCE;

/** … and around it, at least. */
export const OVERHEAD_MIN: u32 = PROTECTED_HEADER + 8;

/** Bytes that protection adds to a plaintext: header, explicit nonce, tag (6347-4.1.1.1-1). */
export function overhead(connection: Connection): u32 {
  return PROTECTED_HEADER + aeadTagLength(connection.aead);
}

function prepare(header: usize, explicit: usize, salt: usize, length: u32): void {
  memory.copy(NONCE, salt, SALT);
  memory.copy(NONCE + SALT, explicit, EXPLICIT_NONCE);
  memory.copy(ADDITIONAL, header + 3, 8);
  store<u8>(ADDITIONAL, load<u8>(header), 8);
  put16(ADDITIONAL + 9, ProtocolVersion.DTLS_1_2);
  put16(ADDITIONAL + 11, length);
}

/** Seals the plaintext of `length` bytes at `record + PROTECTED_HEADER`; returns the record's length. */
export function protect(connection: Connection, record: usize, type: ContentType, length: u32): u32 {
  let tag = aeadTagLength(connection.aead);
  writeHeader(record, type, connection.writeEpoch, connection.writeSequence++, EXPLICIT_NONCE + length + tag);
  memory.copy(record + RECORD_HEADER, record + 3, EXPLICIT_NONCE);
  prepare(record, record + RECORD_HEADER, connection.writeSalt, length);
  connection.records++;
  traceNonce(connection.writeKey, NONCE, record);
  aeadSeal(
    connection.aead, connection.writeKey, NONCE, ADDITIONAL, ADDITIONAL_SIZE, record + PROTECTED_HEADER, length,
  );
  return PROTECTED_HEADER + length + tag;
}

/** Opens the incoming record in place; Incoming's body and length become the plaintext's. False: it is a forgery. */
export function deprotect(connection: Connection): bool {
  let around = EXPLICIT_NONCE + aeadTagLength(connection.aead);
  if (Incoming.length < around) return false;
  let length = Incoming.length - around;
  if (length > PLAINTEXT_MAX) return false; // 6347-4.1-2
  let text = Incoming.body + EXPLICIT_NONCE;
  prepare(Incoming.header, Incoming.body, connection.readSalt, length);
  if (!aeadOpen(connection.aead, connection.readKey, NONCE, ADDITIONAL, ADDITIONAL_SIZE, text, length)) return false;
  Incoming.body = text;
  Incoming.length = length;
  return true;
}
