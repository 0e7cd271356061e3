// enum { 2^9(1), 2^10(2), 2^11(3), 2^12(4), (255) } MaxFragmentLength;                             RFC 6066 §4
// What the client asks for holds in both directions, in clear as well (7925-15-1, 6066-4-1).
import { Alert, Cause, ExtensionType } from "../codes";
import { RECORD_HEADER } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { Connection } from "../state/connection";
import { HAS_MAX_FRAGMENT_LENGTH, HAS_RECORD_SIZE_LIMIT, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(length: u32): void {
  Writer.u16(ExtensionType.MAX_FRAGMENT_LENGTH);
  Writer.u16(1);
  let power: u32 = 1;
  while (<u32>256 << power < length) power++;
  Writer.u8(power);
}

/** `offered`: a client's own, which the answer must repeat; 0 for a server, which takes what it is asked for. */
export function read(connection: Connection, handshake: Handshake, offered: u32): i32 {
  if (Reader.left() != 1) return malformed();
  let power = Reader.u8();
  let length: u32 = 256 << power;
  if (power - 1 >= 4 || (offered != 0 && length != offered)) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  handshake.has |= HAS_MAX_FRAGMENT_LENGTH;
  if (handshake.has & HAS_RECORD_SIZE_LIMIT) return OK; // 8449-5-1
  connection.sendMax = connection.receiveMax = <u16>length;
  handshake.datagramMax = <u16>(RECORD_HEADER + length);
  return OK;
}
