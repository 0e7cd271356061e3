// A peer's address as the engine sees it, with the way back to its connection.
import { Bound } from '../../assembly/codes.js';
import type { Connection } from './connection.js';

/**
 * An address at the other end of a socket, made once and given to every `receive` from there: it carries its own
 * route, so a datagram costs no look-up in the core. `key` is any text that names the address, by which
 * `Endpoint.peers` finds it while it has a connection; '' if the host keeps the peer itself.
 */
export class Peer {
  /** Opaque to the engine, which binds cookies to it: at most 20 bytes, the rest are zero. */
  declare readonly address: Uint8Array;
  declare readonly key: string;
  /** The live connection, and one that would take its place (RFC 6347 §4.2.8). */
  declare connection: Connection | null;
  declare successor: Connection | null;
  /** The host's own: where to send, say. */
  declare tag: unknown;

  constructor(address: Uint8Array, key: string, tag: unknown) {
    this.address = new Uint8Array(Bound.PEER);
    this.address.set(address);
    this.key = key;
    this.connection = null;
    this.successor = null;
    this.tag = tag;
  }
}
