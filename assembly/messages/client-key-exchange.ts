// struct { opaque psk_identity<0..2^16-1>; } ClientKeyExchange;          RFC 4279 §2
import { Alert, Cause } from "../codes";
import { IDENTITY_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { HAS_QUESTION, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(handshake: Handshake): void {
  Writer.u16(handshake.identityLength);
  Writer.bytes(handshake.identity, handshake.identityLength);
}

/** The server takes the identity as it is, byte by byte (7925-4.2-3), and asks for its key. */
export function read(handshake: Handshake): i32 {
  let length = Reader.u16();
  let identity = Reader.take(length);
  if (!Reader.done()) return malformed();
  if (length > IDENTITY_MAX) return abort(Alert.DECRYPT_ERROR, Cause.UNKNOWN_IDENTITY); // 7925-6-4
  handshake.identityLength = <u8>length;
  memory.copy(handshake.identity, identity, length);
  handshake.has |= HAS_QUESTION;
  return OK;
}
