// The inbox of a handshake: messages in pieces, messages of the future, and whole records that came before their keys. All
// share one arena of fixed size; a bit for each byte tells what has arrived, so fragments may overlap, repeat and come in
// any order (6347-4.2.3-2, 6347-4.2.3-3). What finds no room is dropped; the retransmission brings it again.
import { ContentType, Drop } from "../codes";
import { OWN_TYPES, RECORD_HEADER, WAITING_MAX } from "../limits";
import { Incoming } from "../record/plaintext";
import { EARLY_RECORD, HAS_QUESTION, Handshake, Waiting } from "../state/handshake";
import { drop, messageMax } from "../state/memory";
import { get16 } from "../wire";
import { Fragment } from "./fragment";

/** A record that is under way from the inbox to where it is processed; its entry goes at the next look. */
const LEAVING: i32 = OWN_TYPES;
/** A message that is being processed; its bytes are there until the inbox is asked for the next one. */
const TAKEN: i32 = OWN_TYPES + 2;

/** Takes the fragment under the cursor; its message_seq is the expected one or a later one. */
export function collect(handshake: Handshake, epoch: u32): void {
  let waiting = find(handshake, Fragment.sequence);
  if (waiting && waiting.epoch < epoch) {
    // what came in clear must not stand in the way of what came protected
    remove(handshake, waiting);
    waiting = null;
  }
  if (!waiting) {
    waiting = add(handshake, Fragment.type, Fragment.length);
    if (!waiting && Fragment.sequence == handshake.receiveSequence && !(handshake.has & HAS_QUESTION)) {
      handshake.waiting = 0;
      handshake.filled = 0;
      waiting = add(handshake, Fragment.type, Fragment.length);
    }
    if (!waiting) {
      drop(Drop.NO_ROOM);
      return;
    }
    waiting.sequence = <u16>Fragment.sequence;
    waiting.epoch = <u8>epoch;
    memory.fill(handshake.arrived + (waiting.start >> 3), 0, (waiting.length + 7) >> 3);
  }
  if (waiting.epoch != epoch || waiting.type != Fragment.type || waiting.length != Fragment.length) {
    drop(Drop.BAD_FRAGMENT); // 6347-4.2.3-4
    return;
  }
  memory.copy(handshake.arena + waiting.start + Fragment.offset, Fragment.body, Fragment.bodyLength);
  let from = waiting.start + Fragment.offset;
  for (let i = from; i < from + Fragment.bodyLength; i++) {
    let bits = handshake.arrived + (i >> 3);
    store<u8>(bits, <u32>load<u8>(bits) | (1 << (i & 7)));
  }
}

/** Makes `Fragment` the expected message, if all of it has arrived, and forgets the one before. Returns its epoch or -1. */
export function takeExpected(handshake: Handshake): i32 {
  forgetPast(handshake);
  let waiting = find(handshake, handshake.receiveSequence);
  if (!waiting || !isComplete(handshake, waiting)) return -1;
  Fragment.type = waiting.type;
  Fragment.length = waiting.length;
  Fragment.sequence = waiting.sequence;
  Fragment.offset = 0;
  Fragment.body = handshake.arena + waiting.start;
  Fragment.bodyLength = waiting.length;
  waiting.type = <u8>TAKEN;
  return waiting.epoch;
}

/** Eight bytes of the message at a look: a datagram may be full of fragments, each of which asks. */
function isComplete(handshake: Handshake, waiting: Waiting): bool {
  let bits = handshake.arrived + (waiting.start >> 3);
  let last = bits + (waiting.length >> 3);
  for (; bits < last; bits++) if (load<u8>(bits) != 0xff) return false;
  let rest: u32 = (1 << (waiting.length & 7)) - 1;
  return rest == 0 || load<u8>(last) == rest;
}

/** Keeps the incoming record until its keys are there (6347-4.1-7, 6347-4.2.4-5). */
export function keepEarly(handshake: Handshake): void {
  let length = RECORD_HEADER + Incoming.length;
  let waiting = add(handshake, EARLY_RECORD, length);
  if (!waiting) {
    drop(Drop.NO_ROOM);
    return;
  }
  memory.copy(handshake.arena + waiting.start, Incoming.header, length);
}

/**
 * The first early record whose time has come, 0 if none: ChangeCipherSpec once `changeCipherSpec`, protected ones once
 * `keys`, application data once `connected`. It stays in place until the next call.
 */
export function takeEarly(handshake: Handshake, changeCipherSpec: bool, keys: bool, connected: bool): usize {
  for (let i: u32 = 0; i < handshake.waiting; ) {
    let waiting = handshake.waitingAt(i);
    if (waiting.type == LEAVING) {
      remove(handshake, waiting);
      continue;
    }
    i++;
    if (waiting.type != EARLY_RECORD) continue;
    let record = handshake.arena + waiting.start;
    let isInClear = get16(record + 3) == 0;
    if (isInClear ? !changeCipherSpec : !keys) continue;
    if (load<u8>(record) == ContentType.APPLICATION_DATA && !connected) continue;
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

function find(handshake: Handshake, sequence: u32): Waiting | null {
  for (let i: u32 = 0; i < handshake.waiting; i++) {
    let waiting = handshake.waitingAt(i);
    if (<i32>waiting.type < LEAVING && waiting.sequence == sequence) return waiting;
  }
  return null;
}

function add(handshake: Handshake, type: u32, length: u32): Waiting | null {
  if (handshake.waiting == WAITING_MAX || length > messageMax - handshake.filled) return null;
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
