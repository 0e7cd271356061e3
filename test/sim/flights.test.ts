// The retransmission machine in virtual time: when a flight goes out again and when not, the last flight, silence and wrong keys.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import { Duel, KEY, type DuelOptions } from './duel.js';
import * as Wire from './peer/wire.js';
import { leftovers, poolsOf, taken } from './pools.js';

const ROLES = ['client', 'server'] as const;
const IOT = { initialMs: 9_000, maxMs: 60_000 };

/** An engine that waits for the answer to a flight: its first hello, or what follows a ServerHello or a ClientHello. */
function waiting(role: 'client' | 'server', options: Partial<DuelOptions> = {}): Duel {
  const duel = new Duel({ role, ...options });
  if (role === 'client') {
    duel.begin();
    return duel;
  }
  const [verify] = duel.give(duel.begin()[0]!);
  duel.give(duel.peer.receive(verify!)[0]!);
  return duel;
}

/** When something went out, in milliseconds since the flight did. */
function schedule(duel: Duel, forMs: number): number[] {
  const start = duel.now;
  return duel.pass(forMs).map(({ atMs }) => atMs - start);
}

/** Messages without the numbers of their records: what must be the same in every repetition. */
function contentOf(datagrams: readonly Buffer[]): string {
  return datagrams.flatMap((datagram) => Wire.recordsOf(datagram)).filter(({ epoch }) => epoch === 0)
    .flatMap(({ type, body }) => (type === Wire.HANDSHAKE
      ? Wire.fragmentsOf(body).map((fragment) => Wire.fragment(fragment).toString('hex')) : [body.toString('hex')])).join(' ');
}

