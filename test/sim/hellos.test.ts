// A server before there is a connection: cookies, who gets a slot, and hellos that cannot be served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop, drops } from '../../host/core/index.js';
import { Duel, ROOMY } from './duel.js';
import * as Wire from './peer/wire.js';
import { memoryOf, poolsOf, taken } from './pools.js';

const server = (options: Partial<Duel['options']> = {}) => new Duel({ role: 'server', ...options });

/** The handshake messages in clear of these datagrams, by type. */
function typesOf(datagrams: readonly Buffer[]): number[] {
  return datagrams.flatMap((datagram) => Wire.recordsOf(datagram))
    .filter(({ type, epoch }) => type === Wire.HANDSHAKE && epoch === 0)
    .flatMap(({ body }) => Wire.fragmentsOf(body).map(({ type }) => type));
}

const VERIFY = [Wire.HELLO_VERIFY_REQUEST];
const FLIGHT_4 = [Wire.SERVER_HELLO, Wire.SERVER_HELLO_DONE];

/** A first hello and, with the cookie that it got, a second one. */
function hellos(duel: Duel, seed = 1, from = duel.address): { first: Buffer; second: Buffer } {
  const peer = duel.newPeer({ seed });
  const [first] = peer.start();
  const [verify] = duel.give(first!, from);
  return { first: first!, second: peer.receive(verify!)[0]! };
}

// 6347-4.2.1-2, 6347-4.2.4-6
test('a hello without a cookie gets one, and nothing of it is remembered: no byte, no timer, no word later', () => {
  const duel = server();
  hellos(duel, 99); // the statics have been used once
  const { connections, end } = poolsOf(duel.engine);
  const before = memoryOf(duel.engine, end).subarray(connections.start);
  const { first } = hellos(duel);
  assert.ok(memoryOf(duel.engine, end).subarray(connections.start).equals(before));
  assert.equal(duel.endpoint.deadline, null);
  assert.deepEqual(duel.pass(120_000), []);
  const [verify] = duel.give(first);
  assert.equal(verify!.length, 44);
  assert.ok(verify!.length <= first.length, 'no more goes out than came in');
});

// 6347-4.2.1-5, 6347-4.2.2-1
test('record numbers of HelloVerifyRequest and ServerHello are those of the hellos, and so are the message_seq', () => {
  const duel = server();
  duel.peer.writeSequences[0] = 7;
  const [verify] = duel.give(duel.peer.start()[0]!);
  const [asked] = Wire.recordsOf(verify!);
  assert.equal(asked!.sequence, 7);
  assert.equal(Wire.fragmentsOf(asked!.body)[0]!.sequence, 0);
  duel.peer.writeSequences[0] = 9;
  const flight = duel.give(duel.peer.receive(verify!)[0]!).flatMap((datagram) => Wire.recordsOf(datagram));
  assert.equal(flight[0]!.sequence, 9);
  assert.deepEqual(Wire.fragmentsOf(flight[0]!.body).map(({ sequence }) => sequence), [1, 2]);
  const repeated = duel.pass(1_000).flatMap(({ datagram }) => Wire.recordsOf(datagram));
  assert.equal(repeated[0]!.sequence, 10, 'and the next record has the next number');
});

// where hosts bound who may begin, they look at the first record
test('a hello behind another record is not heard', () => {
  const duel = server();
  const { first, second } = hellos(duel);
  for (const before of ['17fefd00000000000000000000', '19fefd00010000000000000000']) {
    for (const hello of [first, second]) assert.deepEqual(duel.give(Buffer.concat([Buffer.from(before, 'hex'), hello])), []);
  }
  assert.equal(duel.connection, null);
  assert.equal(drops(duel.engine)['MALFORMED_HELLO'], 4);
});

