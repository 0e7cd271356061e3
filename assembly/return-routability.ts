// Where a peer is answered, once its records come from elsewhere (RFC 9146 §6), and the check that it receives there (RFC 9853 §5).
//
//   a record from elsewhere, authentic and newer than the newest ── CHECKING
//     ├─ enhanced: path_challenge to the old path ─┬─ path_response there, or anything newer ── KEPT
//     │                                            └─ path_drop there, or T is over ─┐
//     └─ basic, and behind it: path_challenge to the new path ─┬─ path_response from there ── MOVED
//                                                              └─ T is over ── KEPT
//
// Until then all goes to the old path, and to the new one nothing but challenges (9853-5-1). T is the context's first
// retransmission timer (9853-5-4). Each CHECKING is followed by one MOVED or KEPT, if the connection lives.
import { Bound, ContentType, Drop, EventKind, PathChange } from "./codes";
import { random, constantTimeEqual, isEqual } from "./crypto";
import { PATH_COOKIE } from "./limits";
import * as Check from "./messages/return-routability-check";
import { isExhausted } from "./outgoing";
import { ContextFlag, EventField } from "./records";
import { Incoming } from "./record/plaintext";
import { overhead, protect, protectedHeader } from "./record/protect";
import { Aftercare, NO_PATH, PATH_KEPT, PATH_MOVED, PATH_NEW, PATH_OLD, PATH_OVER, PATH_SEEN } from "./state/aftercare";
import { arm, isDue, now } from "./state/clock";
import { Connection, aftercareOf, connectionOf, leavePath } from "./state/connection";
import { PEER, drop, emit, outWindow, setEvent } from "./state/memory";

/** RFC 9853 §2: bytes that an unvalidated address gets for each one that came from there (9853-5-1). */
const AMPLIFICATION: u32 = 3;

/** An authentic record of a connection that has no handshake; `isNewest`: its number is the highest yet. */
export function observe(connection: Connection, isNewest: bool): void {
  let path = connection.aftercare;
  let isChecking = path != null && path.isChecking;
  if (!Incoming.isElsewhere) {
    // the old path lives, and the peer prefers it
    if (isChecking && isNewest && Incoming.type != ContentType.RETURN_ROUTABILITY_CHECK) path!.stage = PATH_KEPT;
  } else if (isChecking) {
    if (isFromCandidate(path!)) path!.budget += AMPLIFICATION * Incoming.recordLength;
  } else if (isNewest) { // 9146-6-1
    if (connection.returnRoutability) startCheck(connection);
    else connection.isMoved = connection.context.asks(ContextFlag.NEWEST_PATH) && isFree();
  }
}

/** Whoever cannot prove that it receives there must not take the address of a connection that is found by it alone. */
function isFree(): bool {
  let other = connectionOf(Incoming.resident);
  return other == null || other.ownCidLength != 0;
}

function startCheck(connection: Connection): void {
  let path = aftercareOf(connection);
  if (!path) return; // the next record tries again
  path.stage = PATH_SEEN;
  path.budget = AMPLIFICATION * Incoming.recordLength;
  memory.copy(path.address, PEER, Bound.PEER);
}

/** The next thing to say of the connection's path, NONE if nothing. */
export function advancePath(connection: Connection): EventKind {
  if (connection.isMoved) {
    connection.isMoved = false;
    return say(connection, PathChange.MOVED, PEER);
  }
  let path = connection.aftercare;
  if (!path) return EventKind.NONE;
  switch (path.stage) {
    case PATH_SEEN: {
      start(path, connection, connection.context.asks(ContextFlag.BASIC_PATH_CHECK) ? PATH_NEW : PATH_OLD);
      return say(connection, PathChange.CHECKING, path.address);
    }
    case PATH_OLD:
    case PATH_NEW: return path.isChallenged ? EventKind.NONE : challenge(connection, path);
    case PATH_MOVED:
    case PATH_KEPT: {
      let change = path.stage == PATH_MOVED ? PathChange.MOVED : PathChange.KEPT;
      path.stage = PATH_OVER;
      return say(connection, change, path.address);
    }
    case PATH_OVER: leavePath(connection, path);
  }
  return EventKind.NONE;
}

