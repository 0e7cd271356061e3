// The peer's side of the handshake: where it begins, and what each message brings about. What comes when stands in script.ts; what a
// message says, in messages/.
import { Alert, Cause, Drop, HandshakeType } from "./codes";
import { random } from "./crypto";
import { draw } from "./extensions/connection-id";
import { HAS_CERTIFICATES } from "./features";
import { Fragment } from "./flight/fragment";
import { stopWaiting } from "./flight/retransmit";
import * as Certificate from "./messages/certificate";
import * as CertificateRequest from "./messages/certificate-request";
import * as CertificateVerify from "./messages/certificate-verify";
import * as ClientHello from "./messages/client-hello";
import * as ClientKeyExchange from "./messages/client-key-exchange";
import * as Finished from "./messages/finished";
import * as HelloVerifyRequest from "./messages/hello-verify-request";
import * as NewSessionTicket from "./messages/new-session-ticket";
import * as ServerHello from "./messages/server-hello";
import * as ServerHelloDone from "./messages/server-hello-done";
import * as ServerKeyExchange from "./messages/server-key-exchange";
import { OK, abort, ignored } from "./outcome";
import { Incoming } from "./record/plaintext";
import { offer } from "./resumption";
import { deriveKeys } from "./schedule/keys";
import { addToTranscript, restartTranscript } from "./schedule/transcript";
import {
  HAS_CERTIFICATE, HAS_KEY_EXCHANGE, SERVER_HELLO_ROW, VERIFY_ROW, condition, epoch, message, optional, speaker,
} from "./script";
import { isAbsent, isDone, isOurs, moveTo, speak } from "./speaking";
import { CLIENT, Connection } from "./state/connection";
import { HAS_KEYS, HAS_QUESTION, Handshake, RANDOM } from "./state/handshake";
import { isEphemeral, isSigned } from "./suites";
import { Reader } from "./wire";

/** A client's first flight. */
export function startClient(connection: Connection, handshake: Handshake): i32 {
  if (random(handshake.clientRandom, RANDOM)) return abort(Alert.INTERNAL_ERROR, Cause.NONE);
  let code = connection.context.cidLength >= 0 ? draw(connection) : OK;
  if (code) return code;
  offer(connection.context, handshake);
  return speak(connection, handshake);
}

/** A server goes on from the hello whose cookie was right: the one under the cursors Fragment and Hello. */
export function startServer(connection: Connection, handshake: Handshake): i32 {
  let code = ClientHello.read(connection, handshake);
  if (code) return code;
  handshake.at = <u8>SERVER_HELLO_ROW;
  if (isSigned(connection.suite)) handshake.has |= HAS_CERTIFICATE | HAS_KEY_EXCHANGE;
  else if (connection.context.identityLength || isEphemeral(connection.suite)) handshake.has |= HAS_KEY_EXCHANGE;
  handshake.sendSequence = <u16>Fragment.sequence;
  handshake.receiveSequence = <u16>(Fragment.sequence + 1);
  handshake.heardSequence = Incoming.sequence;
  restartTranscript(handshake);
  addToTranscript(handshake, Fragment.type, Fragment.sequence, Fragment.body, Fragment.length);
  return speak(connection, handshake);
}

/** True if the peer's ChangeCipherSpec is what comes next, and the keys it announces are there (6347-4.2.5-2). */
export function awaitsChangeCipherSpec(connection: Connection, handshake: Handshake): bool {
  let step = handshake.row(handshake.at);
  return message(step) == HandshakeType.CHANGE_CIPHER_SPEC && speaker(step) != connection.role &&
    (handshake.has & HAS_KEYS) != 0;
}

export function receiveChangeCipherSpec(connection: Connection, handshake: Handshake): void {
  handshake.at++;
  connection.readEpoch = 1;
}

