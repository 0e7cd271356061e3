// One memory, laid out once: the C side's stack and data, our static data, then windows and pools up to the layout's end.
//
//   0 ┌────────────────────────────────┐
//     │ C stack, C data                │
//     │ static data: INFO EVENT PEER   │
//     │ ANSWER COUNTERS and scratch    │
//     ├────────────────────────────────┤ __heap_base
//     │ IN  OUT                        │ windows
//     │ contexts  connections          │ pools
//     │ handshakes  aftercares         │
//     └────────────────────────────────┘ USED ≤ BYTES
import { Bound, Drop, EventKind, Misuse } from "../codes";
import { EventField, InfoField } from "../records";
import {
  CID_MAX, CID_PREAMBLE, DATAGRAM_MIN, IDENTITY_MAX, KEY_MAX, MESSAGE_MIN, RECORD_HEADER, SCRATCH as SCRATCH_SIZE, SLOTS_MAX,
} from "../limits";

export const INFO_RECORD: usize = memory.data(InfoField.COUNT * 4, 16);
export const EVENT: usize = memory.data(EventField.COUNT * 4, 16);
export const PEER: usize = memory.data(Bound.PEER, 16);
/** One length byte, an identity, a key. */
export const ANSWER_SIZE: u32 = 1 + IDENTITY_MAX + KEY_MAX;
export const ANSWER: usize = memory.data(ANSWER_SIZE, 16);
export const COUNTERS: usize = memory.data(Drop.COUNT * 4, 16);
/** Where an outgoing message is written before it is cut into fragments; never holds a secret. */
export const SCRATCH: usize = memory.data(SCRATCH_SIZE, 16);
/** The premaster secret of the longest key, 2 + 64 + 2 + 64 bytes, and the key block; wiped after each use. */
export const PREMASTER_SIZE: u32 = 4 + 2 * KEY_MAX;
export const PREMASTER: usize = memory.data(PREMASTER_SIZE, 16);

/** The additional data of one record: as long as the longest connection ID of either side makes it. */
export let additional: usize = 0;
export let inWindow: usize = 0;
export let outWindow: usize = 0;
export let inMax: u32 = 0;
export let outMax: u32 = 0;
export let messageMax: u32 = 0;

let end: usize = 0;
let used: usize = 0;

export function info(field: InfoField): u32 {
  return load<u32>(INFO_RECORD + (field << 2));
}
export function setInfo(field: InfoField, value: u32): void {
  store<u32>(INFO_RECORD + (field << 2), value);
}

/** Starts the layout: checks the sizes that the host asked for and places the two windows. */
export function startLayout(): bool {
  if (used) memory.fill(__heap_base, 0, used - __heap_base); // an earlier layout's secrets
  let bytes = info(InfoField.BYTES);
  inMax = info(InfoField.IN_MAX);
  outMax = info(InfoField.OUT_MAX);
  messageMax = (info(InfoField.MESSAGE_MAX) + 7) & ~7;
  used = (__heap_base + 15) & ~15;
  if (bytes > <u32>memory.size() << 16 || bytes < <u32>used) return false;
  if (inMax < DATAGRAM_MIN || outMax < DATAGRAM_MIN || messageMax < MESSAGE_MIN) return false;
  if (inMax > 65535 || outMax > 65535 || messageMax > 65535 || info(InfoField.CONTEXT_BYTES) > 65535) return false;
  if ((info(InfoField.CID_MAX) | info(InfoField.TICKET_MAX)) > 255 || info(InfoField.EXPORTERS) > 1) return false;
  end = bytes;
  additional = carve(CID_PREAMBLE + RECORD_HEADER + max(CID_MAX, info(InfoField.CID_MAX)), 1);
  setInfo(InfoField.FIXED_SIZE, <u32>used);
  inWindow = carve(inMax, 1);
  outWindow = carve(outMax, 1);
  return additional != 0 && inWindow != 0 && outWindow != 0;
}

/** `count` slots of `size` bytes, zeroed; 0 when they do not fit. */
export function carve(size: u32, count: u32): usize {
  if (count < 1 || count > SLOTS_MAX) return 0;
  let bytes = (size * count + 15) & ~15;
  if (bytes > <u32>(end - used)) return 0;
  let pointer = used;
  memory.fill(pointer, 0, bytes);
  used += bytes;
  return pointer;
}

export function finishLayout(): void {
  setInfo(InfoField.PEER, <u32>PEER);
  setInfo(InfoField.IN, <u32>inWindow);
  setInfo(InfoField.OUT, <u32>outWindow);
  setInfo(InfoField.ANSWER, <u32>ANSWER);
  setInfo(InfoField.EVENT, <u32>EVENT);
  setInfo(InfoField.COUNTERS, <u32>COUNTERS);
  setInfo(InfoField.USED, <u32>used);
}

/** Counts what is dropped; answers NONE, for the caller to return. */
export function drop(reason: Drop): EventKind {
  let counter = COUNTERS + (reason << 2);
  store<u32>(counter, load<u32>(counter) + 1);
  return EventKind.NONE;
}

export function setEvent(field: EventField, value: u32): void {
  store<u32>(EVENT + (field << 2), value);
}

/** Starts an event of this kind: every other field zero, but for DUE_IN_MS. */
export function emit(kind: EventKind, handle: i32, code: i32, pointer: usize, length: u32): EventKind {
  memory.fill(EVENT, 0, EventField.COUNT * 4);
  setEvent(EventField.KIND, kind);
  setEvent(EventField.HANDLE, handle);
  setEvent(EventField.CODE, code);
  setEvent(EventField.POINTER, <u32>pointer);
  setEvent(EventField.LENGTH, length);
  return kind;
}

/** A misuse, as the exports return it. */
export function misuse(code: Misuse): i32 {
  return -<i32>code;
}
