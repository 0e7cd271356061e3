// Packs a flight into as few datagrams as the MTU allows (6347-4.1.1-3, 6347-4.2.3-1): messages of one epoch share a record,
// records share a datagram, and a message is cut only where a datagram ends.
import { ContentType } from "../codes";
import { FRAGMENT_MIN, HANDSHAKE_HEADER, RECORD_HEADER } from "../limits";
import { writeHeader } from "../record/plaintext";
import { protect, protectedHeader, trailer } from "../record/protect";
import { Connection } from "../state/connection";
import { outWindow } from "../state/memory";
import { writeFragmentHeader } from "./fragment";

/** Body and length of a ChangeCipherSpec record. */
const CHANGE_CIPHER_SPEC: u32 = 1;

let at: usize = 0;
let limit: usize = 0;
/** The open record, 0 if none, and its epoch. */
let record: usize = 0;
let recordEpoch: u32 = 0;
/** The next record number of epoch 0. */
let sequence: u64 = 0;

export function startDatagram(bytes: u32, epoch0Sequence: u64): void {
  at = outWindow;
  limit = outWindow + bytes;
  record = 0;
  sequence = epoch0Sequence;
}

/** Closes the last record; returns the datagram's length. `epoch0Sequence()` tells how far the numbers went. */
export function finishDatagram(connection: Connection): u32 {
  closeRecord(connection);
  return <u32>(at - outWindow);
}
export function epoch0Sequence(): u64 {
  return sequence;
}

/**
 * Packs what fits of a message of `length` bytes at `body`, from `offset` on. Returns how many bytes it took, or -1 if the
 * message must wait for the next datagram.
 */
export function pack(
  connection: Connection, epoch: u32, type: u32, messageSequence: u32, body: usize, length: u32, offset: u32,
): i32 {
  let rest = <i32>(length - offset);
  // a fragment has a record of its own: mbedTLS reads nothing behind one
  if (record != 0 && (recordEpoch != epoch || offset != 0 || room(connection, epoch) < rest)) closeRecord(connection);
  let most = room(connection, epoch);
  if (most < rest && most < <i32>FRAGMENT_MIN && (most < 1 || at != outWindow)) return -1;
  if (record == 0) {
    record = at;
    recordEpoch = epoch;
    at += header(connection, epoch);
  }
  let part = min(most, rest);
  writeFragmentHeader(at, type, length, messageSequence, offset, part);
  memory.copy(at + HANDSHAKE_HEADER, body + offset, part);
  at += HANDSHAKE_HEADER + part;
  if (part != <i32>length) closeRecord(connection);
  return part;
}

/** Bytes of a message's body that still fit, negative if not even its header does. */
function room(connection: Connection, epoch: u32): i32 {
  let behind: u32 = epoch != 0 ? trailer(connection) : 0;
  return <i32>(limit - at) - <i32>((record != 0 ? 0 : header(connection, epoch)) + behind + HANDSHAKE_HEADER);
}

function header(connection: Connection, epoch: u32): u32 {
  return epoch != 0 ? protectedHeader(connection) : RECORD_HEADER;
}

/** 6347-4.2.5-1: one byte, 1, in a record of its own. False if it must wait for the next datagram. */
export function packChangeCipherSpec(connection: Connection): bool {
  closeRecord(connection);
  if (limit - at < RECORD_HEADER + CHANGE_CIPHER_SPEC) return false;
  writeHeader(at, ContentType.CHANGE_CIPHER_SPEC, 0, sequence++, CHANGE_CIPHER_SPEC);
  store<u8>(at + RECORD_HEADER, CHANGE_CIPHER_SPEC);
  at += RECORD_HEADER + CHANGE_CIPHER_SPEC;
  return true;
}

/** What follows goes into a record of its own. */
export function closeRecord(connection: Connection): void {
  if (record == 0) return;
  let length = <u32>(at - record) - header(connection, recordEpoch);
  if (recordEpoch != 0) {
    at = record + protect(connection, record, ContentType.HANDSHAKE, length);
  } else {
    writeHeader(record, ContentType.HANDSHAKE, 0, sequence++, length); // never with a CID: 9146-3-4
  }
  record = 0;
}
