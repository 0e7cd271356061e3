// The handshake: receive a message, speak a flight. What comes when stands in script.ts; what a message says, in messages/.
import { Alert, Cause, ContextFlag, Drop, HandshakeType } from "./codes";
import { random } from "./crypto";
import {
  closeRecord, epoch0Sequence, finishDatagram, pack, packChangeCipherSpec, startDatagram,
} from "./flight/datagram";
import { Fragment } from "./flight/fragment";
import { datagramLimit, flightSent, resumeWaiting, startFlight, stopWaiting } from "./flight/retransmit";
import { KEY_MAX } from "./limits";
import * as ClientHello from "./messages/client-hello";
import * as ClientKeyExchange from "./messages/client-key-exchange";
import * as Finished from "./messages/finished";
import * as HelloVerifyRequest from "./messages/hello-verify-request";
import * as ServerHello from "./messages/server-hello";
import * as ServerHelloDone from "./messages/server-hello-done";
import * as ServerKeyExchange from "./messages/server-key-exchange";
import { OK, abort, ignored } from "./outcome";
import { deriveKeys, verifyData } from "./schedule/keys";
import { addToTranscript, restartTranscript } from "./schedule/transcript";
import {
  HAS_KEY_EXCHANGE, SERVER_HELLO_ROW, VERIFY_ROW, condition, epoch, message, optional, row, speaker,
} from "./script";
import { CLIENT, Connection } from "./state/connection";
import {
  HAS_ASKED, HAS_EXTENDED_MASTER_SECRET, HAS_KEYS, HAS_QUESTION, Handshake, RANDOM,
} from "./state/handshake";
import { SCRATCH } from "./state/memory";
import { isEphemeral } from "./suites";
import { traceMessage } from "./trace/trace";
import { Reader, Writer } from "./wire";

/** Where a client takes its key from while it speaks: its context, or the answer. Never kept. */
let key: usize = 0;
let keyLength: u32 = 0;

/** A client's first flight. */
export function startClient(connection: Connection, handshake: Handshake): i32 {
  if (random(handshake.clientRandom, RANDOM)) return abort(Alert.INTERNAL_ERROR, Cause.NONE);
  speak(connection, handshake);
  return OK;
}

/** A server goes on from the hello whose cookie was right: the one under the cursors Fragment and Hello. */
export function startServer(connection: Connection, handshake: Handshake): i32 {
  let code = ClientHello.read(connection, handshake);
  if (code) return code;
  handshake.at = <u8>SERVER_HELLO_ROW;
  if (connection.context.identityLength || isEphemeral(connection.suite)) handshake.has |= HAS_KEY_EXCHANGE;
  handshake.sendSequence = <u16>Fragment.sequence;
  handshake.receiveSequence = <u16>(Fragment.sequence + 1);
  restartTranscript(handshake);
  addToTranscript(handshake, Fragment.type, Fragment.sequence, Fragment.body, Fragment.length);
  speak(connection, handshake);
  return OK;
}

export function isDone(handshake: Handshake): bool {
  return message(row(handshake.at)) == HandshakeType.DONE;
}

/** True if the peer's ChangeCipherSpec is what comes next, and the keys it announces are there (6347-4.2.5-2). */
export function awaitsChangeCipherSpec(connection: Connection, handshake: Handshake): bool {
  let step = row(handshake.at);
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
  let step = row(at);
  while (message(step) != Fragment.type && isSkipped(handshake, step)) step = row(++at);
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
  handshake.at = <u8>(at + 1);
  handshake.receiveSequence = <u16>(Fragment.sequence + 1);
  return proceed(connection, handshake);
}

/** What the peer leaves out, as far as we know: a condition says it, or where there is none, the row. */
function isSkipped(handshake: Handshake, step: u32): bool {
  return condition(step) ? handshake.lacks(condition(step)) : optional(step);
}

/** After a message: our turn, a question, or more to wait for. */
function proceed(connection: Connection, handshake: Handshake): i32 {
  let step = row(handshake.at);
  let isOurs = message(step) != HandshakeType.DONE && speaker(step) == connection.role;
  if (isOurs && message(step) == HandshakeType.CLIENT_KEY_EXCHANGE) {
    let context = connection.context;
    if (context.keyLength == 0) {
      handshake.has |= HAS_QUESTION;
    } else {
      handshake.identityLength = <u8>context.identityLength;
      memory.copy(handshake.identity, context.identity, context.identityLength);
      key = context.key;
      keyLength = context.keyLength;
    }
  }
  if (handshake.has & HAS_QUESTION || isDone(handshake)) stopWaiting(handshake);
  else if (isOurs) speak(connection, handshake);
  return OK;
}

/** The server's question is answered: `length` bytes of key. */
export function answerServer(connection: Connection, handshake: Handshake, pointer: usize, length: u32): bool {
  if (length - 1 >= KEY_MAX) return false;
  handshake.has &= ~(HAS_QUESTION | HAS_ASKED);
  deriveKeys(connection, handshake, pointer, length);
  resumeWaiting(handshake);
  return true;
}

/** The client's question is answered: a length byte, the identity, the key. */
export function answerClient(connection: Connection, handshake: Handshake, pointer: usize, length: u32): bool {
  Reader.start(pointer, length);
  let identityLength = Reader.u8();
  let identity = Reader.take(identityLength);
  keyLength = Reader.left();
  key = Reader.take(keyLength);
  if (!Reader.done() || identityLength > 128 || keyLength - 1 >= KEY_MAX) return false;
  handshake.has &= ~(HAS_QUESTION | HAS_ASKED);
  handshake.identityLength = <u8>identityLength;
  memory.copy(handshake.identity, identity, identityLength);
  speak(connection, handshake);
  return true;
}

