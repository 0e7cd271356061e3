// What a connection has to say, one event at a time and in the order of the wire: its flight's datagrams, a warning, a question,
// CONNECTED, what came early, and in the end why it ends.
import { Alert, Cause, CodeClass, Ended, EventKind, Question } from "./codes";
import { ConnectedFlag, EventField } from "./records";
import { receive, receiveCollected } from "./connection";
import { SHA256_HASH } from "./crypto";
import { HAS_CERTIFICATES } from "./features";
import { takeEarly } from "./flight/reassembly";
import { startHandshakeTimers } from "./flight/retransmit";
import { awaitsChangeCipherSpec, phase } from "./handshake";
import { AFTERCARE_MS, CID_MAX, PLAINTEXT_MAX, RECORD_HEADER, RECORD_MAX, SLOT_BITS } from "./limits";
import { payloadMax, writeAlert } from "./outgoing";
import { readHeader } from "./record/plaintext";
import { forgetSession, keepSession, proofOf, writeSession } from "./resumption";
import { advancePath } from "./return-routability";
import { isSaveDue } from "./saved-state";
import { keepExporter } from "./schedule/exporter";
import { HAS_TICKET } from "./script";
import { isDone, transmit } from "./speaking";
import { NEVER, returnAftercare } from "./state/aftercare";
import { arm, now } from "./state/clock";
import { Connection, SERVER, aftercareOf, connectionOf, returnConnection } from "./state/connection";
import { idOf } from "./state/context";
import {
  HAS_ANNOUNCED, HAS_ASKED, HAS_EXTENDED_MASTER_SECRET, HAS_PEER_RAW_KEY, HAS_QUESTION, HAS_RESUMED, Handshake, RANDOM, SENDING,
  VERIFY_DATA,
  indexOf, returnHandshake, takeHandshake,
} from "./state/handshake";
import { emit, outWindow, setEvent } from "./state/memory";

/** How many questions were asked: the part of a serial that makes it unique. */
let questions: u32 = 0;

/** Gives the connection a handshake slot and starts its clocks; null if all are taken. */
export function openHandshake(connection: Connection): Handshake | null {
  connection.sendMax = connection.receiveMax = <u16>PLAINTEXT_MAX;
  let handshake = takeHandshake(connection.handle);
  connection.handshake = handshake;
  if (handshake) startHandshakeTimers(handshake, connection.context);
  return handshake;
}

