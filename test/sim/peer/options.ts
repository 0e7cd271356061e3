// How a peer misbehaves.
import type { Message } from './reassembler.js';

/** A message of a flight; its body is made when its turn comes, so that a Finished covers what was sent before it. */
export interface Item {
  /** A handshake type, or CHANGE_CIPHER_SPEC. */
  type: number;
  make: () => Buffer;
}

/** Not a handshake type, but a row of every script. */
export const CHANGE_CIPHER_SPEC = 254;

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
  /** Changes a flight before it is numbered and hashed. */
  edit?: (flight: Item[]) => Item[];
  /** Cuts a message into [offset, length]; one piece if absent. */
  cut?: (message: Message) => [number, number][];
  /** Each record in a datagram of its own; all of a flight in one if absent. */
  apart?: boolean;
}