/** Composes our whole flight: from here on it can be written at any time, and always the same (6347-4.2.2-1). */
function speak(connection: Connection, handshake: Handshake): void {
  handshake.flightFirst = handshake.at;
  handshake.flightSequence = handshake.sendSequence;
  handshake.answersSequence = handshake.receiveSequence;
  let step = row(handshake.at);
  while (message(step) != HandshakeType.DONE && speaker(step) == connection.role) {
    if (!handshake.lacks(condition(step))) compose(connection, handshake, message(step));
    step = row(++handshake.at);
  }
  handshake.flightEnd = handshake.at;
  startFlight(handshake, connection.context);
}

/** What a message brings about when it is spoken for the first time. */
function compose(connection: Connection, handshake: Handshake, type: i32): void {
  if (type == HandshakeType.CHANGE_CIPHER_SPEC) {
    connection.writeEpoch = 1;
    return;
  }
  if (type == HandshakeType.CLIENT_HELLO) {
    restartTranscript(handshake);
    handshake.helloSequence = <u32>handshake.writeSequence;
  }
  if (type == HandshakeType.FINISHED) verifyData(handshake, connection.role, handshake.verifyData);
  let length = write(connection, handshake, type);
  addToTranscript(handshake, type, handshake.sendSequence++, SCRATCH, length);
  if (type == HandshakeType.CLIENT_KEY_EXCHANGE) deriveKeys(connection, handshake, key, keyLength);
}

/** Writes our message to SCRATCH; returns its length. The messages/ folder as a table. */
function write(connection: Connection, handshake: Handshake, type: i32): u32 {
  Writer.start(SCRATCH);
  switch (type) {
    case HandshakeType.CLIENT_HELLO: ClientHello.write(connection.context, handshake); break;
    case HandshakeType.SERVER_HELLO: ServerHello.write(connection, handshake); break;
    case HandshakeType.SERVER_KEY_EXCHANGE: ServerKeyExchange.write(connection, handshake); break;
    case HandshakeType.CLIENT_KEY_EXCHANGE: ClientKeyExchange.write(connection, handshake); break;
    case HandshakeType.FINISHED: Finished.write(handshake.verifyData); break;
  }
  return <u32>(Writer.at - SCRATCH);
}

function read(connection: Connection, handshake: Handshake): i32 {
  Reader.start(Fragment.body, Fragment.length);
  switch (Fragment.type) {
    case HandshakeType.HELLO_VERIFY_REQUEST: return HelloVerifyRequest.read(handshake);
    case HandshakeType.SERVER_HELLO: return ServerHello.read(connection, handshake);
    case HandshakeType.SERVER_KEY_EXCHANGE: return ServerKeyExchange.read(connection, handshake);
    case HandshakeType.SERVER_HELLO_DONE: return ServerHelloDone.read();
    case HandshakeType.CLIENT_KEY_EXCHANGE: return ClientKeyExchange.read(connection, handshake);
    default: return Finished.read(connection, handshake);
  }
}

/** Builds the flight's next datagram in OUT; returns its length. */
export function transmit(connection: Connection, handshake: Handshake): u32 {
  startDatagram(datagramLimit(handshake, connection.context), handshake.writeSequence);
  while (handshake.sendingRow != handshake.flightEnd) {
    let step = row(handshake.sendingRow);
    if (!handshake.lacks(condition(step)) && !packRow(connection, handshake, step)) break;
    handshake.sendingRow++;
    if (isApart(connection, handshake)) closeRecord(connection);
  }
  let length = finishDatagram(connection);
  handshake.writeSequence = epoch0Sequence();
  if (handshake.sendingRow == handshake.flightEnd) flightSent(handshake, isDone(handshake));
  return length;
}

/**
 * Messages may share a record (6347-4.2.3-5), but some peers read only its first one, node-dtls-client and tinydtls among
 * them. Whoever lacks extended_master_secret is as old as they are; silence may mean that the peer could not read ours; and
 * a context can ask for it.
 */
function isApart(connection: Connection, handshake: Handshake): bool {
  return handshake.silent != 0 || !(handshake.has & HAS_EXTENDED_MASTER_SECRET) ||
    connection.context.asks(ContextFlag.SEPARATE_RECORDS);
}

/** Packs the rest of a row's message; false if some of it must wait for the next datagram. */
function packRow(connection: Connection, handshake: Handshake, step: u32): bool {
  let type = message(step);
  if (type == HandshakeType.CHANGE_CIPHER_SPEC) return packChangeCipherSpec(connection);
  let length = write(connection, handshake, type);
  if (handshake.sendingOffset == 0) {
    traceMessage(connection.handle, epoch(step), handshake.sendingSequence, type, SCRATCH, length);
  }
  let part = pack(
    connection, epoch(step), type, handshake.sendingSequence, SCRATCH, length, handshake.sendingOffset,
  );
  if (part < 0) return false;
  handshake.sendingOffset += <u16>part;
  if (handshake.sendingOffset != <u16>length) return false;
  handshake.sendingOffset = 0;
  handshake.sendingSequence++;
  return true;
}

/** The handshake message awaited, + 256 if it is ours to send; 0 when done: what the state is called. */
export function phase(connection: Connection, handshake: Handshake): i32 {
  let step = row(handshake.at);
  if (message(step) == HandshakeType.DONE) return 0;
  return message(step) | (speaker(step) == connection.role ? 256 : 0);
}

/** True once a client's keys are in use: from here silence means that the peer has other keys. */
export function isKeyOnTrial(connection: Connection): bool {
  return connection.role == CLIENT && connection.writeEpoch != 0 && connection.readEpoch == 0;
}
