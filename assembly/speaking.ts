// Our side of the handshake: a flight is composed once, up to a question if there is one, and written any number of times.
import { HandshakeType, Question } from "./codes";
import { HAS_CERTIFICATES } from "./features";
import {
  closeRecord, epoch0Sequence, finishDatagram, pack, packChangeCipherSpec, startDatagram,
} from "./flight/datagram";
import { datagramLimit, flightSent, startFlight, stopWaiting } from "./flight/retransmit";
import * as Certificate from "./messages/certificate";
import * as CertificateRequest from "./messages/certificate-request";
import * as CertificateVerify from "./messages/certificate-verify";
import * as ClientHello from "./messages/client-hello";
import * as ClientKeyExchange from "./messages/client-key-exchange";
import * as DigitallySigned from "./messages/digitally-signed";
import * as Finished from "./messages/finished";
import * as NewSessionTicket from "./messages/new-session-ticket";
import * as ServerHello from "./messages/server-hello";
import * as ServerKeyExchange from "./messages/server-key-exchange";
import { OK } from "./outcome";
import { ContextFlag } from "./records";
import { makeTicket } from "./resumption";
import { deriveKeys, verifyData } from "./schedule/keys";
import { addToTranscript, restartTranscript } from "./schedule/transcript";
import { HAS_CLIENT_CERTIFICATE, condition, epoch, message, optional, speaker } from "./script";
import { Connection, SERVER } from "./state/connection";
import { Context } from "./state/context";
import { HAS_EXTENDED_MASTER_SECRET, HAS_QUESTION, HAS_SIGNATURE, Handshake } from "./state/handshake";
import { SCRATCH } from "./state/memory";
import { isSigned } from "./suites";
import { traceMessage } from "./trace/trace";
import { Writer } from "./wire";

/** Where a client takes its key from while it speaks: its context, or the answer. Never kept. */
let key: usize = 0;
let keyLength: u32 = 0;
/** Where the message that was written last stands. */
let body: usize = 0;

export function isDone(handshake: Handshake): bool {
  return message(handshake.row(handshake.at)) == HandshakeType.DONE;
}

/** The script goes on here, or with the next row whose condition is met. */
export function moveTo(handshake: Handshake, at: u32): void {
  while (isAbsent(handshake, handshake.row(at))) at++;
  handshake.at = <u8>at;
}

/** A message that can only come where its condition is met, which it is not. */
export function isAbsent(handshake: Handshake, step: u32): bool {
  return handshake.lacks(condition(step)) && !optional(step);
}
/** Our turn, with the row at `handshake.at`. */
export function isOurs(connection: Connection, step: u32): bool {
  return message(step) != HandshakeType.DONE && speaker(step) == connection.role;
}

/** Composes our flight: from its end on it can be written at any time, and always the same (6347-4.2.2-1). */
export function speak(connection: Connection, handshake: Handshake): i32 {
  stopWaiting(handshake);
  handshake.flightFirst = handshake.at;
  handshake.flightSequence = handshake.sendSequence;
  handshake.answersSequence = handshake.receiveSequence;
  return speakOn(connection, handshake);
}

/** A client's key is here: our flight goes on with it. */
export function speakWithKey(connection: Connection, handshake: Handshake, pointer: usize, length: u32): i32 {
  key = pointer;
  keyLength = length;
  return speakOn(connection, handshake);
}

/** Composes the rest of our flight, or what comes before a question; with the answer it goes on from there. */
export function speakOn(connection: Connection, handshake: Handshake): i32 {
  let step = handshake.row(handshake.at);
  while (isOurs(connection, step)) {
    if (!handshake.lacks(condition(step))) {
      let code = prepare(connection, handshake, message(step));
      if (code || handshake.has & HAS_QUESTION) return code;
      compose(connection, handshake, message(step));
    }
    step = handshake.row(++handshake.at);
  }
  moveTo(handshake, handshake.at);
  handshake.flightEnd = handshake.at;
  startFlight(handshake, connection.context);
  return OK;
}

