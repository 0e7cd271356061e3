// struct { opaque psk_identity_hint<0..2^16-1>; } ServerKeyExchange;     RFC 4279 §2, sent only with a hint (4279-2-2)
import { IDENTITY_MAX } from "../limits";
import { OK, malformed } from "../outcome";
import { Context } from "../state/context";
import { Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(context: Context): void {
  Writer.u16(context.identityLength);
  Writer.bytes(context.identity, context.identityLength);
}

/** The hint is kept for the question about our key; one longer than an identity can be is no help (4279-5.2-1). */
export function read(handshake: Handshake): i32 {
  let length = Reader.u16();
  let hint = Reader.take(length);
  if (!Reader.done()) return malformed();
  handshake.identityLength = length > IDENTITY_MAX ? 0 : <u8>length;
  memory.copy(handshake.identity, hint, handshake.identityLength);
  return OK;
}
