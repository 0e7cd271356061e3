import type { Bill } from '../core/index.js';
import type { Tally } from './impairment.js';
import type { NodeRecord } from './node.js';
import { MOTE, type Plan } from './plan.js';
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
  /** Of all handshakes that were done; undefined before the first. */
  handshake: { timeMs?: Summary; datagrams?: Summary; bytes?: Summary };
  /** Datagrams of handshakes that nodes sent again. */
  retransmissions: number;
  readings: { sent: number; answered: number; timeMs?: Summary };
  network: Tally;
  memory: MemoryBill;
  seed: number;
  conditions: Plan['conditions'];
}

/** RAM in bytes, as the modules themselves account for it. */
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
  records: readonly NodeRecord[], started: number, network: Tally, bill: Bill, plan: Plan, elapsedMs: number,
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
    handshake: {
      timeMs: summarize(done.map((record) => record.handshakeMs!)),
      datagrams: summarize(done.map((record) => record.handshakeDatagrams)),
      bytes: summarize(done.map((record) => record.handshakeBytes)),
    },
    retransmissions: sum((record) => record.retransmissions),
    readings: {
      sent: sum((record) => record.readingsSent),
      answered: sum((record) => record.readingsAcknowledged),
      timeMs: summarize(records.flatMap((record) => record.answerMs)),
    },
    network: { ...network },
    memory: memoryOf(bill),
    seed: plan.seed,
    conditions: plan.conditions,
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
