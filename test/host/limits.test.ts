// What a Node endpoint does at its limits: silent and full, slow and rebooting peers, idle ones, engines that fail.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, describe, it, mock } from 'node:test';
import type { Engine } from '../../host/core/index.js';
import { Loader } from '../../host/core/index.js';
import { connect, DTLSError, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSEndpoint, DTLSSession, ListenOptions } from '../../host/node/index.js';
import { CCM_8 } from '../sim/peer/keys.js';
import { Peer } from '../sim/peer/peer.js';

const key = Buffer.from('secretPSK');
const psk = { identity: 'dev1', key };
const HOST = '127.0.0.1';
const FAST = { retransmit: { initialMs: 20, maxMs: 40 } };

const open: DTLSEndpoint[] = [];
after(() => Promise.allSettled(open.map((endpoint) => endpoint.close())));

function serve(options: Partial<ListenOptions> = {}, onsession: (session: DTLSSession) => void = () => {}) {
  const endpoint = listen(onsession, { host: HOST, port: 0, psk: { dev1: key }, ...options });
  open.push(endpoint);
  return { endpoint, port: endpoint.address!.port };
}

const client = (port: number, options: Partial<ConnectOptions> = {}) => connect(HOST, port, { psk, ...options });

async function failure(session: DTLSSession): Promise<DTLSError> {
  const error = await session.opened.then(() => assert.fail('it opened'), (reason: unknown) => reason);
  assert.ok(error instanceof DTLSError, String(error));
  return error;
}

