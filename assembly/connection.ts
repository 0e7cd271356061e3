// A connection: its records become handshake messages, data or alerts; what it has to say becomes events. Here, and only
// here, the epoch decides between drop and alert: what is unprotected and bad is dropped, protected and bad it is an alert.
import {
  Alert, Cause, CodeClass, ContentType, Drop, Ended, EventField, EventKind, HandshakeType, ProtocolVersion, Question,
} from "./codes";
import { finishDatagram, pack, packChangeCipherSpec, startDatagram } from "./flight/datagram";
import { Fragment, readFragment } from "./flight/fragment";
import { collect, keepEarly, takeEarly, takeExpected } from "./flight/reassembly";
import { retransmitIfRepeated, startHandshakeTimers } from "./flight/retransmit";
import {
  awaitsChangeCipherSpec, isDone, phase, receive as receiveMessage, receiveChangeCipherSpec, transmit,
} from "./handshake";
import {
  AFTERCARE_MS, FORGERIES_MAX, RECORD_HEADER, RECORD_MAX, SEQUENCE_END, SLOT_BITS, WAITING_MAX, WRONG_FINISHED_MAX,
} from "./limits";
import * as AlertMessage from "./messages/alert";
import * as Finished from "./messages/finished";
import { cause } from "./outcome";
import { Incoming, readHeader, writeHeader } from "./record/plaintext";
import { PROTECTED_HEADER, deprotect, overhead, protect } from "./record/protect";
import { isReplay, mark } from "./record/replay";
import { SERVER_HELLO_ROW, VERIFY_ROW } from "./script";
import { freeOrOldestAftercare, returnAftercare } from "./state/aftercare";
import { arm, now } from "./state/clock";
import { CLIENT, Connection, SERVER, connectionOf, returnConnection } from "./state/connection";
import {
  HAS_ANNOUNCED, HAS_ASKED, HAS_EXTENDED_MASTER_SECRET, HAS_QUESTION, HAS_WARNING, Handshake, SENDING, VERIFY_DATA,
  indexOf, returnHandshake, takeHandshake,
} from "./state/handshake";
import { SCRATCH, drop, emit, messageMax, outMax, outWindow, setEvent } from "./state/memory";
import { Writer } from "./wire";

/** How many questions were asked: the part of a serial that makes it unique. */
let questions: u32 = 0;

/** Gives the connection a handshake slot and starts its clocks; null if all are taken. */
export function openHandshake(connection: Connection): Handshake | null {
  let handshake = takeHandshake(connection.handle);
  connection.handshake = handshake;
  if (handshake) startHandshakeTimers(handshake, connection.context);
  return handshake;
}

/** The connection ends with this code; `advance` says so to the peer and the host, then frees it. */
export function end(connection: Connection, code: i32, why: Cause): void {
  if (connection.ending) return;
  connection.ending = <u16>code;
  if (why != Cause.NONE) connection.cause = <u8>why;
}

// ── what comes in ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Receives the record under `Incoming`. */
export function receive(connection: Connection): EventKind {
  if (connection.ending) return drop(Drop.BAD_EPOCH);
  if (Incoming.epoch == 0) return receivePlaintext(connection);
  if (Incoming.epoch != 1) return drop(Drop.BAD_EPOCH);
  if (Incoming.version != ProtocolVersion.DTLS_1_2) return drop(Drop.BAD_VERSION);
  let handshake = connection.handshake;
  if (handshake && isEarly(connection, handshake)) {
    keepEarly(handshake);
    return EventKind.NONE;
  }
  if (!connection.readEpoch) return drop(Drop.BAD_EPOCH);
  return receiveProtected(connection);
}

/** Protected before the keys are in use, or data before the peer's Finished (6347-4.1-6, 6347-4.1-7). */
function isEarly(connection: Connection, handshake: Handshake): bool {
  if (connection.readEpoch == 0) return true;
  return Incoming.type == ContentType.APPLICATION_DATA && !(handshake.has & HAS_ANNOUNCED);
}

function receivePlaintext(connection: Connection): EventKind {
  let handshake = connection.handshake;
  if (!handshake || isDone(handshake)) {
    // nothing in clear touches a live association (5246-7.2.1-1)
    return drop(Incoming.type == ContentType.ALERT ? Drop.UNTRUSTED_ALERT : Drop.BAD_EPOCH);
  }
  switch (Incoming.type) {
    case ContentType.HANDSHAKE: {
      receiveFragments(connection, handshake);
      return EventKind.NONE;
    }
    case ContentType.CHANGE_CIPHER_SPEC: return receivePlaintextChangeCipherSpec(connection, handshake);
    case ContentType.ALERT: {
      if (Incoming.length != AlertMessage.LENGTH) return drop(Drop.MALFORMED_RECORD);
      receiveAlert(connection);
      return EventKind.NONE;
    }
    default: return drop(Drop.MALFORMED_RECORD);
  }
}