// 6347-4.2.1-3, 6347-4.2.1-4
test('a cookie is good for one address and one hello; any other is as good as none', () => {
  const duel = server();
  const { second } = hellos(duel);
  assert.deepEqual(typesOf(duel.give(second, duel.stranger('elsewhere'))), VERIFY);
  const body = Wire.fragmentsOf(Wire.recordsOf(second)[0]!.body)[0]!.body;
  for (let at = 0; at < body.length; at++) {
    for (const bit of [1, 128]) {
      const changed = Buffer.from(body);
      changed[at]! ^= bit;
      const types = typesOf(duel.give(Wire.record(Wire.HANDSHAKE, 0, 1, Wire.whole(Wire.CLIENT_HELLO, 1, changed))));
      assert.ok(types.length === 0 || types.join() === VERIFY.join(), `byte ${at} of the hello changed`);
    }
  }
  const hello = Wire.readClientHello(body);
  for (const length of [0, 1, 15, 16, 17, 32, 255]) {
    const guess = Wire.clientHello({ ...hello, cookie: Buffer.alloc(length, 7) });
    assert.deepEqual(typesOf(duel.give(Wire.record(Wire.HANDSHAKE, 0, 1, Wire.whole(Wire.CLIENT_HELLO, 1, guess)))), VERIFY);
  }
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 0);
  assert.deepEqual(typesOf(duel.give(second)), FLIGHT_4, 'the real one is still good');
});

// 6347-4.2.1-10
test('a cookie holds at least one period of 65.5 s, and at most two', () => {
  const period = 65_536;
  for (const [askedAt, usedAt, isGood] of [
    [0, period - 1, true], [1_000, 2 * period - 1, true], [period - 1, period, true], [period - 1, 2 * period - 1, true],
    [period - 1, 2 * period, false], [0, 2 * period, false], [0, 100 * period, false],
    [2 ** 31 - 10, 2 ** 31 + 10, true], [2 ** 32 - 10, 2 ** 32 + 10, true], // the engine's clock wraps at 2^32
  ] as const) {
    const duel = server();
    duel.now = askedAt;
    const { second } = hellos(duel);
    duel.now = usedAt;
    assert.deepEqual(typesOf(duel.give(second)), isGood ? FLIGHT_4 : VERIFY, `${askedAt} to ${usedAt}`);
  }
});

test('a hello of another shape, or in pieces where there is no lobby: no word but the cookie', () => {
  const duel = server();
  const [first] = duel.newPeer().start();
  const body = Wire.fragmentsOf(Wire.recordsOf(first!)[0]!.body)[0]!.body;
  for (let length = 0; length < body.length; length++) {
    const cut = Wire.record(Wire.HANDSHAKE, 0, 0, Wire.whole(Wire.CLIENT_HELLO, 0, body.subarray(0, length)));
    assert.deepEqual(typesOf(duel.give(cut)).filter((type) => type !== Wire.HELLO_VERIFY_REQUEST), []);
    const piece = { type: Wire.CLIENT_HELLO, length: body.length, sequence: 0, offset: 0, body: body.subarray(0, length) };
    assert.deepEqual(duel.give(Wire.record(Wire.HANDSHAKE, 0, 0, Wire.fragment(piece))), []);
  }
  assert.ok(duel.engine.dropped(Drop.MALFORMED_HELLO) > body.length / 2);
  assert.equal(duel.engine.dropped(Drop.NO_ROOM), body.length - 1);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 0);
});

// 6347-4.1-9: before, the second record of the server's answer had the number 0
test('a hello whose record number leaves none for the answer is not heard', () => {
  const duel = server();
  const { first } = hellos(duel);
  const numbered = (number: number) => {
    const copy = Buffer.from(first);
    copy.writeUIntBE(number, 5, 6);
    return copy;
  };
  assert.equal(duel.give(numbered(2 ** 48 - 2 ** 32 - 1)).length, 1);
  assert.deepEqual(duel.give(numbered(2 ** 48 - 2 ** 32)), []);
  assert.deepEqual(duel.give(numbered(2 ** 48 - 1)), []);
  assert.equal(duel.engine.dropped(Drop.MALFORMED_HELLO), 2);
});

// A datagram with a spoofed source would otherwise bring its victim as many datagrams as it holds hellos.
test('a datagram full of hellos is answered by one datagram, and begins one handshake at most', () => {
  const duel = server();
  const { first, second } = hellos(duel);
  assert.equal(duel.give(Buffer.concat(Array<Buffer>(15).fill(first))).length, 1);
  assert.deepEqual(typesOf(duel.give(Buffer.concat(Array<Buffer>(15).fill(second)))), FLIGHT_4);
  const { connections, handshakes } = poolsOf(duel.engine);
  assert.deepEqual([taken(duel.engine, connections), taken(duel.engine, handshakes)], [1, 1]);
});

