// What belongs to no connection yet, and to all: the routing of a record, the timers, the order of events.
//
//   datagram → receive ─┬─ a piece of a ClientHello       → its lobby, until the hello is whole
//                       ├─ ClientHello without our cookie → HelloVerifyRequest, nothing kept (RFC 6347 §4.2.1)
//                       ├─ ClientHello with it            → a new connection, or a live one's successor (§4.2.8)
//                       └─ any other record               → its connection: that of its CID, or else of its address
import { Cause, ContentType, Drop, Ended, EventKind, HandshakeType, ProtocolVersion } from "./codes";
import { EventField } from "./records";
import { end, receive as receiveRecord } from "./connection";
import { drawCookieSecret } from "./cookie";
import { advance } from "./events";
import { armHandshake, retransmitIfDue } from "./flight/retransmit";
import { isKeyOnTrial } from "./handshake";
import { receiveHello, speaker, startHellos } from "./hellos";
import { HANDSHAKE_HEADER, RECORD_MAX, WRONG_KEY_RETRANSMISSIONS } from "./limits";
import { Incoming, readHeader } from "./record/plaintext";
import { isPathDue } from "./return-routability";
import { connectionOfCid, successorOr } from "./routing";
import { aftercareAt } from "./state/aftercare";
import { arm, disarm, dueInMs, isDue } from "./state/clock";
import { Connection, SERVER, connectionOf, leaveLastFlight } from "./state/connection";
import { Context } from "./state/context";
import { HAS_QUESTION, HAS_TURN, Handshake, handshakeAt, indexOf } from "./state/handshake";
import { drop, emit, inWindow, setEvent } from "./state/memory";
import { traceState } from "./trace/trace";

/** Who serves new peers; null: nobody. */
let serving: Context | null = null;
/** The context of the last client that asked for a CID: where nobody is served, it says how long ours are. */
let asking: Context | null = null;
/** The datagram under way, and for whom. */
let at: usize = 0;
let last: usize = 0;
let receiver: i32 = 0;
/** The connection that has something to say. */
let current: i32 = 0;
/** How many handshakes wait for their turn, and the first index where one may be. */
let turns: u32 = 0;
let turnAt: u32 = 0;
/** While the pools are looked through: the next index of handshakes, then of aftercares. */
let looking: bool = false;
let look: u32 = 0;

/** False without entropy (7925-12-2). */
export function startEndpoint(): bool {
  serving = asking = null;
  at = last = 0;
  receiver = current = 0;
  turns = 0;
  looking = false;
  disarm();
  return drawCookieSecret();
}

export function serve(context: Context | null): void {
  let before = serving;
  if (before) before.users--;
  serving = context;
  if (context) context.users++;
}

/** A client begins: records to it may come from anywhere, if they have a CID. */
export function expect(context: Context): void {
  if (context.ownCidLength) asking = context;
}

/** The connection has something to say: the next `poll` begins there. */
export function visit(connection: Connection): void {
  current = connection.handle;
}

/** An answer may come while another connection is speaking: this one's turn comes when the datagram is read. */
export function visitLater(handshake: Handshake): void {
  handshake.has |= HAS_TURN;
  let index = indexOf(handshake);
  if (turns == 0 || index < turnAt) turnAt = index;
  turns++;
}

export function startDatagram(handle: i32, length: u32): void {
  at = inWindow;
  last = inWindow + length;
  receiver = handle;
  startHellos();
}

export function startTimeouts(): void {
  looking = true;
  look = 0;
  disarm();
}

/** One event: whoever has something to say, then the datagram's next record, then what is due. */
export function poll(): EventKind {
  while (true) {
    let connection = connectionOf(current);
    if (connection) {
      let kind = advance(connection);
      if (kind) return kind;
      traceState(connection);
    }
    current = 0;
    if (at != last) {
      let kind = nextRecord();
      if (kind) return kind;
    } else if (turns) {
      takeTurn();
    } else if (!looking || !lookFurther()) {
      looking = false;
      emit(EventKind.NONE, 0, 0, 0, 0);
      setEvent(EventField.DUE_IN_MS, dueInMs());
      return EventKind.NONE;
    }
  }
}