// 7925-11-1, 7925-11-2, 6347-4.2.4.1-1, 6347-4.2.4-1
for (const role of ROLES) {
  test(`${role}: a flight goes out at 0, 9, 27, 63 s, then every minute, with the timers of RFC 7925`, () => {
    assert.deepEqual(schedule(waiting(role, { context: IOT }), 250_000), [9_000, 27_000, 63_000, 123_000, 183_000, 243_000]);
  });

  test(`${role}: and at 0, 1, 3, 7, 15, 31, 63 s, then every minute, with those of RFC 6347`, () => {
    assert.deepEqual(schedule(waiting(role), 200_000), [1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000]);
    const short = waiting(role, { context: { initialMs: 100, maxMs: 250 } });
    assert.deepEqual(schedule(short, 1_000), [100, 300, 550, 800], 'other timers');
  });

  test(`${role}: the clock may wrap in the middle of it, at 2^31 as at 2^32`, () => {
    for (const wrap of [2 ** 31, 2 ** 32, 2 ** 33]) {
      const duel = new Duel({ role });
      duel.now = wrap - 2_000;
      if (role === 'client') duel.begin();
      else duel.give(duel.peer.receive(duel.give(duel.begin()[0]!)[0]!)[0]!);
      assert.deepEqual(schedule(duel, 299_999), [1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000, 243_000]);
      assert.equal(duel.ends.length, 0);
      duel.pass(1);
      assert.equal(duel.ends[0]?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    }
  });

  // 6347-4.2.2-1, mistake 4 on the wire: the same messages, new record numbers (6347-4.1-3)
  test(`${role}: every repetition has the same messages and new record numbers`, () => {
    const duel = waiting(role);
    const first = duel.sent.slice(role === 'client' ? 0 : 1);
    const again = duel.pass(250_000).map(({ datagram }) => datagram);
    for (const datagram of again) assert.equal(contentOf([datagram]), contentOf(first));
    const numbers = [...first, ...again].flatMap((datagram) => Wire.recordsOf(datagram).map(({ sequence }) => sequence));
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
  });

  test(`${role}: a timer that is served late makes one repetition, not several`, () => {
    const duel = waiting(role);
    duel.now = 20_000;
    duel.endpoint.timeout(duel.now);
    assert.equal(duel.flush().length, 1);
    assert.deepEqual(schedule(duel, 10_000), [2_000, 6_000]);
  });

}

// 6347-4.2.4-3
test('a part of the peer\'s flight moves no timer, and the rest of it is enough', () => {
  const halves = (length: number): [number, number][] =>
    (length < 2 ? [[0, length]] : [[0, length >> 1], [length >> 1, length - (length >> 1)]]);
  for (const role of ROLES) {
    const isWhole = (type: number) => type === Wire.CLIENT_HELLO || type === Wire.HELLO_VERIFY_REQUEST;
    const duel = new Duel({ role, peer: { hint: Buffer.alloc(60, 104), apart: true,
      cut: ({ type, body }) => (isWhole(type) ? [[0, body.length]] : halves(body.length)) } });
    const second = role === 'client' ? duel.peer.receive(duel.begin()[0]!) : duel.give(duel.begin()[0]!);
    const flight = role === 'client' ? duel.peer.receive(duel.give(second[0]!)[0]!)
      : duel.peer.receive(duel.give(duel.peer.receive(second[0]!)[0]!)[0]!);
    for (let parts = 1; parts < flight.length; parts++) {
      duel.now += 100;
      assert.deepEqual(duel.give(flight[parts - 1]!), [], `${role}, part ${parts}`);
    }
    assert.deepEqual(duel.pass(3_000 - duel.now).map(({ atMs }) => atMs), [1_000, 3_000], role);
    for (const answer of duel.give(flight[flight.length - 1]!)) duel.settle(duel.peer.receive(answer));
    assert.ok(duel.peer.connected && duel.exchanges());
  }
});

// 6347-4.2.4.1-2
test('a timer that backed off stays so until an exchange without loss', () => {
  const duel = waiting('client');
  const hellos = duel.pass(3_000).map(({ datagram }) => datagram); // lost twice: the timer stands at 4 s
  const [second] = duel.give(duel.peer.receive(hellos[1]!)[0]!);
  assert.deepEqual(schedule(duel, 13_000), [4_000, 12_000]);
  const flight4 = duel.peer.receive(second!);
  for (const datagram of flight4) duel.give(datagram);
  assert.deepEqual(schedule(duel, 60_000).slice(0, 1), [16_000], 'that exchange lost something too');

  const lucky = waiting('client');
  const [again] = lucky.give(lucky.peer.receive(lucky.sent[0]!)[0]!);
  for (const datagram of lucky.peer.receive(again!)) lucky.give(datagram);
  assert.deepEqual(schedule(lucky, 2_000), [1_000]);
});

// 6347-4.2.4-2
test('a repeated flight of the peer is answered once a second at most, however many copies come', () => {
  for (const role of ROLES) {
    const duel = new Duel({ role });
    let repeated: Buffer;
    if (role === 'server') {
      const [hello] = duel.peer.receive(duel.give(duel.begin()[0]!)[0]!);
      duel.give(hello!);
      repeated = hello!;
    } else {
      const flight4 = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
      for (const datagram of flight4) duel.give(datagram);
      [repeated] = duel.peer.repeat() as [Buffer];
    }
    let answers = 0;
    for (let i = 0; i < 50; i++) answers += duel.give(repeated).length;
    assert.equal(answers, 0, 'just sent');
    duel.now += 999;
    answers += duel.give(repeated).length;
    assert.equal(answers, 0, 'a moment too early');
    duel.now += 1;
    duel.pass(0);
    const atTimer = duel.flush().length;
    for (let i = 0; i < 50; i++) answers += duel.give(repeated).length;
    assert.ok(answers + atTimer <= 1, `${answers} answers to 50 copies`);
  }
});

test('with a slow timer, the peer\'s repetition is what brings the flight again', () => {
  for (const role of ROLES) {
    const duel = waiting(role, { context: IOT });
    if (role === 'client') {
      const flight4 = duel.peer.receive(duel.give(duel.peer.receive(duel.sent[0]!)[0]!)[0]!);
      for (const datagram of flight4) duel.give(datagram);
    }
    const sent: number[] = [];
    for (let at = 500; at < 8_000; at += 500) {
      duel.now += 500;
      for (const datagram of duel.peer.repeat()) if (duel.give(datagram).length > 0) sent.push(at);
    }
    assert.deepEqual(sent, [1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000], role);
  }
});

// 6347-4.2.4-2
test('a storm of pieces of the peer\'s last flight is not answered piece by piece', () => {
  const duel = new Duel({ role: 'server' });
  const [hello] = duel.peer.receive(duel.give(duel.begin()[0]!)[0]!);
  duel.give(hello!);
  const body = Wire.fragmentsOf(Wire.recordsOf(hello!)[0]!.body)[0]!.body;
  duel.now += 5_000;
  let answers = 0;
  for (let i = 0; i < 200; i++) {
    const piece = { type: Wire.CLIENT_HELLO, length: body.length, sequence: 1, offset: i % 40, body: body.subarray(i % 40, i % 40 + 10) };
    answers += duel.give(duel.peer.plain(Wire.HANDSHAKE, Wire.fragment(piece))).length;
  }
  assert.equal(answers, 0);
});

// ── the last flight ────────────────────────────────────────────────────────────────────────────────────────────────────

/** A server that has sent its last flight, which the client did not hear. */
function lastFlightLost(options: Partial<DuelOptions> = {}): { duel: Duel; lost: Buffer } {
  const duel = new Duel({ role: 'server', ...options });
  const [hello] = duel.peer.receive(duel.give(duel.begin()[0]!)[0]!);
  const flight5 = duel.give(hello!).flatMap((datagram) => duel.peer.receive(datagram));
  const [lost] = flight5.flatMap((datagram) => duel.give(datagram));
  assert.equal(duel.connected.length, 1);
  return { duel, lost: lost! };
}

/** A Finished with the record number, once opened. */
const finishedOf = (duel: Duel) => duel.peer.received.filter(({ type, epoch }) => type === Wire.HANDSHAKE && epoch === 1);

// 6347-4.2.4-4
test('the last flight is answered for four minutes, after the handshake slot has gone back, and after data of ours', () => {
  for (const speaks of [false, true]) {
    const { duel, lost } = lastFlightLost();
    assert.equal(taken(duel.engine, poolsOf(duel.engine).handshakes), 0, 'the slot is back');
    if (speaks) {
      for (let i = 0; i < 5; i++) duel.connection!.send(Buffer.from('are you there?'));
      duel.flush();
    }
    for (const atMs of [1_000, 3_000, 7_000, 120_000, 239_999]) {
      duel.pass(atMs - duel.now);
      const [again, ...more] = duel.peer.repeat().flatMap((datagram) => duel.give(datagram));
      assert.deepEqual(more, []);
      const first = Wire.recordsOf(lost), then = Wire.recordsOf(again!);
      assert.deepEqual(then.map(({ type, epoch }) => [type, epoch]), first.map(({ type, epoch }) => [type, epoch]));
      assert.ok(then[0]!.sequence > first[0]!.sequence && then[1]!.sequence > first[1]!.sequence, 'new record numbers');
      assert.equal(again!.length, lost.length);
      duel.peer.receive(again!);
    }
    assert.ok(duel.peer.connected);
    const bodies = finishedOf(duel).map(({ body }) => body.toString('hex'));
    assert.equal(bodies.length, 5);
    assert.equal(new Set(bodies).size, 1, 'byte for byte the same message (6347-4.2.2-1)');
    assert.ok(duel.exchanges());
    duel.pass(2);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 0, 'after 2 MSL it is over');
    assert.deepEqual(duel.peer.repeat().flatMap((datagram) => duel.give(datagram)), []);
    assert.ok(duel.exchanges());
  }
});

