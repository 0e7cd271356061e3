import type { Conditions } from './impairment.js';
import { PERFECT } from './impairment.js';

/** What one node is called and proves itself with. */
export interface Credentials {
  identity: Uint8Array;
  key: Uint8Array;
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
  /** Whom the nodes are towards an outside gateway, in turn; ours gives every node its own. */
  credentials?: Credentials[];
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
};

/** What a node has: 12 KiB of memory, and in it one connection with datagrams and messages of up to 512 bytes. */
export const MOTE = {
  bytes: 12_288, inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1,
} as const;
