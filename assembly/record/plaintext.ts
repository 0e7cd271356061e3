// struct {
//   ContentType type;
//   ProtocolVersion version;
//   uint16 epoch;
//   uint48 sequence_number;
//   uint16 length;
//   opaque fragment[DTLSPlaintext.length];
// } DTLSPlaintext;                                                       RFC 6347 §4.1 (6347-4.1-1)
import { ContentType, ProtocolVersion } from "../codes";
import { RECORD_HEADER } from "../limits";
import { get16, get48, put16, put48 } from "../wire";

/** The record under the cursor, by its header. */
export class Incoming {
  static header: usize = 0;
  static type: i32 = 0;
  static version: i32 = 0;
  static epoch: u32 = 0;
  static sequence: u64 = 0;
  static body: usize = 0;
  static length: u32 = 0;
}

/** Reads the header of the record at `at`; false if it does not end by `end` (6347-4.1.1-1). */
export function readHeader(at: usize, end: usize): bool {
  if (end - at < RECORD_HEADER) return false;
  Incoming.header = at;
  Incoming.type = load<u8>(at);
  Incoming.version = get16(at + 1);
  Incoming.epoch = get16(at + 3);
  Incoming.sequence = get48(at + 5);
  Incoming.length = get16(at + 11);
  Incoming.body = at + RECORD_HEADER;
  return Incoming.length <= <u32>(end - Incoming.body);
}

export function writeHeader(at: usize, type: ContentType, epoch: u32, sequence: u64, length: u32): void {
  store<u8>(at, type);
  put16(at + 1, ProtocolVersion.DTLS_1_2);
  put16(at + 3, epoch);
  put48(at + 5, sequence);
  put16(at + 11, length);
}