// 6347-4.2.4-2: before, it was asked for another cookie, and the hello with that one was an unexpected_message.
test('the hello of the handshake that runs needs no fresh cookie: the flight goes out once more', () => {
  const duel = server();
  const { first, second } = hellos(duel);
  duel.give(second);
  const repeated = duel.pass(140_000);
  assert.ok(repeated.length > 1, 'the handshake still runs, and its cookie has expired');
  duel.now += 1_000;
  assert.deepEqual(typesOf(duel.give(second)), FLIGHT_4);
  assert.deepEqual(duel.give(first), [], 'a late copy of the first one');
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
});

// 6347-4.2.1-8: two first hellos crossed the change of a period, so the client answers two cookies.
test('the same hello with a newer cookie begins the handshake again, in place, until our flight was answered', () => {
  const duel = server();
  const { first, second } = hellos(duel);
  const peer = duel.newPeer({ seed: 1 });
  peer.start();
  duel.now += 65_536;
  const third = peer.receive(duel.give(first, duel.address)[0]!)[0]!;
  const { body } = Wire.fragmentsOf(Wire.recordsOf(third)[0]!.body)[0]!;
  const newer = Wire.record(Wire.HANDSHAKE, 0, 2, Wire.whole(Wire.CLIENT_HELLO, 2, body));
  assert.deepEqual(typesOf(duel.give(second)), FLIGHT_4);
  const flight = duel.give(newer).flatMap((datagram) => Wire.recordsOf(datagram));
  assert.deepEqual(flight.flatMap((record) => Wire.fragmentsOf(record.body)).map(({ sequence }) => sequence), [2, 3]);
  assert.deepEqual(duel.ends, []);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 1);
});

// 7252-9.1.2-1
test('from an unknown peer nothing but a hello is heard', () => {
  const duel = server();
  const other = new Duel({ role: 'server' }).handshake();
  const records = [other.peer.data(Buffer.from('x')), other.peer.alert(2, 40), ...other.sent, ...other.peer.repeat()];
  for (const record of records) assert.deepEqual(duel.give(record), []);
  assert.ok(duel.engine.dropped(Drop.UNKNOWN_PEER) >= records.length);
});

test('full: silence towards the new and a counter; the established go on; a slot that is free again is taken', () => {
  const duel = server({ layout: { ...ROOMY, connections: 1, handshakes: 1 } });
  duel.handshake();
  const from = duel.stranger('late comer');
  const { second } = hellos(duel, 2, from);
  for (let i = 0; i < 5; i++) assert.deepEqual(duel.give(second, from), []);
  assert.equal(duel.engine.dropped(Drop.FULL), 5);
  assert.ok(duel.exchanges());
  duel.connection!.close();
  duel.flush();
  assert.deepEqual(typesOf(duel.give(second, from)), FLIGHT_4);
});

test('half-open handshakes are bounded by their pool, and each gives its slot back', () => {
  const duel = server({ layout: { ...ROOMY, connections: 50, handshakes: 3 } });
  duel.handshake();
  const answered = Array.from({ length: 20 }, (_, i) => {
    const from = duel.stranger(`half ${i}`);
    return duel.give(hellos(duel, 10 + i, from).second, from).length > 0;
  });
  assert.deepEqual(answered.map(Number), [1, 1, 1, ...Array<number>(17).fill(0)]);
  assert.equal(duel.engine.dropped(Drop.FULL), 17);
  assert.equal(taken(duel.engine, poolsOf(duel.engine).handshakes), 3);
  assert.ok(duel.exchanges());
  duel.pass(300_000);
  const { connections, handshakes } = poolsOf(duel.engine);
  assert.deepEqual([taken(duel.engine, connections), taken(duel.engine, handshakes)], [1, 0]);
  assert.deepEqual(duel.ends.map((end) => end?.code), Array(3).fill('ERR_DTLS_HANDSHAKE_TIMEOUT'));
  assert.ok(duel.exchanges());
});

