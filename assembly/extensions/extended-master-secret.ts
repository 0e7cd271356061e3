// extended_master_secret, an empty extension (RFC 7627 §5.1): always offered, answered when offered (7925-16-1, 7627-5.2-1,
// 9325-3.5-1).
import { ExtensionType } from "../codes";
import { HAS_EXTENDED_MASTER_SECRET, Handshake } from "../state/handshake";
import { OK, malformed } from "../outcome";
import { Reader, Writer } from "../wire";

export function write(): void {
  Writer.u16(ExtensionType.EXTENDED_MASTER_SECRET);
  Writer.u16(0);
}

export function read(handshake: Handshake): i32 {
  if (Reader.left() != 0) return malformed();
  handshake.has |= HAS_EXTENDED_MASTER_SECRET;
  return OK;
}
