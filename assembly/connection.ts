// What a connection receives: records become handshake messages, data or alerts. Here, and only here, the epoch decides between
// drop and alert: what is unprotected and bad is dropped, protected and bad it is an alert.
import {
  Alert, Cause, CodeClass, ContentType, Drop, Ended, EventKind, HandshakeType, ProtocolVersion,
} from "./codes";
import { Fragment, readFragment } from "./flight/fragment";
import { collect, keepEarly, takeExpected } from "./flight/reassembly";
import { mirror, retransmitIfRepeated } from "./flight/retransmit";
import { awaitsChangeCipherSpec, receive as receiveMessage, receiveChangeCipherSpec } from "./handshake";
import { ALERT_DISTANCE, FORGERIES_MAX, FORGERIES_WARNING, WAITING_MAX, WRONG_FINISHED_MAX } from "./limits";
import * as AlertMessage from "./messages/alert";
import { cause } from "./outcome";
import { repeatLastFlight, writeAlert } from "./outgoing";
import { Incoming } from "./record/plaintext";
import { deprotect, reprotect } from "./record/protect";
import { isReplay, mark } from "./record/replay";
import { observe, receiveCheck } from "./return-routability";
import { SERVER_HELLO_ROW, VERIFY_ROW } from "./script";
import { isDone } from "./speaking";
import { CLIENT, Connection, SERVER, leaveLastFlight } from "./state/connection";
import { EARLY_DATA, EARLY_RECORD, HAS_ANNOUNCED, Handshake } from "./state/handshake";
import { drop, emit, messageMax } from "./state/memory";
import { isSigned } from "./suites";

/** The connection ends with this code; `advance` says so to the peer and the host, then frees it. */
export function end(connection: Connection, code: i32, why: Cause): void {
  if (connection.ending) return;
  connection.ending = <u16>code;
  if (why != Cause.NONE) connection.cause = <u8>why;
}

/** Receives the record under `Incoming`. */
export function receive(connection: Connection): EventKind {
  if (connection.ending) return drop(Drop.BAD_EPOCH);
  if (Incoming.epoch == 0) return receivePlaintext(connection);
  if (Incoming.epoch != 1) return drop(Drop.BAD_EPOCH);
  if (Incoming.version != ProtocolVersion.DTLS_1_2) return drop(Drop.BAD_VERSION);
  let handshake = connection.handshake;
  let isEarly = isEarlyData(handshake);
  if (isEarly || (handshake && !connection.readEpoch)) {
    keepEarly(handshake!, isEarly ? EARLY_DATA : EARLY_RECORD);
    return EventKind.NONE;
  }
  if (!connection.readEpoch) return drop(Drop.BAD_EPOCH);
  // from here on it is settled who sends a CID to whom
  if (Incoming.type == ContentType.TLS12_CID) {
    if (!connection.ownCidLength) return drop(Drop.MALFORMED_RECORD);
  } else if (connection.ownCidLength) {
    return drop(Drop.MISSING_CID); // 9146-3-5
  }
  return receiveProtected(connection);
}

/** Application data before the peer's Finished (6347-4.1-6, 6347-4.1-7), as far as a record tells before it is opened. */
function isEarlyData(handshake: Handshake | null): bool {
  return handshake != null && Incoming.type == ContentType.APPLICATION_DATA && !(handshake.has & HAS_ANNOUNCED);
}

function receivePlaintext(connection: Connection): EventKind {
  let handshake = connection.handshake;
  if (!handshake || isDone(handshake)) {
    // nothing in clear touches a live association (5246-7.2.1-1, 6347-4.1-5)
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
      if (!isPlausible(handshake)) return drop(Drop.UNTRUSTED_ALERT);
      receiveAlert(connection);
      return EventKind.NONE;
    }
    default: return drop(Drop.MALFORMED_RECORD);
  }
}

/**
 * Anyone may have sent an alert in clear, but only who sees the handshake, or guesses, knows where the peer's record numbers
 * are (requirements C-33). Those of some peers stand still or begin anew behind a HelloVerifyRequest, so they need not grow.
 */
function isPlausible(handshake: Handshake): bool {
  return Incoming.sequence < handshake.heardSequence + ALERT_DISTANCE &&
    Incoming.sequence + ALERT_DISTANCE > handshake.heardSequence;
}

