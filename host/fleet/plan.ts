import type { ConnectOptions } from '../node/index.js';
import type { Conditions } from './impairment.js';
import { PERFECT } from './impairment.js';
import type { Shares } from './shares.js';
import { SHARES } from './shares.js';

/** How a node and its gateway prove who they are: the modes of RFC 7252 §9.1.3. */
export type CredentialKind = keyof Shares;

/** What one node shows, and knows its gateway by. */
export interface Credentials {
  kind: CredentialKind;
  options: Pick<ConnectOptions, 'psk' | 'cert' | 'key' | 'rawPublicKey' | 'ca' | 'peerKeys' | 'servername'>;
}

/** What a fleet does. Times are milliseconds. */
export interface Plan {
  nodes: number;
  conditions: Conditions;
  seed: number;
  /** How long nodes report; then the last answers are awaited. */
  forMs: number;
  /** Nodes are switched on spread over this long. */
  bootMs: number;
  /** From one reading of a node to its next. */
  intervalMs: number;
  /** How long, after the reporting, a node may still take to get its first reading through. */
  graceMs: number;
  /** To the first retransmission of a flight. */
  initialMs: number;
  /** An outside gateway, `host:port`; ours if missing. */
  target?: { host: string; port: number };
  /** How many nodes prove themselves by what. */
  shares: Shares;
}

/**
 * Some hundreds of nodes on a bad radio. RFC 7925 §11 wants 9 s to the first retransmission where radios are slow; a
 * demonstration that ends within a minute takes RFC 6347's 1 s.
 */
export const DEFAULT_PLAN: Readonly<Plan> = {
  nodes: 300,
  conditions: { ...PERFECT, loss: 0.05, duplicate: 0.01, reorder: 0.02, delayMs: 20, jitterMs: 10 },
  seed: 1,
  forMs: 20_000,
  bootMs: 5_000,
  intervalMs: 5_000,
  graceMs: 35_000,
  initialMs: 1_000,
  shares: SHARES,
};

/** What a node has, whatever it shows: 12 KiB of memory, and in it one connection with datagrams and messages of up to 512 bytes. */
export const MOTE = {
  bytes: 12_288, inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1,
} as const;
