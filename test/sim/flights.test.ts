// The retransmission machine in virtual time: when a flight goes out again, and when not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duel, waiting } from './duel.js';
import * as Wire from './peer/wire.js';

const ROLES = ['client', 'server'] as const;
const IOT = { initialMs: 9_000, maxMs: 60_000 };

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
    const silent = waiting(role, { context: { initialMs: undefined, maxMs: undefined, handshakeMs: undefined } });
    assert.deepEqual(schedule(silent, 299_999), [9_000, 27_000, 63_000, 123_000, 183_000, 243_000], 'the engine\'s own');
    assert.equal(silent.ends.length, 0);
    silent.pass(1);
    assert.equal(silent.ends[0]?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
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
    // in as many datagrams as the server's are once the client's come in pieces (7925-C-2)
    assert.deepEqual([...new Set(duel.pass(3_000 - duel.now).map(({ atMs }) => atMs))], [1_000, 3_000], role);
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