function receivePlaintextChangeCipherSpec(connection: Connection, handshake: Handshake): EventKind {
  if (Incoming.length != 1 || load<u8>(Incoming.body) != 1) return drop(Drop.MALFORMED_RECORD);
  if (connection.readEpoch) return drop(Drop.STALE_MESSAGE);
  if (awaitsChangeCipherSpec(connection, handshake)) receiveChangeCipherSpec(connection, handshake);
  else keepEarly(handshake);
  return EventKind.NONE;
}

function receiveProtected(connection: Connection): EventKind {
  if (isReplay(connection, Incoming.sequence)) return drop(Drop.REPLAYED);
  if (!deprotect(connection)) return forged(connection);
  mark(connection, Incoming.sequence);
  let handshake = connection.handshake;
  switch (Incoming.type) {
    case ContentType.APPLICATION_DATA: return receiveData(connection);
    case ContentType.HANDSHAKE: {
      if (handshake && !isDone(handshake)) receiveFragments(connection, handshake);
      else return receiveAfterwards(connection);
      return EventKind.NONE;
    }
    case ContentType.ALERT: {
      if (Incoming.length == AlertMessage.LENGTH) receiveAlert(connection);
      else end(connection, CodeClass.WE_ABORTED + Alert.DECODE_ERROR, Cause.MALFORMED_MESSAGE);
      return EventKind.NONE;
    }
    default: {
      end(connection, CodeClass.WE_ABORTED + Alert.UNEXPECTED_MESSAGE, Cause.OUT_OF_ORDER_MESSAGE);
      return EventKind.NONE;
    }
  }
}

function forged(connection: Connection): EventKind {
  if (++connection.forgeries >= FORGERIES_MAX) end(connection, Ended.TOO_MANY_FORGERIES, Cause.NONE);
  let handshake = connection.handshake;
  if (handshake && !isDone(handshake) && Incoming.type == ContentType.HANDSHAKE &&
      ++handshake.wrongFinished == WRONG_FINISHED_MAX) {
    end(connection, CodeClass.WE_ABORTED + Alert.DECRYPT_ERROR, Cause.WRONG_KEY); // requirements C-12
  }
  return drop(Drop.FORGED);
}

function receiveData(connection: Connection): EventKind {
  let aftercare = connection.aftercare;
  if (aftercare && connection.spoke) {
    // the peer reads us and speaks: it has had our last flight
    returnAftercare(aftercare);
    connection.aftercare = null;
  }
  return emit(EventKind.DATA, connection.handle, Incoming.epoch, Incoming.body, Incoming.length);
}

function receiveAlert(connection: Connection): void {
  let level = load<u8>(Incoming.body);
  let alert = load<u8>(Incoming.body, 1);
  if (!AlertMessage.isFinal(level, alert)) return;
  let isKey = alert == Alert.DECRYPT_ERROR || alert == Alert.BAD_RECORD_MAC;
  end(connection, CodeClass.PEER_ABORTED + alert, isKey ? Cause.WRONG_KEY : Cause.NONE);
}

/** The messages and fragments of one record (6347-4.2.3-5). */
function receiveFragments(connection: Connection, handshake: Handshake): void {
  let recordEpoch = Incoming.epoch;
  let at = Incoming.body;
  let last = at + Incoming.length;
  while (at != last && !connection.ending) {
    if (!readFragment(at, last)) {
      if (recordEpoch) end(connection, CodeClass.WE_ABORTED + Alert.DECODE_ERROR, Cause.MALFORMED_MESSAGE);
      else drop(Drop.BAD_FRAGMENT);
      return;
    }
    at = Fragment.body + Fragment.bodyLength;
    receiveFragment(connection, handshake, recordEpoch);
  }
}