/** Hands the server a second hello that the test has changed; its cookie is asked for anew, since it binds the hello. */
function changedHello(duel: Duel, change: (hello: Wire.ClientHello) => Partial<Wire.ClientHello>): Buffer[] {
  const [first] = duel.newPeer().start();
  const hello = Wire.readClientHello(Wire.fragmentsOf(Wire.recordsOf(first!)[0]!.body)[0]!.body);
  const say = (cookie: Buffer, sequence: number) => duel.give(Wire.record(Wire.HANDSHAKE, 0, sequence,
    Wire.whole(Wire.CLIENT_HELLO, sequence, Wire.clientHello({ ...hello, ...change(hello), cookie }))));
  const [verify] = say(Buffer.alloc(0), 0);
  return say(Wire.readVerifyRequest(Wire.fragmentsOf(Wire.recordsOf(verify!)[0]!.body)[0]!.body).cookie, 1);
}

const list = (...extensions: Buffer[]) => Wire.vector(2, ...extensions);
const EMS = Wire.extension(Wire.EXTENDED_MASTER_SECRET);

test('a hello that cannot be served is told why, once it has shown its cookie', () => {
  const cases: [string, (hello: Wire.ClientHello) => Partial<Wire.ClientHello>, number][] = [
    ['DTLS 1.0 (7925-18-3)', () => ({ version: 0xfeff }), 70],
    ['no common suite (7925-13-1)', () => ({ suites: [0xc0a5, 0x008c] }), 40],
    ['no null compression (7925-8-1)', () => ({ compression: Buffer.from([1]) }), 47],
    ['no compression methods at all', () => ({ compression: Buffer.alloc(0) }), 47],
    ['an extension twice (5246-7.4.1.4-1)', () => ({ extensions: list(EMS, EMS) }), 50],
    ['an extended_master_secret with content', () => ({ extensions: list(Wire.extension(23, Buffer.from([1]))) }), 50],
    ['more extensions than there are', () => ({
      extensions: list(...Array.from({ length: 65 }, (_, i) => Wire.extension(0x1000 + i))),
    }), 50],
    ['a renegotiation of nothing (5746-3.6-1)', () => ({ extensions: list(Wire.extension(0xff01, Buffer.from([1, 9]))) }), 40],
    ['extensions longer than they say', () => ({ extensions: Buffer.concat([list(EMS), Buffer.from([0])]) }), 50],
    ['no suites at all', () => ({ suites: [] }), 50],
  ];
  for (const [what, change, alert] of cases) {
    const duel = server();
    const [datagram] = changedHello(duel, change);
    const [record] = Wire.recordsOf(datagram!);
    assert.deepEqual([record!.type, record!.epoch, [...record!.body]], [Wire.ALERT, 0, [2, alert]], what);
    assert.equal(duel.ends.length, 1, what);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).connections), 0, what);
  }
});

// 5246-7.4.1.4-1: unknown extensions are ignored; 7627-5.2-1, 5746-3.6-1: what is not offered is not answered
test('a hello with unknown extensions, a session id, more suites, or no extensions at all is served', () => {
  const changes: ((hello: Wire.ClientHello) => Partial<Wire.ClientHello>)[] = [
    () => ({ extensions: list(Wire.extension(0x1a1a), EMS, Wire.extension(0x7a7a, Buffer.alloc(100))) }),
    () => ({ sessionId: Buffer.alloc(32, 1) }),
    ({ suites }) => ({ suites: [0x1301, 0x0a0a, ...suites] }),
    () => ({ compression: Buffer.from([64, 1, 0]) }),
    () => ({ extensions: Buffer.alloc(0) }),
    () => ({ version: 0xfefc }), // a later version than ours
  ];
  for (const change of changes) {
    const types = typesOf(changedHello(server(), change));
    assert.deepEqual(types, FLIGHT_4);
  }
  const [plain] = changedHello(server(), () => ({ extensions: Buffer.alloc(0), suites: [0xc0a8] }));
  const hello = Wire.readServerHello(Wire.fragmentsOf(Wire.recordsOf(plain!)[0]!.body)[0]!.body);
  assert.deepEqual(Wire.extensionTypes(hello.extensions), []);
});
