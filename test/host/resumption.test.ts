// Sessions that are resumed over real sockets: by ids and tickets, with keys that servers share and change.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { connect, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSEndpoint, DTLSSession, ListenOptions } from '../../host/node/index.js';

const key = Buffer.from('secretPSK'), psk = { identity: 'dev1', key }, HOST = '127.0.0.1';
const secret = (number: number) => Buffer.alloc(32, number);
const open: DTLSEndpoint[] = [];
after(() => Promise.allSettled(open.map((endpoint) => endpoint.close())));

function serve(options: Partial<ListenOptions> = {}) {
  const sessions: DTLSSession[] = [], asked: string[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (message) => { session.send(message); };
  }, { host: HOST, port: 0, psk: (identity) => {
    asked.push(identity);
    return key;
  }, ...options });
  open.push(endpoint);
  return { endpoint, sessions, asked, port: endpoint.address!.port };
}

/** One session from its opening to its close; what it can be resumed with, and whether it was. */
async function meet(port: number, options: Partial<ConnectOptions> = {}): Promise<{ session: Buffer | undefined; reused: boolean }> {
  const client = connect(HOST, port, { psk, ...options });
  await client.opened;
  const messages = client[Symbol.asyncIterator]();
  client.send('ping');
  assert.equal((await messages.next()).value.toString(), 'ping');
  const { session, reused } = client;
  await client.close();
  return { session, reused };
}

describe('session and reused', () => {
  for (const [how, first] of [['an id', undefined], ['a ticket', true]] as const) {
    it(`resume by ${how}, and the server knows whose it is without asking again`, async () => {
      const { port, sessions, asked } = serve();
      const { session, reused } = await meet(port, first && { session: first });
      assert.equal(reused, false);
      assert.ok(session!.length > 0);
      const again = await meet(port, { session: session! });
      assert.equal(again.reused, true);
      assert.ok(again.session!.equals(session!));
      assert.deepEqual(asked, ['dev1']);
      assert.deepEqual(sessions.map(({ pskIdentity }) => pskIdentity), ['dev1', 'dev1']);
      assert.equal(sessions[1]!.session, undefined);
    });
  }

  it('are told by onsession', async () => {
    const { port } = serve();
    const client = connect(HOST, port, { psk, session: true });
    const told = new Promise<Buffer>((resolve) => { client.onsession = resolve; });
    await client.opened;
    assert.ok((await told).equals(client.session!));
    await client.close();
  });

  // RFC 5246 §7.2.2
  it('are gone after a fatal alert', async () => {
    const { session } = await meet(serve().port);
    const { port } = serve({ ciphers: 'PSK-AES128-GCM-SHA256' });
    const client = connect(HOST, port, { psk, ciphers: 'PSK-AES128-CCM8', session: session! });
    assert.ok(client.session!.equals(session!));
    await assert.rejects(client.opened, { alert: 'handshake_failure' });
    assert.equal(client.session, undefined);
  });

  it('go on in full with what was altered, too long, or is of another name', async () => {
    const { port } = serve();
    const { session } = await meet(port, { session: true });
    const altered = Buffer.from(session!);
    altered[40]! ^= 1;
    for (const other of [altered, session!.subarray(1), Buffer.alloc(1_000)]) {
      assert.equal((await meet(port, { session: other })).reused, false);
    }
    assert.equal((await meet(port, { session: session!, servername: 'other.example' })).reused, false);
  });

  it('are whose they were made with, though one stateKey seals those of several', async () => {
    const { port, sessions } = serve();
    const { session } = await meet(port, { stateKey: secret(7) });
    const other = { session: session!, stateKey: secret(7), psk: { identity: 'dev2', key } };
    assert.equal((await meet(port, other)).reused, false);
    assert.deepEqual(sessions.map(({ pskIdentity }) => pskIdentity), ['dev1', 'dev2']);
    assert.equal((await meet(port, { ...other, psk })).reused, true);
  });

  it('are not there with a key that nobody but a function knows', async () => {
    const { port } = serve();
    assert.equal((await meet(port, { session: true, psk: () => psk })).session, undefined);
  });

  it('want bytes, or true', () => {
    for (const session of ['x', 1, false, null, {}]) {
      assert.throws(() => connect(HOST, 1, { psk, session: session as never }), { code: /^ERR_INVALID_ARG_TYPE|ERR_INVALID_ARG_VALUE$/ });
    }
  });
});

describe('ticketKeys', () => {
  // what seals tickets may die with the process, or be shared with servers that are not to read states
  for (const ticketKeys of [undefined, secret(1)]) {
    it(`${ticketKeys === undefined ? 'that are random' : 'of the user\'s'} seal no state: that needs a stateKey, and tickets go on`, async () => {
      const { endpoint, port, sessions } = serve(ticketKeys && { ticketKeys });
      const client = connect(HOST, port, { psk, session: true });
      await client.opened;
      client.send('ping');
      await client[Symbol.asyncIterator]().next();
      const refusal = { code: 'ERR_DTLS_NO_STATE_KEY', hint: /stateKey/ };
      assert.throws(() => endpoint.saveState(), refusal);
      assert.throws(() => sessions[0]!.exportState(), refusal);
      assert.equal((await meet(port, { session: client.session! })).reused, true);
      await client.close();
    });
  }

  it('seal tickets beside a stateKey that seals states', async () => {
    const a = serve({ ticketKeys: secret(1), stateKey: secret(8) }), b = serve({ ticketKeys: secret(1), stateKey: secret(9) });
    const client = connect(HOST, a.port, { psk, session: true });
    await client.opened;
    client.send('ping');
    await client[Symbol.asyncIterator]().next();
    const state = Buffer.from(a.endpoint.saveState().toString().split('\n')[1]!, 'base64');
    assert.equal(state[1], 3, 'a state');
    const { session } = client;
    await client.close();
    assert.equal((await meet(b.port, { session: session! })).reused, true);
  });

  // 5077-5-1
  it('are shared by servers, and change', async () => {
    const a = serve({ ticketKeys: secret(1) }), b = serve({ ticketKeys: [secret(2), secret(1)] }), c = serve();
    const { session } = await meet(a.port, { session: true });
    const reused = async (port: number) => (await meet(port, { session: session! })).reused;
    assert.deepEqual([await reused(a.port), await reused(b.port), await reused(c.port)], [true, true, false]);
    c.endpoint.setTicketKeys([secret(3), secret(1)]);
    b.endpoint.setTicketKeys(secret(2));
    assert.deepEqual([await reused(b.port), await reused(c.port)], [false, true]);
  });

  it('are one to three, of 16 to 64 bytes', () => {
    const attempt = (ticketKeys: unknown) => () => void serve({ ticketKeys: ticketKeys as never });
    for (const bad of [[], [1, 2, 3, 4].map(secret), Buffer.alloc(15), [secret(1), Buffer.alloc(65)]]) {
      assert.throws(attempt(bad), { code: 'ERR_OUT_OF_RANGE', message: /ticketKeys/ });
    }
    for (const bad of ['a secret of 16 B', 7, [secret(1), 'x']]) assert.throws(attempt(bad), { code: 'ERR_INVALID_ARG_TYPE' });
  });
});
