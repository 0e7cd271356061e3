// Who may begin: bounds on a server's sessions, on those of one host, and on handshakes at a time.
import type { Connection } from '../core/connection.js';
import type { Peer } from '../core/peer.js';
import { routeOf } from './shard.js';

export interface Limits {
  maxSessions: number;
  maxSessionsPerHost: number;
  maxHandshakes: number;
}

/** A client's socket has no strangers. */
export const UNLIMITED: Limits = { maxSessions: Infinity, maxSessionsPerHost: Infinity, maxHandshakes: Infinity };

export class Admission {
  readonly #limits: Limits;
  /** Sessions by the address of their host. */
  readonly #hosts = new Map<string, number>();
  /** Those that are not open yet, in the order in which they began. */
  readonly #handshaking = new Set<Connection>();
  #sessions = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Whether a hello from this host may be heard. At the bounds it may, as long as a handshake could make room for it: one
   * whose peer showed a cookie and then let our flight go out twice. So a flood from many addresses, each of which can
   * answer with a cookie, keeps others out for a second and not for the length of a handshake; no open session ever yields.
   */
  admits(host: string): boolean {
    if ((this.#hosts.get(host) ?? 0) >= this.#limits.maxSessionsPerHost) return false;
    return !this.#isFull(1) || this.#silent() !== undefined;
  }

  /** Counts a session whose cookie was right; returns the one that is to make room for it, if one is. */
  add(connection: Connection): Connection | undefined {
    this.#sessions++;
    this.#count(connection.peer, 1);
    this.#handshaking.add(connection);
    return this.#isFull(0) ? this.#silent() : undefined;
  }

  opened(connection: Connection): void {
    this.#handshaking.delete(connection);
  }

  remove(connection: Connection): void {
    this.#sessions--;
    this.#count(connection.peer, -1);
    this.#handshaking.delete(connection);
  }

  /** Whether this many more would be too many. */
  #isFull(more: number): boolean {
    const { maxSessions, maxHandshakes } = this.#limits;
    return this.#sessions + more > maxSessions || this.#handshaking.size + more > maxHandshakes;
  }

  #silent(): Connection | undefined {
    for (const connection of this.#handshaking) if (connection.retransmissions > 0) return connection;
    return undefined;
  }

  /** A session speaks from another address now; the bounds are for those that begin. */
  moved(peer: Peer, old: Peer): void {
    this.#count(old, -1);
    this.#count(peer, 1);
  }

  #count(peer: Peer, change: 1 | -1): void {
    const { address } = routeOf(peer), sessions = (this.#hosts.get(address) ?? 0) + change;
    if (sessions > 0) this.#hosts.set(address, sessions);
    else this.#hosts.delete(address);
  }
}
