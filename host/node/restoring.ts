// A server's sessions, as the last process saved them.
import type { Reason } from '../core/errors.js';
import type { SocketAddress } from './address.js';
import { DTLSError } from './errors.js';
import type { Hub } from './hub.js';
import { kBegin, kConnected, kIdentity } from './internal.js';
import { readMemo, splitStates } from './saved-state.js';
import type { DTLSSession } from './session.js';
import type { StateKeeper } from './state-keeper.js';

/** Datagrams that may wait; a socket's own buffer holds no more. */
const EARLY_MAX = 1024;

/** Brings them back; until their next state is stored they may not send, nobody hears of them, and what comes in waits. */
export class Restoring {
  readonly #sessions: DTLSSession[] = [];
  #early: [datagram: Uint8Array, from: SocketAddress][] | undefined = [];

  /** Throws ERR_INVALID_ARG_VALUE for what is no file of `saveState`. */
  constructor(private readonly hub: Hub, private readonly keeper: StateKeeper, file: Buffer, idleMs: number,
    newSession: () => DTLSSession) {
    keeper.isHeld = true;
    const states = splitStates('options.state', file);
    let problem: Reason | undefined;
    for (const state of states) {
      const session = newSession();
      try {
        session[kBegin](hub.restoreServer(state, (own) => remember(session, own), idleMs, session));
        this.#sessions.push(session);
      } catch (error) {
        problem ??= error as Reason;
      }
    }
    if (problem !== undefined) warn(states.length - this.#sessions.length, states.length, problem);
  }

  /** In a later turn, when `listen` has returned. */
  start(all: Set<DTLSSession>, announce: (session: DTLSSession) => void): void {
    for (const session of this.#sessions) all.add(session);
    process.nextTick(async () => {
      this.keeper.isHeld = false;
      await this.keeper.due();
      for (const session of this.#sessions) {
        if (session.destroyed) continue;
        announce(session);
        session[kConnected]();
      }
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const [datagram, from] of early) this.hub.receive(datagram, from);
    });
  }

  /** Whether the datagram waits for its session. */
  holds(datagram: Uint8Array, from: SocketAddress): boolean {
    if (this.#early === undefined) return false;
    if (this.#early.length < EARLY_MAX) this.#early.push([datagram, from]);
    return true;
  }
}

function remember(session: DTLSSession, own: Uint8Array): SocketAddress {
  const memo = readMemo(own);
  if (memo.identity !== undefined) session[kIdentity](memo.identity);
  return memo;
}

/** One that cannot be restored is left out: its client will make a handshake. */
function warn(lost: number, all: number, reason: Reason): void {
  const { message, hint, code } = new DTLSError(reason);
  process.emitWarning(`${lost} of ${all} saved sessions cannot be restored: ${message}. ${hint}`, { type: 'DTLSWarning', code });
}