/** Sees to the secrets that a message needs, or asks for them. */
function prepare(connection: Connection, handshake: Handshake, type: i32): i32 {
  if (isSigned(connection.suite)) {
    let signs = type == HandshakeType.SERVER_KEY_EXCHANGE || type == HandshakeType.CERTIFICATE_VERIFY;
    return signs && !(handshake.has & HAS_SIGNATURE) ? DigitallySigned.sign(connection, handshake) : OK;
  }
  if (type == HandshakeType.CLIENT_KEY_EXCHANGE && keyLength == 0) takeKey(connection.context, handshake);
  return OK;
}

function takeKey(context: Context, handshake: Handshake): void {
  if (context.keyLength == 0) {
    handshake.ask(Question.PSK);
    return;
  }
  handshake.identityLength = <u8>context.identityLength;
  memory.copy(handshake.identity, context.identity, context.identityLength);
  key = context.key;
  keyLength = context.keyLength;
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
  if (type == HandshakeType.NEW_SESSION_TICKET) makeTicket(connection, handshake);
  if (type == HandshakeType.FINISHED) verifyData(handshake, connection.role, handshake.verifyData);
  let length = write(connection, handshake, type);
  addToTranscript(handshake, type, handshake.sendSequence++, body, length);
  if (type != HandshakeType.CLIENT_KEY_EXCHANGE) return;
  deriveKeys(connection, handshake, key, keyLength);
  keyLength = 0;
}

/** Writes our message to `body`; returns its length. The messages/ folder as a table. */
function write(connection: Connection, handshake: Handshake, type: i32): u32 {
  body = SCRATCH;
  Writer.start(body);
  if (HAS_CERTIFICATES) {
    switch (type) {
      case HandshakeType.CERTIFICATE: return writeCertificate(connection, handshake);
      case HandshakeType.CERTIFICATE_REQUEST: CertificateRequest.write(); break;
      case HandshakeType.CERTIFICATE_VERIFY: CertificateVerify.write(handshake); break;
    }
  }
  switch (type) {
    case HandshakeType.CLIENT_HELLO: ClientHello.write(connection, handshake); break;
    case HandshakeType.SERVER_HELLO: ServerHello.write(connection, handshake); break;
    case HandshakeType.SERVER_KEY_EXCHANGE: ServerKeyExchange.write(connection, handshake); break;
    case HandshakeType.CLIENT_KEY_EXCHANGE: ClientKeyExchange.write(connection, handshake); break;
    case HandshakeType.NEW_SESSION_TICKET: NewSessionTicket.write(handshake.cookie, handshake.cookieLength); break;
    case HandshakeType.FINISHED: Finished.write(handshake.verifyData); break;
  }
  return <u32>(Writer.at - body);
}

function writeCertificate(connection: Connection, handshake: Handshake): u32 {
  let context = connection.context;
  if (Certificate.isInContext(connection, handshake)) {
    body = context.certificates;
    return context.certificatesLength;
  }
  Certificate.write(context, connection.role == SERVER || (handshake.has & HAS_CLIENT_CERTIFICATE) != 0);
  return <u32>(Writer.at - body);
}

/** Builds the flight's next datagram in OUT; returns its length. */
export function transmit(connection: Connection, handshake: Handshake): u32 {
  startDatagram(datagramLimit(handshake, connection.context), handshake.writeSequence);
  while (handshake.sendingRow != handshake.flightEnd) {
    let step = handshake.row(handshake.sendingRow);
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
    traceMessage(connection.handle, epoch(step), handshake.sendingSequence, type, body, length);
  }
  let part = pack(
    connection, epoch(step), type, handshake.sendingSequence, body, length, handshake.sendingOffset,
  );
  if (part < 0) return false;
  handshake.sendingOffset += <u16>part;
  if (handshake.sendingOffset != <u16>length) return false;
  handshake.sendingOffset = 0;
  handshake.sendingSequence++;
  return true;
}

