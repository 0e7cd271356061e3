// The inbox of a handshake: messages in pieces, messages of the future, and whole records that came before their keys. All
// share one arena of fixed size. What finds no room is dropped; the retransmission brings it again.
import { Drop } from "../codes";
import { OWN_TYPES, WAITING_MAX } from "../limits";
import { Incoming } from "../record/plaintext";
import { EARLY_DATA, EARLY_RECORD, HAS_QUESTION, Handshake, Waiting } from "../state/handshake";
import { drop, messageMax } from "../state/memory";
import { get16 } from "../wire";
import { Fragment } from "./fragment";
import { bitsFor, isComplete, putPiece } from "./pieces";

/** A record that is under way from the inbox to where it is processed; its entry goes at the next look. */
const LEAVING: i32 = OWN_TYPES;
/** A message that is being processed; its bytes are there until the inbox is asked for the next one. */
const TAKEN: i32 = OWN_TYPES + 3;

/**
 * Takes the fragment under the cursor; its message_seq is the expected one or a later one. Fragments that differ in what they
 * say of their message belong to different ones, whatever their message_seq (6347-4.2.3-4): one of the two is forged, and must
 * not stand in the way of the other.
 */
export function collect(handshake: Handshake, epoch: u32): void {
  let waiting = find(handshake, epoch);
  if (!waiting) {
    waiting = add(handshake, Fragment.type, Fragment.length);
    if (!waiting && Fragment.sequence == handshake.receiveSequence && !(handshake.has & HAS_QUESTION)) {
      handshake.waiting = 0;
      handshake.filled = 0;
      handshake.kept = 0;
      waiting = add(handshake, Fragment.type, Fragment.length);
    }
    if (!waiting) {
      drop(Drop.NO_ROOM);
      return;
    }
    waiting.sequence = <u16>Fragment.sequence;
    waiting.epoch = <u8>epoch;
    memory.fill(bitsOf(handshake, waiting), 0, bitsFor(waiting.length));
  }
  putPiece(handshake.arena + waiting.start, bitsOf(handshake, waiting));
}

/** Makes `Fragment` the expected message, if all of it has arrived, and forgets the one before. Returns its epoch or -1. */
export function takeExpected(handshake: Handshake): i32 {
  forgetPast(handshake);
  for (let i: u32 = 0; i < handshake.waiting; i++) {
    let waiting = handshake.waitingAt(i);
    if (waiting.sequence != handshake.receiveSequence || <i32>waiting.type >= LEAVING) continue;
    if (!isComplete(bitsOf(handshake, waiting), waiting.length)) continue;
    Fragment.type = waiting.type;
    Fragment.length = waiting.length;
    Fragment.sequence = waiting.sequence;
    Fragment.offset = 0;
    Fragment.body = handshake.arena + waiting.start;
    Fragment.bodyLength = waiting.length;
    waiting.type = <u8>TAKEN;
    return waiting.epoch;
  }
  return -1;
}

function bitsOf(handshake: Handshake, waiting: Waiting): usize {
  return handshake.arrived + (waiting.start >> 3);
}

/** Keeps the incoming record until its keys are there (6347-4.1-7, 6347-4.2.4-5); `type` is EARLY_RECORD or EARLY_DATA. */
export function keepEarly(handshake: Handshake, type: i32): void {
  let length = Incoming.recordLength;
  let waiting = add(handshake, type, length);
  if (!waiting) {
    drop(Drop.NO_ROOM);
    return;
  }
  memory.copy(handshake.arena + waiting.start, Incoming.header, length);
}

/**
 * A place for `length` bytes at the arena's end, which stay for as long as the inbox does not need their room for the next
 * message; 0 if there is none. Only what was kept last is kept.
 */
export function keep(handshake: Handshake, length: u32): usize {
  if (length > messageMax - handshake.filled) return 0;
  handshake.kept = <u16>length;
  return handshake.keptAt;
}

/**
 * The first early record whose time has come, 0 if none: ChangeCipherSpec once `changeCipherSpec`, protected ones once
 * `keys`, what is known to be application data once `connected`. It stays in place until the next call.
 */
export function takeEarly(handshake: Handshake, changeCipherSpec: bool, keys: bool, connected: bool): usize {
  for (let i: u32 = 0; i < handshake.waiting; ) {
    let waiting = handshake.waitingAt(i);
    if (waiting.type == LEAVING) {
      remove(handshake, waiting);
      continue;
    }
    i++;
    let isData = waiting.type == EARLY_DATA;
    if (!isData && waiting.type != EARLY_RECORD) continue;
    let record = handshake.arena + waiting.start;
    let isInClear = get16(record + 3) == 0;
    if (isInClear ? !changeCipherSpec : !keys) continue;
    if (isData && !connected) continue;
    waiting.type = <u8>LEAVING;
    return record;
  }
  return 0;
}

/** What was taken, and pieces of messages that have come whole since. */
function forgetPast(handshake: Handshake): void {
  for (let i: u32 = handshake.waiting; i > 0; i--) {
    let waiting = handshake.waitingAt(i - 1);
    let isPast = <i32>waiting.type < LEAVING && waiting.sequence < handshake.receiveSequence;
    if (isPast || waiting.type == TAKEN) remove(handshake, waiting);
  }
}

/** The entry of the fragment under the cursor. */
function find(handshake: Handshake, epoch: u32): Waiting | null {
  for (let i: u32 = 0; i < handshake.waiting; i++) {
    let waiting = handshake.waitingAt(i);
    if (waiting.sequence == Fragment.sequence && waiting.type == Fragment.type && waiting.length == Fragment.length &&
        waiting.epoch == epoch) return waiting;
  }
  return null;
}

/** Bytes of the arena that are free. */
function room(handshake: Handshake): u32 {
  return <u32>(handshake.keptAt - handshake.arena) - handshake.filled;
}

function add(handshake: Handshake, type: u32, length: u32): Waiting | null {
  if (handshake.waiting == WAITING_MAX || length > room(handshake)) return null;
  let waiting = handshake.waitingAt(handshake.waiting++);
  waiting.type = <u8>type;
  waiting.length = <u16>length;
  waiting.start = handshake.filled;
  handshake.filled = <u16>min(handshake.filled + ((length + 7) & ~7), messageMax);
  return waiting;
}

/** Takes the entry out of the list; the arena is free again behind the last one that remains. */
function remove(handshake: Handshake, waiting: Waiting): void {
  let last = changetype<usize>(handshake.waitingAt(--handshake.waiting));
  let gone = changetype<usize>(waiting);
  memory.copy(gone, gone + offsetof<Waiting>(), last - gone);
  let filled: u32 = 0;
  for (let i: u32 = 0; i < handshake.waiting; i++) {
    let other = handshake.waitingAt(i);
    filled = max(filled, (other.start + other.length + 7) & ~7);
  }
  handshake.filled = <u16>filled;
}
