// Sessions over real sockets: does the Node host behave as node:dtls says?
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { after, describe, it } from 'node:test';
import { ContentType } from '../../assembly/codes.js';
import { connect, createSecureContext, DTLSError, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSEndpoint, DTLSSession, ListenOptions } from '../../host/node/index.js';
import { noIPv6 } from './ends.js';

const key = Buffer.from('secretPSK');
const psk = { identity: 'dev1', key };
const HOST = '127.0.0.1';

const open: DTLSEndpoint[] = [];
after(() => Promise.allSettled(open.map((endpoint) => endpoint.close())));

/** A server that echoes, and the sessions it has had. */
function serve(options: Partial<ListenOptions> = {}, onsession: (session: DTLSSession) => void = () => {}) {
  const sessions: DTLSSession[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (message) => { session.send(message); };
    onsession(session);
  }, { host: HOST, port: 0, psk: { dev1: key }, ...options });
  open.push(endpoint);
  return { endpoint, sessions, port: endpoint.address!.port };
}

const client = (port: number, options: Partial<ConnectOptions> = {}) => connect(HOST, port, { psk, ...options });

async function echo(session: DTLSSession, text: string): Promise<string> {
  const messages = session[Symbol.asyncIterator]();
  session.send(text);
  const { value } = await messages.next();
  return value.toString();
}

async function failure(session: DTLSSession): Promise<DTLSError> {
  const error = await session.opened.then(() => assert.fail('it opened'), (reason: unknown) => reason);
  assert.ok(error instanceof DTLSError, String(error));
  return error;
}

describe('a session', () => {
  for (const host of [HOST, '::1', 'localhost']) {
    it(`opens, carries messages and closes: ${host}`, { skip: host === '::1' && noIPv6 }, async () => {
      const { address, family } = await lookup(host);
      const { sessions, port } = serve({ host: address });
      const session = connect(host, port, { psk });
      assert.throws(() => session.send('early'), { code: 'ERR_INVALID_STATE' });
      assert.deepEqual(await session.opened, { protocol: 'DTLSv1.2' });
      assert.equal(await echo(session, 'hello'), 'hello');
      assert.equal(session.cipher?.standardName, 'TLS_PSK_WITH_AES_128_CCM_8');
      assert.equal(session.extendedMasterSecret, true);
      assert.equal(sessions[0]!.pskIdentity, 'dev1');
      assert.deepEqual(session.remoteAddress, { address, family: family === 6 ? 'IPv6' : 'IPv4', port });
      assert.equal(session.pskIdentity, 'dev1');
      assert.equal(sessions[0]!.remoteAddress?.port, session.endpoint.address?.port);
      await session.close();
      await sessions[0]!.closed; // it heard close_notify
      await session.endpoint.closed;
      assert.throws(() => session.send('late'), { code: 'ERR_INVALID_STATE' });
      assert.deepEqual([session.destroyed, sessions[0]!.destroyed], [true, true]);
    });
  }

  for (const what of ['session', 'endpoint'] as const) {
    it(`closes its ${what} from inside a handler, and the peer hears close_notify`, async () => {
      const { sessions, port } = serve(), captured: number[] = [];
      const session = client(port, { capture: (datagram) => captured.push(datagram[0]!) });
      session.onmessage = () => { void (what === 'session' ? session : session.endpoint).close(); };
      await session.opened;
      session.send('close');
      await session.endpoint.closed;
      await sessions[0]!.closed;
      assert.equal(captured.at(-1), ContentType.ALERT);
    });
  }

  for (const ciphers of ['PSK-AES128-CCM8', 'TLS_PSK_WITH_AES_128_CCM', 'PSK-AES128-GCM-SHA256']) {
    it(`uses ${ciphers}, and maxPayload is what fits (6347-4.1.1.1-1)`, async () => {
      const session = client(serve().port, { ciphers });
      await session.opened;
      const text = 'x'.repeat(session.maxPayload);
      assert.equal(await echo(session, text), text);
      assert.throws(() => session.send(`${text}x`), { code: 'ERR_DTLS_EXCEEDS_MTU', hint: new RegExp(`maxPayload \\(${text.length}\\)`) });
      assert.throws(() => session.send(new Uint8Array(16_385)), { code: 'ERR_OUT_OF_RANGE' });
      assert.throws(() => session.send(5 as never), { code: 'ERR_INVALID_ARG_TYPE' });
      await session.close();
    });
  }

  it('is iterated over, each message with its epoch, until it ends (7252-9.1.1-3)', async () => {
    const { sessions, port } = serve({}, (session) => { session.onhandshake = () => ['a', 'b', 'c'].forEach((text) => session.send(text)); });
    const session = client(port), seen: [string, number][] = [];
    for await (const message of session) {
      seen.push([message.toString(), message.epoch]);
      if (seen.length === 3) void sessions[0]!.close();
    }
    assert.deepEqual(seen, [['a', 1], ['b', 1], ['c', 1]]);
    await session.closed;
  });

  it('counts, in node:dtls\'s form', async () => {
    const { endpoint, port } = serve(), session = client(port);
    await session.opened;
    await echo(session, 'hello');
    const { stats } = session;
    assert.deepEqual([stats.messagesSent, stats.messagesReceived, stats.bytesSent, stats.bytesReceived], [1n, 1n, 5n, 5n]);
    assert.ok(stats.handshakeCompletedAt > stats.createdAt && stats.isConnected && stats.destroyedAt === 0n);
    assert.deepEqual([endpoint.stats.packetsReceived, endpoint.stats.packetsSent, endpoint.stats.serverSessions], [4n, 4n, 1n]);
    await session.close();
    assert.equal(stats.isConnected, false);
  });

  it('calls back whoever prefers that, and what a callback throws is not the protocol\'s concern', async () => {
    const { port } = serve(), session = client(port);
    const uncaught = new Promise<Error>((done) => process.setUncaughtExceptionCaptureCallback(done));
    const message = new Promise<string>((done) => { session.onmessage = (data) => done(data.toString()); });
    session.onhandshake = (protocol) => { session.send(protocol); throw new Error('mine'); };
    assert.equal((await uncaught).message, 'mine');
    process.setUncaughtExceptionCaptureCallback(null);
    assert.equal(await message, 'DTLSv1.2');
    assert.throws(() => { session.onmessage = 5 as never; }, { code: 'ERR_INVALID_ARG_TYPE' });
    await session.close();
  });

  it('destroyed before it opened rejects with the error given', async () => {
    const session = client(serve().port), error = new Error('changed my mind');
    session.destroy(error);
    await assert.rejects(session.opened, error);
    await assert.rejects(session.closed, error);
    const other = client(serve().port);
    await other.close();
    await assert.rejects(other.opened, { code: 'ERR_INVALID_STATE' });
  });

  it('is disposed of by `await using`', async () => {
    const session = client(serve().port);
    await session.opened;
    await session[Symbol.asyncDispose]();
    assert.equal(session.destroyed, true);
  });

  it('says what it does not have', () => {
    const session = client(serve().port);
    assert.deepEqual([session.reused, session.authorized, session.servername, session.session], [false, false, undefined, undefined]);
    session.destroy();
  });
});

