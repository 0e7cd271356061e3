// What strangers and forgers can cost: half-open handshakes that make room, forgeries that are counted, records that bring nothing
// to an end (requirements C-04, C-12, C-33).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { Drop } from '../../host/core/index.js';
import type { Layout } from '../../host/core/index.js';
import { Duel, ROOMY, waiting } from './duel.js';
import { CCM, GCM } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import { changedBy, poolsOf, slot, taken } from './pools.js';

const ROLES = ['client', 'server'] as const;
const server = (layout: Partial<Layout> = {}) => new Duel({ role: 'server', layout: { ...ROOMY, ...layout } });

/** Somebody who shows a valid cookie and then says no more; what the server answers. */
function knock(duel: Duel, name: string, seed: number): Buffer[] {
  const peer = duel.newPeer({ seed }), from = duel.stranger(name);
  const [verify] = duel.give(peer.start()[0]!, from);
  return duel.give(peer.receive(verify!)[0]!, from);
}

// ── half-open handshakes ──────────────────────────────────────────────────────────────────────────────────────────────

for (const [what, layout] of Object.entries({
  'no handshake': { connections: 8, handshakes: 3 }, 'no connection': { connections: 4, handshakes: 8 },
})) {
  test(`with ${what} left, the oldest handshake whose peer is silent makes room; before it was silent, none does`, () => {
    const duel = server(layout).handshake();
    for (let i = 0; i < 3; i++) {
      duel.now += 10;
      assert.ok(knock(duel, `flood ${i}`, 10 + i).length > 0);
    }
    assert.deepEqual(knock(duel, 'too soon', 20), []);
    assert.equal(duel.engine.dropped(Drop.FULL), 1);
    duel.pass(1_000); // our flights went out again
    assert.ok(knock(duel, 'late', 30).length > 0);
    assert.deepEqual(duel.ends.map((end) => end?.code), ['ERR_DTLS_DISPLACED']);
    assert.ok(knock(duel, 'later', 31).length > 0 && knock(duel, 'last', 32).length > 0);
    assert.deepEqual(knock(duel, 'full of the new', 33), []);
    assert.equal(duel.ends.length, 3);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 4);
    assert.ok(duel.exchanges(), 'the established association is refused nothing');
  });
}

test('in a flood of valid cookies from many addresses a true client gets through', () => {
  const duel = server({ connections: 4, handshakes: 3 });
  for (let i = 0; i < 100; i++) {
    knock(duel, `flood ${i}`, 100 + i);
    duel.pass(100);
  }
  duel.pass(1_000);
  duel.handshake();
  assert.ok(duel.peer.connected && duel.exchanges());
});

test('a handshake that goes on keeps its place, and so does a client of our own', () => {
  const duel = new Duel({ role: 'server', layout: { ...ROOMY, connections: 2, handshakes: 2, contexts: 2 }, answer: () => undefined });
  const [verify] = duel.give(duel.begin()[0]!);
  const flight = duel.give(duel.peer.receive(verify!)[0]!);
  duel.pass(1_000); // silent for a while
  for (const datagram of flight.flatMap((one) => duel.peer.receive(one))) duel.give(datagram);
  assert.equal(duel.serials.length, 1, 'and now its key is looked up');
  duel.endpoint.define(1, { suites: [CCM], mtu: 1_400, initialMs: 1_000, identity: Buffer.from('i'), key: Buffer.alloc(16) });
  duel.endpoint.connect(1, duel.stranger('a server'), duel.now);
  duel.pass(3_000);
  assert.deepEqual(knock(duel, 'new', 9), []);
  assert.deepEqual([duel.ends.length, duel.engine.dropped(Drop.FULL)], [0, 1]);
});

