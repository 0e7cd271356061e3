// struct { opaque renegotiated_connection<0..255>; } RenegotiationInfo;                             RFC 5746 §3.2
// Empty in a first handshake, and there is no other: renegotiation is refused (7925-17-1), its safety signalled (5746-3.6-1).
import { Alert, Cause, ExtensionType } from "../codes";
import { HAS_SECURE_RENEGOTIATION, Handshake } from "../state/handshake";
import { OK, abort } from "../outcome";
import { Reader, Writer } from "../wire";

export function write(): void {
  Writer.u16(ExtensionType.RENEGOTIATION_INFO);
  Writer.u16(1);
  Writer.u8(0);
}

export function read(handshake: Handshake): i32 {
  if (Reader.left() != 1 || Reader.u8() != 0) {
    return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_SECURE_RENEGOTIATION);
  }
  handshake.has |= HAS_SECURE_RENEGOTIATION;
  return OK;
}
