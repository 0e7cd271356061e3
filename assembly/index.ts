// The ABI; nothing but exports. All values are i32; a failure is the negative of a Misuse (codes.ts). After every call but
// `poll`, the host polls until NONE; until then every other call but `answer` returns BUSY, and the windows are the engine's.
import { Alert, Cause, CodeClass, Ended, EventKind, Misuse, Question } from "./codes";
import { NO_ANSWER, answer as answerQuestion } from "./answers";
import { end } from "./connection";
import { random, wipe } from "./crypto";
import * as Endpoint from "./endpoint";
import { introduce, openHandshake } from "./events";
import { HAS_EXPORTERS } from "./features";
import { startClient } from "./handshake";
import { HIDING_KEY, SLOTS_MAX } from "./limits";
import { isExhausted, isWornOut, payloadMax, writeData } from "./outgoing";
import { OK, abort, cause } from "./outcome";
import { ContextFlag, EventField } from "./records";
import { openSession } from "./resumption";
import {
  own, ownLength, restore as restoreState, save as saveState, stored as stateStored,
} from "./saved-state";
import { exportKeyingMaterial } from "./schedule/exporter";
import { setSeals } from "./seal";
import { carveAftercares } from "./state/aftercare";
import { setNow } from "./state/clock";
import { CLIENT, Connection, SERVER, carveConnections, connectionOf, returnConnection, takeConnection } from "./state/connection";
import { carveContexts, contextAt, define, isDefined as isContextDefined } from "./state/context";
import { HAS_QUESTION, HAS_ANNOUNCED, carveHandshakes, handshakeAt } from "./state/handshake";
import { carveLobbies } from "./state/lobby";
import { carveSessions } from "./state/session";
import {
  ANSWER, ANSWER_SIZE, INFO_RECORD, emit, finishLayout, inMax, inWindow, misuse, outMax, outWindow, setEvent,
  startLayout,
} from "./state/memory";

/** The only exported address: i32 fields, see InfoField. The host writes the layout here before `init`. */
export const INFO: i32 = <i32>INFO_RECORD;

let isReady: bool = false;
let isDraining: bool = false;
/** The event that a call left in EVENT, for the next `poll` to begin with. */
let prepared: EventKind = EventKind.NONE;

/**
 * Lays out the memory as INFO's first fields ask and fills in the rest. Draws 32 random bytes, the cookie secret, and
 * nothing else: a host gives the same bytes to instances that take each other's cookies. BAD_LAYOUT, NO_ENTROPY.
 */
export function init(): i32 {
  isReady = false;
  isDraining = false;
  prepared = EventKind.NONE;
  setSeals(0, 0);
  if (!startLayout() || !carveContexts() || !carveConnections() || !carveHandshakes() || !carveAftercares() ||
      !carveLobbies() || !carveSessions()) {
    return misuse(Misuse.BAD_LAYOUT);
  }
  if (!Endpoint.startEndpoint()) return misuse(Misuse.NO_ENTROPY);
  finishLayout();
  isReady = true;
  return 0;
}

/** What forbids a call now, 0 if nothing. */
function obstacle(): i32 {
  if (!isReady) return misuse(Misuse.NOT_READY);
  return isDraining ? misuse(Misuse.BUSY) : 0;
}

/** What forbids a call about this connection now. */
function obstacleTo(handle: i32): i32 {
  let code = obstacle();
  if (!code && !connectionOf(handle)) code = misuse(Misuse.BAD_HANDLE);
  return code;
}

/** Defines context `id` by the record of `length` bytes in IN (ContextField). BAD_CONTEXT, BUSY. */
export function context(id: i32, length: i32): i32 {
  let code = obstacle();
  if (code) return code;
  let slot = contextAt(id);
  let isGood = slot != null && <u32>length <= inMax && define(slot, inWindow, length);
  wipe(inWindow, inMax); // a key may be in it
  if (isGood) openSession(slot!);
  return isGood ? 0 : misuse(Misuse.BAD_CONTEXT);
}

/**
 * The secrets that seal tickets, and sessions and states: {length, bytes} one after the other, `length` bytes in IN, none if 0.
 * The first one seals, all of them open (seal.ts). Until the next `init`. BAD_LENGTH, BUSY.
 */
export function seals(length: i32): i32 {
  let code = obstacle();
  if (code) return code;
  let isGood = <u32>length <= inMax && setSeals(inWindow, length);
  wipe(inWindow, inMax);
  return isGood ? 0 : misuse(Misuse.BAD_LENGTH);
}