// 6347-4.2.8-1: the reboot of a peer finds room, too
test('a peer that came back finds room among silent ones', () => {
  const duel = server({ connections: 3, handshakes: 2 }).handshake();
  knock(duel, 'flood 1', 11);
  knock(duel, 'flood 2', 12);
  duel.pass(1_000);
  duel.peer = duel.newPeer({ seed: 7 });
  duel.handshake();
  assert.ok(duel.peer.connected && duel.exchanges());
  assert.deepEqual(duel.ends.map((end) => end?.code), ['ERR_DTLS_DISPLACED', 'ERR_DTLS_REPLACED']);
});

// ── forgeries ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const forged = (sequence: number, type = Wire.DATA) => Wire.record(type, 1, sequence, Buffer.alloc(40, sequence));

for (const role of ROLES) {
  test(`${role}: the 128th forgery is a warning, and no other one is (requirements C-04)`, () => {
    const duel = new Duel({ role }).handshake();
    for (let i = 0; i < 127; i++) duel.give(forged(1_000 + i));
    assert.deepEqual(duel.warnings, []);
    for (let i = 0; i < 200; i++) duel.give(forged(2_000 + i));
    assert.deepEqual(duel.warnings.map(({ code, cause, phase }) => [code, cause, phase]),
      [['ERR_DTLS_FORGERIES', 'FORGERIES', 'CONNECTED']]);
    assert.ok(duel.exchanges());
  });

  test(`${role}: a GCM key seals 2^24.5 records, one of CCM goes on (9325-4.4-1)`, () => {
    for (const suite of [GCM, CCM]) {
      const duel = new Duel({ role, context: { suites: [suite] }, peer: { suites: [suite] } }).handshake();
      const { connections } = poolsOf(duel.engine), { connection } = duel;
      connection!.send(Buffer.from('0'));
      // the number of the next record, then how many were sealed
      const counter = changedBy(duel.engine, connections, 0, () => connection!.send(Buffer.from('1'))).end - 1;
      const view = slot(duel.engine, connections, 0);
      new DataView(view.buffer, view.byteOffset).setUint32(counter, Math.floor(2 ** 24.5) - 1, true);
      connection!.send(Buffer.from('the last one'));
      if (suite === CCM) {
        connection!.send(Buffer.from('one more'));
        continue;
      }
      assert.throws(() => connection!.send(Buffer.from('one more')), /./);
      assert.equal(duel.ends[0]?.code, 'ERR_DTLS_SEQUENCE_EXHAUSTED');
    }
  });
}

/** A server that has answered a hello with its flight, and the client's flight that answers it, a datagram a record. */
function answered(): { duel: Duel; flight: Buffer[] } {
  const duel = new Duel({ role: 'server', peer: { apart: true } });
  const [verify] = duel.give(duel.begin()[0]!);
  const flight = duel.give(duel.peer.receive(verify!)[0]!).flatMap((datagram) => duel.peer.receive(datagram));
  return { duel, flight };
}

// before, three of them were a wrong key
test('forged Finished that wait for the keys count as one: the true one behind them is heard (requirements C-12)', () => {
  const { duel, flight } = answered();
  for (let i = 0; i < 4; i++) duel.give(forged(500 + i, Wire.HANDSHAKE));
  for (const datagram of flight) duel.settle([datagram]);
  assert.deepEqual(duel.ends, []);
  assert.ok(duel.peer.connected && duel.exchanges());
});

test('a wrong key is told by the third Finished, whether or not the first one waited (requirements C-12)', () => {
  for (const isEarly of [false, true]) {
    const duel = new Duel({ role: 'server', peer: { apart: true, key: Buffer.from('another key') } });
    const [verify] = duel.give(duel.begin()[0]!);
    const flight = duel.give(duel.peer.receive(verify!)[0]!).flatMap((datagram) => duel.peer.receive(datagram));
    if (isEarly) flight.unshift(flight.pop()!);
    for (const datagram of flight) duel.give(datagram);
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(duel.ends, []);
      for (const datagram of duel.peer.repeat()) duel.give(datagram);
    }
    assert.deepEqual(duel.ends.map((end) => [end?.code, end?.alert]), [['ERR_DTLS_WRONG_KEY', 'decrypt_error']]);
  }
});

