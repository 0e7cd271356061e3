// Fragments: our own at every MTU, the peer's cut at every place (mistake 5), and reassembly against one that is too simple to be
// wrong (mistake 8).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import { Duel, ROOMY } from './duel.js';
import { CHANGE_CIPHER_SPEC } from './peer/options.js';
import { Reassembler, type Message } from './peer/reassembler.js';
import * as Wire from './peer/wire.js';

const ROLES = ['client', 'server'] as const;
const LONG = { identity: Buffer.alloc(128, 105), hint: Buffer.alloc(128, 104), key: Buffer.alloc(64, 107) };
const MTU_MIN = 80;

// 6347-4.1.1-3, 6347-4.2.3-1, 6347-4.2.6-1, 7925-A.2-1 (133 bytes): the peer's Finished verifies, so both hashed the same messages
for (const role of ROLES) {
  test(`${role}: at every MTU from ${MTU_MIN} to 400 bytes, and some to 1,400, its datagrams fit, its fragments cover each message once, it connects`, () => {
    for (const mtu of [...Array(401).keys()].slice(MTU_MIN).concat(512, 548, 1_024, 1_280, 1_400)) {
      const duel = new Duel({
        role, context: { mtu, ...(role === 'client' ? LONG : { identity: LONG.hint }) }, answer: () => LONG.key, peer: LONG,
      }).handshake();
      assert.ok(duel.peer.connected && duel.connected.length === 1, `MTU ${mtu}`);
      for (const datagram of duel.sent) assert.ok(datagram.length <= mtu, `${datagram.length} bytes at MTU ${mtu}`);
      assertCovered(duel, mtu);
      assert.ok(duel.exchanges(), `MTU ${mtu}`);
    }
  });
}

/** Each message goes out in pieces that neither overlap nor leave a gap (6347-4.2.3-1). */
function assertCovered(duel: Duel, mtu: number): void {
  const ends = new Map<number, number>();
  for (const { type, body } of duel.peer.received) {
    if (type !== Wire.HANDSHAKE) continue;
    for (const { sequence, offset, body: part } of Wire.fragmentsOf(body)) {
      assert.equal(offset, ends.get(sequence) ?? 0, `message ${sequence} at MTU ${mtu}`);
      ends.set(sequence, offset + part.length);
    }
  }
  for (const { sequence, body } of duel.peer.messages) assert.equal(ends.get(sequence), body.length);
}

test('a smaller MTU than what the last flight needs is refused', () => {
  assert.throws(() => new Duel({ role: 'client', context: { mtu: MTU_MIN - 1 } }), { code: 'ERR_DTLS_BAD_CONTEXT' });
});

// 6347-4.1.1-3: a flight takes as few datagrams as it can
test('a flight that fits goes out in one datagram', () => {
  const duel = new Duel({ role: 'client' }).handshake();
  assert.equal(duel.sent.length, 3);
  assert.equal(new Duel({ role: 'server' }).handshake().sent.length, 3);
});

/** Bytes of each message that the peer sends to an engine of this role, but for hellos, which travel whole. */
function lengthsOf(role: 'client' | 'server'): Map<number, number> {
  const lengths = new Map<number, number>();
  new Duel({ role, peer: { ...LONG, cut: ({ type, body }) => {
    lengths.set(type, body.length);
    return [[0, body.length]];
  } }, context: role === 'client' ? LONG : {}, answer: () => LONG.key }).handshake();
  lengths.delete(Wire.CLIENT_HELLO);
  lengths.delete(Wire.HELLO_VERIFY_REQUEST);
  return lengths;
}