/** Receives the whole message under `Fragment`, which came in this epoch. Returns OK, a code to end with, or a drop. */
export function receive(connection: Connection, handshake: Handshake, messageEpoch: u32): i32 {
  // a client that is negotiating ignores it (RFC 5246 §7.4.1.1)
  if (Fragment.type == HandshakeType.HELLO_REQUEST && connection.role == CLIENT) return ignored(Drop.STALE_MESSAGE);
  let at: u32 = handshake.at;
  // a server may ask for a cookie in any handshake (6347-5-1, 7925-4.2-2), and again when its secret changed (6347-4.2.1-8)
  if (at == SERVER_HELLO_ROW && Fragment.type == HandshakeType.HELLO_VERIFY_REQUEST) at = VERIFY_ROW;
  let step = handshake.row(at);
  while ((message(step) != Fragment.type || isAbsent(handshake, step)) && mayBeAbsent(handshake, step)) {
    step = handshake.row(++at);
  }
  // in clear where only what is protected counts: anyone may have sent it
  if (messageEpoch < epoch(step)) return ignored(Drop.BAD_EPOCH);
  if (message(step) != Fragment.type || speaker(step) == connection.role) {
    return abort(Alert.UNEXPECTED_MESSAGE, Cause.OUT_OF_ORDER_MESSAGE);
  }
  let code = read(connection, handshake);
  if (code) return code;
  if (Fragment.type != HandshakeType.HELLO_VERIFY_REQUEST) {
    addToTranscript(handshake, Fragment.type, Fragment.sequence, Fragment.body, Fragment.length);
  }
  if (messageEpoch == 0) handshake.heardSequence = Incoming.sequence;
  if (Fragment.type == HandshakeType.CLIENT_KEY_EXCHANGE && isSigned(connection.suite)) deriveKeys(connection, handshake, 0, 0);
  moveTo(handshake, at + 1);
  handshake.receiveSequence = <u16>(Fragment.sequence + 1);
  return proceed(connection, handshake);
}

/** What the peer may leave out, as far as we know: a condition says it, or where there is none, the row. */
function mayBeAbsent(handshake: Handshake, step: u32): bool {
  return condition(step) ? handshake.lacks(condition(step)) : optional(step);
}

/** After a message: a question, our turn, or more to wait for. */
function proceed(connection: Connection, handshake: Handshake): i32 {
  if (handshake.has & HAS_QUESTION || isDone(handshake)) stopWaiting(handshake);
  else if (isOurs(connection, handshake.row(handshake.at))) return speak(connection, handshake);
  return OK;
}

function read(connection: Connection, handshake: Handshake): i32 {
  Reader.start(Fragment.body, Fragment.length);
  if (HAS_CERTIFICATES) {
    switch (Fragment.type) {
      case HandshakeType.CERTIFICATE: return Certificate.read(connection, handshake);
      case HandshakeType.CERTIFICATE_REQUEST: return CertificateRequest.read(connection, handshake);
      case HandshakeType.CERTIFICATE_VERIFY: return CertificateVerify.read(handshake);
    }
  }
  switch (Fragment.type) {
    case HandshakeType.HELLO_VERIFY_REQUEST: return HelloVerifyRequest.read(handshake);
    case HandshakeType.SERVER_HELLO: return ServerHello.read(connection, handshake);
    case HandshakeType.SERVER_KEY_EXCHANGE: return ServerKeyExchange.read(connection, handshake);
    case HandshakeType.SERVER_HELLO_DONE: return ServerHelloDone.read();
    case HandshakeType.CLIENT_KEY_EXCHANGE: return ClientKeyExchange.read(connection, handshake);
    case HandshakeType.NEW_SESSION_TICKET: return NewSessionTicket.read(connection, handshake);
    default: return Finished.read(connection, handshake);
  }
}

/** The handshake message awaited, + 256 if it is ours to send; 0 when done: what the state is called. */
export function phase(connection: Connection, handshake: Handshake): i32 {
  let step = handshake.row(handshake.at);
  if (message(step) == HandshakeType.DONE) return 0;
  return message(step) | (speaker(step) == connection.role ? 256 : 0);
}

/** True once a client's keys are in use: from here silence means that the peer has other keys. */
export function isKeyOnTrial(connection: Connection): bool {
  return connection.role == CLIENT && connection.writeEpoch != 0 && connection.readEpoch == 0;
}
