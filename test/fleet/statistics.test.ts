import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile, summarize } from '../../host/fleet/statistics.js';

test('percentiles are by nearest rank: always a value that was measured', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.deepEqual([1, 50, 95, 99, 100].map((p) => percentile(hundred, p)), [1, 50, 95, 99, 100]);
  assert.equal(percentile([3], 99), 3);
  assert.deepEqual([50, 51].map((p) => percentile([1, 2], p)), [1, 2]);
});

test('a summary sorts by value and leaves the list alone', () => {
  const values = [10, 9, 100];
  assert.deepEqual(summarize(values), { count: 3, minimum: 9, mean: 119 / 3, p50: 10, p95: 100, p99: 100, maximum: 100 });
  assert.deepEqual(values, [10, 9, 100]);
  assert.equal(summarize([]), undefined);
});