for (const role of ROLES) {
  // 6347-4.2.3-2, 6347-4.2.3-3: each boundary, in both orders, with and without an overlap, in one record or in two
  test(`${role}: each message of the peer cut at each place, in both orders, pieces apart or overlapping`, () => {
    const options = { role, context: role === 'client' ? LONG : {}, answer: () => LONG.key };
    for (const [type, length] of lengthsOf(role)) {
      for (let at = 0; at <= length; at++) {
        const before = Math.max(0, at - 5), cuts: [number, number][][] = [
          [[0, at], [at, length - at]], [[at, length - at], [0, at]], [[before, length - before], [0, at]],
        ];
        for (const [i, cut] of cuts.entries()) {
          const apart = (at + i) % 2 === 0;
          const duel = new Duel({ ...options, peer: { ...LONG, apart,
            cut: (message) => (message.type === type ? cut : [[0, message.body.length]]) } }).handshake();
          assert.ok(duel.peer.connected && duel.connected.length === 1, `type ${type} cut at ${at}, apart ${apart}`);
        }
      }
    }
  });

  test(`${role}: every message of the peer in pieces of one byte, in any order, twice`, () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new Random(seed, role);
      const duel = new Duel({ role, peer: { apart: true, hint: Buffer.from('hint'),
        cut: ({ type, body }) => (type === Wire.CLIENT_HELLO || type === Wire.HELLO_VERIFY_REQUEST || body.length === 0
          ? [[0, body.length]] : shuffled(random, [...body.keys(), ...body.keys()].map((at) => [at, 1]))) } }).handshake();
      assert.ok(duel.peer.connected && duel.connected.length === 1, `seed ${seed}`);
    }
  });

  // 6347-4.2.2-2: the messages of a flight in every order; 6347-4.1-6: old and new epoch in any order
  test(`${role}: the datagrams of each flight in every order`, () => {
    for (const order of permutations(3)) {
      const duel = new Duel({ role, peer: { apart: true, ...(role === 'client' ? { hint: Buffer.from('hint') } : {}) } });
      let toEngine = role === 'server' ? duel.begin() : duel.peer.receive(duel.begin()[0]!);
      for (let i = 0; i < 4 && toEngine.length > 0; i++) {
        const ordered = toEngine.length === 3 ? order.map((place) => toEngine[place]!) : order[0]! > 0 ? [...toEngine].reverse() : toEngine;
        toEngine = ordered.flatMap((datagram) => duel.give(datagram)).flatMap((datagram) => duel.peer.receive(datagram));
      }
      assert.ok(duel.peer.connected && duel.connected.length === 1, `order ${order.join()}`);
      assert.ok(duel.exchanges());
    }
  });

  // 6347-4.2.3-5
  test(`${role}: all messages of a flight in one record`, () => {
    const duel = new Duel({ role, peer: { hint: Buffer.from('hint') } });
    const { peer } = duel;
    const recordsFor = peer.recordsFor.bind(peer);
    let together: Buffer[] = [];
    peer.recordsFor = (sent) => {
      if (sent.epoch !== 0 || sent.type === CHANGE_CIPHER_SPEC) return recordsFor(sent);
      together.push(Wire.whole(sent.type, sent.sequence, sent.body));
      if (sent.type === Wire.SERVER_HELLO || sent.type === Wire.SERVER_KEY_EXCHANGE) return [];
      return [peer.plain(Wire.HANDSHAKE, Buffer.concat(together.splice(0)))];
    };
    duel.handshake();
    together = [];
    assert.ok(peer.connected && duel.exchanges());
  });

  // 6347-4.1-7, 6347-4.1-8, 6347-4.2.4-5
  test(`${role}: data before the peer's Finished waits for it, and is never delivered without it`, () => {
    for (const isGood of [true, false]) {
      const duel = new Duel({ role, peer: { apart: true, edit: (flight) => flight.map((item) => (isGood || item.type !== Wire.FINISHED
        ? item : { ...item, make: () => Buffer.alloc(12) })) } });
      const flight = lastOf(duel);
      const early = [duel.peer.data(Buffer.from('early 1')), duel.peer.data(Buffer.from('early 2'))];
      const finished = flight.pop()!;
      assert.throws(() => duel.connection!.send(Buffer.from('too early')), { code: 'ERR_INVALID_STATE' });
      for (const datagram of [early[0]!, ...flight, early[1]!]) duel.give(datagram);
      assert.deepEqual([duel.data.length, duel.connected.length], [0, 0]);
      duel.give(finished);
      assert.deepEqual(duel.data.map(({ text }) => text), isGood ? ['early 1', 'early 2'] : []);
      assert.equal(duel.connected.length, isGood ? 1 : 0);
      assert.equal(duel.ends.length, isGood ? 0 : 1);
    }
  });
}

/** Brings both sides to the peer's last flight, which is returned and not given. */
function lastOf(duel: Duel): Buffer[] {
  let toEngine = duel.options.role === 'server' ? duel.begin() : duel.peer.receive(duel.begin()[0]!);
  while (duel.peer.keys === undefined || toEngine.length < 2) {
    toEngine = toEngine.flatMap((datagram) => duel.give(datagram)).flatMap((datagram) => duel.peer.receive(datagram));
  }
  return toEngine;
}

function shuffled<T>(random: Random, list: T[]): T[] {
  return list.map((item) => ({ item, at: random.next() })).sort((a, b) => a.at - b.at).map(({ item }) => item);
}

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, place) => [...order.slice(0, place), count - 1, ...order.slice(place)]));
}

// ── against the naive reassembler ──────────────────────────────────────────────────────────────────────────────────────

