// struct {
//   ContentType type;
//   ProtocolVersion version;
//   uint16 epoch;
//   uint48 sequence_number;
//   uint16 length;
//   opaque fragment[DTLSPlaintext.length];
// } DTLSPlaintext;                                                       RFC 6347 §4.1 (6347-4.1-1)
//
// Of type tls12_cid a record has `opaque cid[cid_length]` before its length (RFC 9146 §4, 9146-4-1), and only the receiver knows
// how many bytes those are.
import { ContentType, ProtocolVersion } from "../codes";
import { RECORD_HEADER } from "../limits";
import { get16, get48, put16, put48 } from "../wire";

/** Where the connection ID stands, if there is one. */
export const CID_AT: u32 = RECORD_HEADER - 2;

/** The record under the cursor, by its header. */
export class Incoming {
  static header: usize = 0;
  static type: i32 = 0;
  static version: i32 = 0;
  static epoch: u32 = 0;
  static sequence: u64 = 0;
  /** 0 but in a record of type tls12_cid. */
  static cidLength: u32 = 0;
  static body: usize = 0;
  static length: u32 = 0;
  /** Its datagram came from another address than its connection's; only a record with a CID is received nevertheless. */
  static isElsewhere: bool = false;
  /** Where that is so, the handle of the connection that the host knows under that address, or 0. */
  static resident: i32 = 0;
  /** Bytes on the wire, with its header. */
  static recordLength: u32 = 0;
}

/** Reads the header of the record at `at`, whose CID would have that length; false if it does not end by `end` (6347-4.1.1-1). */
export function readHeader(at: usize, end: usize, cidLength: u32): bool {
  if (end - at < RECORD_HEADER) return false;
  Incoming.header = at;
  Incoming.type = load<u8>(at);
  Incoming.version = get16(at + 1);
  Incoming.epoch = get16(at + 3);
  Incoming.sequence = get48(at + 5);
  Incoming.cidLength = Incoming.type == ContentType.TLS12_CID ? cidLength : 0;
  Incoming.body = at + RECORD_HEADER + Incoming.cidLength;
  if (Incoming.body > end) return false;
  Incoming.length = get16(Incoming.body - 2);
  Incoming.recordLength = <u32>(Incoming.body - at) + Incoming.length;
  Incoming.isElsewhere = false;
  return Incoming.length <= <u32>(end - Incoming.body);
}

export function writeHeader(at: usize, type: ContentType, epoch: u32, sequence: u64, length: u32): void {
  store<u8>(at, type);
  put16(at + 1, ProtocolVersion.DTLS_1_2);
  put16(at + 3, epoch);
  put48(at + 5, sequence);
  put16(at + CID_AT, length);
}
