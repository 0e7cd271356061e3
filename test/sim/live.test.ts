// A live association and what comes in clear, or from somebody else at its address (mistake 6): it goes on, until a new handshake
// from there has proved itself by its Finished.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import { Duel, KEY, ROOMY, type DuelOptions } from './duel.js';
import { Peer } from './peer/peer.js';
import * as Wire from './peer/wire.js';
import { leftovers, poolsOf, taken } from './pools.js';

const ROLES = ['client', 'server'] as const;

function live(options: DuelOptions): Duel {
  const duel = new Duel(options).handshake();
  assert.ok(duel.peer.connected && duel.exchanges(), 'the handshake itself');
  return duel;
}

/** A message of each type as a peer might send it in clear; a hello is another matter. */
function messages(): Buffer[] {
  const bodies: [number, Buffer][] = [
    [Wire.HELLO_REQUEST, Buffer.alloc(0)],
    [Wire.SERVER_HELLO, Buffer.concat([Buffer.from([254, 253]), Buffer.alloc(32, 9), Buffer.from([0, 0xc0, 0xa8, 0])])],
    [Wire.HELLO_VERIFY_REQUEST, Buffer.concat([Buffer.from([254, 253]), Wire.vector(1, Buffer.alloc(16, 3))])],
    [11, Wire.vector(3, Buffer.alloc(20))],
    [Wire.SERVER_KEY_EXCHANGE, Wire.vector(2, Buffer.from('hint'))],
    [Wire.SERVER_HELLO_DONE, Buffer.alloc(0)],
    [Wire.CLIENT_KEY_EXCHANGE, Wire.vector(2, Buffer.from('dev1'))],
    [Wire.FINISHED, Buffer.alloc(12, 5)],
    [99, Buffer.alloc(5)],
  ];
  return bodies.flatMap(([type, body]) => [0, 1, 2, 3, 4, 5, 9, 65_535].map((sequence) => Wire.whole(type, sequence, body)));
}

for (const role of ROLES) {
  // 5246-7.2.1-1, 6347-4.1-5
  test(`${role}: nothing in clear ends, changes or answers for a live association`, () => {
    const duel = live({ role });
    const { peer } = duel;
    for (const message of messages()) assert.deepEqual(duel.give(peer.plain(Wire.HANDSHAKE, message)), []);
    for (let level = 0; level < 4; level++) {
      for (let alert = 0; alert < 256; alert++) assert.deepEqual(duel.give(peer.plain(Wire.ALERT, Buffer.from([level, alert]))), []);
    }
    assert.equal(duel.engine.dropped(Drop.UNTRUSTED_ALERT), 4 * 256);
    for (let type = 0; type < 256; type++) assert.deepEqual(duel.give(peer.plain(type, Buffer.from([1]))), []);
    assert.deepEqual(duel.ends, []);
    assert.ok(duel.exchanges());
  });

  // 7925-17-1, 7925-17-2
  test(`${role}: an attempt to renegotiate is refused by a warning, and the association lives`, () => {
    const duel = live({ role });
    const type = role === 'client' ? Wire.HELLO_REQUEST : Wire.CLIENT_HELLO;
    for (const [datagram] of [0, 1, 2].map(() => duel.give(duel.peer.sealed(Wire.HANDSHAKE, Wire.whole(type, 0, Buffer.alloc(0)))))) {
      duel.peer.receive(datagram!);
      const heard = duel.peer.received[duel.peer.received.length - 1]!;
      assert.deepEqual([heard.type, [...heard.body]], [Wire.ALERT, [1, 100]]);
    }
    assert.deepEqual(duel.ends, []);
    assert.ok(duel.exchanges());
  });

  // 5246-7.2.1-1: close_notify is answered and ends it; 7925-6-5: fatal alerts have names; warnings end nothing
  test(`${role}: what a protected alert does`, () => {
    for (const warning of [90, 100, 112, 255]) {
      const duel = live({ role });
      assert.deepEqual(duel.give(duel.peer.alert(1, warning)), []);
      assert.ok(duel.exchanges(), `warning ${warning}`);
    }
    const fatal: [number, string][] = [[70, 'protocol_version'], [71, 'insufficient_security'], [90, 'user_canceled'],
      [40, 'handshake_failure'], [21, 'alert_21']];
    for (const [alert, name] of fatal) {
      const duel = live({ role });
      assert.deepEqual(duel.give(duel.peer.alert(2, alert)), []);
      assert.equal(duel.ends[0]?.alert, name);
      assert.deepEqual(leftovers(duel.engine), []);
    }
    for (const level of [1, 2]) {
      const duel = live({ role });
      const [answer] = duel.give(duel.peer.alert(level, 0));
      duel.peer.receive(answer!);
      assert.deepEqual([...duel.peer.received[duel.peer.received.length - 1]!.body], [1, 0]);
      assert.deepEqual([duel.ends, leftovers(duel.engine)], [[null], []]);
    }
  });

  test(`${role}: a protected record that makes no sense ends it with an alert that says so`, () => {
    const cases: [number, Buffer, string][] = [[Wire.CCS, Buffer.from([1]), 'unexpected_message'],
      [24, Buffer.alloc(3), 'unexpected_message'], [Wire.ALERT, Buffer.alloc(1), 'decode_error'],
      [Wire.ALERT, Buffer.alloc(3), 'decode_error']];
    for (const [type, body, alert] of cases) {
      const duel = live({ role });
      const [datagram] = duel.give(duel.peer.sealed(type, body));
      duel.peer.receive(datagram!);
      assert.equal(duel.peer.received[duel.peer.received.length - 1]!.type, Wire.ALERT);
      assert.equal(duel.ends[0]?.alert, alert);
    }
  });
}