/** The next thing that a connection has to say, NONE if nothing. */
export function advance(connection: Connection): EventKind {
  while (!connection.ending) {
    let handshake = connection.handshake;
    if (handshake && handshake.state == SENDING) {
      let length = transmit(connection, handshake);
      return emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
    }
    if (connection.warning) return warn(connection);
    if (!handshake) return isSaveDue(connection) ? emit(EventKind.SAVE_DUE, connection.handle, 0, 0, 0) : advancePath(connection);
    if ((handshake.has & (HAS_QUESTION | HAS_ASKED)) == HAS_QUESTION) return ask(connection, handshake);
    if (handshake.waiting && receiveCollected(connection, handshake)) continue;
    if (isDone(handshake) && !(handshake.has & HAS_ANNOUNCED)) return announce(connection, handshake);
    if (handshake.has & HAS_ANNOUNCED && handshake.kept) {
      let length = writeSession(connection, handshake);
      if (length) return emit(EventKind.SESSION, connection.handle, 0, outWindow, length);
    }
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
  return record != 0 && readHeader(record, record + RECORD_HEADER + CID_MAX + RECORD_MAX, connection.ownCidLength);
}

/** After CONNECTED, and the early data behind it, the slot goes back. */
function leaveHandshake(connection: Connection, handshake: Handshake): void {
  keepAftercare(connection, handshake);
  returnHandshake(handshake);
  connection.handshake = null;
}

function warn(connection: Connection): EventKind {
  let handshake = connection.handshake;
  emit(EventKind.WARNING, connection.handle, 0, 0, 0);
  setEvent(EventField.CAUSE, connection.warning);
  if (handshake) setEvent(EventField.PHASE, phase(connection, handshake));
  connection.warning = 0;
  return EventKind.WARNING;
}

function ask(connection: Connection, handshake: Handshake): EventKind {
  handshake.has |= HAS_ASKED;
  questions = questions == 0x7ffff ? 1 : questions + 1;
  handshake.serial = <i32>((questions << SLOT_BITS) | indexOf(handshake));
  let question = handshake.question;
  emit(EventKind.QUESTION, connection.handle, question, handshake.identity, handshake.identityLength);
  if (HAS_CERTIFICATES && question != Question.PSK) describe(handshake, question == Question.TRUST);
  setEvent(EventField.SERIAL, handshake.serial);
  setEvent(EventField.CONTEXT, idOf(connection.context));
  return EventKind.QUESTION;
}

/** What is asked beside a PSK. */
function describe(handshake: Handshake, isTrust: bool): void {
  setEvent(EventField.POINTER, <u32>(isTrust ? handshake.certificate : handshake.signature));
  setEvent(EventField.LENGTH, isTrust ? handshake.certificateLength : SHA256_HASH);
  setEvent(EventField.CAUSE, handshake.check);
  setEvent(EventField.FLAGS, handshake.has & HAS_PEER_RAW_KEY ? 1 : 0);
}

/** CONNECTED; but first the peer's old association, now that its new Finished proved the peer (6347-4.2.8-1). */
function announce(connection: Connection, handshake: Handshake): EventKind {
  let predecessor = connectionOf(connection.predecessor);
  if (predecessor) return replace(predecessor);
  handshake.has |= HAS_ANNOUNCED;
  keepSession(connection, handshake);
  connection.cause = <u8>Cause.NONE; // what went wrong on the way explains no later end
  connection.flags = <u8>flagsOf(connection, handshake);
  if (handshake.has & HAS_EXTENDED_MASTER_SECRET) keepExporter(connection, handshake); // 7627-5.4-1
  // a client's is its own, or a hint, unless a session resumed says whose key the server proved
  let isPeers = connection.role == SERVER || (HAS_CERTIFICATES && handshake.has & HAS_RESUMED) != 0;
  return introduce(connection, handshake.identity, isPeers ? handshake.identityLength : 0);
}

/** CONNECTED, with what is known of the association, and `length` bytes at `pointer` that say who the peer is. */
export function introduce(connection: Connection, pointer: usize, length: u32): EventKind {
  emit(EventKind.CONNECTED, connection.handle, connection.suite, pointer, length);
  setEvent(EventField.FLAGS, connection.flags);
  setEvent(EventField.PROTOCOL, connection.protocol);
  setEvent(EventField.PAYLOAD_MAX, payloadMax(connection));
  setEvent(EventField.CONTEXT, idOf(connection.context));
  setEvent(EventField.PATH, <u32>connection.ownCid);
  setEvent(EventField.CAUSE, <u32>connection.ownCidLength | <u32>connection.peerCidLength << 8);
  return EventKind.CONNECTED;
}

function flagsOf(connection: Connection, handshake: Handshake): u32 {
  let flags: u32 = handshake.has & HAS_EXTENDED_MASTER_SECRET ? ConnectedFlag.EXTENDED_MASTER_SECRET : 0;
  if (handshake.has & HAS_RESUMED) flags |= ConnectedFlag.RESUMED;
  if (connection.returnRoutability) flags |= ConnectedFlag.RETURN_ROUTABILITY;
  return flags | proofOf(connection, handshake);
}

/** The one event of another connection than the one whose turn it is: the old association's end. */
function replace(predecessor: Connection): EventKind {
  predecessor.ending = <u16>Ended.REPLACED;
  return advanceEnd(predecessor);
}

/** The sender of the last flight must be able to send it again; and a server knows late copies of the hello. */
function keepAftercare(connection: Connection, handshake: Handshake): void {
  let isResumed = (handshake.has & HAS_RESUMED) != 0;
  if (connection.role != SERVER && !isResumed) return;
  let aftercare = aftercareOf(connection);
  if (!aftercare) return;
  aftercare.hasLastFlight = true;
  aftercare.endsAt = now + AFTERCARE_MS;
  aftercare.messageSequence = handshake.sendSequence - 1;
  // a session resumed, the client's flight is the last one: its return asks a server for nothing
  aftercare.peerSequence = isResumed && connection.role == SERVER ? NEVER : handshake.receiveSequence - 1;
  if (handshake.has & HAS_TICKET && !isResumed) {
    aftercare.hasTicket = <u16>handshake.cookieLength + 1;
    memory.copy(aftercare.ticket, handshake.cookie, handshake.cookieLength);
  }
  aftercare.writeSequence = handshake.writeSequence;
  memory.copy(aftercare.verifyData, handshake.verifyData, VERIFY_DATA);
  memory.copy(aftercare.clientRandom, handshake.clientRandom, RANDOM);
  arm(aftercare.endsAt);
}

/** The alert, if one is due, once (6347-4.2.7-1), then CLOSED, and the slots are wiped. */
export function advanceEnd(connection: Connection): EventKind {
  let code: i32 = connection.ending;
  let isCloseNotify = code == CodeClass.PEER_ABORTED + Alert.CLOSE_NOTIFY;
  if (!connection.alerted && (isCloseNotify || code < CodeClass.PEER_ABORTED)) {
    connection.alerted = true;
    let kind = writeAlert(connection, code & 0xff);
    if (kind) return kind;
  }
  let handle = connection.handle;
  let handshake = connection.handshake;
  if (code < CodeClass.MISUSE && (code & 0xff) != Alert.CLOSE_NOTIFY) forgetSession(connection);
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
