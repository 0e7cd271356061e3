// The lobby: a first ClientHello in several datagrams, put together before its cookie is seen. Bounded, short-lived, no amplifier.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import type { Layout } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import { Duel, ROOMY } from './duel.js';
import type { DuelOptions } from './duel.js';
import { Pair } from './pair.js';
import * as Wire from './peer/wire.js';
import { memoryOf, poolsOf, taken } from './pools.js';
import { SEEDS_PER_ROW, scenarioOf } from './scenario.js';

const LAYOUT: Layout = { ...ROOMY, messageMax: 4_096, lobbies: 2 };
const server = (options: Partial<DuelOptions> = {}) => new Duel({ role: 'server', layout: LAYOUT, ...options });

/** A message of the client cut after every `size` bytes, a datagram each, whatever record number they have. */
function cut(type: number, sequence: number, body: Buffer, size: number, number = 0): Buffer[] {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < body.length; offset += size) {
    const part = body.subarray(offset, offset + size);
    pieces.push(Wire.record(Wire.HANDSHAKE, 0, number + pieces.length,
      Wire.fragment({ type, length: body.length, sequence, offset, body: part })));
  }
  return pieces;
}

const bodyOf = (datagram: Buffer) => Wire.fragmentsOf(Wire.recordsOf(datagram)[0]!.body)[0]!.body;
const answersOf = (duel: Duel, datagrams: readonly Buffer[], from = duel.address) =>
  datagrams.flatMap((datagram) => duel.give(datagram, from));
const typesOf = (datagrams: readonly Buffer[]) => datagrams.flatMap((datagram) => Wire.recordsOf(datagram))
  .flatMap(({ body }) => Wire.fragmentsOf(body).map(({ type }) => type));
const VERIFY = [Wire.HELLO_VERIFY_REQUEST];
const FLIGHT_4 = [Wire.SERVER_HELLO, Wire.SERVER_HELLO_DONE];

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list.map((item) => ({ item, at: random.next() })).sort((a, b) => a.at - b.at).map(({ item }) => item);
}

// 6347-4.2.3-2, 6347-4.2.1-2
test('hellos in pieces of any size are served, the first and the one with the cookie', () => {
  for (const size of [1, 2, 7, 20, 33, 40, 60]) {
    const duel = server({ peer: { cut: ({ type, body }) => {
      const pieces: [number, number][] = [];
      const step = type === Wire.CLIENT_HELLO ? size : Math.max(body.length, 1);
      for (let offset = 0; offset < body.length; offset += step) pieces.push([offset, Math.min(step, body.length - offset)]);
      return pieces;
    }, apart: true } }).handshake();
    assert.ok(duel.sent.length <= 4, 'HelloVerifyRequest and two flights, the first in as short datagrams as the hello');
    assert.ok(duel.peer.connected && duel.exchanges(), `pieces of ${size} bytes`);
  }
});

// 6347-4.2.3-3
test('pieces in any order, twice, overlapping, with others between them, from two addresses at a time', () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random(seed, 'lobby');
    const duel = server(), peers = [duel.newPeer({ seed: seed + 1 }), duel.newPeer({ seed: seed + 2 })];
    const addresses = [duel.stranger('a'), duel.stranger('b')];
    const storm = peers.flatMap((peer, who) => {
      const body = bodyOf(peer.start()[0]!), size = 1 + random.below(body.length);
      const overlapping = Wire.fragment({ type: Wire.CLIENT_HELLO, length: body.length, sequence: 0, offset: 3, body: body.subarray(3, 9) });
      const pieces = [...cut(Wire.CLIENT_HELLO, 0, body, size), Wire.record(Wire.HANDSHAKE, 0, 99, overlapping)];
      return shuffled(random, pieces).map((piece) => ({ piece, who }));
    });
    const heard = [0, 0];
    for (const { piece, who } of shuffled(random, storm)) heard[who]! += typesOf(duel.give(piece, addresses[who]!)).length;
    assert.deepEqual(heard, [1, 1], `seed ${seed}`);
  }
});

test('a hello in pieces is answered once its last byte is here, and a copy of the last piece is not answered again', () => {
  const duel = server(), pieces = cut(Wire.CLIENT_HELLO, 0, bodyOf(duel.newPeer().start()[0]!), 10);
  for (const piece of pieces.slice(0, -1)) assert.deepEqual(duel.give(piece), []);
  const [verify] = duel.give(pieces.at(-1)!);
  assert.deepEqual(typesOf([verify!]), VERIFY);
  assert.ok(verify!.length <= pieces.reduce((sum, { length }) => sum + length, 0), 'no more goes out than came in');
  for (let i = 0; i < 50; i++) assert.deepEqual(duel.give(pieces.at(-1)!), []);
  assert.equal(duel.endpoint.deadline, null, 'and there is no timer');
});

// 6347-4.2.4-2: a copy of the hello, in pieces as it was, asks for the flight once more
test('a client that repeats its hello in pieces gets the flight again', () => {
  const duel = server(), peer = duel.newPeer();
  const [verify] = duel.give(peer.start()[0]!);
  const second = cut(Wire.CLIENT_HELLO, 1, bodyOf(peer.receive(verify!)[0]!), 25);
  assert.deepEqual(typesOf(answersOf(duel, second)), FLIGHT_4);
  duel.now += 1_000;
  assert.deepEqual(typesOf(answersOf(duel, [...second].reverse())), FLIGHT_4);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
});