/** Another peer at the address, and its handshake, one datagram at a time; `between` runs before each of them. */
function reboot(duel: Duel, options: Partial<Peer['options']>, between: () => void, upTo = Infinity): Peer {
  const fresh = duel.newPeer({ seed: 2, ...options });
  const queue = fresh.start();
  for (let i = 0; queue.length > 0 && i < upTo; i++) {
    between();
    for (const answer of duel.give(queue.shift()!)) queue.push(...fresh.receive(answer));
  }
  return fresh;
}

/** The old peer still gets through. */
function assertOldLives(duel: Duel): void {
  assert.deepEqual(duel.ends.filter((end) => end?.code === 'ERR_DTLS_REPLACED'), []);
  const before = duel.data.length;
  duel.give(duel.peer.data(Buffer.from('still here')));
  assert.equal(duel.data.length, before + 1, 'the old association does not read any more');
}

// 6347-4.2.8-1
test('a rebooted peer: its new handshake replaces the old association with its Finished, not before', () => {
  const duel = live({ role: 'server' });
  const fresh = reboot(duel, { apart: true }, () => assertOldLives(duel));
  assert.ok(fresh.connected);
  assert.deepEqual(duel.ends.map((end) => end?.code), ['ERR_DTLS_REPLACED']);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
  const forged = duel.engine.dropped(Drop.FORGED);
  assert.deepEqual(duel.give(duel.peer.data(Buffer.from('from the past'))), []);
  assert.equal(duel.engine.dropped(Drop.FORGED), forged + 1);
  duel.peer = fresh;
  assert.ok(duel.exchanges());
});

// 6347-4.2.8-1: spoofed hellos, with a cookie or without, and handshakes that come to nothing
test('a hello without a cookie, again and again, harms no live association and keeps nothing', () => {
  const duel = live({ role: 'server' });
  const before = taken(duel.engine, poolsOf(duel.engine).connections);
  for (let i = 0; i < 200; i++) {
    const [hello] = duel.newPeer({ seed: 1_000 + i }).start();
    const answers = duel.give(hello!);
    assert.equal(answers.length, 1);
    assert.ok(answers[0]!.length <= hello!.length, 'no amplification');
    assert.equal(Wire.fragmentsOf(Wire.recordsOf(answers[0]!)[0]!.body)[0]!.type, Wire.HELLO_VERIFY_REQUEST);
  }
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), before);
  assertOldLives(duel);
  assert.ok(duel.exchanges());
});

