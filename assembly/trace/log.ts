// The log that the host of the trace build empties after each call: a count, how many were lost, then entries.
import { SHA256_CONTEXT, SHA256_HASH, sha256Finish, sha256Start, sha256Update } from "../crypto";
import { message as messageOf, speaker } from "../script";
import { Connection } from "../state/connection";

const ENTRIES = 64;
const DATA = 88;
const ENTRY = 8 + DATA;

/** Where the log is. The regions stand in functions, since those are compiled only where something calls them. */
export function log(): usize {
  return memory.data(8 + ENTRIES * ENTRY, 16);
}
function context(): usize {
  return memory.data(SHA256_CONTEXT, 16);
}
function hash(): usize {
  return memory.data(SHA256_HASH, 16);
}

const MASTER: u32 = 1;
const NONCE: u32 = 2;
const MESSAGE: u32 = 3;
const STATE: u32 = 4;

/** The data of a new entry; when the log is full, the last one is written over and counted as lost. */
function entry(kind: u32, length: u32): usize {
  let count = load<u32>(log());
  if (count == ENTRIES) store<u32>(log(), load<u32>(log(), 4) + 1, 4);
  else store<u32>(log(), ++count);
  let at = log() + 8 + (count - 1) * ENTRY;
  store<u32>(at, kind);
  store<u32>(at, length, 4);
  return at + 8;
}

/** client_random[32], master_secret[48] */
export function master(clientRandom: usize, secret: usize): void {
  let at = entry(MASTER, 80);
  memory.copy(at, clientRandom, 32);
  memory.copy(at + 32, secret, 48);
}

/** The first 8 bytes of SHA-256(key), the nonce[12], epoch and sequence_number of the record[8] */
export function nonce(key: usize, value: usize, record: usize): void {
  let at = entry(NONCE, 28);
  sha256Start(context());
  sha256Update(context(), key, 16);
  sha256Finish(context(), hash());
  memory.copy(at, hash(), 8);
  memory.copy(at + 8, value, 12);
  memory.copy(at + 20, record + 3, 8);
}

/** The handle, epoch, message_seq, type (i32 each), SHA-256 of the body[32] */
export function message(handle: i32, epoch: u32, sequence: u32, type: u32, body: usize, length: u32): void {
  let at = entry(MESSAGE, 48);
  store<i32>(at, handle);
  store<u32>(at, epoch, 4);
  store<u32>(at, sequence, 8);
  store<u32>(at, type, 12);
  sha256Start(context());
  sha256Update(context(), body, length);
  sha256Finish(context(), at + 16);
}

/**
 * A connection at rest, i32 each: handle, role, epoch and number of the next record to send, epoch and highest number
 * received; then, while its handshake runs: 1, phase (as in EVENT), state of the retransmission machine, its timer in
 * milliseconds, retransmissions, the first message of our flight and its message_seq, the peer's next message_seq.
 */
export function state(connection: Connection): void {
  let handshake = connection.handshake;
  let at = entry(STATE, handshake ? 56 : 28);
  store<i32>(at, connection.handle);
  store<i32>(at, connection.role, 4);
  store<i32>(at, connection.writeEpoch, 8);
  store<i32>(at, <i32>(connection.writeEpoch || !handshake ? connection.writeSequence : handshake.writeSequence), 12);
  store<i32>(at, connection.readEpoch, 16);
  store<i32>(at, <i32>connection.windowTop, 20);
  store<i32>(at, handshake != null, 24);
  if (!handshake) return;
  let step = handshake.row(handshake.at);
  store<i32>(at, messageOf(step) | (speaker(step) == connection.role ? 256 : 0), 28);
  store<i32>(at, handshake.state, 32);
  store<i32>(at, handshake.timerMs, 36);
  store<i32>(at, handshake.retransmissions, 40);
  store<i32>(at, messageOf(handshake.row(handshake.flightFirst)), 44);
  store<i32>(at, handshake.flightSequence, 48);
  store<i32>(at, handshake.receiveSequence, 52);
}
