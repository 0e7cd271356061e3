import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseShares } from '../../host/cli/fleet-credentials.js';
import { dealt, SHARES, type Shares } from '../../host/fleet/shares.js';

function counts(nodes: number, shares: Shares, seed = 1): number[] {
  const kinds = dealt(nodes, shares, seed);
  assert.equal(kinds.length, nodes);
  return ['psk', 'raw', 'certificate'].map((kind) => kinds.filter((one) => one === kind).length);
}

test('each kind gets its share, and what does not divide goes to the largest remainders', () => {
  assert.deepEqual(counts(300, SHARES), [210, 60, 30]);
  assert.deepEqual(counts(300, { psk: 7, raw: 2, certificate: 1 }), [210, 60, 30]);
  assert.deepEqual(counts(10, { psk: 1, raw: 1, certificate: 1 }), [4, 3, 3]);
  assert.deepEqual(counts(7, SHARES), [5, 1, 1]);
  assert.deepEqual(counts(1, SHARES), [1, 0, 0]);
  assert.deepEqual(counts(5, { psk: 0, raw: 0, certificate: 1 }), [0, 0, 5]);
  for (let nodes = 1; nodes < 40; nodes++) {
    counts(nodes, SHARES).forEach((count, index) => assert.ok(Math.abs(count - nodes * [0.7, 0.2, 0.1][index]!) < 1));
  }
});

test('which node has which follows from the seed', () => {
  assert.deepEqual(dealt(50, SHARES, 3), dealt(50, SHARES, 3));
  assert.notDeepEqual(dealt(50, SHARES, 3), dealt(50, SHARES, 4));
});

test('shares are read in any order; a kind alone counts once', () => {
  assert.deepEqual(parseShares('certificate=10, psk=70%,raw=20'), SHARES);
  assert.deepEqual(parseShares('raw'), { psk: 0, raw: 1, certificate: 0 });
  assert.deepEqual(parseShares('raw=3,psk'), { psk: 1, raw: 3, certificate: 0 });
});
