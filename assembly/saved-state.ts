// One connection as bytes: to sleep deeply, or to start again, and go on without a handshake. Sealed (seal.ts) is
//
//   the saved part of Connection, its keys included         as state/connection.ts lays it out, little endian: 84 bytes
//   our CID, and the peer's                                 as long as it says
//   what exporters need, if `exports` says so               128 bytes
//   what the host adds                                      the rest
//
// A state is a lease. Record numbers below its ceiling belong to who saved it, those from there on to who restores it; and who
// has been restored sends nothing before a state with a higher ceiling is stored. So no crash makes a number come twice, as long
// as it is the latest state that is restored. For a store that brings back an older one, a restored connection also jumps ahead
// by up to 2^32 numbers. What was received before counts as replayed.
import { Misuse } from "./codes";
import { random, wipe, isEqual } from "./crypto";
import { HAS_EXPORTERS } from "./features";
import { LEASE, SAVE_DUE_AT, SEQUENCE_END } from "./limits";
import { slotOf } from "./routing";
import { SEAL_HEADER, SEAL_OVERHEAD, STATE, seal, unseal } from "./seal";
import { NEVER } from "./state/aftercare";
import {
  Connection, EXPORTER, SAVED, SAVED_SIZE, keepsExporters, peerCidMax, takeConnection, takeSlot,
} from "./state/connection";
import { Context } from "./state/context";
import { inWindow, misuse, outMax, outWindow } from "./state/memory";
import { Reader, Writer } from "./wire";

const CONTENT = <usize>SEAL_HEADER;
const STEP: usize = memory.data(4, 16);

/** The host's own bytes, in the state that was restored last. */
export let own: usize = 0;
export let ownLength: u32 = 0;

/**
 * Writes the state to OUT, sealed, with the first `length` bytes of IN at its end; returns how long it is. Who `keeps` the
 * connection goes on with it. UNSETTLED, TOO_LONG, NO_SEAL.
 */
export function save(connection: Connection, length: u32, keeps: bool): i32 {
  if (!isSettled(connection, keeps)) return misuse(Misuse.UNSETTLED);
  let part = SAVED_SIZE + connection.ownCidLength + connection.peerCidLength + (connection.exports ? EXPORTER : 0);
  if (SEAL_OVERHEAD + part + length > outMax) return misuse(Misuse.TOO_LONG);
  let before = connection.ceiling;
  connection.ceiling = keeps ? min(connection.writeSequence + LEASE, SEQUENCE_END) : connection.writeSequence;
  connection.saves++;
  Writer.start(outWindow + CONTENT);
  Writer.bytes(changetype<usize>(connection) + SAVED, SAVED_SIZE);
  Writer.bytes(connection.ownCid, connection.ownCidLength);
  Writer.bytes(connection.peerCid, connection.peerCidLength);
  if (connection.exports) Writer.bytes(connection.exporter, EXPORTER);
  Writer.bytes(inWindow, length);
  let blob = seal(STATE, connection.context, outWindow, part + length);
  if (blob == 0) {
    connection.ceiling = before;
    return misuse(Misuse.NO_SEAL);
  }
  // from here on it may be stored, though the host crashes before it can say so
  if (connection.lease == 0) connection.lease = connection.ceiling;
  return blob;
}

/** No handshake runs, the peer was heard to have had our last flight, if that was the handshake's, and what moves checks no path. */
function isSettled(connection: Connection, keeps: bool): bool {
  let aftercare = connection.aftercare;
  if (connection.handshake) return false;
  if (!aftercare) return true;
  if (aftercare.hasLastFlight && !connection.heard && aftercare.peerSequence != NEVER) return false;
  return keeps || !aftercare.isChecking;
}

/** The host has stored the latest state: numbers up to its ceiling may be used. */
export function stored(connection: Connection): void {
  connection.lease = connection.ceiling;
  connection.isSaveDue = false;
}

/** True, once a lease, when half of it is used up and no later state was made. */
export function isSaveDue(connection: Connection): bool {
  if (connection.lease == 0 || connection.isSaveDue || connection.ceiling != connection.lease) return false;
  connection.isSaveDue = connection.writeSequence + SAVE_DUE_AT >= connection.lease;
  return connection.isSaveDue;
}

/**
 * A connection of this role from the state of `length` bytes in IN; returns its handle. BAD_STATE for what is not ours or was
 * altered, OTHER_STATE for what fits neither role nor context, FULL, NO_ENTROPY.
 */
export function restore(context: Context, length: u32, role: u8): i32 {
  let content = unseal(STATE, context, inWindow, length);
  if (content < 0) return misuse(Misuse.BAD_STATE);
  let at = inWindow + CONTENT;
  let saved = changetype<Connection>(at - SAVED);
  Reader.start(at + SAVED_SIZE, <u32>content - SAVED_SIZE);
  let code = take(saved, context, role);
  own = Reader.at;
  ownLength = Reader.left();
  wipe(at, <u32>(own - at));
  return code;
}

/** A connection in its place, with what the saved part says, and what Reader has behind it. */
function take(saved: Connection, context: Context, role: u8): i32 {
  let ownCid = Reader.take(saved.ownCidLength);
  let peerCid = Reader.take(saved.peerCidLength);
  let exporter = Reader.take(saved.exports ? EXPORTER : 0);
  if (saved.role != role || !context.has(saved.suite) || saved.peerCidLength > <u8>peerCidMax) return misuse(Misuse.OTHER_STATE);
  let place = -1;
  if (saved.ownCidLength) { // the peer will send no other, and it names the slot
    let isOurs = isEqual(ownCid, context.cidPrefix, context.cidPrefixLength);
    if (!isOurs || saved.ownCidLength != <u8>context.ownCidLength) return misuse(Misuse.OTHER_STATE);
    place = slotOf(context, ownCid, saved.ownCidLength);
  }
  if (random(STEP, 4)) return misuse(Misuse.NO_ENTROPY);
  let connection = place < 0 ? takeConnection(role, context) : takeSlot(place, role, context);
  if (!connection) return misuse(Misuse.FULL);
  memory.copy(changetype<usize>(connection) + SAVED, changetype<usize>(saved) + SAVED, SAVED_SIZE);
  memory.copy(connection.ownCid, ownCid, saved.ownCidLength);
  memory.copy(connection.peerCid, peerCid, saved.peerCidLength);
  connection.exports = HAS_EXPORTERS && keepsExporters && saved.exports;
  if (HAS_EXPORTERS && connection.exports) memory.copy(connection.exporter, exporter, EXPORTER);
  revive(connection);
  return connection.handle;
}

/** Goes on behind all that was sent and received: see the top. */
function revive(connection: Connection): void {
  connection.writeEpoch = 1;
  connection.readEpoch = 1;
  connection.records += <u32>LEASE; // what a crash may have made us forget
  connection.window = -1; // all 64, and older ones are replayed anyway
  connection.writeSequence = connection.ceiling + load<u32>(STEP);
  connection.lease = connection.ceiling = connection.writeSequence;
}