test('the last flight is forgotten once the client speaks and has heard us, and only then', () => {
  const { duel, lost } = lastFlightLost();
  duel.peer.receive(lost);
  duel.give(duel.peer.data(Buffer.from('first')));
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 1, 'we have said nothing yet');
  duel.connection!.send(Buffer.from('answer'));
  duel.give(duel.peer.data(Buffer.from('second')));
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 0);
});

test('aftercare is bounded: the oldest goes first, and its association lives', () => {
  const duel = new Duel({ role: 'server', layout: { inMax: 1_024, outMax: 1_024, messageMax: 512, connections: 4, handshakes: 4,
    aftercares: 2, contexts: 1 } }).handshake();
  const others = [0, 1, 2].map((i) => {
    const from = duel.stranger(`peer ${i}`), peer = duel.newPeer({ seed: 10 + i });
    duel.now += 10;
    const [hello] = peer.receive(duel.give(peer.start()[0]!, from)[0]!);
    const flight5 = duel.give(hello!, from).flatMap((datagram) => peer.receive(datagram));
    for (const datagram of flight5.flatMap((one) => duel.give(one, from))) peer.receive(datagram);
    assert.ok(peer.connected);
    return { from, peer };
  });
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 2);
  assert.deepEqual(duel.peer.repeat().flatMap((datagram) => duel.give(datagram)), [], 'the oldest');
  const answered = others.map(({ from, peer }) => peer.repeat().flatMap((datagram) => duel.give(datagram, from)).length);
  assert.deepEqual(answered, [0, 1, 1]);
  assert.ok(duel.exchanges());
});