for (const role of ROLES) {
  // requirements C-33
  test(`${role}: an alert in clear ends a handshake if its record number is near the peer's own, else it is dropped`, () => {
    for (const [sequence, isHeard] of [[0, true], [1, true], [60, true], [70, false], [1_000, false], [2 ** 40, false]] as const) {
      const duel = waiting(role);
      duel.give(Wire.record(Wire.ALERT, 0, sequence, Buffer.from([2, 40])));
      assert.equal(duel.ends.length, isHeard ? 1 : 0, `number ${sequence}`);
      if (!isHeard) assert.equal(duel.engine.dropped(Drop.UNTRUSTED_ALERT), 1);
    }
  });
}

test('the alert of a peer whose record numbers went far is heard, and one with a number of the beginning is not', () => {
  for (const [sequence, isHeard] of [[5_001, true], [4_990, true], [0, false]] as const) {
    const duel = new Duel({ role: 'server' });
    duel.peer.writeSequences[0] = 5_000;
    const [verify] = duel.give(duel.peer.start()[0]!);
    duel.give(duel.peer.receive(verify!)[0]!);
    duel.give(Wire.record(Wire.ALERT, 0, sequence, Buffer.from([2, 40])));
    assert.equal(duel.ends.length, isHeard ? 1 : 0, `number ${sequence}`);
  }
});

// 6347-4.2.3-4; before, the first fragment decided, and the message never became whole
test('a forged fragment of another length or type does not hold up the message that it claims to be of', () => {
  const duel = new Duel({ role: 'client', peer: { apart: true, hint: Buffer.alloc(60, 104), cut: ({ type, body }) =>
    (type === Wire.SERVER_KEY_EXCHANGE ? [[0, 20], [20, body.length - 20]] : [[0, body.length]]) } });
  const pieces = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
  for (let sequence = 1; sequence < 4; sequence++) {
    for (const [type, length] of [[Wire.SERVER_KEY_EXCHANGE, 61], [Wire.SERVER_HELLO_DONE, 62]] as const) {
      const lie = { type, length, sequence, offset: 0, body: Buffer.alloc(5) };
      duel.give(Wire.record(Wire.HANDSHAKE, 0, 50 + sequence, Wire.fragment(lie)));
    }
  }
  for (const piece of pieces) for (const answer of duel.give(piece)) duel.settle(duel.peer.receive(answer));
  assert.ok(duel.peer.connected && duel.exchanges());
});

// 4279-2-3, 7925-6-4, requirements C-12
test('an identity that nobody has ends as a wrong key does, and only the host learns of it, where that is asked for', () => {
  const flightOf = (duel: Duel) => {
    const [verify] = duel.give(duel.begin()[0]!);
    return duel.give(duel.peer.receive(verify!)[0]!).flatMap((datagram) => duel.peer.receive(datagram));
  };
  const outcome = (flags: number, answer: Uint8Array | null) => {
    const duel = new Duel({ role: 'server', context: { flags }, answer: () => answer });
    const heard = flightOf(duel).map((datagram) => duel.give(datagram));
    for (let i = 0; i < 3; i++) heard.push(duel.peer.repeat().flatMap((datagram) => duel.give(datagram)));
    return { heard: heard.map((answers) => Buffer.concat(answers).toString('hex')), codes: duel.ends.map((end) => [end?.code, end?.alert]) };
  };
  const hidden = outcome(ContextFlag.HIDE_IDENTITY, null), wrong = outcome(0, Buffer.alloc(16)), shown = outcome(0, null);
  assert.deepEqual(hidden.heard, wrong.heard);
  assert.notDeepEqual(shown.heard, wrong.heard);
  assert.deepEqual(hidden.codes, [['ERR_DTLS_UNKNOWN_IDENTITY', 'decrypt_error']]);
  assert.deepEqual(wrong.codes, [['ERR_DTLS_WRONG_KEY', 'decrypt_error']]);
});
