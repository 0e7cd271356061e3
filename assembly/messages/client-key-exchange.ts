// struct {
//   select (KeyExchangeAlgorithm) {
//     case psk: opaque psk_identity<0..2^16-1>;                          RFC 4279 §2
//     case ec_diffie_hellman_psk: opaque psk_identity<0..2^16-1>; ECPoint public;  RFC 5489 §2
//     case ec_diffie_hellman: ECPoint public;                            RFC 8422 §5.7
//   };
// } ClientKeyExchange;
import { Alert, Cause, Question } from "../codes";
import { IDENTITY_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { agree, readShare, writeShare } from "../schedule/share";
import { Connection } from "../state/connection";
import { Handshake } from "../state/handshake";
import { isEphemeral, isSigned } from "../suites";
import { Reader, Writer } from "../wire";

export function write(connection: Connection, handshake: Handshake): void {
  if (!isSigned(connection.suite)) {
    Writer.u16(handshake.identityLength);
    Writer.bytes(handshake.identity, handshake.identityLength);
  }
  if (isEphemeral(connection.suite)) writeShare(handshake);
}

/** The server takes the identity as it is, byte by byte (7925-4.2-3, 7925-4.2-4), and asks for its key. */
export function read(connection: Connection, handshake: Handshake): i32 {
  let length: u32 = isSigned(connection.suite) ? 0 : Reader.u16();
  let identity = Reader.take(length);
  let point = isEphemeral(connection.suite) ? readShare() : 0;
  if (!Reader.done()) return malformed();
  if (isEphemeral(connection.suite)) {
    let code = agree(handshake, point);
    if (code || isSigned(connection.suite)) return code;
  }
  if (length > IDENTITY_MAX) return abort(Alert.DECRYPT_ERROR, Cause.UNKNOWN_IDENTITY); // 7925-6-4
  handshake.identityLength = <u8>length;
  memory.copy(handshake.identity, identity, length);
  handshake.ask(Question.PSK);
  return OK;
}