/** What one seed throws at a client that waits for the server's flight: true pieces and lies about them. */
function storm(random: Random, messages: readonly Message[], room: number): Wire.Fragment {
  const { type, sequence, body } = messages[random.below(messages.length)]!;
  const offset = random.below(body.length + 1), end = offset + random.below(body.length - offset + 1);
  const honest: Wire.Fragment = { type, length: body.length, sequence, offset, body: body.subarray(offset, end) };
  const lie = random.below(16);
  if (lie < 9) return honest;
  if (lie === 9) return { ...honest, length: body.length + 1 + random.below(9) };
  if (lie === 10) return { ...honest, length: Math.max(0, body.length - 1 - random.below(9)) };
  if (lie === 11) return { ...honest, type: type + 1 };
  if (lie === 12) return { ...honest, offset: body.length - honest.body.length + 1 };
  if (lie === 13) return { ...honest, length: room + 1 + random.below(2 ** 24 - room - 1) };
  if (lie === 14) return { ...honest, sequence: 0 };
  // other bytes in the hint: whatever arrives last is what both sides must hash
  if (type !== Wire.SERVER_KEY_EXCHANGE || offset < 2) return honest;
  return { ...honest, body: Buffer.from(random.fill(new Uint8Array(end - offset))) };
}

// 6347-4.2.3-2, 6347-4.2.3-3, 6347-4.2.3-4
test('reassembly does what the naive one does, whatever comes: 600 storms of fragments', () => {
  let whole = 0;
  for (let seed = 0; seed < 600; seed++) {
    const random = new Random(seed, 'storm');
    const duel = new Duel({ role: 'client', seed, peer: { hint: new Random(seed, 'hint').fill(new Uint8Array(40)) } });
    const [hello] = duel.give(duel.peer.receive(duel.begin()[0]!)[0]!);
    duel.peer.receive(hello!);
    const transcript = duel.peer.transcript;
    const flight = messagesOf(transcript).filter(({ type }) => type !== Wire.CLIENT_HELLO);
    const naive = new Reassembler(1);
    const taken: Message[] = [];
    let answer: Buffer[] = [];
    for (let i = 0; i < 400 && taken.length < 3 && duel.ends.length === 0; i++) {
      const fragment = storm(random, flight, ROOMY.messageMax);
      // what the engine has no room for, it has never seen
      if (fragment.length <= ROOMY.messageMax) taken.push(...naive.take(fragment));
      answer = duel.give(Wire.record(Wire.HANDSHAKE, 0, 100 + i, Wire.fragment(fragment)));
      assert.equal(answer.length > 0, taken.length === 3 || duel.ends.length > 0, `seed ${seed}, fragment ${i}`);
    }
    if (taken.length < 3 || duel.ends.length > 0) continue;
    whole++;
    // The peer takes for its transcript what the naive reassembler made of the storm; the client's Finished must fit it.
    const messages = messagesOf(transcript);
    duel.peer.transcript = Buffer.concat([messages[0]!, ...taken].map(({ type, sequence, body }) => Wire.whole(type, sequence, body)));
    for (const datagram of answer) duel.settle(duel.peer.receive(datagram));
    assert.equal(duel.peer.fault, '', `seed ${seed}`);
    assert.ok(duel.peer.connected && duel.exchanges(), `seed ${seed}`);
  }
  assert.ok(whole > 60, `only ${whole} storms became a flight`);
});

/** The messages of a transcript. */
function messagesOf(transcript: Buffer): Message[] {
  return Wire.fragmentsOf(transcript).map(({ type, sequence, body }) => ({ type, sequence, body }));
}

// 6347-4.2.3-4
test('length bombs are dropped, keep nothing, and take no room from what is true', () => {
  const duel = new Duel({ role: 'client', peer: { apart: true, hint: Buffer.alloc(60, 104), cut: ({ type, body }) =>
    (type === Wire.HELLO_VERIFY_REQUEST || body.length < 2 ? [[0, body.length]] : [[0, 2], [2, body.length - 2]]) } });
  const pieces = duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!);
  for (const [i, piece] of pieces.entries()) {
    for (const length of [2 ** 24 - 1, 2 ** 16, ROOMY.messageMax + 1]) {
      for (let sequence = 1; sequence < 5; sequence++) {
        const bomb = { type: Wire.SERVER_HELLO, length, sequence, offset: 0, body: Buffer.alloc(1) };
        assert.deepEqual(duel.give(Wire.record(Wire.HANDSHAKE, 0, 1_000 + i, Wire.fragment(bomb))), []);
      }
    }
    for (const answer of duel.give(piece)) duel.settle(duel.peer.receive(answer));
  }
  assert.ok(duel.peer.connected && duel.exchanges());
  assert.ok(duel.engine.dropped(Drop.NO_ROOM) >= 3 * 3 * pieces.length);
});
