// A ClientHello in several datagrams, as server names, tickets and small MTUs cause it: put together before its cookie is seen
// (RFC 6347 §4.2.1 keeps no state for a whole one). Its bytes must all come before one is answered, and count once, so that
// no more goes out than came in.
import { Bound, Drop } from "../codes";
import { isEqual } from "../crypto";
import { LOBBY_MS, RECORD_HEADER } from "../limits";
import { Incoming } from "../record/plaintext";
import { now } from "../state/clock";
import { Lobby, lobbyAt, lobbyMax } from "../state/lobby";
import { PEER, drop } from "../state/memory";
import { Fragment } from "./fragment";
import { bitsFor, isComplete, putPiece } from "./pieces";

/** Of the longest record of the hello that was gathered last, in bytes: so long are our answers (7925-C-2). */
export let longest: u16 = 0;

/** Takes the fragment under the cursor to its lobby; true once that is full: the cursor is on the whole hello then. */
export function gather(): bool {
  let lobby = findLobby();
  if (!lobby) {
    drop(Drop.NO_ROOM);
    return false;
  }
  putPiece(lobby.body, lobby.arrived);
  lobby.longest = max(lobby.longest, <u16>(RECORD_HEADER + Incoming.length));
  if (!isComplete(lobby.arrived, lobby.length)) return false;
  longest = lobby.longest;
  lobby.length = 0; // its bytes stay until the next fragment comes
  Fragment.offset = 0;
  Fragment.body = lobby.body;
  Fragment.bodyLength = Fragment.length;
  return true;
}

/** The lobby of this very hello, or a free one, or the oldest one's place; null if there are none, or none so large. */
function findLobby(): Lobby | null {
  if (Fragment.length > lobbyMax) return null;
  let oldest = lobbyAt(0);
  let oldestAge: u32 = 0;
  for (let index: u32 = 0; ; index++) {
    let lobby = lobbyAt(index);
    if (!lobby) break;
    let age = lobby.length != 0 ? <u32>(now - lobby.since) : u32.MAX_VALUE;
    if (age <= LOBBY_MS && isOfThisHello(lobby)) return lobby;
    if (age <= oldestAge) continue;
    oldest = lobby;
    oldestAge = age;
  }
  if (oldest) open(oldest);
  return oldest;
}

/** A forged fragment of another length has a lobby of its own, and stands in nobody's way. */
function isOfThisHello(lobby: Lobby): bool {
  return lobby.length == Fragment.length && lobby.sequence == Fragment.sequence &&
    isEqual(lobby.peer, PEER, Bound.PEER);
}

function open(lobby: Lobby): void {
  lobby.since = now;
  lobby.length = Fragment.length;
  lobby.sequence = <u16>Fragment.sequence;
  lobby.longest = 0;
  memory.copy(lobby.peer, PEER, Bound.PEER);
  memory.fill(lobby.arrived, 0, bitsFor(Fragment.length));
}
