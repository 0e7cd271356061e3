// struct { NamedCurve named_curve_list<2..2^16-1>; } NamedCurveList;    RFC 8422 §5.1.1, sent by the client (8422-5.1-1)
import { NamedCurve, ExtensionType } from "../codes";
import { OK, malformed } from "../outcome";
import { HAS_OTHER_CURVES, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(): void {
  Writer.u16(ExtensionType.SUPPORTED_GROUPS);
  Writer.u16(4);
  Writer.u16(2);
  Writer.u16(NamedCurve.SECP256R1);
}

/** Curves and groups that we do not know are passed over; no group but a curve is used (7925-4.3-3). */
export function read(handshake: Handshake): i32 {
  let length = Reader.u16();
  if (length != Reader.left() || length == 0 || length & 1) return malformed();
  handshake.has |= HAS_OTHER_CURVES;
  while (Reader.left() != 0) {
    if (Reader.u16() == NamedCurve.SECP256R1) handshake.has &= ~HAS_OTHER_CURVES;
  }
  return OK;
}
