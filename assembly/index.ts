// The ABI; nothing but exports. All values are i32; a failure is the negative of a Misuse (codes.ts). After every call but
// `poll`, the host polls until NONE; until then every other call but `answer` returns BUSY, and the windows are the engine's.
import { Alert, Cause, CodeClass, Ended, EventKind, Misuse, Question } from "./codes";
import { NO_ANSWER, answer as answerQuestion } from "./answers";
import { end } from "./connection";
import { random, wipe } from "./crypto";
import * as Endpoint from "./endpoint";
import { openHandshake } from "./events";
import { startClient } from "./handshake";
import { HIDING_KEY, SLOTS_MAX } from "./limits";
import { isExhausted, payloadMax, writeData } from "./outgoing";
import { OK, abort, cause } from "./outcome";
import { ContextFlag } from "./records";
import { openSession } from "./resumption";
import { setSeals } from "./seal";
import { carveAftercares } from "./state/aftercare";
import { setNow } from "./state/clock";
import { CLIENT, Connection, SERVER, carveConnections, connectionOf, returnConnection, takeConnection } from "./state/connection";
import { carveContexts, contextAt, define, isDefined as isContextDefined } from "./state/context";
import { HAS_QUESTION, HAS_ANNOUNCED, carveHandshakes, handshakeAt } from "./state/handshake";
import { carveLobbies } from "./state/lobby";
import { carveSessions } from "./state/session";
import {
  ANSWER, ANSWER_SIZE, INFO_RECORD, emit, finishLayout, inMax, inWindow, misuse, outWindow, startLayout,
} from "./state/memory";

/** The only exported address: i32 fields, see InfoField. The host writes the layout here before `init`. */
export const INFO: i32 = <i32>INFO_RECORD;

let isReady: bool = false;
let isDraining: bool = false;
/** Data that `send` sealed and `poll` has not handed over. */
let sealed: u32 = 0;
let sealedFor: i32 = 0;

/**
 * Lays out the memory as INFO's first fields ask and fills in the rest. Draws 32 random bytes, the cookie secret, and
 * nothing else: a host gives the same bytes to instances that take each other's cookies. BAD_LAYOUT, NO_ENTROPY.
 */
export function init(): i32 {
  isReady = false;
  isDraining = false;
  sealed = 0;
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
  let code = obstacle();
  if (code) return code;
  let connection = connectionOf(handle);
  if (!connection) return misuse(Misuse.BAD_HANDLE);
  let handshake = connection.handshake;
  if (handshake && !(handshake.has & HAS_ANNOUNCED)) return misuse(Misuse.NOT_CONNECTED); // 6347-4.1-8
  if (<u32>length > inMax) return misuse(Misuse.BAD_LENGTH);
  if (<u32>length > payloadMax(connection)) return misuse(Misuse.TOO_LONG);
  if (isExhausted(connection)) { // 6347-4.1-9
    end(connection, Ended.SEQUENCE_EXHAUSTED, Cause.NONE);
    say(connection);
    return -<i32>Ended.SEQUENCE_EXHAUSTED;
  }
  sealed = writeData(connection, inWindow, length);
  sealedFor = handle;
  isDraining = true;
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
  let code = obstacle();
  if (code) return code;
  let connection = connectionOf(handle);
  if (!connection) return misuse(Misuse.BAD_HANDLE);
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
  if (sealed) {
    emit(EventKind.DATAGRAM, sealedFor, 0, outWindow, sealed);
    sealed = 0;
    return EventKind.DATAGRAM;
  }
  let kind = Endpoint.poll();
  if (kind == EventKind.NONE) isDraining = false;
  return kind;
}
