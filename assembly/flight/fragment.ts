// struct {
//   HandshakeType msg_type;
//   uint24 length;
//   uint16 message_seq;
//   uint24 fragment_offset;
//   uint24 fragment_length;
//   …
// } Handshake;                                                           RFC 6347 §4.2.2 (6347-4.2.2-1)
import { HANDSHAKE_HEADER, OWN_TYPES } from "../limits";
import { get16, get24, put16, put24 } from "../wire";

/** The fragment under the cursor. */
export class Fragment {
  static type: i32 = 0;
  static length: u32 = 0;
  static sequence: u32 = 0;
  static offset: u32 = 0;
  static body: usize = 0;
  static bodyLength: u32 = 0;

  static isWhole(): bool {
    return Fragment.bodyLength == Fragment.length;
  }
  /** The end of its message. */
  static isLast(): bool {
    return Fragment.offset + Fragment.bodyLength == Fragment.length;
  }
}

/** Reads the fragment at `at`; false if it runs past `end` or past its message (6347-4.2.3-4), or is of no type of the wire. */
export function readFragment(at: usize, end: usize): bool {
  if (end - at < HANDSHAKE_HEADER) return false;
  Fragment.type = load<u8>(at);
  Fragment.length = get24(at + 1);
  Fragment.sequence = get16(at + 4);
  Fragment.offset = get24(at + 6);
  Fragment.bodyLength = get24(at + 9);
  Fragment.body = at + HANDSHAKE_HEADER;
  return Fragment.type < OWN_TYPES && Fragment.bodyLength <= <u32>(end - Fragment.body) &&
    Fragment.offset + Fragment.bodyLength <= Fragment.length;
}

export function writeFragmentHeader(
  at: usize, type: u32, length: u32, sequence: u32, offset: u32, bodyLength: u32,
): void {
  store<u8>(at, type);
  put24(at + 1, length);
  put16(at + 4, sequence);
  put24(at + 6, offset);
  put24(at + 9, bodyLength);
}