test('a client answers nothing to the server\'s repeated last flight, and stays connected', () => {
  const duel = new Duel({ role: 'client' }).handshake();
  for (let i = 0; i < 3; i++) for (const datagram of duel.peer.repeat()) assert.deepEqual(duel.give(datagram), []);
  assert.ok(duel.exchanges());
});

// ── silence and wrong keys ─────────────────────────────────────────────────────────────────────────────────────────────

test('a silent peer: the handshake ends on its deadline to the millisecond, says why, and leaves nothing', () => {
  for (const role of ROLES) {
    for (const handshakeMs of [1, 500, 60_000, 300_000]) {
      const duel = waiting(role, { context: { handshakeMs } });
      duel.pass(handshakeMs - 1);
      assert.equal(duel.ends.length, 0);
      duel.pass(1);
      const [end] = duel.ends;
      assert.deepEqual([end!.code, end!.cause], ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'SILENT_PEER']);
      assert.equal(end!.phase, role === 'client' ? 'WAIT_HELLO_VERIFY_REQUEST' : 'WAIT_CLIENT_KEY_EXCHANGE');
      assert.notEqual(end!.hint, '');
      assert.deepEqual(leftovers(duel.engine), []);
      assert.equal(duel.endpoint.deadline, null);
    }
  }
});

// requirements C-12
test('a server says decrypt_error at the third Finished that does not open, and that it is probably the key', () => {
  const duel = new Duel({ role: 'server', peer: { key: Buffer.from('another key') } });
  const [hello] = duel.peer.receive(duel.give(duel.begin()[0]!)[0]!);
  const flight5 = duel.give(hello!).flatMap((datagram) => duel.peer.receive(datagram));
  const give = (flight: Buffer[]) => flight.flatMap((datagram) => duel.give(datagram));
  assert.deepEqual(give(flight5), []);
  assert.deepEqual(give(duel.peer.repeat()), []);
  assert.equal(duel.ends.length, 0);
  const [alert] = give(duel.peer.repeat());
  const [record] = Wire.recordsOf(alert!);
  assert.deepEqual([record!.type, record!.epoch, [...record!.body]], [Wire.ALERT, 0, [2, 51]]);
  assert.deepEqual([duel.ends[0]?.code, duel.ends[0]?.alert, duel.ends[0]?.phase], ['ERR_DTLS_WRONG_KEY', 'decrypt_error', 'WAIT_FINISHED']);
  assert.match(duel.ends[0]!.hint, /pre-shared key/);
  assert.equal(duel.engine.dropped(Drop.FORGED), 3);
  assert.deepEqual(leftovers(duel.engine), []);
});

