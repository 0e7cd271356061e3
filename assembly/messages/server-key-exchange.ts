// struct {
//   opaque psk_identity_hint<0..2^16-1>;                                 RFC 4279 §2
//   select (KeyExchangeAlgorithm) {
//     case psk: struct {};                                               sent only with a hint (4279-2-2)
//     case ec_diffie_hellman_psk: ECParameters curve_params; ECPoint public;  RFC 5489 §2, not signed, always sent (5489-2-1)
//     case ec_diffie_hellman: the same, without a hint; Signature signed_params;  RFC 8422 §5.4
//   };
// } ServerKeyExchange;
import { IDENTITY_MAX } from "../limits";
import { OK, malformed } from "../outcome";
import { agree, makeShare, readParameters, readShare, writeParameters, writeShare } from "../schedule/share";
import { Connection } from "../state/connection";
import { Handshake } from "../state/handshake";
import { isEphemeral, isSigned } from "../suites";
import { Reader, Writer } from "../wire";
import * as DigitallySigned from "./digitally-signed";

export function write(connection: Connection, handshake: Handshake): void {
  let context = connection.context;
  if (!isSigned(connection.suite)) {
    Writer.u16(context.identityLength);
    Writer.bytes(context.identity, context.identityLength);
  }
  if (!isEphemeral(connection.suite)) return;
  writeParameters();
  writeShare(handshake);
  if (isSigned(connection.suite)) DigitallySigned.write(handshake);
}

/** The hint is kept for the question about our key; one longer than an identity can be is no help (4279-5.2-1). */
export function read(connection: Connection, handshake: Handshake): i32 {
  let length: u32 = isSigned(connection.suite) ? 0 : Reader.u16();
  let hint = Reader.take(length);
  if (isEphemeral(connection.suite)) {
    let code = readEphemeral(connection, handshake);
    if (code) return code;
  }
  if (!Reader.done()) return malformed();
  handshake.identityLength = length > IDENTITY_MAX ? 0 : <u8>length;
  memory.copy(handshake.identity, hint, handshake.identityLength);
  return OK;
}

/** The server's point, and its signature where the suite has one, which is verified before the point is used. */
function readEphemeral(connection: Connection, handshake: Handshake): i32 {
  let parameters = Reader.at;
  let code = readParameters();
  if (code) return code;
  let point = readShare(), length = <u32>(Reader.at - parameters);
  if (isSigned(connection.suite)) code = DigitallySigned.readOverParameters(handshake, parameters, length);
  else if (!Reader.done()) code = malformed();
  if (!code) code = makeShare(handshake);
  return code ? code : agree(handshake, point);
}
