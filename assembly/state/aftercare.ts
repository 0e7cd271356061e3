// What a live connection needs for a while: its last flight, answered for as long as the peer may ask again (6347-4.2.4-4), and
// the check of a path (return-routability.ts).
import { Bound } from "../codes";
import { InfoField } from "../records";
import { wipe } from "../crypto";
import { PATH_COOKIE } from "../limits";
import { carve, info, setInfo } from "./memory";
import { RANDOM, VERIFY_DATA } from "./handshake";

/** Where the check of a path stands: it is to begin, asks on the old path, on the new one, is decided, is over. */
export const NO_PATH: u8 = 0;
export const PATH_SEEN: u8 = 1;
export const PATH_OLD: u8 = 2;
export const PATH_NEW: u8 = 3;
export const PATH_MOVED: u8 = 4;
export const PATH_KEPT: u8 = 5;
export const PATH_OVER: u8 = 6;

@final @unmanaged
export class Aftercare {
  /** The connection it belongs to; 0 while the slot is free. */
  handle: i32;
  /** Until when the last flight is answered, if it is. */
  endsAt: i32;
  hasLastFlight: bool;
  stage: u8;
  /** The challenge of this stage is out. */
  isChallenged: bool;
  /** Of our Finished, and of the peer's, whose return means that ours was lost. */
  messageSequence: u16;
  peerSequence: u16;
  /** Bytes of the ticket in our last flight, and 1; 0 if none was there. */
  hasTicket: u16;
  /** The next record's number in epoch 0, for ChangeCipherSpec. */
  writeSequence: u64;
  /** When this stage of a path's check is over. */
  pathEndsAt: i32;
  /** How many bytes the new path may get. */
  budget: u32;

  get isChecking(): bool { return this.stage - PATH_SEEN <= <u8>(PATH_NEW - PATH_SEEN); }
  get verifyData(): usize { return changetype<usize>(this) + VERIFY_DATA_AT; }
  /** Of the handshake that ended: a late copy of its hello begins no new one. */
  get clientRandom(): usize { return changetype<usize>(this) + CLIENT_RANDOM; }
  /** The cookie that was sent last, and the address of the new path. */
  get cookie(): usize { return changetype<usize>(this) + COOKIE; }
  get address(): usize { return changetype<usize>(this) + ADDRESS; }
  get ticket(): usize { return changetype<usize>(this) + TICKET; }
}
const VERIFY_DATA_AT = offsetof<Aftercare>();
const CLIENT_RANDOM = VERIFY_DATA_AT + VERIFY_DATA;
const COOKIE = CLIENT_RANDOM + RANDOM;
const ADDRESS = COOKIE + PATH_COOKIE;
const TICKET = ADDRESS + Bound.PEER;
/** A message_seq that no peer's Finished has. */
export const NEVER: u16 = 0xffff;

let pool: usize = 0;
let size: u32 = 0;
let count: u32 = 0;
let next: u32 = 0;

export function carveAftercares(): bool {
  size = (<u32>TICKET + info(InfoField.TICKET_MAX) + 15) & ~15;
  count = info(InfoField.AFTERCARES);
  next = 0;
  pool = carve(size, count);
  setInfo(InfoField.AFTERCARE_SIZE, size);
  return pool != 0;
}

/** The slot of this index, null behind the last one. */
export function aftercareAt(index: u32): Aftercare | null {
  return index < count ? changetype<Aftercare>(pool + index * size) : null;
}

/**
 * A free slot, or that of the last flight that ends first: bounded, and the oldest goes first. Null while all check paths. The
 * search starts behind the slot taken last, where slots have been free for longest.
 */
export function freeOrOldestAftercare(): Aftercare | null {
  let oldest: Aftercare | null = null;
  for (let tries = count; tries != 0; tries--) {
    let aftercare = changetype<Aftercare>(pool + next * size);
    next = next + 1 == count ? 0 : next + 1;
    if (aftercare.handle == 0) return aftercare;
    if (aftercare.stage != NO_PATH) continue;
    if (!oldest || aftercare.endsAt - oldest.endsAt < 0) oldest = aftercare;
  }
  return oldest;
}

export function returnAftercare(aftercare: Aftercare): void {
  wipe(changetype<usize>(aftercare), size);
}
