// Connections that sleep and wake, or move: that they go on, and what is refused.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { drops, restore } from '../../host/core/index.js';
import { BUILDS } from '../modules.js';
import { Machine, pair, settle, speak, STATE_KEY } from './machine.js';
import { CCM, CCM_8, GCM } from './peer/keys.js';
import { leftovers } from './pools.js';

/** As assembly/limits.ts has it. */
const LEASE = 4_096;
const code = (name: string) => ({ code: name });

for (const build of BUILDS) {
  describe(`a saved connection, ${build}`, () => {
    for (const suite of build === 'psk' ? [CCM_8, CCM] : [CCM_8, CCM, GCM]) {
      for (const role of ['client', 'server'] as const) {
        it(`${role}, suite ${suite.toString(16)}: it moves, and goes on where it comes back`, () => {
          const { client, server } = pair({ build, suites: [suite] });
          const [mover, stays] = role === 'client' ? [client, server] : [server, client];
          const own = Buffer.from('the host\'s own');
          const state = mover.connection.exportState(own);
          assert.deepEqual(mover.ends, [null], 'the connection is gone, in order');
          assert.equal(mover.out.length, 0, 'and the peer hears nothing');
          assert.deepEqual(leftovers(mover.endpoint.engine), []);
          const next = mover.again(2);
          let told: Uint8Array | undefined;
          const connection = restore(next.endpoint, 0, role, state, 0, { peer: (bytes) => { told = bytes; return next.peer; } });
          assert.deepEqual(Buffer.from(told!), own);
          assert.deepEqual([connection.state, connection.cipherSuite, connection.extendedMasterSecret, connection.generation],
            ['connected', suite, true, 1]);
          speak(stays, next, 'are you there?');
          assert.deepEqual(next.due, [connection]);
          assert.throws(() => connection.send(own), code('ERR_DTLS_SAVE_FIRST'));
          connection.saveState();
          assert.equal(connection.generation, 2);
          assert.throws(() => connection.send(own), code('ERR_DTLS_SAVE_FIRST'), 'made is not stored');
          connection.stored();
          speak(next, stays, 'I am');
          assert.equal(drops(stays.endpoint.engine)['REPLAYED'], 0);
          connection.close();
          settle(next, stays);
          assert.deepEqual(stays.ends, [null]);
        });
      }
    }
  });
}

// the sizes promised: fields and keys as a state holds them, without version, key name, nonce and tag around them
test('the state of PSK with CCM_8 has at most 96 bytes before it is sealed, and the same size on every board\'s build', () => {
  const SEAL = 34;
  for (const build of ['psk', 'full'] as const) {
    assert.ok(pair({ build }).client.connection.exportState().length - SEAL <= 96);
  }
});

test('a state is refused if anything about it is wrong, and no memory is lost by it', () => {
  const { client, server } = pair({ suites: [CCM_8, CCM] });
  const state = client.connection.exportState();
  const next = client.again(2);
  for (let at = 0; at < state.length; at++) {
    const altered = Buffer.from(state);
    altered[at]! ^= 1 << (at & 7);
    assert.throws(() => next.restore(altered), code('ERR_DTLS_BAD_STATE'), `byte ${at}`);
    assert.throws(() => next.restore(state.subarray(0, at)), code('ERR_DTLS_BAD_STATE'), `${at} bytes`);
  }
  assert.throws(() => next.restore(Buffer.concat([state, Buffer.alloc(1)])), code('ERR_DTLS_BAD_STATE'));
  assert.throws(() => next.restore(Buffer.alloc(1_025)), code('ERR_DTLS_BAD_STATE'));
  const other = new Machine({ role: 'client', key: Buffer.from('another key') });
  assert.throws(() => other.restore(state), code('ERR_DTLS_BAD_STATE'));
  const suiteless = new Machine({ role: 'client', suites: [CCM] });
  assert.throws(() => suiteless.restore(state), code('ERR_DTLS_OTHER_STATE'));
  const turned = new Machine({ role: 'server', stateKey: STATE_KEY });
  const ofServer = server.connection.saveState();
  assert.throws(() => restore(turned.endpoint, 0, 'client', ofServer, 0, { peer: () => turned.peer }), code('ERR_DTLS_OTHER_STATE'));
  assert.throws(() => restore(turned.endpoint, 1, 'server', ofServer, 0, { peer: () => turned.peer }), code('ERR_DTLS_BAD_CONTEXT'));
  for (const machine of [next, other, suiteless, turned]) assert.deepEqual(leftovers(machine.endpoint.engine), []);
  next.restore(state);
  assert.throws(() => next.restore(state), code('ERR_INVALID_STATE'), 'the peer has a connection');
  next.connection.discard();
  assert.deepEqual(leftovers(next.endpoint.engine), []);
  const refusing = () => restore(next.endpoint, 0, 'client', state, 0, { peer: () => { throw new Error('too old'); } });
  assert.throws(refusing, /too old/);
  assert.deepEqual(leftovers(next.endpoint.engine), []);
});

