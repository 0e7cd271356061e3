// Where an endpoint's results go.
import type { PathChange } from '../../assembly/codes.js';
import type { Reason } from './errors.js';
import type { Connection } from './connection.js';
import type { Peer } from './peer.js';

/** What the engine cannot know; goes back with `connection.answer`, now or much later. */
export interface Question {
  serial: number;
  /** A number of the enum Question: PSK, TRUST, SIGN. */
  kind: number;
  /**
   * PSK: on a server the client's identity, on a client the server's hint. TRUST: the body of the peer's Certificate message.
   * SIGN: a SHA-256 hash.
   */
  bytes: Uint8Array;
  /** TRUST: what the engine found, a number of CertificateCheck; 0 if all is well. */
  check: number;
  /** TRUST: it is a raw public key (RFC 7250). */
  isRaw: boolean;
}

/**
 * The host's side of an endpoint. Every call on an endpoint or connection ends here, after the engine has come to
 * rest: any call may be made again from inside, and what that causes follows in order. Bytes are the receiver's own. A sink
 * should not throw: the call that is under way then throws it, and the rest is delivered with the next one.
 */
export interface Sink {
  /** Send this to the peer. */
  datagram(bytes: Uint8Array, peer: Peer): void;
  /** A client proved its address (its cookie came back), and its handshake begins. */
  accepted(connection: Connection): void;
  /** The peer's Finished verified: `send` is open. */
  connected(connection: Connection): void;
  /** A client, once connected: what its context's `session` can be for a later connection to the same server. Secret. */
  session?(connection: Connection, bytes: Uint8Array): void;
  /** Application data, and the epoch it came in (RFC 7252 §9.1.1). */
  data(connection: Connection, bytes: Uint8Array, epoch: number): void;
  question(connection: Connection, question: Question): void;
  /** The handshake goes on, but a user should know. */
  warning(connection: Connection, reason: Reason): void;
  /**
   * RFC 9146 §6: the peer's newest record came from another address. It is being checked (CHECKING), or the peer is answered there
   * from now on (MOVED: `connection.peer` is there), or is not (KEPT). `peer` is there, `old` where it was before.
   */
  path?(connection: Connection, change: PathChange, peer: Peer, old: Peer): void;
  /** The connection is gone; null if in order. */
  closed(connection: Connection, reason: Reason | null): void;
  /**
   * A connection that was saved or restored must be saved and `stored` again, before its lease runs out and `send` throws
   * ERR_DTLS_SAVE_FIRST; at once after it was restored.
   */
  saveDue?(connection: Connection): void;
  /** Trace build alone: one entry (a number of TraceKind, and its data) for the connection being worked on, if known. */
  trace?(kind: number, bytes: Uint8Array, connection: Connection | null): void;
}