test('pieces wait for two seconds', () => {
  for (const [laterMs, isGood] of [[2_000, true], [2_001, false]] as const) {
    for (const startMs of [0, 2 ** 31 - 1_000, 2 ** 32 - 1_000]) { // the engine's clock wraps
      const duel = server(), pieces = cut(Wire.CLIENT_HELLO, 0, bodyOf(duel.newPeer().start()[0]!), 40);
      duel.now = startMs;
      duel.give(pieces[0]!);
      duel.now += laterMs;
      assert.equal(answersOf(duel, pieces.slice(1)).length, isGood ? 1 : 0);
      assert.equal(answersOf(duel, pieces).length, 1, 'all of them again');
    }
  }
});

test('the oldest goes first; who comes with all pieces at a time is served in the middle of a flood', () => {
  const duel = server(), body = bodyOf(duel.newPeer().start()[0]!);
  const pieces = cut(Wire.CLIENT_HELLO, 0, body, 40), addresses = ['a', 'b', 'c'].map((name) => duel.stranger(name));
  for (const from of addresses) duel.give(pieces[0]!, from); // two lobbies: that of a is gone
  const rest = pieces.slice(1);
  assert.deepEqual([2, 1, 0].map((who) => answersOf(duel, rest, addresses[who]!).length), [1, 1, 0]);
  for (let i = 0; i < 1_000; i++) {
    duel.give(pieces[1]!, duel.stranger(`flood ${i}`));
    if (i % 100 === 0) assert.equal(answersOf(duel, pieces, duel.stranger(`true ${i}`)).length, 1);
  }
});

test('a forged piece of another length, number or address stands in no hello\'s way', () => {
  const duel = server({ layout: { ...LAYOUT, lobbies: 4 } }), body = bodyOf(duel.newPeer().start()[0]!);
  const pieces = cut(Wire.CLIENT_HELLO, 0, body, 40);
  duel.give(pieces[0]!);
  const forged = { type: Wire.CLIENT_HELLO, length: body.length + 1, sequence: 0, offset: 0, body: Buffer.alloc(9, 7) };
  duel.give(Wire.record(Wire.HANDSHAKE, 0, 5, Wire.fragment(forged)));
  assert.equal(answersOf(duel, pieces.slice(1)).length, 1);
  duel.give(pieces[0]!);
  duel.give(Wire.record(Wire.HANDSHAKE, 0, 5, Wire.fragment({ ...forged, length: body.length, sequence: 1 })));
  duel.give(Wire.record(Wire.HANDSHAKE, 0, 5, Wire.fragment({ ...forged, length: body.length })), duel.stranger('forger'));
  assert.equal(answersOf(duel, pieces.slice(1)).length, 1);
});

// 6347-4.2.3-4
test('hellos of up to 2,048 bytes; a longer one, or what runs past its own length, is dropped and keeps nothing', () => {
  const duel = server();
  const hello = Wire.readClientHello(bodyOf(duel.newPeer().start()[0]!));
  const padded = (length: number) => {
    const empty = Wire.clientHello({ ...hello, extensions: Wire.vector(2, Wire.extension(0x1a1a)) }).length;
    return Wire.clientHello({ ...hello, extensions: Wire.vector(2, Wire.extension(0x1a1a, Buffer.alloc(length - empty))) });
  };
  assert.equal(answersOf(duel, cut(Wire.CLIENT_HELLO, 0, padded(2_048), 500)).length, 1);
  const before = memoryOf(duel.engine, poolsOf(duel.engine).end).subarray(poolsOf(duel.engine).connections.start);
  assert.deepEqual(answersOf(duel, cut(Wire.CLIENT_HELLO, 0, padded(2_049), 500)), []);
  assert.equal(duel.engine.dropped(Drop.NO_ROOM), 5);
  for (const [length, offset] of [[2 ** 24 - 1, 0], [20, 13], [0, 0]] as const) {
    const piece = { type: Wire.CLIENT_HELLO, length, sequence: 0, offset, body: Buffer.alloc(8) };
    assert.deepEqual(duel.give(Wire.record(Wire.HANDSHAKE, 0, 0, Wire.fragment(piece))), []);
  }
  assert.ok(memoryOf(duel.engine, poolsOf(duel.engine).end).subarray(poolsOf(duel.engine).connections.start).equals(before));
});

// 6347-4.2.8-1: pieces of a hello from the address of a live association; the old one goes on until the new one is proven
test('a peer that came back with hellos in pieces is served, and the old association lives until then', () => {
  const duel = server().handshake(), old = duel.peer;
  duel.peer = duel.newPeer({ seed: 5, apart: true, cut: ({ type, body }) => (type === Wire.CLIENT_HELLO
    ? [[0, 30], [30, body.length - 30]] : [[0, body.length]]) });
  const hellos = duel.peer.start();
  duel.give(hellos[0]!);
  duel.give(old.data(Buffer.from('still here')));
  assert.equal(duel.data[0]?.text, 'still here');
  duel.settle([hellos[1]!]);
  assert.ok(duel.peer.connected);
  assert.equal(duel.ends[0]?.code, 'ERR_DTLS_REPLACED');
  assert.ok(duel.exchanges());
});

// Our own client's hellos, of 75 bytes and of 91 with the cookie, on a network that loses, doubles and reorders.
test('small MTUs on a bad network: every handshake finishes, in pieces from the first hello on', () => {
  for (const mtu of [80, 90, 96]) {
    for (let seed = 0; seed < 60; seed++) {
      const scenario = scenarioOf(2 * SEEDS_PER_ROW + seed); // 5 % loss
      const { connectedMs } = new Pair({ ...scenario, serverBuild: 'full', mtu, conditions: { ...scenario.conditions, mtu } }).handshake();
      assert.ok(connectedMs !== undefined, `seed ${seed}, MTU ${mtu}`);
    }
  }
});
