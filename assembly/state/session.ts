// A session that can be resumed (RFC 5246 §7.3), in the one form that it has in a server's pool, in a ticket, and in what a client
// keeps. Only sessions with an extended master secret are: those without it must not be resumed safely (7627-5.2-1).
import { InfoField } from "../records";
import { HMAC_KEY } from "../crypto";
import { IDENTITY_MAX } from "../limits";
import { carve, info, setInfo } from "./memory";

@final @unmanaged
export class Session {
  suite: u16;
  /** Bits of ConnectedFlag: how the peer proved who it is. */
  flags: u8;
  identityLength: u8;
  /** The last second since 1970 in which it may be resumed; 0: our clock was not set. */
  until: u32;
  /** The beginning of the hash of the server's name, 0 without one (6066-3-2); a client's of all that it began with. */
  name: u64;

  /** The master secret, as HMAC's midstates. */
  get master(): usize { return changetype<usize>(this) + MASTER; }
  /**
   * A server's: the client's. Where `flags` say so, on either side: SHA-256 of the peer's
   * SubjectPublicKeyInfo, and the beginning of that of the trust anchors it was found good by.
   */
  get identity(): usize { return changetype<usize>(this) + SESSION; }
}
const MASTER = offsetof<Session>();
/** Bytes without the identity. */
export const SESSION: u32 = <u32>MASTER + HMAC_KEY;
/** RFC 5246 §7.4.1.2: of ours, random. mbedTLS's clients offer no id of less than 16 bytes again. */
export const SESSION_ID: u32 = 16;

/** Half of the id is kept: enough that no two are the same, and who knows an id knows no secret. */
const ID_AT = SESSION + IDENTITY_MAX;
const SIZE: u32 = (ID_AT + <u32>sizeof<u64>() + 15) & ~15;

let pool: usize = 0;
let count: u32 = 0;
/** The slot that is taken next: the oldest one. */
let next: u32 = 0;

/** A layout without any is a layout, too. */
export function carveSessions(): bool {
  count = info(InfoField.SESSIONS);
  next = 0;
  setInfo(InfoField.SESSION_SIZE, SIZE);
  pool = count ? carve(SIZE, count) : 0;
  return count == 0 || pool != 0;
}

export function hasSessions(): bool {
  return count != 0;
}

/** The session with the id of SESSION_ID bytes at `id`, null if there is none. */
export function findSession(id: usize): Session | null {
  let wanted = load<u64>(id);
  for (let slot = pool, end = pool + SIZE * count; slot < end; slot += SIZE) {
    let session = changetype<Session>(slot);
    if (session.suite != 0 && load<u64>(slot, ID_AT) == wanted) return session;
  }
  return null;
}

/** A slot for the session of this id; the oldest session goes first. */
export function takeSession(id: usize): Session {
  let slot = pool + SIZE * next;
  next = next + 1 == count ? 0 : next + 1;
  store<u64>(slot, load<u64>(id), ID_AT);
  return changetype<Session>(slot);
}
