// A client and the server's first words: HelloVerifyRequests, and ServerHellos that choose what was not offered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportKeyingMaterial } from '../../host/core/index.js';
import { Duel, ROOMY } from './duel.js';
import * as Wire from './peer/wire.js';

const list = (...extensions: Buffer[]) => Wire.vector(2, ...extensions);
const EMS = Wire.extension(Wire.EXTENDED_MASTER_SECRET);

const client = (cookie: string | Buffer, version = 0xfefd) => new Duel({ role: 'client', peer: { cookie: Buffer.from(cookie),
  edit: (flight) => flight.map((item) => (item.type !== Wire.HELLO_VERIFY_REQUEST ? item : { ...item,
    make: () => Buffer.concat([Wire.uint(version, 2), item.make().subarray(2)]) })) } });

// 6347-4.2.1-1
test('the second hello is the first with the cookie, and nothing else', () => {
  const duel = client('a cookie').handshake();
  const [first, second] = duel.peer.messages.filter(({ type }) => type === Wire.CLIENT_HELLO);
  assert.deepEqual([first!.sequence, second!.sequence], [0, 1]);
  const before = Wire.readClientHello(first!.body), after = Wire.readClientHello(second!.body);
  assert.equal(after.cookie.toString(), 'a cookie');
  assert.deepEqual({ ...after, cookie: before.cookie }, before);
  // 7925-18-1, 7925-8-1, 7925-5-2, 5746-3.4-1, 7925-16-1
  assert.deepEqual([before.version, [...before.compression], before.sessionId.length], [0xfefd, [0], 0]);
  assert.ok(before.suites.includes(Wire.EMPTY_RENEGOTIATION_INFO_SCSV));
  assert.deepEqual(Wire.extensionTypes(before.extensions), [Wire.EXTENDED_MASTER_SECRET]);
  assert.ok(duel.peer.connected);
});

// 6347-4.2.1-9, 6347-4.2.1-6, 6347-4.2.1-7
test('cookies of every length, and any version beside them', () => {
  for (const length of [1, 2, 16, 32, 254, 255]) {
    const duel = client(Buffer.alloc(length, length)).handshake();
    assert.ok(duel.peer.connected && duel.exchanges(), `${length} bytes`);
  }
  for (const version of [0xfeff, 0xfefd, 0xfefc, 0x0000]) {
    const duel = client('c', version).handshake();
    assert.ok(duel.peer.connected, version.toString(16));
  }
  const none = new Duel({ role: 'client', peer: { cookie: Buffer.alloc(0) } }).handshake();
  assert.ok(none.peer.connected, 'no cookie exchange at all');
});

/** A HelloVerifyRequest with a cookie, as a datagram. */
const verifyRequest = (cookie: Buffer, sequence = 0) => Wire.record(Wire.HANDSHAKE, 0, sequence, Wire.whole(
  Wire.HELLO_VERIFY_REQUEST, sequence, Buffer.concat([Wire.uint(0xfefd, 2), Wire.vector(1, cookie)])));

const cookieOf = (datagram: Buffer) =>
  Wire.readClientHello(Wire.fragmentsOf(Wire.recordsOf(datagram)[0]!.body)[0]!.body).cookie.toString();

test('an empty cookie, though useless, is sent back', () => {
  const duel = client('');
  duel.begin();
  const [again] = duel.give(verifyRequest(Buffer.alloc(0)));
  assert.equal(cookieOf(again!), '');
  assert.equal(Wire.fragmentsOf(Wire.recordsOf(again!)[0]!.body)[0]!.sequence, 1);
});

// 6347-4.2.1-8, 6347-5-1
test('each HelloVerifyRequest with another cookie is answered with it, up to four; a copy is not', () => {
  const duel = client('the last one');
  duel.begin();
  for (const [i, cookie] of ['one', 'two', 'three'].entries()) {
    const [hello] = duel.give(verifyRequest(Buffer.from(cookie), i));
    assert.equal(cookieOf(hello!), cookie);
    assert.deepEqual(duel.give(verifyRequest(Buffer.from(cookie), i)), [], 'a copy');
    if (i < 2) continue;
    duel.peer.writeSequences[0] = Wire.recordsOf(hello!)[0]!.sequence; // 6347-4.2.1-5
    duel.settle(duel.peer.receive(hello!));
  }
  assert.ok(duel.peer.connected, 'with the fourth');
  assert.ok(duel.exchanges());

  const endless = client('');
  endless.begin();
  const answers = Array.from({ length: 9 }, (_, i) => endless.give(verifyRequest(Buffer.from(`cookie ${i}`), i)).length);
  assert.deepEqual(answers, [1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

// 5246-7.4.1.3-1, 5746-3.4-1, 7925-18-2, 6655-3-2
test('a ServerHello with what was not offered ends the handshake with the alert that says so', () => {
  const reneg = Wire.extension(0xff01, Buffer.from([0]));
  const cases: [string, Partial<Wire.ServerHello>, string][] = [
    ['a suite that was not offered', { suite: 0xc0a5 }, 'illegal_parameter'],
    ['the signalling suite', { suite: 0x00ff }, 'illegal_parameter'],
    ['compression', { compression: 1 }, 'illegal_parameter'],
    ['an extension that was not offered', { extensions: list(reneg, Wire.extension(0)) }, 'unsupported_extension'],
    ['an extension twice', { extensions: list(reneg, reneg) }, 'decode_error'],
    ['no sign of secure renegotiation', { extensions: list(EMS) }, 'handshake_failure'],
    ['DTLS 1.0 with an AEAD suite', { version: 0xfeff }, 'illegal_parameter'],
    ['DTLS 1.0', { version: 0xfeff, suite: 0x008c }, 'protocol_version'],
    ['a session_id of 33 bytes', { sessionId: Buffer.alloc(33) }, 'decode_error'],
  ];
  for (const [what, change, alert] of cases) {
    const duel = new Duel({ role: 'client', peer: { edit: (flight) => flight.map((item) => (item.type !== Wire.SERVER_HELLO
      ? item : { ...item, make: () => Wire.serverHello({ ...Wire.readServerHello(item.make()), ...change }) })) } }).handshake();
    assert.equal(duel.connected.length, 0, what);
    assert.equal(duel.ends[0]?.alert, alert, what);
    const heard = duel.peer.received[duel.peer.received.length - 1]!;
    assert.deepEqual([heard.type, heard.epoch, heard.body[0]], [Wire.ALERT, 0, 2], what);
    assert.deepEqual(duel.pass(400_000), [], 'and no second try (7925-18-2)');
  }
});

// 7627-5.4-1
test('without an extended master secret nothing is exported', () => {
  for (const role of ['client', 'server'] as const) {
    for (const extended of [true, false]) {
      const duel = new Duel({ role, layout: { ...ROOMY, exporters: true }, peer: { extended } }).handshake();
      const material = () => exportKeyingMaterial(duel.connected[0]!, Buffer.from('EXPERIMENTAL'), 16);
      if (extended) assert.equal(material().length, 16);
      else assert.throws(material, { code: 'ERR_DTLS_NO_EXPORTER' });
    }
  }
});

// 7627-5.2-1
test('extended_master_secret required: a peer without it is refused by either side', () => {
  for (const role of ['client', 'server'] as const) {
    const context = { requireExtendedMasterSecret: true };
    assert.ok(new Duel({ role, context }).handshake().peer.connected, 'with it');
    const duel = new Duel({ role, context, peer: { extended: false } }).handshake();
    assert.equal(duel.connected.length, 0);
    assert.equal(duel.ends[0]?.code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
  }
});