/** Looks at one slot; behind the last one, the rest of those that waited have ended meanwhile. */
function takeTurn(): void {
  let handshake = handshakeAt(turnAt++);
  if (!handshake) turns = 0;
  else if (handshake.has & HAS_TURN) {
    handshake.has &= ~HAS_TURN;
    current = handshake.handle;
    turns--;
  }
}

// ── records ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function nextRecord(): EventKind {
  let connection = connectionOf(receiver);
  let context = serving;
  if (!context) context = connection ? connection.context : asking;
  if (!readHeader(at, last, context ? context.ownCidLength : 0)) {
    at = last;
    return drop(Drop.MALFORMED_RECORD); // 6347-4.1.2.7-1
  }
  at = Incoming.body + Incoming.length; // whatever becomes of this record, the next one counts: 6347-4.1.1-2
  if (Incoming.length > RECORD_MAX) return drop(Drop.MALFORMED_RECORD); // 6347-4.1-2
  if (Incoming.epoch == 0 && Incoming.version != ProtocolVersion.DTLS_1_2 &&
      Incoming.version != ProtocolVersion.DTLS_1_0) {
    return drop(Drop.BAD_VERSION);
  }
  if (isClientHello() && (!connection || connection.role == SERVER)) return greet(connection);
  connection = Incoming.cidLength ? connectionOfCid(context!, receiver) : successorOr(connection);
  if (!connection) return drop(Drop.UNKNOWN_PEER); // 7252-9.1.2-1
  visit(connection);
  return receiveRecord(connection);
}

function greet(connection: Connection | null): EventKind {
  let context = serving;
  if (!context) return drop(Drop.UNKNOWN_PEER);
  let kind = receiveHello(connection, context);
  if (!speaker) return kind;
  current = speaker;
  if (!connection) receiver = speaker; // the host knows it from the next datagram on
  return kind;
}

function isClientHello(): bool {
  return Incoming.epoch == 0 && Incoming.type == ContentType.HANDSHAKE && Incoming.length > HANDSHAKE_HEADER &&
    load<u8>(Incoming.body) == HandshakeType.CLIENT_HELLO;
}

// ── timers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Looks at one slot after the other for what is due; false behind the last one. */
function lookFurther(): bool {
  let handshake = handshakeAt(look);
  while (handshake) {
    look++;
    if (handshake.handle && isHandshakeDue(handshake)) return true;
    handshake = handshakeAt(look);
  }
  return lookAtAftercares();
}

function isHandshakeDue(handshake: Handshake): bool {
  let connection = connectionOf(handshake.handle)!;
  if (isDue(handshake.deadlineAt)) {
    let isHeard = handshake.has & HAS_QUESTION;
    let why = isHeard ? Cause.NO_ANSWER : connection.cause ? Cause.NONE : Cause.SILENT_PEER;
    end(connection, Ended.HANDSHAKE_TIMEOUT, why);
    visit(connection);
    return true;
  }
  let isRepeated = retransmitIfDue(handshake, connection.context);
  if (isRepeated && isKeyOnTrial(connection) && handshake.silent == WRONG_KEY_RETRANSMISSIONS) {
    connection.cause = connection.warning = <u8>Cause.WRONG_KEY; // requirements C-12
  }
  armHandshake(handshake);
  if (isRepeated) visit(connection);
  return isRepeated;
}

/** True if one has something to say; all are looked at again after it. */
function lookAtAftercares(): bool {
  let index: u32 = 0;
  let aftercare = aftercareAt(index);
  while (aftercare) {
    if (isPathDue(aftercare)) {
      current = aftercare.handle;
      return true;
    }
    if (aftercare.hasLastFlight) {
      if (isDue(aftercare.endsAt)) leaveLastFlight(connectionOf(aftercare.handle)!, aftercare);
      else arm(aftercare.endsAt);
    }
    aftercare = aftercareAt(++index);
  }
  return false;
}
