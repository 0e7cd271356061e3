// struct {
//   opaque psk_identity_hint<0..2^16-1>;                                 RFC 4279 §2
//   select (KeyExchangeAlgorithm) {
//     case psk: struct {};                                               sent only with a hint (4279-2-2)
//     case ec_diffie_hellman_psk: ECParameters curve_params; ECPoint public;  RFC 5489 §2, not signed, always sent
//   };
// } ServerKeyExchange;
import { IDENTITY_MAX } from "../limits";
import { OK, malformed } from "../outcome";
import { makeShare, readParameters, readShare, writeParameters, writeShare } from "../schedule/share";
import { Connection } from "../state/connection";
import { Handshake } from "../state/handshake";
import { isEphemeral } from "../suites";
import { Reader, Writer } from "../wire";

export function write(connection: Connection, handshake: Handshake): void {
  let context = connection.context;
  Writer.u16(context.identityLength);
  Writer.bytes(context.identity, context.identityLength);
  if (!isEphemeral(connection.suite)) return;
  writeParameters();
  writeShare(handshake);
}

/** The hint is kept for the question about our key; one longer than an identity can be is no help (4279-5.2-1). */
export function read(connection: Connection, handshake: Handshake): i32 {
  let length = Reader.u16();
  let hint = Reader.take(length);
  if (isEphemeral(connection.suite)) {
    let code = readParameters();
    if (!code) code = makeShare(handshake);
    if (!code) code = readShare(handshake);
    if (code) return code;
  }
  if (!Reader.done()) return malformed();
  handshake.identityLength = length > IDENTITY_MAX ? 0 : <u8>length;
  memory.copy(handshake.identity, hint, handshake.identityLength);
  return OK;
}