test('what has no secret of its own needs a key, or there is no state', () => {
  const { server } = pair({ stateKey: undefined });
  assert.throws(() => server.connection.saveState(), code('ERR_DTLS_NO_STATE_KEY'));
  assert.throws(() => server.connection.exportState(), code('ERR_DTLS_NO_STATE_KEY'));
  server.connection.send(Buffer.from('it lives on'));
});

test('a connection is not saved while its handshake runs, or while the peer may ask for the last flight', () => {
  const client = new Machine({ role: 'client' }), server = new Machine({ role: 'server', stateKey: STATE_KEY });
  client.endpoint.connect(0, client.peer, 0);
  assert.throws(() => client.connection.exportState(), code('ERR_DTLS_UNSETTLED'));
  settle(client, server);
  assert.throws(() => server.connection.exportState(), code('ERR_DTLS_UNSETTLED'));
  speak(client, server, 'I have had it');
  server.connection.exportState();
});

test('everything up to the highest record that was received counts as replayed', () => {
  const { client, server } = pair();
  const records = Array.from({ length: 100 }, (_, i) => {
    client.connection.send(Buffer.from(`reading ${i}`));
    return client.out.splice(0)[0]!;
  });
  server.endpoint.receive(records[90]!, server.peer, 0);
  const next = server.again(2);
  const state = server.connection.exportState();
  next.restore(state);
  for (const record of records) next.endpoint.receive(record, next.peer, 0);
  assert.deepEqual(next.messages, records.slice(91).map((_, i) => `reading ${i + 91}`));
});

test('counters of forgeries survive', () => {
  const { client, server } = pair();
  const forge = (machine: Machine, count: number) => {
    client.connection.send(Buffer.from('x'));
    const record = client.out.splice(0)[0]!;
    record[record.length - 1]! ^= 1;
    for (let i = 0; i < count; i++) machine.endpoint.receive(record, machine.peer, 0);
  };
  forge(server, 2 ** 19);
  const next = server.again(2);
  next.restore(server.connection.exportState());
  forge(next, 2 ** 19 - 1);
  assert.deepEqual(next.ends, []);
  forge(next, 1);
  assert.equal((next.ends[0] as { code: string }).code, 'ERR_DTLS_TOO_MANY_FORGERIES');
});

test('a lease is 4,096 records, asked for again at half of it, and a close past it says nothing', () => {
  const { client, server } = pair();
  const { connection } = client;
  const send = (count: number) => { for (let i = 0; i < count; i++) connection.send(Buffer.alloc(1)); };
  send(5_000);
  assert.deepEqual(client.due, [], 'what was never saved needs no lease');
  connection.saveState();
  connection.stored();
  send(LEASE / 2 - 1);
  assert.equal(client.due.length, 0);
  send(1);
  assert.equal(client.due.length, 1);
  connection.saveState();
  send(LEASE / 2);
  assert.throws(() => send(1), code('ERR_DTLS_SAVE_FIRST'));
  connection.stored();
  send(LEASE / 2);
  assert.throws(() => send(1), code('ERR_DTLS_SAVE_FIRST'));
  assert.equal(client.due.length, 2);
  client.out.length = 0;
  connection.close();
  assert.deepEqual([client.out.length, client.ends], [0, [null]]);
  assert.equal(server.ends.length, 0);
});