function start(path: Aftercare, connection: Connection, stage: u8): void {
  path.stage = stage;
  path.isChallenged = false;
  path.pathEndsAt = now + connection.context.initialMs;
  arm(path.pathEndsAt);
}

/** 9146-6-3; a connection that moved no longer stands where a successor wants its place (RFC 6347 §4.2.8). */
function say(connection: Connection, change: PathChange, address: usize): EventKind {
  if (change == PathChange.MOVED) {
    let successor = connectionOf(connection.successor);
    if (successor) successor.predecessor = 0;
    connection.successor = 0;
  }
  emit(EventKind.PATH_CHANGED, connection.handle, change, 0, 0);
  setEvent(EventField.PATH, <u32>address);
  return EventKind.PATH_CHANGED;
}

/** A fresh cookie for each (9853-5-2); to the new path only if what came from there allows as much (9853-5-1). */
function challenge(connection: Connection, path: Aftercare): EventKind {
  let length = overhead(connection) + Check.LENGTH;
  let isNew = path.stage == PATH_NEW;
  if (isExhausted(connection) || (isNew && length > path.budget)) return EventKind.NONE;
  if (random(path.cookie, PATH_COOKIE)) return EventKind.NONE;
  if (isNew) path.budget -= length;
  path.isChallenged = true;
  return write(connection, Check.PATH_CHALLENGE, path.cookie, isNew ? path.address : 0);
}

function write(connection: Connection, type: u32, cookie: usize, address: usize): EventKind {
  Check.write(outWindow + protectedHeader(connection), type, cookie);
  let length = protect(connection, outWindow, ContentType.RETURN_ROUTABILITY_CHECK, Check.LENGTH);
  emit(EventKind.DATAGRAM, connection.handle, 0, outWindow, length);
  setEvent(EventField.PATH, <u32>address);
  return EventKind.DATAGRAM;
}

/** The message under Incoming; those of types to come are passed over (9853-4-1). */
export function receiveCheck(connection: Connection): EventKind {
  if (Incoming.length != Check.LENGTH) return drop(Drop.MALFORMED_RECORD);
  let type: u32 = load<u8>(Incoming.body);
  let cookie = Incoming.body + 1;
  if (type == Check.PATH_CHALLENGE) {
    // once, at once, and to where it came from (9853-5-2); which path we prefer we never know better than the peer
    if (isExhausted(connection)) return drop(Drop.UNANSWERED);
    return write(connection, Check.PATH_RESPONSE, cookie, Incoming.isElsewhere ? PEER : 0);
  }
  let path = connection.aftercare;
  if (!path || !path.isChecking || !path.isChallenged) return drop(Drop.STALE_MESSAGE);
  if (!constantTimeEqual(path.cookie, cookie, PATH_COOKIE)) return drop(Drop.STALE_MESSAGE);
  let isFromOld = path.stage == PATH_OLD && !Incoming.isElsewhere;
  if (isFromOld && type == Check.PATH_RESPONSE) path.stage = PATH_KEPT; // 9853-5-3
  else if (isFromOld && type == Check.PATH_DROP) start(path, connection, PATH_NEW); // 9853-5-3
  else if (path.stage == PATH_NEW && type == Check.PATH_RESPONSE && isFromCandidate(path)) path.stage = PATH_MOVED;
  else return drop(Drop.STALE_MESSAGE);
  return EventKind.NONE;
}

/** The datagram under way comes from the address that is checked. */
function isFromCandidate(path: Aftercare): bool {
  return Incoming.isElsewhere && isEqual(path.address, PEER, Bound.PEER);
}

/** True if T is over, so that there is something to say: the new path is tried next, or the old one kept (9853-5-3). */
export function isPathDue(path: Aftercare): bool {
  if (!path.isChecking) return false;
  if (!isDue(path.pathEndsAt)) {
    arm(path.pathEndsAt);
    return false;
  }
  if (path.stage == PATH_OLD) start(path, connectionOf(path.handle)!, PATH_NEW);
  else path.stage = PATH_KEPT;
  return true;
}