test('a client fails on that alert with the hint', () => {
  const duel = new Duel({ role: 'client', peer: { key: Buffer.from('another key') } });
  const flight4 = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
  for (const datagram of flight4) duel.give(datagram);
  assert.deepEqual(duel.give(duel.peer.plain(Wire.ALERT, Buffer.from([2, 51]))), []);
  assert.equal(duel.ends[0]?.code, 'ERR_DTLS_WRONG_KEY');
  assert.match(duel.ends[0]!.hint, /pre-shared key/);
});

test('a client warns at the second repetition against silence, goes on, and its timeout carries the hint', () => {
  for (const [context, secondMs] of [[{}, 3_000], [IOT, 27_000]] as const) {
    const duel = new Duel({ role: 'client', context, peer: { key: Buffer.from('another key') } });
    const flight4 = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
    for (const datagram of flight4) duel.give(datagram);
    duel.pass(secondMs - 1);
    assert.equal(duel.warnings.length, 0);
    duel.pass(1);
    assert.deepEqual(duel.warnings.map(({ code, phase }) => [code, phase]), [['ERR_DTLS_WRONG_KEY', 'WAIT_CHANGE_CIPHER_SPEC']]);
    assert.match(duel.warnings[0]!.hint, /pre-shared key/);
    assert.equal(duel.ends.length, 0);
    duel.pass(300_000);
    assert.equal(duel.warnings.length, 1);
    assert.deepEqual([duel.ends[0]?.code, duel.ends[0]?.cause], ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'WRONG_KEY']);
    assert.match(duel.ends[0]!.hint, /pre-shared key/);
  }
});

test('a warning that came to nothing explains no later end', () => {
  const duel = new Duel({ role: 'client' });
  const flight4 = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
  const flight5 = flight4.flatMap((datagram) => duel.give(datagram));
  duel.pass(4_000);
  assert.equal(duel.warnings.length, 1);
  for (const datagram of flight5) duel.settle(duel.peer.receive(datagram));
  assert.ok(duel.exchanges());
  duel.give(duel.peer.alert(2, 80));
  assert.deepEqual([duel.ends[0]?.alert, duel.ends[0]?.cause], ['internal_error', '']);
});

// 7925-6-4
test('an unknown identity is told decrypt_error at once; a client without credentials says so', () => {
  const duel = new Duel({ role: 'server', answer: () => null }).handshake();
  assert.deepEqual([duel.ends[0]?.code, duel.ends[0]?.alert], ['ERR_DTLS_UNKNOWN_IDENTITY', 'decrypt_error']);
  const heard = duel.peer.received[duel.peer.received.length - 1]!;
  assert.deepEqual([heard.type, [...heard.body]], [Wire.ALERT, [2, 51]]);
  const client = new Duel({ role: 'client', context: { key: new Uint8Array(0), identity: new Uint8Array(0) }, answer: () => null }).handshake();
  assert.equal(client.ends[0]?.code, 'ERR_DTLS_NO_CREDENTIALS');
});

test('while a question is open nothing is repeated, the deadline runs, and its end names the missing answer', () => {
  for (const role of ROLES) {
    const context = role === 'client' ? { key: new Uint8Array(0), identity: new Uint8Array(0) } : {};
    const duel = new Duel({ role, context, answer: () => undefined }).handshake();
    assert.equal(duel.serials.length, 1);
    assert.deepEqual(duel.pass(299_999), []);
    for (const datagram of duel.peer.repeat()) assert.deepEqual(duel.give(datagram), []);
    duel.pass(1);
    assert.deepEqual([duel.ends[0]?.code, duel.ends[0]?.cause], ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'NO_ANSWER']);
    const { connection, serial } = duel.serials[0]!;
    assert.equal(connection.answer(serial, KEY, duel.now), false);
    assert.deepEqual(leftovers(duel.engine), []);
  }
});
