// rrc, an empty extension (RFC 9853 §3): offered beside connection_id, answered where both were offered (9853-3-1).
import { ExtensionType } from "../codes";
import { OK, malformed } from "../outcome";
import { HAS_RETURN_ROUTABILITY, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(): void {
  Writer.u16(ExtensionType.RETURN_ROUTABILITY_CHECK);
  Writer.u16(0);
}

export function read(handshake: Handshake): i32 {
  if (Reader.left() != 0) return malformed();
  handshake.has |= HAS_RETURN_ROUTABILITY;
  return OK;
}
