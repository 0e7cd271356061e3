// Mistake 3: each bit of each record flipped. What fails authentication changes nothing but the counters of drops: all of linear
// memory is compared, and what differs outside of the pools is shown to be scratch. Mistake 7: windows spoilt on each call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bound, Drop as DropCount } from '../../assembly/codes.js';
import { EventField, InfoField } from '../../assembly/records.js';
import { Drop, drops, type Engine } from '../../host/core/index.js';
import { Duel, IDENTITY, KEY } from './duel.js';
import { CCM, CCM_8 } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import { poisoned, untouched } from './poison.js';
import { leftovers, memoryOf, poolsOf } from './pools.js';

const ROLES = ['client', 'server'] as const;
type Role = (typeof ROLES)[number];

const flipped = (record: Buffer, bit: number) => {
  const copy = Buffer.from(record);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

/** Addresses that belong to the host or count drops: windows, EVENT, PEER, counters. */
function isHosts(engine: Engine): (at: number) => boolean {
  const info = engine.module.words(engine.module.INFO, InfoField.COUNT);
  const { in: input, out } = poolsOf(engine);
  const ranges: [number, number][] = [[input.start, input.size], [out.start, out.size],
    [info[InfoField.EVENT]!, EventField.COUNT * 4], [info[InfoField.PEER]!, Bound.PEER], [info[InfoField.COUNTERS]!, DropCount.COUNT * 4]];
  return (at) => ranges.some(([start, length]) => at >= start && at < start + length);
}

/** Bytes that differ, but for the host's: those of the pools, and those below them. */
function difference(engine: Engine, before: Buffer): { pools: number[]; statics: number[] } {
  const { end } = poolsOf(engine), hosts = isHosts(engine);
  const after = memoryOf(engine, end);
  const pools: number[] = [], statics: number[] = [];
  if (after.equals(before)) return { pools, statics };
  for (let at = 0; at < end; at++) {
    if (after[at] !== before[at] && !hosts(at)) (at < engine.bill.fixed ? statics : pools).push(at);
  }
  return { pools, statics };
}

/** The static bytes that a rejected record left changed, by role: the next test shows that they are scratch. */
const statics: Record<Role, Set<number>> = { client: new Set(), server: new Set() };

/**
 * Gives the record with each bit flipped. Nothing may change but what a wrong tag changes: in a live association the counter
 * of forgeries alone, by one; in a server's handshake also its counter of wrong Finished, and the hint that it may be the key.
 */
function flipEach(role: Role, fresh: () => { duel: Duel; record: Buffer }, isLive: boolean, what: string): void {
  let { duel, record } = fresh();
  const isAlone = isLive || role === 'client';
  const bits = record.length * 8;
  let places: number[] | undefined;
  for (const bit of [bits - 1, ...Array(bits).keys()]) {
    if (!isLive && places !== undefined) ({ duel, record } = fresh());
    const before = memoryOf(duel.engine, poolsOf(duel.engine).end), forged = duel.engine.dropped(Drop.FORGED);
    const { deadline } = duel.endpoint;
    assert.deepEqual(duel.give(flipped(record, bit)), [], `${what}, bit ${bit}: an answer`);
    const changed = difference(duel.engine, before);
    for (const at of changed.statics) statics[role].add(at);
    if (places === undefined) {
      places = changed.pools;
      assert.equal(places.length, isAlone ? 1 : 3, `${what}: a wrong tag changes ${places.join()}`);
    }
    // before the peer's Finished, what calls itself data waits unopened in the inbox (6347-4.1-7)
    const isKept = !isLive && bit >> 3 === 0 && flipped(record, bit)[0] === Wire.DATA;
    const [counter] = isAlone ? places : [places[1]!];
    const word = (memory: Uint8Array) => Buffer.from(memory).readUInt32LE(counter!);
    const others = changed.pools.filter((at) => !places!.includes(at) && (at < counter! || at >= counter! + 4));
    if (!isKept) assert.deepEqual(others, [], `${what}, bit ${bit}: state changed`);
    const grown = word(duel.engine.module.bytes(0, counter! + 4)) - word(before);
    assert.equal(grown, duel.engine.dropped(Drop.FORGED) - forged, `${what}, bit ${bit}: the counter of forgeries`);
    assert.equal(duel.endpoint.deadline, deadline, `${what}, bit ${bit}: the time of the next call`);
    assert.equal(duel.data.length + duel.ends.length, 0, `${what}, bit ${bit}`);
    if (isLive) continue;
    duel.give(record);
    assert.deepEqual([duel.connected.length, duel.data.length, duel.ends.length], [1, 0, 0], `${what}: the true one, after bit ${bit}`);
  }
}

for (const role of ROLES) {
  for (const suite of [CCM_8, CCM]) {
    const name = `${role}, suite ${suite.toString(16)}`;
    const options = { role, peer: { suites: [suite], apart: true }, context: { suites: [suite] } };

    // 6347-4.1.2.6-3, 6347-4.1.2.1-2, 6347-4.1.2.7-1
    test(`${name}: a bit of a protected record of a live association`, () => {
      const records: [string, (duel: Duel) => Buffer][] = [
        ['data', ({ peer }) => peer.data(Buffer.from('data'))],
        ['a fatal alert', ({ peer }) => peer.alert(2, 40)],
        ['close_notify', ({ peer }) => peer.alert(1, 0)],
        ['an attempt to renegotiate', ({ peer }) => peer.sealed(Wire.HANDSHAKE,
          Wire.whole(role === 'client' ? Wire.HELLO_REQUEST : Wire.CLIENT_HELLO, 0, Buffer.alloc(0)))],
        ['data far ahead', ({ peer }) => peer.sealed(Wire.DATA, Buffer.from('far'), 1_000)],
      ];
      for (const [what, make] of records) {
        flipEach(role, () => {
          const duel = new Duel(options).handshake();
          return { duel, record: make(duel) };
        }, true, what);
      }
    });

    test(`${name}: a bit of the peer's Finished`, () => {
      flipEach(role, () => {
        const duel = new Duel(options);
        let toEngine = role === 'server' ? duel.begin() : duel.peer.receive(duel.begin()[0]!);
        while (toEngine[toEngine.length - 1]![4] !== 1) {
          toEngine = toEngine.flatMap((datagram) => duel.give(datagram)).flatMap((datagram) => duel.peer.receive(datagram));
        }
        const record = toEngine.pop()!;
        for (const datagram of toEngine) duel.give(datagram);
        return { duel, record };
      }, false, 'Finished');
    });
  }

  test(`${role}: a bit of each record in clear: both sides agree in the end, or it is over and says why`, () => {
    const [records] = play(role, undefined);
    let connected = 0, ended = 0;
    for (let bit = 0; bit < records * 8; bit++) {
      const [, duel] = play(role, bit);
      if (duel.connected.length > 0) {
        connected++;
        assert.ok(duel.peer.connected && duel.exchanges(), `bit ${bit}: connected, but not with each other`);
        continue;
      }
      ended++;
      assert.ok(!duel.peer.connected, `bit ${bit}: only the peer is connected`);
      assert.ok(duel.ends.length > 0, `bit ${bit}: no end`);
      for (const end of duel.ends) assert.match(end!.code, /^ERR_DTLS_/, `bit ${bit}`);
      assert.deepEqual(leftovers(duel.engine), [], `bit ${bit}`);
    }
    assert.ok(connected > 0 && ended > 0, `${connected} connected, ${ended} ended`);
  });
}

/** A handshake in which one bit of what the peer says in clear is flipped once, then repetitions; also the bytes it said. */
function play(role: Role, bit: number | undefined): [number, Duel] {
  const duel = new Duel({ role });
  let bytes = 0;
  const spoilt = (datagram: Buffer) => {
    const clear = Wire.recordsOf(datagram).filter(({ epoch }) => epoch === 0).reduce((sum, { body }) => sum + 13 + body.length, 0);
    const at = bit === undefined ? -1 : bit - bytes * 8;
    bytes += clear;
    return at >= 0 && at < clear * 8 ? flipped(datagram, at) : datagram;
  };
  const settle = (toEngine: Buffer[]) => {
    for (let queue = toEngine; queue.length > 0;) {
      queue = queue.flatMap((datagram) => duel.give(spoilt(datagram))).flatMap((datagram) => duel.peer.receive(datagram));
    }
  };
  settle(role === 'server' ? duel.begin() : duel.begin().flatMap((datagram) => duel.peer.receive(datagram)));
  for (let i = 0; i < 6 && duel.connected.length === 0 && (duel.ends.length === 0 || duel.connection !== null); i++) {
    const sent = duel.pass(1_000 * 2 ** i).map(({ datagram }) => datagram);
    settle(sent.flatMap((datagram) => duel.peer.receive(datagram)));
    settle(duel.peer.repeat());
  }
  if (duel.connected.length === 0) {
    // a bit of the first hello may leave no connection at all: then the engine has nothing to end
    const isNobody = duel.connection === null && duel.ends.length === 0;
    duel.pass(400_000);
    if (isNobody) duel.ends.push({ code: 'ERR_DTLS_NOBODY', message: '', phase: '', alert: '', cause: '', hint: '' });
  }
  return [bytes, duel];
}

/** A client without credentials of its own: it is asked. */
const ASKED = { identity: new Uint8Array(0), key: new Uint8Array(0) };

/** A whole life with everything in it: questions, losses, data, a lost last flight, forgeries, alerts; what the engine said. */
function life(role: Role, wrap: (engine: Engine) => Engine): string[] {
  const said: string[] = [];
  for (let seed = 1; seed <= 4; seed++) {
    const duel = new Duel({ role, seed, wrap, peer: { hint: Buffer.from('hint'), apart: seed % 2 === 0 },
      context: { mtu: [1_200, 300, 120, 90][seed - 1]!, ...(role === 'client' ? ASKED : {}) },
      answer: () => (role === 'server' ? KEY : { identity: IDENTITY, key: KEY }) });
    duel.begin();
    duel.pass(8_000);
    if (role === 'client') duel.hear([Buffer.concat(duel.sent.slice(-1))]);
    else duel.settle(duel.peer.start());
    for (let i = 0; i < 3; i++) for (const datagram of duel.peer.repeat()) duel.settle([datagram]);
    if (duel.connected.length > 0) {
      for (let i = 0; i < 5; i++) duel.exchanges();
      duel.give(flipped(duel.peer.data(Buffer.from('forged')), 200));
      duel.pass(250_000);
      duel.connection!.close();
    }
    said.push(...duel.sent.map((datagram) => datagram.toString('hex')), ...duel.data.map(({ text }) => text),
      `${duel.connected.length}`, ...duel.ends.map((end) => end?.code ?? 'in order'), JSON.stringify(drops(duel.engine)));
  }
  return said;
}

for (const role of ROLES) {
  test(`${role}: the static bytes that a rejected record changes are scratch: spoilt before each call, all goes as it did`, () => {
    const places = [...statics[role]];
    assert.ok(places.length > 0, 'the tests above have run');
    const usual = life(role, untouched);
    assert.ok(usual.includes('1') && usual.length > 50, 'the life is a full one');
    assert.deepEqual(life(role, (engine) => poisoned(engine, places)), usual);
  });

  // mistake 7: nothing is kept in a window that is the host's between calls
  test(`${role}: windows full of junk before each call and each poll change nothing`, () => {
    assert.deepEqual(life(role, poisoned), life(role, untouched));
  });
}
