// struct {
//   opaque psk_identity<0..2^16-1>;                                      RFC 4279 §2
//   select (KeyExchangeAlgorithm) { case psk: struct {}; case ec_diffie_hellman_psk: ECPoint public; };     RFC 5489 §2
// } ClientKeyExchange;
import { Alert, Cause, Question } from "../codes";
import { IDENTITY_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { readShare, writeShare } from "../schedule/share";
import { Connection } from "../state/connection";
import { Handshake } from "../state/handshake";
import { isEphemeral } from "../suites";
import { Reader, Writer } from "../wire";

export function write(connection: Connection, handshake: Handshake): void {
  Writer.u16(handshake.identityLength);
  Writer.bytes(handshake.identity, handshake.identityLength);
  if (isEphemeral(connection.suite)) writeShare(handshake);
}

/** The server takes the identity as it is, byte by byte (7925-4.2-3), and asks for its key. */
export function read(connection: Connection, handshake: Handshake): i32 {
  let length = Reader.u16();
  let identity = Reader.take(length);
  if (isEphemeral(connection.suite)) {
    let code = readShare(handshake);
    if (code) return code;
  }
  if (!Reader.done()) return malformed();
  if (length > IDENTITY_MAX) return abort(Alert.DECRYPT_ERROR, Cause.UNKNOWN_IDENTITY); // 7925-6-4
  handshake.identityLength = <u8>length;
  memory.copy(handshake.identity, identity, length);
  handshake.ask(Question.PSK);
  return OK;
}