/** A UDP socket that swallows everything. */
async function blackHole(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

/** A peer that shows its cookie, and then hears the server's flight twice and says no more. */
async function knock(port: number, seed: number): Promise<void> {
  const peer = new Peer({ role: 'client', seed, suites: [CCM_8], identity: Buffer.from('dev1'), key });
  const socket = createSocket('udp4');
  socket.connect(port, HOST);
  await once(socket, 'connect');
  socket.send(peer.start()[0]!);
  const [verify] = await once(socket, 'message') as [Buffer];
  socket.send(peer.receive(verify)[0]!);
  for (let flights = 0; flights < 2; flights++) await once(socket, 'message');
  socket.close();
}

describe('a handshake that cannot be', () => {
  it('with a silent peer ends at its timeout and says what to check', async () => {
    const hole = await blackHole(), startMs = performance.now();
    const error = await failure(client(hole.address().port, { ...FAST, handshakeTimeout: 150 }));
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.equal(error.cause, 'SILENT_PEER');
    assert.match(error.phase, /^WAIT_/);
    assert.match(error.hint, /firewall/);
    assert.ok(performance.now() - startMs < 1150);
    hole.close();
  });

  it('with a port where nothing listens says so, but goes on to the timeout: anybody can send ICMP', async () => {
    const hole = await blackHole(), { port } = hole.address();
    hole.close();
    await once(hole, 'close');
    const session = client(port, { ...FAST, handshakeTimeout: 100 }), warnings: string[] = [];
    session.onwarning = ({ code }) => warnings.push(code);
    const error = await failure(session);
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.match(error.hint, /ECONNREFUSED/);
    assert.equal(warnings[0], 'ERR_DTLS_PORT_UNREACHABLE');
    assert.equal(warnings.filter((code) => code === warnings[0]).length, 1);
  });

  it('for a wrong key says that it is probably the key, on both sides', async () => {
    const errors: Error[] = [];
    const { port } = serve(FAST, (session) => { session.onerror = (error) => errors.push(error); });
    const session = client(port, { ...FAST, psk: { identity: 'dev1', key: Buffer.from('wrong') } });
    session.onwarning = () => {};
    for (const error of [await failure(session), errors[0] as DTLSError]) {
      assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
      assert.equal(error.alert, 'decrypt_error');
      assert.match(error.hint, /probably the pre-shared key/);
    }
  });

  it('for a wrong key warns by the second repeat, long before it ends', async () => {
    const { port } = serve({ retransmit: { initialMs: 10_000 } });
    const warned = once(process, 'warning');
    // The server answers nothing to a Finished it cannot read until the third; then it is over.
    const session = client(port, { ...FAST, psk: { identity: 'dev1', key: Buffer.from('wrong') } });
    const error = await failure(session);
    const [warning] = await warned as [Error & { code: string }];
    assert.equal(warning.code, 'ERR_DTLS_WRONG_KEY');
    assert.match(warning.message, /probably the pre-shared key/);
    assert.equal(error.cause, 'WRONG_KEY');
  });

  it('for an unknown identity, or no common cipher suite', async () => {
    const errors: Error[] = [];
    const { port } = serve({ ciphers: 'PSK-AES128-CCM' }, (session) => { session.onerror = (error) => errors.push(error); });
    const ofClient = [await failure(client(port, { psk: { identity: 'nobody', key } })),
      await failure(client(port, { ciphers: 'PSK-AES128-CCM8' }))];
    assert.deepEqual(ofClient.map(({ alert }) => alert), ['decrypt_error', 'handshake_failure']);
    assert.deepEqual((errors as DTLSError[]).map(({ code }) => code), ['ERR_DTLS_UNKNOWN_IDENTITY', 'ERR_DTLS_NO_COMMON_CIPHER']);
  });

  it('for an unknown identity that is hidden, as for a wrong key: only the server knows', async () => {
    const errors: DTLSError[] = [];
    const { port } = serve({ ...FAST, hidePskIdentity: true }, (session) => { session.onerror = (error) => errors.push(error as DTLSError); });
    const nobody = client(port, { ...FAST, psk: { identity: 'nobody', key } });
    const wrong = client(port, { ...FAST, psk: { identity: 'dev1', key: Buffer.from('wrong') } });
    for (const session of [nobody, wrong]) session.onwarning = () => {};
    const [first, second] = [await failure(nobody), await failure(wrong)];
    assert.deepEqual([first.code, first.alert, first.message], [second.code, second.alert, second.message]);
    assert.deepEqual(errors.map(({ code }) => code).sort(), ['ERR_DTLS_UNKNOWN_IDENTITY', 'ERR_DTLS_WRONG_KEY']);
  });

  it('for a host that does not resolve, or is out of reach, is the system\'s error', async () => {
    await assert.rejects(connect('no-such-host.invalid', 5684, { psk }).opened, { syscall: 'getaddrinfo' });
    const { port } = serve();
    await assert.rejects(client(port, { bindHost: '192.0.2.1' }).opened, { code: 'EADDRNOTAVAIL' });
    assert.throws(() => serve({ port }), { code: 'EADDRINUSE' });
  });
});

describe('a server', () => {
  it('at maxSessions is silent to new peers, counts them, and takes them when there is room', async () => {
    const { endpoint, port } = serve({ maxSessions: 1 });
    const first = client(port), second = client(port, FAST);
    await first.opened;
    const isOpen = second.opened.then(() => true);
    assert.equal(await Promise.race([isOpen, new Promise((done) => { setTimeout(done, 60, false); })]), false);
    assert.ok(endpoint.stats.serverRefusedCount > 0n);
    await first.close();
    assert.equal(await isOpen, true);
    await second.close();
  });

  it('at maxSessionsPerHost, or busy, does the same', async () => {
    const { endpoint, port } = serve({ maxSessionsPerHost: 1 });
    const first = client(port);
    await first.opened;
    const refused = client(port, { ...FAST, handshakeTimeout: 100 });
    assert.equal((await failure(refused)).cause, 'SILENT_PEER');
    await first.close();
    endpoint.busy = true;
    assert.equal((await failure(client(port, { ...FAST, handshakeTimeout: 100 }))).cause, 'SILENT_PEER');
    assert.ok(endpoint.stats.serverBusyCount > 0n);
    endpoint.busy = false;
    const last = client(port);
    await last.opened;
    await last.close();
  });

  it('hears no hello behind another record, which would get round these bounds', async () => {
    const { endpoint, port } = serve({ maxSessionsPerHost: 1, cid: true }, (session) => {
      session.onmessage = (message) => { session.send(message); };
    });
    const first = client(port), echoes = first[Symbol.asyncIterator](), socket = createSocket('udp4');
    await first.opened;
    const hello = new Peer({ role: 'client', seed: 7, suites: [CCM_8], identity: Buffer.from('dev1'), key }).start()[0]!;
    for (const before of ['17fefd00000000000000000000', '19fefd00010000000000000000000000000000']) {
      const { packetsReceived, packetsSent } = endpoint.stats;
      await new Promise((done) => { socket.send(Buffer.concat([Buffer.from(before, 'hex'), hello]), port, HOST, done); });
      first.send('who was that?');
      await echoes.next();
      assert.deepEqual([endpoint.stats.packetsReceived - packetsReceived, endpoint.stats.packetsSent - packetsSent], [2n, 1n]);
    }
    socket.close();
    await first.close();
  });

  // A flood whose senders answer with a cookie; before, it held its places for as long as a handshake may take.
  for (const limit of [{ maxHandshakes: 2 }, { maxSessions: 2 }]) {
    it(`at ${JSON.stringify(limit)}: the oldest handshake whose peer is silent makes room`, async () => {
      const served: DTLSSession[] = [];
      const { endpoint, port } = serve({ ...FAST, ...limit }, (session) => served.push(session));
      for (const seed of [1, 2]) await knock(port, seed);
      const session = client(port, FAST);
      await session.opened;
      assert.deepEqual(served.map(({ destroyed }) => destroyed), [true, false, false]);
      assert.equal(endpoint.stats.serverSessions, 3n);
      await session.close();
    });
  }

  it('never ends an open session for a new one', async () => {
    const { port } = serve({ ...FAST, maxSessions: 1 });
    const first = client(port);
    await first.opened;
    assert.equal((await failure(client(port, { ...FAST, handshakeTimeout: 150 }))).cause, 'SILENT_PEER');
    assert.equal(first.destroyed, false);
    await first.close();
  });

  it('grows: more sessions than one engine begins with', async () => {
    const { port, endpoint } = serve();
    const sessions = Array.from({ length: 150 }, () => client(port, { retransmit: { initialMs: 200 } }));
    await Promise.all(sessions.map(({ opened }) => opened));
    assert.equal(endpoint.stats.serverSessions, 150n);
    await Promise.all(sessions.map((session) => session.close()));
  });

  it('closes what is idle, in order', async () => {
    const served: DTLSSession[] = [];
    const { port } = serve({ idleTimeout: 50 }, (session) => served.push(session));
    const session = client(port), errors: Error[] = [];
    session.onerror = (error) => errors.push(error);
    await session.opened;
    await session.closed; // by the server's close_notify
    await served[0]!.closed;
    assert.deepEqual(errors, []);
  });

  it('gives a peer that comes back from the same port a new session, and ends the old one (6347-4.2.8-1)', async () => {
    const served: DTLSSession[] = [];
    const { port } = serve({}, (session) => served.push(session));
    const first = client(port);
    await first.opened;
    const bindPort = first.endpoint.address!.port;
    first.destroy(); // says nothing: the server still has it
    await first.endpoint.closed;
    const second = client(port, { bindPort });
    await second.opened;
    await served[0]!.closed;
    assert.deepEqual(served.map(({ destroyed }) => destroyed), [true, false]);
    await second.close();
  });

  it('closes every session and then its socket', async () => {
    const { endpoint, port } = serve(), sessions = [client(port), client(port)];
    await Promise.all(sessions.map(({ opened }) => opened));
    await endpoint.close();
    await Promise.all(sessions.map(({ closed }) => closed));
    assert.equal(endpoint.address, undefined);
    const reused = serve({ port });
    reused.endpoint.destroy(new Error('gone'));
    await assert.rejects(reused.endpoint.closed, /gone/);
  });
});

describe('an engine that traps', () => {
  it('costs its sessions, which say so; the endpoint goes on with another', async () => {
    const engines: Engine[] = [], original = Loader.prototype.engine;
    const spy = mock.method(Loader.prototype, 'engine', function (this: Loader, ...args: Parameters<Loader['engine']>) {
      const engine = original.apply(this, args);
      engines.push(engine);
      return engine;
    });
    const errors: DTLSError[] = [];
    const { port } = serve({}, (session) => { session.onerror = (error) => errors.push(error as DTLSError); });
    spy.mock.restore();
    const session = client(port);
    await session.opened;
    const warned = once(process, 'warning');
    engines[0]!.module.receive = () => { throw new Error('unreachable executed'); };
    session.send('fatal');
    session.destroy();
    const other = client(port, FAST);
    await other.opened;
    assert.deepEqual(errors.map(({ code, cause }) => [code, String(cause)]), [['ERR_DTLS_ENGINE_FAILED', 'Error: unreachable executed']]);
    assert.match(((await warned)[0] as Error).message, /unreachable executed/);
    await other.close();
  });
});

it('what the system says of a datagram goes up to the session (6347-4.1.1.1-2)', async () => {
  const { port } = serve(), session = client(port), errors: (Error & { code?: string; hint?: string })[] = [];
  session.onerror = (error) => errors.push(error);
  await session.opened;
  const tooBig = Object.assign(new Error('send EMSGSIZE'), { code: 'EMSGSIZE' });
  const send = mock.method(Object.getPrototypeOf(createSocket('udp4')), 'send', (...args: unknown[]) => {
    (args.at(-1) as (error: Error) => void)(tooBig);
  });
  session.send('big');
  send.mock.restore();
  assert.deepEqual(errors.map(({ code }) => code), ['EMSGSIZE']);
  assert.match(errors[0]!.hint!, /mtu/);
  assert.equal(session.destroyed, false);
  await session.close();
});