/** In order: at once. Early or in pieces: to the inbox. Of the past: dropped (6347-4.2.2-2). */
function receiveFragment(connection: Connection, handshake: Handshake, recordEpoch: u32): void {
  let expected = handshake.receiveSequence;
  let isVerify = Fragment.type == HandshakeType.HELLO_VERIFY_REQUEST && Fragment.isWhole() &&
    connection.role == CLIENT && (handshake.at == VERIFY_ROW || handshake.at == SERVER_HELLO_ROW);
  if (!isVerify) {
    if (Fragment.sequence < expected) {
      if (Fragment.offset + Fragment.bodyLength == Fragment.length) retransmitIfRepeated(handshake, Fragment.sequence);
      drop(Drop.STALE_MESSAGE);
      return;
    }
    if (Fragment.sequence != expected || !Fragment.isWhole()) {
      if (Fragment.length > messageMax) connection.cause = <u8>Cause.MESSAGE_TOO_LONG;
      if (Fragment.sequence > expected + WAITING_MAX) drop(Drop.NO_ROOM);
      else collect(handshake, recordEpoch);
      let epoch = takeExpected(handshake);
      if (epoch < 0) return;
      recordEpoch = epoch;
    }
  }
  while (true) {
    settle(connection, receiveMessage(connection, handshake, recordEpoch));
    if (connection.ending) return;
    let epoch = takeExpected(handshake);
    if (epoch < 0) return;
    recordEpoch = epoch;
  }
}

function settle(connection: Connection, code: i32): void {
  if (code >= CodeClass.DROPPED) drop(code - CodeClass.DROPPED);
  else if (code) end(connection, code, cause);
}

/** Handshake messages on a live association: a lost last flight, or an attempt to renegotiate. */
function receiveAfterwards(connection: Connection): EventKind {
  if (!readFragment(Incoming.body, Incoming.body + Incoming.length)) return drop(Drop.BAD_FRAGMENT);
  let aftercare = connection.aftercare;
  if (aftercare && Fragment.type == HandshakeType.FINISHED && Fragment.sequence == aftercare.peerSequence) {
    return repeatLastFlight(connection);
  }
  if (Fragment.type == (connection.role == SERVER ? HandshakeType.CLIENT_HELLO : HandshakeType.HELLO_REQUEST)) {
    return writeAlert(connection, Alert.NO_RENEGOTIATION); // 7925-17-1, 7925-17-2
  }
  return drop(Drop.STALE_MESSAGE);
}

/** ChangeCipherSpec and Finished once more, the same but for their record numbers (6347-4.2.4-4). */
function repeatLastFlight(connection: Connection): EventKind {
  let aftercare = connection.aftercare!;
  startDatagram(outMax, aftercare.writeSequence);
  packChangeCipherSpec(connection);
  Writer.start(SCRATCH);
  Finished.write(aftercare.verifyData);
  pack(connection, 1, HandshakeType.FINISHED, aftercare.messageSequence, SCRATCH, VERIFY_DATA, 0);
  let length = finishDatagram(connection);
  aftercare.writeSequence++;
  return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
}

// ── what goes out ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Seals `length` bytes at `text` as application data in OUT; the datagram's length. */
export function writeData(connection: Connection, text: usize, length: u32): u32 {
  memory.copy(outWindow + PROTECTED_HEADER, text, length);
  connection.spoke = true;
  return protect(connection, outWindow, ContentType.APPLICATION_DATA, length);
}

/** The longest application data that one datagram takes, in bytes (6347-4.1.1.1-1). */
export function payloadMax(connection: Connection): u32 {
  return min(connection.context.mtu, outMax) - overhead(connection);
}

export function isExhausted(connection: Connection): bool {
  return connection.writeSequence >= SEQUENCE_END;
}

function writeAlert(connection: Connection, alert: u32): EventKind {
  let length: u32 = RECORD_HEADER + AlertMessage.LENGTH;
  if (connection.writeEpoch) {
    if (isExhausted(connection)) return EventKind.NONE;
    AlertMessage.write(outWindow + PROTECTED_HEADER, alert);
    length = protect(connection, outWindow, ContentType.ALERT, AlertMessage.LENGTH);
  } else {
    let handshake = connection.handshake;
    if (!handshake) return EventKind.NONE;
    writeHeader(outWindow, ContentType.ALERT, 0, handshake.writeSequence++, AlertMessage.LENGTH);
    AlertMessage.write(outWindow + RECORD_HEADER, alert);
  }
  return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
}

