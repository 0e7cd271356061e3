import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Loader } from '../../host/core/index.js';
import { PERFECT } from '../../host/fleet/impairment.js';
import { DEFAULT_SIMULATION, simulate, type SimulationPlan } from '../../host/fleet/simulation.js';
import { BUILDS, moduleFile, type Build } from '../modules.js';

const load = (build: Build) => new Loader(moduleFile(build));

type Conditions = SimulationPlan['conditions'];

function plan(seed: number, conditions: Partial<Conditions>, more: Partial<SimulationPlan> = {}): SimulationPlan {
  return { ...DEFAULT_SIMULATION, seed, conditions: { ...PERFECT, delayMs: 20, ...conditions }, ...more };
}

function datagrams(loader: Loader, what: SimulationPlan): string[] {
  const seen: string[] = [];
  simulate(loader, what, {
    datagram: ({ kind, atMs, from, datagram }) =>
      seen.push(`${kind} ${atMs} ${from} ${Buffer.from(datagram).toString('hex')}`),
  });
  return seen;
}

test('a seed is the same history, byte for byte, on every build', () => {
  const rough = plan(42, { loss: 0.2, duplicate: 0.1, reorder: 0.1, corrupt: 0.05, jitterMs: 30 });
  const [first, ...others] = BUILDS.map((build) => datagrams(load(build), rough));
  assert.ok(first!.length > 12);
  for (const other of others) assert.deepEqual(other, first);
});

test('without loss a handshake takes six datagrams and 461 bytes (requirements S.3)', () => {
  const sent = datagrams(load('psk'), plan(1, {}, { messages: 0 })).filter((line) => line.startsWith('sent')).slice(0, 6);
  assert.equal(sent.reduce((sum, line) => sum + line.split(' ')[3]!.length / 2, 0), 461);
});

test('with losses to 10 % every handshake is done; each message is answered or lost', () => {
  const loader = load('psk');
  for (let seed = 1; seed <= 100; seed++) {
    const outcome = simulate(loader, plan(seed, { loss: 0.1, duplicate: 0.05, reorder: 0.05, jitterMs: 10 }));
    assert.ok(outcome.isConnected, `thimble explain --seed ${seed}`);
    // A duplicated request is answered twice here, since nobody looks at Message IDs.
    assert.ok(outcome.answered <= 2 * DEFAULT_SIMULATION.messages);
  }
});

test('a wrong key ends with its cause, and a path that carries nothing with silence', () => {
  const wrong = simulate(load('psk'), plan(1, {}, { hasWrongKey: true }));
  assert.deepEqual([wrong.isConnected, wrong.reason?.cause], [false, 'WRONG_KEY']);
  const silent = simulate(load('psk'), plan(1, { mtu: 10 }, { handshakeMs: 10_000 }));
  assert.deepEqual([silent.isConnected, silent.reason?.cause, silent.endMs], [false, 'SILENT_PEER', 10_000]);
});
