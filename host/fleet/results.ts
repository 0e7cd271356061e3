import type { Bill } from '../core/index.js';
import type { Tally } from './impairment.js';
import type { NodeRecord } from './node.js';
import { MOTE, type CredentialKind, type Plan } from './plan.js';
import { KINDS } from './shares.js';
import { summarize, type Summary } from './statistics.js';

/** What a fleet came to, or has come to so far. */
export interface Results {
  elapsedMs: number;
  nodes: number;
  /** Switched on, and through the handshake. */
  started: number;
  connected: number;
  /** With at least one reading that the gateway answered. */
  reported: number;
  /** Nodes that did not report, and why, as far as it is known. */
  failures: { name: string; problem: string }[];
  /** Milliseconds of all handshakes that were done; undefined before the first. */
  handshakeMs?: Summary;
  /** The same by what nodes prove themselves with, for each kind that there is. */
  credentials: { [Kind in CredentialKind]?: KindResults };
  /** Datagrams of handshakes that nodes sent again. */
  retransmissions: number;
  readings: { sent: number; answered: number; timeMs?: Summary };
  network: Tally;
  seed: number;
  conditions: Plan['conditions'];
}

/** What the nodes with one kind of credentials came to. */
export interface KindResults {
  nodes: number;
  connected: number;
  reported: number;
  /** Of the handshakes that were done; undefined before the first. Both directions. */
  handshake: { timeMs?: Summary; datagrams?: Summary; bytes?: Summary };
  memory: MemoryBill;
}

/** RAM in bytes, as the module itself accounts for it; of the node that uses most. */
export interface MemoryBill {
  /** Linear memory that a node gets, and what of it is in use. */
  node: number;
  nodeUsed: number;
  /** A slot of each pool of a node. */
  connection: number;
  handshake: number;
  aftercare: number;
  context: number;
}

/** Adds up the records, which are in the order in which nodes are switched on. */
export function resultsOf(
  records: readonly NodeRecord[], started: number, network: Tally, plan: Plan, elapsedMs: number,
): Results {
  const done = records.filter((record) => record.handshakeMs !== undefined);
  const sum = (value: (record: NodeRecord) => number) => records.reduce((total, record) => total + value(record), 0);
  const failures = records.flatMap((record, index) => (record.readingsAcknowledged > 0 ? [] :
    [{ name: record.name, problem: problemOf(record, index < started) }]));
  return {
    elapsedMs,
    nodes: plan.nodes,
    started,
    connected: done.length,
    reported: records.length - failures.length,
    failures,
    handshakeMs: summarize(done.map((record) => record.handshakeMs!)),
    credentials: Object.fromEntries(KINDS.map((kind) => [kind, records.filter((record) => record.kind === kind)] as const)
      .filter(([, own]) => own.length > 0).map(([kind, own]) => [kind, kindResults(own)])),
    retransmissions: sum((record) => record.retransmissions),
    readings: {
      sent: sum((record) => record.readingsSent),
      answered: sum((record) => record.readingsAcknowledged),
      timeMs: summarize(records.flatMap((record) => record.answerMs)),
    },
    network: { ...network },
    seed: plan.seed,
    conditions: plan.conditions,
  };
}

function kindResults(records: readonly NodeRecord[]): KindResults {
  const done = records.filter((record) => record.handshakeMs !== undefined);
  const bills = records.map((record) => record.bill).sort((a, b) => b.used - a.used);
  return {
    nodes: records.length,
    connected: done.length,
    reported: records.filter((record) => record.readingsAcknowledged > 0).length,
    handshake: {
      timeMs: summarize(done.map((record) => record.handshakeMs!)),
      datagrams: summarize(done.map((record) => record.handshakeDatagrams)),
      bytes: summarize(done.map((record) => record.handshakeBytes)),
    },
    memory: memoryOf(bills[0]!),
  };
}

function problemOf({ problem, handshakeMs }: NodeRecord, isOn: boolean): string {
  if (!isOn) return 'it was not switched on';
  return problem ?? (handshakeMs === undefined ? 'its handshake was not done in time' : 'none of its readings was answered');
}

function memoryOf(bill: Bill): MemoryBill {
  return {
    node: MOTE.bytes,
    nodeUsed: bill.used,
    connection: bill.connection,
    handshake: bill.handshake,
    aftercare: bill.aftercare,
    context: bill.context,
  };
}
