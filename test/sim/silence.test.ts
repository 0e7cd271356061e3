// Peers that say nothing, have another key, or an identity that nobody knows: each ends in time, with its own reason and a hint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import { Duel, KEY, waiting } from './duel.js';
import * as Wire from './peer/wire.js';
import { leftovers } from './pools.js';

const ROLES = ['client', 'server'] as const;
/** A client without credentials of its own: it is asked. */
const ASKED = { identity: new Uint8Array(0), key: new Uint8Array(0) };
const IOT = { initialMs: 9_000, maxMs: 60_000 };

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
  const { code, alert: name, phase } = duel.ends[0]!;
  assert.deepEqual([code, name, phase], ['ERR_DTLS_WRONG_KEY', 'decrypt_error', 'WAIT_FINISHED']);
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
  const client = new Duel({ role: 'client', context: ASKED, answer: () => null }).handshake();
  assert.equal(client.ends[0]?.code, 'ERR_DTLS_NO_CREDENTIALS');
});

test('while a question is open nothing is repeated, the deadline runs, and its end names the missing answer', () => {
  for (const role of ROLES) {
    const context = role === 'client' ? ASKED : {};
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
