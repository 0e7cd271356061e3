// Sessions as the last process saved them.
import { EventField } from '../../assembly/records.js';
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import type { SocketAddress } from './address.js';
import { isSigned } from './ciphers.js';
import { DTLSError, dtlsError } from './errors.js';
import type { Hub, Remember } from './hub.js';
import { kBegin, kConnected, kIdentity, kPeer, kWarning } from './internal.js';
import { readMemo, splitStates } from './saved-state.js';
import type { DTLSSecureContext } from './secure-context.js';
import type { DTLSSession } from './session.js';
import type { StateKeeper } from './state-keeper.js';
import type { KnownPeer } from './trust.js';

/** Datagrams that may wait; a socket's own buffer holds no more. */
const EARLY_MAX = 1024;

/** Brings a server's back; until their next state is stored they may not send, nobody hears of them, and what comes in waits. */
export class Restoring {
  readonly #sessions: DTLSSession[] = [];
  #early: [datagram: Uint8Array, from: SocketAddress][] | undefined = [];

  /** Throws ERR_INVALID_ARG_VALUE for what is no file of `saveState`. */
  constructor(private readonly hub: Hub, private readonly keeper: StateKeeper, file: Buffer, idleMs: number,
    secure: DTLSSecureContext, newSession: () => DTLSSession) {
    keeper.isHeld = true;
    const states = splitStates('options.state', file);
    let problem: Reason | undefined;
    for (const state of states) {
      const session = newSession();
      try {
        session[kBegin](hub.restore(null, state, ofServer(secure, whoOf(session)), idleMs, session));
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

/** Whoever goes on: a session, or an association of the look-alike. */
export interface Who {
  identity(identity: string): void;
  peer(peer: KnownPeer): void;
  /** A client's server, by its name. */
  name?(name: string): void;
}

export const whoOf = (session: DTLSSession): Who => ({
  identity: (identity) => session[kIdentity](identity),
  peer: (peer) => { session[kPeer] = peer; },
});

/** A client's session goes on as `restore` brings it back; false, with a warning, if the state cannot be used. */
export function wake(keeper: StateKeeper, session: DTLSSession, restore: () => Connection): boolean {
  keeper.isHeld = true;
  try {
    session[kBegin](restore());
  } catch (error) {
    session[kWarning](new DTLSError(error as Reason));
    return false;
  } finally {
    keeper.isHeld = false;
  }
  void Promise.resolve(keeper.due()).then(() => { if (!session.destroyed) session[kConnected](); });
  return true;
}

/** What a server remembers: who the client is, and by which of its names it was asked for. */
export const ofServer = (secure: DTLSSecureContext, who: Who): Remember => (own, connected) => {
  const { at, identity, name, peer } = readMemo(own), context = connected[EventField.CONTEXT]!;
  if (secure.nameServed(context) !== name) throw other(`The state is of the server name ${name ?? '*'}, which is not served here`);
  admit(secure.serving(context), peer, connected);
  if (identity !== undefined) who.identity(identity);
  if (peer !== undefined) who.peer(peer);
  return at ?? NOWHERE;
};

/** What a client knows by itself. */
export interface ClientSide {
  to?: SocketAddress;
  /** The server's name. */
  expected: string | undefined;
  localPort: number;
}

/** What a client remembers: who the server is, and the port that it knows us by if it gave us no connection ID. */
export const ofClient = (secure: DTLSSecureContext, who: Who, { to, expected, localPort }: ClientSide): Remember =>
  (own, connected) => {
    const { at, port, name, peer } = readMemo(own), hasCid = connected[EventField.CAUSE]! >> 8 !== 0;
    if (peer !== undefined && name !== expected && expected !== undefined) {
      throw other(`The state is of a session with ${name}, and not ${expected}`);
    }
    if (!hasCid && port !== localPort) {
      throw dtlsError('ERR_DTLS_OTHER_STATE', `The server knows the session by local port ${port}, and not ${localPort}`,
        `Give bindPort ${port}; or have connection IDs (cid), with which the port does not matter.`);
    }
    admit(secure, peer, connected);
    if (peer !== undefined) who.peer(peer);
    if (name !== undefined) who.name?.(name);
    return to ?? at ?? NOWHERE;
  };

/** No peer of a state that says none. */
const NOWHERE: SocketAddress = { address: '', family: 'IPv4', port: 0 };

/** Whoever was let in without being authorized does not go on where that is no longer enough. */
function admit({ trust }: DTLSSecureContext, peer: KnownPeer | undefined, connected: Int32Array): void {
  if (trust === undefined || trust.takes(peer, isSigned(connected[EventField.CODE]!))) return;
  throw other(`The state is of a peer that is not authorized (${peer?.authorizationError ?? 'it showed nothing'})`);
}

const other = (message: string): DTLSError => dtlsError('ERR_DTLS_OTHER_STATE', message, 'A new handshake will show.');

/** One that cannot be restored is left out: its client will make a handshake. */
function warn(lost: number, all: number, reason: Reason): void {
  const { message, hint, code } = new DTLSError(reason);
  process.emitWarning(`${lost} of ${all} saved sessions cannot be restored: ${message}. ${hint}`, { type: 'DTLSWarning', code });
}