function receivePlaintextChangeCipherSpec(connection: Connection, handshake: Handshake): EventKind {
  if (Incoming.length != 1 || load<u8>(Incoming.body) != 1) return drop(Drop.MALFORMED_RECORD);
  if (connection.readEpoch) return drop(Drop.STALE_MESSAGE);
  if (awaitsChangeCipherSpec(connection, handshake)) receiveChangeCipherSpec(connection, handshake);
  else keepEarly(handshake, EARLY_RECORD);
  return EventKind.NONE;
}

function receiveProtected(connection: Connection): EventKind {
  if (isReplay(connection, Incoming.sequence)) return drop(Drop.REPLAYED);
  if (!deprotect(connection)) return forged(connection);
  let handshake = connection.handshake;
  if (isEarlyData(handshake)) { // only now could be seen what it is
    reprotect(connection);
    keepEarly(handshake!, EARLY_DATA);
    return EventKind.NONE;
  }
  let isNewest = Incoming.sequence > connection.windowTop;
  mark(connection, Incoming.sequence);
  if (Incoming.length > connection.receiveMax) {
    // an authentic peer that does not keep to what was agreed on must hear of it (6066-4-1, 8449-4-3)
    end(connection, CodeClass.WE_ABORTED + Alert.RECORD_OVERFLOW, Cause.RECORD_TOO_LONG);
    return EventKind.NONE;
  }
  if (!handshake) observe(connection, isNewest);
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
    case ContentType.RETURN_ROUTABILITY_CHECK: {
      if (connection.returnRoutability && !handshake) return receiveCheck(connection);
      end(connection, CodeClass.WE_ABORTED + Alert.UNEXPECTED_MESSAGE, Cause.OUT_OF_ORDER_MESSAGE); // 9853-3-2
      return EventKind.NONE;
    }
    case ContentType.TLS12_CID: return drop(Drop.MALFORMED_RECORD); // inside of itself, or nothing but zeros: 9146-4-2
    default: {
      end(connection, CodeClass.WE_ABORTED + Alert.UNEXPECTED_MESSAGE, Cause.OUT_OF_ORDER_MESSAGE);
      return EventKind.NONE;
    }
  }
}

/** Dropped without a word, and counted (6347-4.1.2.1-2, 9146-6-2, requirements C-04, 9325-4.4-1). */
function forged(connection: Connection): EventKind {
  connection.forgeries++;
  if (connection.forgeries == FORGERIES_WARNING) connection.warning = <u8>Cause.FORGERIES;
  if (connection.forgeries == FORGERIES_MAX) end(connection, Ended.TOO_MANY_FORGERIES, Cause.NONE);
  let handshake = connection.handshake;
  // a server tells what a client must guess; a client has nothing to tell, and anyone can forge three records
  let mayBeFinished = Incoming.type == ContentType.HANDSHAKE || Incoming.type == ContentType.TLS12_CID;
  if (handshake && connection.role == SERVER && !isDone(handshake) && mayBeFinished) {
    countWrongFinished(connection, handshake);
  }
  return drop(Drop.FORGED);
}

/** Requirements C-12. Whoever waited in the inbox counts as one: anyone can put records there before there are keys. */
function countWrongFinished(connection: Connection, handshake: Handshake): void {
  // what a timeout says, should no third one come; of an identity that nobody has, more is known
  if (connection.cause != Cause.UNKNOWN_IDENTITY) connection.cause = <u8>Cause.WRONG_KEY;
  let isFromInbox = Incoming.header - handshake.arena < messageMax;
  handshake.wrongFinished = isFromInbox ? <u8>max(handshake.wrongFinished, 1) : handshake.wrongFinished + 1;
  if (handshake.wrongFinished == WRONG_FINISHED_MAX) {
    end(connection, CodeClass.WE_ABORTED + Alert.DECRYPT_ERROR, Cause.NONE);
  }
}

function receiveData(connection: Connection): EventKind {
  connection.heard = true;
  let aftercare = connection.aftercare;
  // the peer reads us and speaks: it has had our last flight
  if (aftercare && connection.spoke) leaveLastFlight(connection, aftercare);
  return emit(EventKind.DATA, connection.handle, Incoming.epoch, Incoming.body, Incoming.length);
}