/** The next thing that a connection has to say, NONE if nothing. */
export function advance(connection: Connection): EventKind {
  while (!connection.ending) {
    let handshake = connection.handshake;
    if (!handshake) return EventKind.NONE;
    if (handshake.state == SENDING) {
      let length = transmit(connection, handshake);
      return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
    }
    if (handshake.has & HAS_WARNING) return warn(connection, handshake);
    if ((handshake.has & (HAS_QUESTION | HAS_ASKED)) == HAS_QUESTION) return ask(connection, handshake);
    if (isDone(handshake) && !(handshake.has & HAS_ANNOUNCED)) return announce(connection, handshake);
    if (!nextEarly(connection, handshake)) {
      if (handshake.has & HAS_ANNOUNCED) leaveHandshake(connection, handshake);
      return EventKind.NONE;
    }
    let kind = receive(connection);
    if (kind) return kind;
  }
  return advanceEnd(connection);
}

/** Brings the next early record whose time has come under `Incoming`. */
function nextEarly(connection: Connection, handshake: Handshake): bool {
  let connected = (handshake.has & HAS_ANNOUNCED) != 0;
  let record = takeEarly(
    handshake, awaitsChangeCipherSpec(connection, handshake), connection.readEpoch != 0, connected,
  );
  return record != 0 && readHeader(record, record + RECORD_MAX);
}

/** After CONNECTED, and the early data behind it, the slot goes back. */
function leaveHandshake(connection: Connection, handshake: Handshake): void {
  keepAftercare(connection, handshake);
  returnHandshake(handshake);
  connection.handshake = null;
}

function warn(connection: Connection, handshake: Handshake): EventKind {
  handshake.has &= ~HAS_WARNING;
  emit(EventKind.WARNING, connection.handle, 0, 0, 0);
  setEvent(EventField.CAUSE, connection.cause);
  setEvent(EventField.PHASE, phase(connection, handshake));
  return EventKind.WARNING;
}

function ask(connection: Connection, handshake: Handshake): EventKind {
  handshake.has |= HAS_ASKED;
  questions = questions == 0x7ffff ? 1 : questions + 1;
  handshake.serial = <i32>((questions << SLOT_BITS) | indexOf(handshake));
  emit(EventKind.QUESTION, connection.handle, Question.PSK, handshake.identity, handshake.identityLength);
  setEvent(EventField.SERIAL, handshake.serial);
  return EventKind.QUESTION;
}

/** CONNECTED; but first the peer's old association, now that its new Finished proved the peer (6347-4.2.8-1). */
function announce(connection: Connection, handshake: Handshake): EventKind {
  let old = connectionOf(connection.predecessor);
  if (old) {
    old.ending = <u16>Ended.REPLACED;
    return advanceEnd(old);
  }
  handshake.has |= HAS_ANNOUNCED;
  let extended: u32 = handshake.has & HAS_EXTENDED_MASTER_SECRET ? 1 : 0;
  return emit(EventKind.CONNECTED, connection.handle, connection.suite, 0, extended);
}

/** The sender of the last flight must be able to send it again. */
function keepAftercare(connection: Connection, handshake: Handshake): void {
  if (connection.role != SERVER) return;
  let aftercare = freeOrOldestAftercare();
  let other = connectionOf(aftercare.handle);
  if (other) other.aftercare = null;
  aftercare.handle = connection.handle;
  aftercare.endsAt = now + AFTERCARE_MS;
  aftercare.messageSequence = handshake.sendSequence - 1;
  aftercare.peerSequence = handshake.receiveSequence - 1;
  aftercare.writeSequence = handshake.writeSequence;
  memory.copy(aftercare.verifyData, handshake.verifyData, VERIFY_DATA);
  connection.aftercare = aftercare;
  arm(aftercare.endsAt);
}

/** The alert, if one is due, then CLOSED, and the slots are wiped. */
function advanceEnd(connection: Connection): EventKind {
  let code: i32 = connection.ending;
  let isCloseNotify = code == CodeClass.PEER_ABORTED + Alert.CLOSE_NOTIFY;
  if (!connection.alerted && (isCloseNotify || code < CodeClass.PEER_ABORTED)) {
    connection.alerted = true;
    let kind = writeAlert(connection, code & 0xff);
    if (kind) return kind;
  }
  let handle = connection.handle;
  let handshake = connection.handshake;
  emit(EventKind.CLOSED, handle, code, 0, 0);
  setEvent(EventField.CAUSE, connection.cause);
  if (handshake) {
    setEvent(EventField.PHASE, phase(connection, handshake));
    returnHandshake(handshake);
  }
  let aftercare = connection.aftercare;
  if (aftercare) returnAftercare(aftercare);
  let successor = connectionOf(connection.successor);
  if (successor) successor.predecessor = 0;
  let predecessor = connectionOf(connection.predecessor);
  if (predecessor) predecessor.successor = 0;
  returnConnection(connection);
  return EventKind.CLOSED;
}