test('a new handshake that stops anywhere: the old association goes on, the new one ends in time', () => {
  for (const upTo of [1, 2, 3, 4]) {
    const duel = live({ role: 'server' });
    const fresh = reboot(duel, { apart: true }, () => assertOldLives(duel), upTo);
    assert.ok(!fresh.connected);
    duel.pass(100_000);
    assertOldLives(duel);
    duel.pass(300_000);
    assertOldLives(duel);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1, `after ${upTo} datagrams`);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).handshakes), 0);
    assert.ok(duel.exchanges());
  }
});

test('a new handshake with a wrong key, a wrong identity or a wrong Finished ends alone', () => {
  const wrong: Partial<Peer['options']>[] = [
    { key: Buffer.from('another key') },
    { edit: (flight) => flight.map((item) => (item.type === Wire.FINISHED ? { ...item, make: () => Buffer.alloc(12) } : item)) },
    { edit: (flight) => flight.filter((item) => item.type !== 254) },
    { suites: [0x00ae] },
  ];
  for (const options of wrong) {
    const duel = live({ role: 'server' });
    const fresh = reboot(duel, options, () => assertOldLives(duel));
    for (let i = 0; i < 3; i++) for (const record of fresh.repeat()) duel.give(record);
    assertOldLives(duel);
    duel.pass(301_000);
    assertOldLives(duel);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
    assert.ok(duel.exchanges());
  }
});

test('the old association may close while the new handshake runs, from either side', () => {
  for (const isOurs of [true, false]) {
    const duel = live({ role: 'server' });
    const old = duel.connection!;
    const fresh = duel.newPeer({ seed: 2 });
    const [hello] = duel.give(fresh.start()[0]!).flatMap((datagram) => fresh.receive(datagram));
    const flight5 = duel.give(hello!).flatMap((datagram) => fresh.receive(datagram));
    if (isOurs) old.close();
    else duel.give(duel.peer.alert(1, 0));
    duel.flush();
    assert.deepEqual(duel.ends, [null]);
    for (const datagram of flight5) for (const answer of duel.give(datagram)) fresh.receive(answer);
    assert.ok(fresh.connected, 'the new one connects all the same');
    duel.peer = fresh;
    assert.ok(duel.exchanges());
    assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
  }
});

test('with no slot for a new handshake the rebooted peer waits, and the old association lives', () => {
  const duel = live({ role: 'server', layout: { ...ROOMY, connections: 1, handshakes: 1 } });
  const fresh = reboot(duel, {}, () => assertOldLives(duel));
  assert.ok(!fresh.connected);
  assert.equal(duel.engine.dropped(Drop.FULL), 1);
  assert.ok(duel.exchanges());
  duel.connection!.discard();
  assert.deepEqual(duel.flush(), [], 'discarded without a word');
  const again = reboot(duel, { seed: 3 }, () => {});
  assert.ok(again.connected, 'and now there is room');
});

// Seed 50274 of the simulation, before its mend: the copy began a handshake, which took the client's repeated flight for its own
// and ended the client with decrypt_error.
test('a late copy of the hello, while the last flight is lost, begins nothing', () => {
  const duel = new Duel({ role: 'server', peer: { key: KEY } });
  const [hello] = duel.give(duel.begin()[0]!).flatMap((datagram) => duel.peer.receive(datagram));
  const flight5 = duel.give(hello!).flatMap((datagram) => duel.peer.receive(datagram));
  const lost = flight5.flatMap((datagram) => duel.give(datagram));
  assert.equal(lost.length, 1, 'the last flight');
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(duel.give(hello!), []);
    const again = duel.peer.repeat().flatMap((datagram) => duel.give(datagram));
    assert.equal(again.length, 1, 'the last flight once more');
    if (i === 4) duel.peer.receive(again[0]!);
  }
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
  assert.ok(duel.peer.connected && duel.exchanges());
});