function receiveAlert(connection: Connection): void {
  let level = load<u8>(Incoming.body);
  let alert = load<u8>(Incoming.body, 1);
  if (!AlertMessage.isFinal(level, alert)) return;
  let isKey = (alert == Alert.DECRYPT_ERROR || alert == Alert.BAD_RECORD_MAC) && !isSigned(connection.suite);
  end(connection, CodeClass.PEER_ABORTED + alert, isKey ? Cause.WRONG_KEY : Cause.NONE);
}

/** The messages and fragments of one record (6347-4.2.3-5), none in an empty one (5246-6.2.1-1). */
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
  if (answersOurHello(connection, handshake)) handshake.receiveSequence = <u16>Fragment.sequence;
  let expected = handshake.receiveSequence;
  if (!isVerifyRequest(connection, handshake)) {
    if (Fragment.sequence < expected) {
      if (Fragment.isLast()) retransmitIfRepeated(handshake, connection.context, Fragment.sequence);
      drop(Drop.STALE_MESSAGE);
      return;
    }
    if (Fragment.sequence != expected || !Fragment.isWhole() || handshake.isPaused) {
      if (connection.role == SERVER) mirror(handshake);
      if (Fragment.length > messageMax) {
        connection.cause = <u8>Cause.MESSAGE_TOO_LONG;
        drop(Drop.NO_ROOM);
        return;
      }
      if (Fragment.sequence > expected + WAITING_MAX) drop(Drop.NO_ROOM);
      else collect(handshake, recordEpoch);
      receiveCollected(connection, handshake);
      return;
    }
  }
  settle(connection, receiveMessage(connection, handshake, recordEpoch));
  receiveCollected(connection, handshake);
}

/** What has come whole in the meantime, in order, up to a question. True if there was anything, or it ended the connection. */
export function receiveCollected(connection: Connection, handshake: Handshake): bool {
  let before = handshake.receiveSequence;
  while (!connection.ending && !handshake.isPaused) {
    let epoch = takeExpected(handshake);
    if (epoch < 0) break;
    settle(connection, receiveMessage(connection, handshake, epoch));
  }
  return connection.ending != 0 || handshake.receiveSequence != before;
}

/** Whatever its message_seq: a stateless server cannot count what it sends. */
function isVerifyRequest(connection: Connection, handshake: Handshake): bool {
  return Fragment.type == HandshakeType.HELLO_VERIFY_REQUEST && Fragment.isWhole() && connection.role == CLIENT &&
    (handshake.at == VERIFY_ROW || handshake.at == SERVER_HELLO_ROW);
}

/**
 * A stateless server gives its ServerHello the message_seq of the hello that it answers: after several HelloVerifyRequests
 * that is any up to our last.
 */
function answersOurHello(connection: Connection, handshake: Handshake): bool {
  return Fragment.type == HandshakeType.SERVER_HELLO && connection.role == CLIENT &&
    handshake.at == SERVER_HELLO_ROW && Fragment.sequence > handshake.receiveSequence &&
    Fragment.sequence < handshake.sendSequence;
}

function settle(connection: Connection, code: i32): void {
  if (code >= CodeClass.DROPPED) drop(code - CodeClass.DROPPED);
  else if (code) end(connection, code, cause);
}

/** Handshake messages on a live association: a lost last flight, or an attempt to renegotiate. */
function receiveAfterwards(connection: Connection): EventKind {
  if (!readFragment(Incoming.body, Incoming.body + Incoming.length)) return drop(Drop.BAD_FRAGMENT);
  let aftercare = connection.aftercare;
  if (aftercare && aftercare.hasLastFlight && Fragment.type == HandshakeType.FINISHED && Fragment.sequence == aftercare.peerSequence) {
    return Fragment.isLast() ? repeatLastFlight(connection) : EventKind.NONE;
  }
  if (Fragment.type == (connection.role == SERVER ? HandshakeType.CLIENT_HELLO : HandshakeType.HELLO_REQUEST)) {
    return writeAlert(connection, Alert.NO_RENEGOTIATION); // 7925-17-1, 7925-17-2
  }
  return drop(Drop.STALE_MESSAGE);
}
