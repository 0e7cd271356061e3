// More sessions than the first engine of a listening socket holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContentType } from '../../assembly/codes.js';
import { UNLIMITED } from '../../host/node/admission.js';
import { Hub } from '../../host/node/hub.js';
import { connect, listen } from '../../host/node/index.js';
import { Pool } from '../../host/node/pool.js';

const KEY = Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex');
/** The first engine has room for 64. */
const CLIENTS = 70;

test('a cookie holds though its engine is full when it comes back: three datagrams each way, for everybody', async () => {
  const endpoint = listen((session) => {
    session.onmessage = (message) => { session.send(message); };
  }, { host: '127.0.0.1', port: 0, psk: { dev1: KEY }, profile: 'iot' });
  const sessions = Array.from({ length: CLIENTS }, () =>
    connect('127.0.0.1', endpoint.address!.port, { psk: { identity: 'dev1', key: KEY }, profile: 'iot' }));
  await Promise.all(sessions.map((session) => session.opened));
  const { packetsReceived, packetsSent, serverSessions } = endpoint.stats;
  assert.deepEqual([packetsReceived, packetsSent, serverSessions], [3n, 3n, 1n].map((each) => each * BigInt(CLIENTS)));
  const answers = await Promise.all(sessions.map(async (session, index) => {
    const messages = session[Symbol.asyncIterator]();
    session.send(`${index}`);
    return `${(await messages.next()).value}`;
  }));
  assert.deepEqual(answers, sessions.map((_, index) => `${index}`));
  await Promise.all(sessions.map((session) => session.close()));
  await endpoint.close();
});

test('engines come and go with their sessions, and nobody is refused', async () => {
  const endpoint = listen(() => {}, { host: '127.0.0.1', port: 0, psk: { dev1: KEY }, profile: 'iot' });
  for (let round = 0; round < 3; round++) {
    const sessions = Array.from({ length: CLIENTS }, () =>
      connect('127.0.0.1', endpoint.address!.port, { psk: { identity: 'dev1', key: KEY }, profile: 'iot' }));
    await Promise.all(sessions.map((session) => session.opened));
    await Promise.all(sessions.map((session) => session.close()));
  }
  const { serverSessions, serverRefusedCount } = endpoint.stats;
  assert.deepEqual([serverSessions, serverRefusedCount], [3n * BigInt(CLIENTS), 0n]);
  await endpoint.close();
});

test('where no memory is left for one more engine, a new peer is refused and the process goes on', (t) => {
  const pool = new Pool({ build: 'node', sizes: [[1, 1]], manyContexts: false });
  const add = t.mock.method(pool, 'shard', () => { throw new RangeError('WebAssembly.Memory(): could not allocate memory'); });
  const silent = () => assert.fail('something was sent or said');
  const hub = new Hub({ pool, capture: undefined, limits: UNLIMITED, transmit: silent,
    local: () => ({ address: '127.0.0.1', family: 'IPv4', port: 1 }),
    sink: { accepted: silent, connected: silent, data: silent, question: silent, warning: silent, closed: silent } });
  hub.receive(Uint8Array.of(ContentType.HANDSHAKE), { address: '127.0.0.1', family: 'IPv4', port: 2 });
  assert.deepEqual([add.mock.callCount(), hub.refused], [1, 1]);
});