/** New peers are served by this context; -1: by none. BAD_CONTEXT, BUSY. */
export function listen(id: i32): i32 {
  let code = obstacle();
  if (code) return code;
  let slot = contextAt(id);
  if (id != -1 && (!slot || !isContextDefined(slot))) return misuse(Misuse.BAD_CONTEXT);
  Endpoint.serve(slot);
  return 0;
}

/** A client's handshake begins. Returns its handle. FULL, BAD_CONTEXT, BUSY. */
export function connect(id: i32, now: i32): i32 {
  let code = obstacle();
  if (code) return code;
  let slot = contextAt(id);
  if (!slot || !isContextDefined(slot)) return misuse(Misuse.BAD_CONTEXT);
  let connection = takeConnection(CLIENT, slot);
  if (!connection) return misuse(Misuse.FULL);
  setNow(now);
  Endpoint.expect(slot);
  let handshake = openHandshake(connection);
  if (!handshake) {
    returnConnection(connection);
    return misuse(Misuse.FULL);
  }
  code = startClient(connection, handshake);
  if (code) end(connection, code, cause);
  say(connection);
  return connection.handle;
}

/** A datagram of `length` bytes is in IN, its peer's address in PEER; `handle` is that peer's association or 0. */
export function receive(handle: i32, length: i32, now: i32): i32 {
  let code = obstacle();
  if (code) return code;
  if (<u32>length > inMax) return misuse(Misuse.BAD_LENGTH);
  setNow(now);
  Endpoint.startDatagram(handle, length);
  isDraining = true;
  return 0;
}

/** Seals `length` bytes of application data from IN. TOO_LONG, NOT_CONNECTED, BAD_HANDLE, SEQUENCE_EXHAUSTED, BUSY. */
export function send(handle: i32, length: i32): i32 {
  let code = obstacleTo(handle);
  if (code) return code;
  let connection = connectionOf(handle)!;
  let handshake = connection.handshake;
  if (handshake && !(handshake.has & HAS_ANNOUNCED)) return misuse(Misuse.NOT_CONNECTED); // 6347-4.1-8
  if (<u32>length > inMax) return misuse(Misuse.BAD_LENGTH);
  if (<u32>length > payloadMax(connection)) return misuse(Misuse.TOO_LONG);
  if (isExhausted(connection)) { // 6347-4.1-9
    if (!isWornOut(connection)) return misuse(Misuse.SAVE_FIRST);
    end(connection, Ended.SEQUENCE_EXHAUSTED, Cause.NONE);
    say(connection);
    return -<i32>Ended.SEQUENCE_EXHAUSTED;
  }
  if (connection.lease) Endpoint.visit(connection); // it may be due to be saved
  isDraining = true;
  prepared = emit(EventKind.DATAGRAM, handle, 0, outWindow, writeData(connection, inWindow, length));
  return 0;
}

/**
 * The connection as bytes, with the first `length` bytes of IN for the host itself: a STATE event, whose SERIAL counts the states
 * of this association. `keeps` 0: the connection moves there, and CLOSED follows. 1: it goes on, but sends LEASE records at most
 * before `stored`. UNSETTLED, NO_SEAL, TOO_LONG, BAD_HANDLE, BUSY.
 */
export function save(handle: i32, length: i32, keeps: i32): i32 {
  let code = obstacleTo(handle);
  if (code) return code;
  let connection = connectionOf(handle)!;
  if (<u32>length > inMax) return misuse(Misuse.BAD_LENGTH);
  let blob = saveState(connection, length, keeps != 0);
  if (blob < 0) return blob;
  if (keeps == 0) end(connection, Ended.SAVED, Cause.NONE);
  say(connection);
  prepared = emit(EventKind.STATE, handle, 0, outWindow, blob);
  setEvent(EventField.SERIAL, connection.saves);
  return 0;
}

/** The state that `save` made last is where a restart will find it. BAD_HANDLE, BUSY. */
export function stored(handle: i32): i32 {
  let code = obstacleTo(handle);
  if (code) return code;
  let connection = connectionOf(handle)!;
  stateStored(connection);
  return 0;
}

/**
 * A connection of this role (0 client, 1 server) goes on from the state of `length` bytes in IN. Returns its handle; CONNECTED
 * follows, with the host's own bytes at POINTER, and SAVE_DUE: it sends nothing before it is saved and `stored`. BAD_STATE,
 * OTHER_STATE, BAD_CONTEXT, FULL, NO_ENTROPY, BUSY.
 */
export function restore(id: i32, length: i32, role: i32): i32 {
  let code = obstacle();
  if (code) return code;
  let slot = contextAt(id);
  if (!slot || !isContextDefined(slot)) return misuse(Misuse.BAD_CONTEXT);
  if (<u32>length > inMax) return misuse(Misuse.BAD_LENGTH);
  let handle = restoreState(slot, length, <u8>role);
  let connection = connectionOf(handle);
  if (!connection) return handle;
  say(connection);
  prepared = introduce(connection, own, ownLength);
  setEvent(EventField.SERIAL, connection.saves);
  return handle;
}

