// Handshakes in virtual time over bad networks: both sides finish or say why, nothing hangs, nothing is left behind.
// One seed again, with every event: THIMBLE_SEED=30017 npm test -- sim/handshakes
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from '../../host/fleet/statistics.js';
import { agreement, Pair, type Result } from './pair.js';
import { replayOf, rowOf, ROWS, scenarioOf, SEEDS_PER_ROW, type Row } from './scenario.js';
import { compareWithFile, textOf } from './table.js';

/** A code and the RFC's name of the state; a cause is not always known. */
const EXPLAINED = /^ERR_DTLS_[A-Z_]+ [A-Z_]* in [A-Z_]+$/;

/** One seed from the first hello to the last wipe; fails with the line that plays it again. */
function play(seed: number, log?: (line: string) => void): Result {
  const pair = new Pair(scenarioOf(seed), log === undefined ? {} : { log });
  const result = pair.handshake();
  const replay = replayOf(seed);
  const [client] = pair.client.connected, [server] = pair.server.connected;
  if (result.connectedMs === undefined) {
    assert.match(result.client, EXPLAINED, `the client does not say why: ${replay}`);
    // both have the same key and a suite in common: with every byte intact only time can run out
    if (rowOf(seed).corrupt === 0) assert.match(result.client, /^ERR_DTLS_HANDSHAKE_TIMEOUT /, replay);
    if (server === undefined && result.server !== '') assert.match(result.server, EXPLAINED, replay);
  } else {
    assert.equal(agreement(client!), agreement(server!), replay);
    assert.ok(pair.exchange(), `data does not flow: ${replay}`);
  }
  // A server whose client gave up at the last moment has an association that only idleTimeout ends: end it by hand.
  if (result.connectedMs === undefined) for (const one of [...pair.server.connected]) one.discard();
  assert.deepEqual(pair.close(), [], `left behind: ${replay}`);
  return result;
}

interface Sums {
  row: Row;
  results: Result[];
}

const all: Sums[] = [];

/**
 * Proves for every seed: 6347-4.2.4-1 (flights are repeated until answered), 6347-4.2.3-1 and -2 (fragments at small MTUs, in
 * any order), 6347-4.1-6 and 6347-4.2.5-1 (ChangeCipherSpec and Finished lost, doubled, out of order), 6347-4.2.1-1 (cookies),
 * 6347-4.1.1-3 (no datagram over the MTU: the network drops it), 7627-5.2-1 (extended master secret required and not).
 */
function playRow(row: Row, number: number): void {
  const results: Result[] = [];
  for (let i = 0; i < row.handshakes; i++) results.push(play(number * SEEDS_PER_ROW + i));
  all.push({ row, results });
  const unfinished = results.flatMap((result, i) => (result.connectedMs === undefined ? [number * SEEDS_PER_ROW + i] : []));
  const share = 100 * (1 - unfinished.length / row.handshakes);
  assert.ok(share >= row.finish, `${share.toFixed(1)} % finished, ${row.finish} must; ${unfinished.map(replayOf).join('\n')}`);
}

const percentText = (rate: number) => `${Math.round(rate * 100)}%`;

function cells({ row, results }: Sums): string[] {
  const finished = results.filter((result) => result.connectedMs !== undefined);
  const both = (figure: (result: Result) => number, digits: number) => {
    const sorted = finished.map(figure).sort((a, b) => a - b);
    return [50, 95].map((percent) => percentile(sorted, percent).toFixed(digits));
  };
  return [
    row.isSigned ? 'signed' : 'pre-shared', percentText(row.loss), percentText(row.duplicate), percentText(row.reorder), percentText(row.corrupt),
    `${row.handshakes}`, `${finished.length}`, ...both((result) => result.connectedMs! / 1_000, 2),
    ...both((result) => result.datagrams, 0), ...both((result) => result.bytes, 0),
  ];
}

const HEAD = ['keys', 'loss', 'doubled', 'reordered', 'corrupted', 'handshakes', 'finished',
  's p50', 's p95', 'datagrams p50', 'p95', 'bytes p50', 'p95'];

const chosen = process.env['THIMBLE_SEED'];
if (chosen !== undefined) {
  test(`seed ${chosen}`, () => {
    const scenario = scenarioOf(Number(chosen));
    console.log(JSON.stringify(scenario, (_, value) => (value instanceof Uint8Array ? `${value.length} bytes` : value), 1));
    console.log(play(Number(chosen), (line) => console.log(line)));
  });
} else {
  ROWS.forEach((row, number) => {
    const { loss, duplicate, reorder, corrupt, handshakes, isSigned } = row;
    const conditions = `loss ${percentText(loss)}, doubled ${percentText(duplicate)}, reordered ${percentText(reorder)}, ` +
      `corrupted ${percentText(corrupt)}`;
    test(`${handshakes} handshakes${isSigned ? ', ECDHE_ECDSA' : ''}: ${conditions}`, () => playRow(row, number));
  });
  test('the figures are those of test/sim/handshakes.txt', () => {
    assert.equal(all.length, ROWS.length, 'every row played');
    compareWithFile('handshakes.txt', textOf([HEAD, ...all.map(cells)]));
  });
}
