// How a peer misbehaves.
import type { P256Key } from '../../certificates/keys.js';
import type { Message } from './reassembler.js';
import type { Session } from './sessions.js';
import type { Extension } from './wire.js';

/** A message of a flight; its body is made when its turn comes, so that a Finished covers what was sent before it. */
export interface Item {
  /** A handshake type, or CHANGE_CIPHER_SPEC. */
  type: number;
  make: () => Buffer;
}

/** Not a handshake type, but a row of every script. */
export const CHANGE_CIPHER_SPEC = 254;

/** What it is known by in ECDHE_ECDSA: its key, and certificates of it in DER, its own first; none for a raw key only. */
export interface Credential {
  key: P256Key;
  certificates: Buffer[];
}

/** RFC 7250 §7 */
export const X509 = 0, RAW_KEY = 2;

export interface PeerOptions {
  role: 'client' | 'server';
  seed: number;
  suites: number[];
  key: Uint8Array;
  identity?: Uint8Array;
  hint?: Uint8Array;
  /** Offer or answer extended_master_secret; true if absent. */
  extended?: boolean;
  /** Signal secure renegotiation; true if absent. */
  renegotiation?: boolean;
  /** Server: what a hello must carry; empty for none. */
  cookie?: Uint8Array;
  /** What it sends in place of its public point, of its curve's parameters, of the curves that it offers. */
  point?: Uint8Array;
  parameters?: Uint8Array;
  groups?: number[];
  /** What it offers as its point formats; none for no extension. */
  formats?: number[];
  /** A server must have one for ECDHE_ECDSA; a client without any sends an empty Certificate when it is asked. */
  credential?: Credential;
  /** What it offers or takes as its own certificate, and as the other side's, in order of preference; X.509 if absent (RFC 7250 §3). */
  ownTypes?: number[];
  peerTypes?: number[];
  /** Server: asks the client for a certificate. */
  asks?: boolean;
  /** The SignatureAndHashAlgorithms that it offers and asks for; ecdsa with sha256 if absent. */
  algorithms?: number[];
  /** The one that stands in front of its signatures, and what makes these in place of its key. */
  algorithm?: number;
  sign?: (content: Buffer) => Buffer;
  /** A client's to offer, with its ticket if it has one; the one that a server knows. */
  session?: Session;
  /** Client: sends session_ticket; as its session has a ticket, if absent. Server: gives tickets; false if absent. */
  tickets?: boolean;
  /** Server: what it seals, and whether also as it resumes. */
  ticket?: Uint8Array;
  renews?: boolean;
  /** Server: the id of a new session; none if absent. */
  sessionId?: Buffer;
  /** Changes a hello's extensions. */
  extend?: (list: Extension[]) => Extension[];
  /** The connection ID that it wants to be sent; absent: it knows of none (RFC 9146). */
  cid?: Uint8Array;
  /** Offers or answers the return routability check (RFC 9853). */
  rrc?: boolean;
  /** Changes a flight before it is numbered and hashed. */
  edit?: (flight: Item[]) => Item[];
  /** Cuts a message into [offset, length]; one piece if absent. */
  cut?: (message: Message) => [number, number][];
  /** Each record in a datagram of its own; all of a flight in one if absent. */
  apart?: boolean;
}