/**
 * Keying material for another protocol (RFC 5705): `wanted` bytes in OUT, which the host wipes. IN has `length` bytes: the label
 * behind a byte with its length, and if there is a context, that behind two. NOT_CONNECTED, NO_EXPORTER, BAD_LENGTH, BAD_HANDLE, BUSY.
 */
export function exporter(handle: i32, length: i32, wanted: i32): i32 {
  let code = obstacleTo(handle);
  if (code) return code;
  let connection = connectionOf(handle)!;
  let handshake = connection.handshake;
  if (handshake && !(handshake.has & HAS_ANNOUNCED)) return misuse(Misuse.NOT_CONNECTED); // 5705-4-2
  if (<u32>length > inMax || <u32>wanted > outMax) return misuse(Misuse.BAD_LENGTH);
  if (!HAS_EXPORTERS || !connection.exports) return misuse(Misuse.NO_EXPORTER);
  exportKeyingMaterial(connection, inWindow, length, outWindow, wanted);
  return 0;
}

/**
 * The answer, `length` bytes in ANSWER, to the question of this serial; -1: there is none. STALE, BAD_LENGTH. May be called
 * before `poll` says NONE, and then with the same `now` as the call that is being polled.
 */
export function answer(serial: i32, length: i32, now: i32): i32 {
  if (!isReady) return misuse(Misuse.NOT_READY);
  setNow(now);
  let handshake = handshakeAt(<u32>serial & (SLOTS_MAX - 1));
  if (!handshake || serial <= 0 || handshake.serial != serial || !(handshake.has & HAS_QUESTION)) {
    wipe(ANSWER, ANSWER_SIZE);
    return misuse(Misuse.STALE);
  }
  let connection = connectionOf(handshake.handle)!;
  let outcome: i32 = OK;
  let isIdentity = connection.role == SERVER && handshake.question == Question.PSK;
  if (length < 0 && isIdentity && connection.context.asks(ContextFlag.HIDE_IDENTITY) && random(ANSWER, HIDING_KEY) == 0) {
    connection.cause = <u8>Cause.UNKNOWN_IDENTITY; // to be told to nobody but the host: 4279-2-3, requirements C-12
    length = HIDING_KEY;
  }
  if (length < 0) {
    let code = isIdentity ? abort(Alert.DECRYPT_ERROR, Cause.UNKNOWN_IDENTITY) // 7925-6-4, 4279-2-3
      : abort(Alert.HANDSHAKE_FAILURE, Cause.NO_ANSWER);
    outcome = code;
  } else {
    outcome = <u32>length <= ANSWER_SIZE ? answerQuestion(connection, handshake, ANSWER, length) : NO_ANSWER;
  }
  wipe(ANSWER, ANSWER_SIZE);
  if (outcome == NO_ANSWER) return misuse(Misuse.BAD_LENGTH);
  if (outcome) end(connection, outcome, cause);
  Endpoint.visitLater(handshake);
  isDraining = true;
  return 0;
}

/** The time that the last NONE's DUE_IN_MS asked for has come. */
export function timeout(now: i32): i32 {
  let code = obstacle();
  if (code) return code;
  setNow(now);
  Endpoint.startTimeouts();
  isDraining = true;
  return 0;
}

/** Says close_notify to the peer and forgets the connection (RFC 5246 §7.2.1). BAD_HANDLE, BUSY. */
export function close(handle: i32): i32 {
  return finish(handle, CodeClass.WE_ABORTED + Alert.CLOSE_NOTIFY);
}

/** Forgets the connection without a word. BAD_HANDLE, BUSY. */
export function discard(handle: i32): i32 {
  return finish(handle, Ended.DISCARDED);
}

function finish(handle: i32, why: i32): i32 {
  let code = obstacleTo(handle);
  if (code) return code;
  let connection = connectionOf(handle)!;
  end(connection, why, Cause.NONE);
  say(connection);
  return 0;
}

function say(connection: Connection): void {
  Endpoint.visit(connection);
  isDraining = true;
}

/** The next event, described in EVENT; NONE when there is no more. At most one record is read, one datagram built. */
export function poll(): i32 {
  if (!isReady) return misuse(Misuse.NOT_READY);
  let kind = prepared ? prepared : Endpoint.poll();
  prepared = EventKind.NONE;
  if (kind == EventKind.NONE) isDraining = false;
  return kind;
}
