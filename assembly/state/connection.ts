// What lives as long as an association: its keys, its numbers, its replay window.
import { InfoField } from "../records";
import { AEAD_KEY, HMAC_KEY, wipe } from "../crypto";
import { HAS_EXPORTERS } from "../features";
import { CID_MAX, GENERATION_MAX, SLOTS_MAX, SLOT_BITS } from "../limits";
import { Aftercare, NO_PATH, freeOrOldestAftercare, returnAftercare } from "./aftercare";
import { Context } from "./context";
import { Handshake, RANDOM } from "./handshake";
import { carve, info, setInfo } from "./memory";

export const CLIENT: u8 = 0;
export const SERVER: u8 = 1;

/** The part of a GCM or CCM nonce that is derived and never travels (RFC 5288 §3). */
export const SALT: u32 = 4;

@final @unmanaged
export class Connection {
  /** 0 while the slot is free. */
  handle: i32;
  /** Survives the wipe, so that a handle is not used twice. */
  generation: u32;
  context: Context;
  handshake: Handshake | null;
  aftercare: Aftercare | null;
  /** A server's live association and the new handshake from the same address know each other (RFC 6347 §4.2.8). */
  successor: i32;
  predecessor: i32;
  /** A code once the connection ends; what remains is to say so. */
  ending: u16;
  cause: u8;
  /** 0 or 1: an association has one handshake, so no epoch comes twice or wraps (6347-4.1-4, 6347-4.1-10, 7252-9.1.1-4). */
  writeEpoch: u8;
  readEpoch: u8;
  alerted: bool;
  /** Application data went out, and came in: then the peer must have had our last flight. */
  spoke: bool;
  heard: bool;
  /** The host was told to save this connection. */
  isSaveDue: bool;
  /** A Cause that the host is to be warned of, 0 if none. */
  warning: u8;
  /** The next record's number in epoch 1, and the first one that may not be used before the host saves; 0 for none. */
  writeSequence: u64;
  lease: u64;
  /** It is to be said that the peer's address is now the one of this datagram. */
  isMoved: bool;
  /** A server's: the id of the session, as far as it is kept; 0 for none. */
  session: u64;
  /** A bit for each of the 64 numbers up to `windowTop`, which is bit 0. */
  window: u64;

  // From here to the end is what a saved state holds (saved-state.ts).

  /** The lease of whoever made the latest state: who restores it begins there. */
  ceiling: u64;
  /** The highest number received in epoch 1. */
  windowTop: u64;
  /** How many records failed authentication under these keys, and how many were sealed with them. */
  forgeries: u32;
  records: u32;
  /** How many states were made of this association. */
  saves: u32;
  suite: u32;
  /** Bytes of plaintext in a record: the most that the peer takes, and that we do. */
  sendMax: u16;
  receiveMax: u16;
  /** Which of the context's application protocols was agreed on, from 1; 0 for none. */
  protocol: u8;
  role: u8;
  /** An AEAD of native/crypto.h, once keys are derived. */
  aead: u8;
  /** Bits of ConnectedFlag. */
  flags: u8;
  /** What exporters need is kept. */
  exports: bool;
  /** Bytes of the CID that the peer sends to us, and of the one that we send to it; 0 for none (RFC 9146 §3). */
  ownCidLength: u8;
  peerCidLength: u8;
  /** Both sides offered the return routability check (RFC 9853 §3). */
  returnRoutability: bool;

  get writeKey(): usize { return changetype<usize>(this) + WRITE_KEY; }
  get readKey(): usize { return changetype<usize>(this) + READ_KEY; }
  get writeSalt(): usize { return changetype<usize>(this) + WRITE_SALT; }
  get readSalt(): usize { return changetype<usize>(this) + READ_SALT; }
  get ownCid(): usize { return changetype<usize>(this) + OWN_CID; }
  get peerCid(): usize { return changetype<usize>(this) + PEER_CID; }
  get sessionId(): usize { return changetype<usize>(this) + SESSION_AT; }
  /** The master secret as HMAC's midstates, and the randoms (RFC 5705 §4). */
  get exporter(): usize { return changetype<usize>(this) + PEER_CID + peerCidMax; }
}
const SESSION_AT = offsetof<Connection>("session");
const WRITE_KEY = offsetof<Connection>();
const READ_KEY = WRITE_KEY + AEAD_KEY;
const WRITE_SALT = READ_KEY + AEAD_KEY;
const READ_SALT = WRITE_SALT + SALT;
const OWN_CID = READ_SALT + SALT;
const PEER_CID = OWN_CID + CID_MAX;
export const EXPORTER: u32 = HMAC_KEY + 2 * RANDOM;
/** Where the saved part begins, and how long it is without CIDs and what exporters need. */
export const SAVED: usize = offsetof<Connection>("ceiling");
export const SAVED_SIZE: u32 = <u32>(OWN_CID - SAVED);

