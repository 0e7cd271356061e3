// AEAD of epoch 1 (RFC 5246 §6.2.3.3, RFC 6347 §4.1.2.1, RFC 6655 §3, RFC 5288 §3): 5246-6.2.3.3-1, 6347-4.1.2.1-1, 6655-3-1,
// 6655-6-1. Each number is used once, also by what is sent again (6347-4.1-3).
//
//   nonce      = salt[4] ‖ explicit[8]          explicit = epoch ‖ sequence_number, a copy of the header's (7925-B-1)
//   additional = epoch ‖ sequence_number ‖ type ‖ version ‖ length of the plaintext
//   fragment   = explicit[8] ‖ ciphertext ‖ tag
//
// To a peer that asked for a connection ID (RFC 9146 §4, §5.3: 9146-3-2, 9146-3-3, 9146-4-1, 9146-5-1):
//
//   plaintext  = content ‖ real_type ‖ zeros    (DTLSInnerPlaintext; we add no zeros)
//   additional = ff[8] ‖ tls12_cid ‖ cid_length ‖ tls12_cid ‖ version ‖ epoch ‖ sequence_number ‖ cid ‖ length of the plaintext
import { ContentType, ProtocolVersion } from "../codes";
import { AEAD_NONCE, aeadOpen, aeadSeal, aeadTagLength } from "../crypto";
import { CID_PREAMBLE, EXPLICIT_NONCE, PLAINTEXT_MAX, RECORD_HEADER } from "../limits";
import { Connection, SALT } from "../state/connection";
import { additional } from "../state/memory";
import { traceNonce } from "../trace/trace";
import { get16, put16 } from "../wire";
import { CID_AT, Incoming, writeHeader } from "./plaintext";

const NONCE: usize = memory.data(AEAD_NONCE, 16);
let additionalLength: u32 = 0;

/** Bytes before the plaintext in a protected record to the peer. */
export function protectedHeader(connection: Connection): u32 {
  return RECORD_HEADER + connection.peerCidLength + EXPLICIT_NONCE;
}

/** Bytes behind it: the real type, if it is hidden, and the tag. */
export function trailer(connection: Connection): u32 {
  return (connection.peerCidLength ? 1 : 0) + aeadTagLength(connection.aead);
}

/** Bytes that protection adds to a plaintext: header, explicit nonce, tag (6347-4.1.1.1-1). */
export function overhead(connection: Connection): u32 {
  return protectedHeader(connection) + trailer(connection);
}

/** … at least, and without a CID. */
export const OVERHEAD_MIN: u32 = RECORD_HEADER + EXPLICIT_NONCE + 8;

function prepare(header: usize, body: usize, salt: usize, length: u32): void {
  memory.copy(NONCE, salt, SALT);
  memory.copy(NONCE + SALT, body, EXPLICIT_NONCE);
  let at = additional;
  let type = load<u8>(header);
  if (type == ContentType.TLS12_CID) {
    let head = <u32>(body - header) - 2;
    memory.fill(at, 0xff, 8);
    store<u8>(at, type, 8);
    store<u8>(at, head - CID_AT, 9);
    memory.copy(at + CID_PREAMBLE, header, head);
    at += CID_PREAMBLE + head;
  } else {
    memory.copy(at, header + 3, 8);
    store<u8>(at, type, 8);
    put16(at + 9, ProtocolVersion.DTLS_1_2);
    at += CID_AT;
  }
  put16(at, length);
  additionalLength = <u32>(at + 2 - additional);
}

/** Seals the plaintext of `length` bytes at `record + protectedHeader`; returns the record's length. */
export function protect(connection: Connection, record: usize, type: ContentType, length: u32): u32 {
  let text = record + protectedHeader(connection);
  let body = text - EXPLICIT_NONCE;
  let cidLength: u32 = connection.peerCidLength;
  writeHeader(record, cidLength ? ContentType.TLS12_CID : type, connection.writeEpoch, connection.writeSequence++, 0);
  if (cidLength) {
    memory.copy(record + CID_AT, connection.peerCid, cidLength);
    store<u8>(text + length++, type);
  }
  let tag = aeadTagLength(connection.aead);
  put16(body - 2, EXPLICIT_NONCE + length + tag);
  memory.copy(body, record + 3, EXPLICIT_NONCE);
  prepare(record, body, connection.writeSalt, length);
  connection.records++;
  traceNonce(connection.writeKey, NONCE, record);
  aeadSeal(connection.aead, connection.writeKey, NONCE, additional, additionalLength, text, length);
  return <u32>(text - record) + length + tag;
}

/**
 * Opens the incoming record in place; Incoming's body, length and type become the plaintext's. False: it is a forgery. What
 * hides no real type, only zeros, keeps the type tls12_cid.
 */
export function deprotect(connection: Connection): bool {
  let around = EXPLICIT_NONCE + aeadTagLength(connection.aead);
  if (Incoming.length < around) return false;
  let length = Incoming.length - around;
  if (length > PLAINTEXT_MAX) return false; // 6347-4.1-2
  let text = Incoming.body + EXPLICIT_NONCE;
  prepare(Incoming.header, Incoming.body, connection.readSalt, length);
  if (!aeadOpen(connection.aead, connection.readKey, NONCE, additional, additionalLength, text, length)) return false;
  Incoming.body = text;
  Incoming.length = length;
  if (Incoming.cidLength) revealType();
  return true;
}

function revealType(): void {
  let end = Incoming.length;
  while (end != 0 && load<u8>(Incoming.body + end - 1) == 0) end--;
  if (end == 0) return;
  Incoming.length = end - 1;
  Incoming.type = load<u8>(Incoming.body + end - 1);
}

/** Closes the record that `deprotect` just opened: the same bytes as it came in, since all that they are made of is the same. */
export function reprotect(connection: Connection): void {
  Incoming.type = ContentType.TLS12_CID;
  Incoming.body -= EXPLICIT_NONCE;
  Incoming.length = get16(Incoming.body - 2);
  aeadSeal(
    connection.aead, connection.readKey, NONCE, additional, additionalLength, Incoming.body + EXPLICIT_NONCE,
    Incoming.length - EXPLICIT_NONCE - aeadTagLength(connection.aead),
  );
}
