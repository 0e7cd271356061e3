// Where the pieces of a ClientHello wait for each other before its cookie is seen: the one thing kept of a stranger. Few, of
// fixed size, and the oldest goes first, so that a flood costs no more than the hellos in pieces of those who come with it.
import { Bound } from "../codes";
import { HAS_CERTIFICATES } from "../features";
import { LOBBY_MAX } from "../limits";
import { InfoField } from "../records";
import { carve, info, messageMax, setInfo } from "./memory";

@final @unmanaged
export class Lobby {
  /** When its first piece came. */
  since: i32;
  /** Of the whole hello, in bytes; 0 while the slot is free. */
  length: u32;
  /** Its message_seq. */
  sequence: u16;
  /** Of the longest record that brought a piece of it, in bytes. */
  longest: u16;

  get peer(): usize { return changetype<usize>(this) + PEER_AT; }
  /** A bit for each byte that has arrived, and the bytes. */
  get arrived(): usize { return changetype<usize>(this) + ARRIVED; }
  get body(): usize { return changetype<usize>(this) + ARRIVED + (lobbyMax >> 3); }
}
const PEER_AT = offsetof<Lobby>();
const ARRIVED = PEER_AT + Bound.PEER;

/** Bytes of the longest hello that a lobby takes, a multiple of 8. */
export let lobbyMax: u32 = 0;
let pool: usize = 0;
let size: u32 = 0;
let count: u32 = 0;

/** There may be none, and there are none where hellos are short: without certificates. */
export function carveLobbies(): bool {
  if (!HAS_CERTIFICATES) return true;
  lobbyMax = min(messageMax, LOBBY_MAX);
  size = (<u32>ARRIVED + (lobbyMax >> 3) + lobbyMax + 15) & ~15;
  count = info(InfoField.LOBBIES);
  pool = count != 0 ? carve(size, count) : 0;
  setInfo(InfoField.LOBBY_SIZE, size);
  return pool != 0 || count == 0;
}

/** The slot of this index, null behind the last one. */
export function lobbyAt(index: u32): Lobby | null {
  return index < count ? changetype<Lobby>(pool + index * size) : null;
}
