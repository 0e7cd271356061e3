// struct { ECPointFormat ec_point_format_list<1..2^8-1>; } ECPointFormatList;      RFC 8422 §5.1.2, with suites that have curves
import { Alert, Cause, ExtensionType } from "../codes";
import { OK, abort, malformed } from "../outcome";
import { HAS_POINT_FORMATS, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

const UNCOMPRESSED: u32 = 0;

export function write(): void {
  Writer.u16(ExtensionType.EC_POINT_FORMATS);
  Writer.u16(2);
  Writer.u8(1);
  Writer.u8(UNCOMPRESSED);
}

/** Whoever says something must know the uncompressed form (7925-4.4-3). */
export function read(handshake: Handshake): i32 {
  let length = Reader.u8();
  if (length != Reader.left() || length == 0) return malformed();
  while (Reader.left() != 0) if (Reader.u8() == UNCOMPRESSED) handshake.has |= HAS_POINT_FORMATS;
  return handshake.has & HAS_POINT_FORMATS ? OK : abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
}