describe('keys', () => {
  it('may come later, from a function', async () => {
    const asked: unknown[] = [];
    const { port } = serve({ psk: async (identity, bytes) => { asked.push(identity, bytes.toString('hex')); await null; return key; } });
    const session = client(port, { psk: async (hint) => { asked.push(hint); await null; return psk; } });
    await session.opened;
    assert.deepEqual(asked, [null, 'dev1', '64657631']);
    assert.equal(session.pskIdentity, 'dev1');
    await session.close();
  });

  it('are chosen by the server\'s hint', async () => {
    const { port } = serve({ pskIdentityHint: 'factory 7' });
    const session = client(port, { psk: (hint) => { assert.equal(hint, 'factory 7'); return psk; } });
    await session.opened;
    await session.close();
  });

  it('of a Map may come and go', async () => {
    const known = new Map<string, Buffer>(), { port } = serve({ psk: known });
    await failure(client(port));
    known.set('dev1', key);
    const session = client(port);
    await session.opened;
    await session.close();
  });

  it('of a shared context serve many', async () => {
    const { port } = serve({ psk: undefined, secureContext: createSecureContext({ psk: { dev1: key }, isServer: true }) });
    const secureContext = createSecureContext({ psk });
    const sessions = Array.from({ length: 5 }, () => connect(HOST, port, { secureContext }));
    await Promise.all(sessions.map(({ opened }) => opened));
    await Promise.all(sessions.map((session) => session.close()));
  });

  for (const [what, bad] of [['throws', () => { throw new RangeError('no database'); }], ['rejects', () => Promise.reject(new RangeError('no database'))],
    ['returns text', () => 'secret' as never]] as [string, () => Buffer | Promise<Buffer>][]) {
    it(`when the function ${what}: the server's session tells, the client is refused`, async () => {
      const errors: Error[] = [];
      const { port } = serve({ psk: bad }, (session) => { session.onerror = (error) => errors.push(error); });
      assert.equal((await failure(client(port))).alert, 'decrypt_error');
      assert.equal(errors.length, 1);
      assert.ok(errors[0] instanceof RangeError || errors[0] instanceof TypeError);
    });
  }

  it('when a client\'s function has none', async () => {
    const error = await failure(client(serve().port, { psk: () => null }));
    assert.equal(error.code, 'ERR_DTLS_NO_CREDENTIALS');
  });
});

describe('the key log', () => {
  it('is the same on both sides', async () => {
    const lines: string[] = [];
    const { port } = serve({ keylog: (line) => lines.push(line) });
    const session = client(port);
    session.onkeylog = (line) => lines.push(line);
    await session.opened;
    assert.equal(lines.length, 2);
    assert.equal(lines[0], lines[1]);
    assert.match(lines[0]!, /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
    await session.close();
  });

  it('is there for a server\'s session only if it was asked for in time', async () => {
    const { port } = serve({}, (session) => assert.throws(() => { session.onkeylog = () => {}; }, { code: 'ERR_INVALID_STATE' }));
    await client(port).opened;
    const lines: string[] = [];
    await client(serve({ keylog: true }, (session) => { session.onkeylog = (line) => lines.push(line); }).port).opened;
    assert.equal(lines.length, 1);
  });
});

it('a stranger\'s junk is counted and not answered', async () => {
  const { endpoint, port } = serve(), stranger = createSocket('udp4');
  stranger.on('message', () => assert.fail('answered'));
  stranger.send('GET / HTTP/1.1', port, HOST);
  const session = client(port);
  await session.opened;
  assert.equal(endpoint.stats.serverRejectedCount, 1n);
  assert.equal(endpoint.stats.drops['MALFORMED_RECORD'], 1);
  stranger.close();
  await session.close();
});
