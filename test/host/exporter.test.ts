// Keying material for other protocols (RFC 5705): exportKeyingMaterial over real sockets, beside what node:crypto computes of the
// master secret and the randoms that were on the wire.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSEndpoint, DTLSSession } from '../../host/node/index.js';
import { prf } from '../sim/peer/keys.js';

const KEY = Buffer.from('secretPSK'), STATE_KEY = Buffer.alloc(16, 3), LABEL = 'EXPORTER-test';
const SERVER_HELLO = 2, HANDSHAKE = 22, RANDOM = 32;
/** Where a ServerHello's random stands behind the headers of record and message, and its version. */
const RANDOM_AT = 13 + 12 + 2;

interface Ends {
  endpoint: DTLSEndpoint;
  client: DTLSSession;
  server: DTLSSession;
  /** RFC 5705 §4, without us. */
  expected(length: number, label: string, context?: Buffer): Buffer;
}

/** A client of the trace build, which tells its secrets, and a server of the other one. */
async function meet(t: TestContext, options: Partial<ConnectOptions> = {}): Promise<Ends> {
  let server: DTLSSession | undefined, secrets = '', serverRandom = Buffer.alloc(0);
  const endpoint = listen((session) => {
    server = session;
    session.onmessage = (message) => session.send(message);
  }, { host: '127.0.0.1', port: 0, psk: { dev1: KEY }, stateKey: STATE_KEY });
  t.after(() => endpoint.destroy());
  const client = connect('127.0.0.1', endpoint.address!.port, {
    psk: { identity: 'dev1', key: KEY },
    keylog: (line) => { secrets = line; },
    capture: (datagram) => {
      if (datagram[0] === HANDSHAKE && datagram[13] === SERVER_HELLO) {
        serverRandom = Buffer.from(datagram.subarray(RANDOM_AT, RANDOM_AT + RANDOM));
      }
    },
    ...options,
  });
  t.after(() => client.destroy());
  await client.opened;
  const [clientRandom, master] = secrets.split(' ').slice(1).map((hex) => Buffer.from(hex, 'hex'));
  const expected = (length: number, label: string, context?: Buffer) => {
    const given = context === undefined ? [] : [Buffer.of(context.length >> 8, context.length & 0xff), context];
    return prf(master!, label, Buffer.concat([clientRandom!, serverRandom, ...given]), length);
  };
  return { endpoint, client, server: server!, expected };
}

const echo = (session: DTLSSession, text: string): Promise<string> => new Promise((resolve) => {
  session.onmessage = (message) => resolve(String(message));
  session.send(text);
});

// 5705-4-1
test('both sides export what RFC 5705 says: of every length, with a context, without, and with an empty one', async (t) => {
  const { client, server, expected } = await meet(t);
  const contexts = [undefined, Buffer.alloc(0), Buffer.from('a context'), Buffer.alloc(256, 1), Buffer.alloc(8192, 2)];
  const seen = new Set<string>();
  for (const label of [LABEL, 'x', 'EXPORTER_DTLS_OVER_SCTP', 'é'.repeat(127)]) {
    for (const context of contexts) {
      for (const length of [1, 20, 32, 33, 64, 1000]) {
        const material = expected(length, Buffer.from(label).toString('latin1'), context);
        assert.deepEqual(client.exportKeyingMaterial(length, label, context), material, `client, ${label}, ${length}`);
        assert.deepEqual(server.exportKeyingMaterial(length, label, context), material, `server, ${label}, ${length}`);
      }
      seen.add(client.exportKeyingMaterial(32, label, context).toString('hex'));
    }
  }
  assert.equal(seen.size, 4 * contexts.length);
  assert.deepEqual(client.exportKeyingMaterial(16_384, LABEL), expected(16_384, LABEL));
  assert.equal(await echo(client, 'and the session goes on'), 'and the session goes on');
});

// 5705-4-1: the randoms are those of the handshake that resumed
test('a session that was resumed exports something else, one that was restored the same', async (t) => {
  const first = await meet(t, { session: true });
  const { endpoint, client } = first;
  await echo(client, 'a message');
  const session = client.session!, material = client.exportKeyingMaterial(32, LABEL);
  const { port: bindPort } = client.endpoint.address!, { port } = endpoint.address!;
  const state = client.exportState();
  await client.endpoint.closed;
  const psk = { identity: 'dev1', key: KEY };
  const woken = connect('127.0.0.1', port, { psk, state, bindPort });
  t.after(() => woken.destroy());
  await woken.opened;
  assert.ok(woken.restored);
  assert.deepEqual(woken.exportKeyingMaterial(32, LABEL), material);
  const again = connect('127.0.0.1', port, { psk, session });
  t.after(() => again.destroy());
  await again.opened;
  assert.ok(again.reused);
  assert.notDeepEqual(again.exportKeyingMaterial(32, LABEL), material);
});

// 5705-4-2
test('nothing is exported before the end of a handshake, or after that of the session', async (t) => {
  const early = connect('127.0.0.1', 1, { psk: { identity: 'dev1', key: KEY } });
  early.onwarning = () => {};
  early.opened.catch(() => {});
  assert.throws(() => early.exportKeyingMaterial(16, LABEL), { code: 'ERR_INVALID_STATE' });
  early.destroy();
  const { client } = await meet(t);
  await client.close();
  assert.throws(() => client.exportKeyingMaterial(16, LABEL), { code: 'ERR_INVALID_STATE' });
});

test('the labels of the handshake itself are refused, and lengths without a sense', async (t) => {
  const { client } = await meet(t);
  for (const label of ['client finished', 'server finished', 'master secret', 'extended master secret', 'key expansion']) {
    assert.throws(() => client.exportKeyingMaterial(16, label), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  for (const length of [0, -1, 1.5, 16_385]) assert.throws(() => client.exportKeyingMaterial(length, LABEL), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => client.exportKeyingMaterial(16, 'x'.repeat(256)), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => client.exportKeyingMaterial(16, LABEL, Buffer.alloc(8193)), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => client.exportKeyingMaterial(16, LABEL, 'text' as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => client.exportKeyingMaterial('16' as never, LABEL), { code: 'ERR_INVALID_ARG_TYPE' });
});
