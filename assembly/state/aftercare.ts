// What must outlive the handshake's slot: the last flight, answered for as long as the peer may ask again (6347-4.2.4-4).
import { InfoField } from "../records";
import { wipe } from "../crypto";
import { carve, info, setInfo } from "./memory";
import { RANDOM, VERIFY_DATA } from "./handshake";

@final @unmanaged
export class Aftercare {
  /** The connection it belongs to; 0 while the slot is free. */
  handle: i32;
  endsAt: i32;
  /** Of our Finished, and of the peer's, whose return means that ours was lost. */
  messageSequence: u16;
  peerSequence: u16;
  /** Bytes of the ticket in our last flight, and 1; 0 if none was there. */
  hasTicket: u16;
  /** The next record's number in epoch 0, for ChangeCipherSpec. */
  writeSequence: u64;

  get verifyData(): usize { return changetype<usize>(this) + VERIFY_DATA_AT; }
  /** Of the handshake that ended: a late copy of its hello begins no new one. */
  get clientRandom(): usize { return changetype<usize>(this) + CLIENT_RANDOM; }
  get ticket(): usize { return changetype<usize>(this) + TICKET; }
}
const VERIFY_DATA_AT = offsetof<Aftercare>();
const CLIENT_RANDOM = VERIFY_DATA_AT + VERIFY_DATA;
const TICKET = CLIENT_RANDOM + RANDOM;
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
 * A free slot, or the one that ends first: bounded, and the oldest goes first. The search starts behind the slot taken last,
 * where slots have been free for longest.
 */
export function freeOrOldestAftercare(): Aftercare {
  let oldest = changetype<Aftercare>(pool + next * size);
  for (let tries = count; tries != 0; tries--) {
    let aftercare = changetype<Aftercare>(pool + next * size);
    next = next + 1 == count ? 0 : next + 1;
    if (aftercare.handle == 0) return aftercare;
    if (aftercare.endsAt - oldest.endsAt < 0) oldest = aftercare;
  }
  return oldest;
}

export function returnAftercare(aftercare: Aftercare): void {
  wipe(changetype<usize>(aftercare), size);
}