/** Bytes of the longest CID that a peer may ask for. */
export let peerCidMax: u32 = 0;
/** Whether connections have room for what exporters need. */
export let keepsExporters: bool = false;

let pool: usize = 0;
let size: u32 = 0;
let count: u32 = 0;
let taken: u32 = 0;
/** Where the search for a free slot starts: behind the one taken last, so that generations wear evenly. */
let next: u32 = 0;

export function carveConnections(): bool {
  count = info(InfoField.CONNECTIONS);
  peerCidMax = info(InfoField.CID_MAX);
  keepsExporters = HAS_EXPORTERS && info(InfoField.EXPORTERS) != 0;
  size = (<u32>PEER_CID + peerCidMax + (keepsExporters ? EXPORTER : 0) + 15) & ~15;
  pool = carve(size, count);
  setInfo(InfoField.CONNECTION_SIZE, size);
  taken = 0;
  next = 0;
  return pool != 0;
}

function slot(index: u32): Connection {
  return changetype<Connection>(pool + index * size);
}

export function connectionOf(handle: i32): Connection | null {
  let index = <u32>handle & (SLOTS_MAX - 1);
  if (handle <= 0 || index >= count) return null;
  let connection = slot(index);
  return connection.handle == handle ? connection : null;
}

export function hasFreeConnection(): bool {
  return taken != count;
}

/** The connection in the slot of this index, null if there is none. */
export function connectionAt(index: u32): Connection | null {
  if (index >= count) return null;
  let connection = slot(index);
  return connection.handle ? connection : null;
}

export function takeConnection(role: u8, context: Context): Connection | null {
  if (taken == count) return null;
  while (slot(next).handle != 0) next = next + 1 == count ? 0 : next + 1;
  return takeSlot(next, role, context);
}

/** The slot of this index, null if it is taken or is none. */
export function takeSlot(index: u32, role: u8, context: Context): Connection | null {
  if (index >= count || slot(index).handle != 0) return null;
  let connection = slot(index);
  connection.generation = connection.generation == GENERATION_MAX ? 1 : connection.generation + 1;
  connection.handle = <i32>((connection.generation << SLOT_BITS) | index);
  connection.role = role;
  connection.context = context;
  context.users++;
  taken++;
  return connection;
}

/** Its aftercare, or else a free slot for one, or that of another's last flight; null while all check paths. */
export function aftercareOf(connection: Connection): Aftercare | null {
  if (connection.aftercare) return connection.aftercare;
  let aftercare = freeOrOldestAftercare();
  if (!aftercare) return null;
  let other = connectionOf(aftercare.handle);
  if (other) other.aftercare = null;
  returnAftercare(aftercare);
  aftercare.handle = connection.handle;
  connection.aftercare = aftercare;
  return aftercare;
}

/** The last flight needs no more answers. */
export function leaveLastFlight(connection: Connection, aftercare: Aftercare): void {
  aftercare.hasLastFlight = false;
  leaveAftercare(connection, aftercare);
}
export function leavePath(connection: Connection, aftercare: Aftercare): void {
  aftercare.stage = NO_PATH;
  leaveAftercare(connection, aftercare);
}
function leaveAftercare(connection: Connection, aftercare: Aftercare): void {
  if (aftercare.hasLastFlight || aftercare.stage != NO_PATH) return;
  returnAftercare(aftercare);
  connection.aftercare = null;
}

/** Forgets all of a half-open connection but its handle and its place between its neighbours; it begins anew with this context. */
export function restartConnection(connection: Connection, context: Context): void {
  let handle = connection.handle;
  let generation = connection.generation;
  connection.context.users--;
  context.users++;
  let predecessor = connection.predecessor;
  wipe(changetype<usize>(connection), size);
  connection.handle = handle;
  connection.generation = generation;
  connection.context = context;
  connection.predecessor = predecessor;
  connection.role = SERVER;
}

/** Wipes the slot and gives it back; its handshake and aftercare must be back already. */
export function returnConnection(connection: Connection): void {
  let generation = connection.generation;
  connection.context.users--;
  wipe(changetype<usize>(connection), size);
  connection.generation = generation;
  taken--;
}
