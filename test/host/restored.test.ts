// What a session still knows that was restored, over real sockets: who its peer is, its name, its protocol, its connection IDs.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it, test, type TestContext } from 'node:test';
import { connect, listen, publicKeyName, type ConnectOptions, type DTLSEndpoint, type DTLSSession, type ListenOptions,
} from '../../host/node/index.js';
import { keyPem, pemOf } from '../certificates/pem.js';
import { client, rootCertificate, server, SERVER_NAME } from '../certificates/people.js';

const HOST = '127.0.0.1', STATE_KEY = Buffer.alloc(32, 7), KEY = Buffer.from('secretPSK');
const ca = pemOf(rootCertificate);
const SERVER = { cert: pemOf(...server.certificates), key: keyPem(server.key.private) };
const CLIENT = { cert: pemOf(...client.certificates), key: keyPem(client.key.private) };
const RAW = { key: keyPem(client.key.private), rawPublicKey: true }, clientKey = publicKeyName(client.key.private);

/** T of the check of a new path (RFC 9853), and thus how long the old one's silence is waited for. */
const FAST = { retransmit: { initialMs: 50 } };

/** What a session knows of its association and its peer. */
function known(session: DTLSSession) {
  const { authorized, authorizationError, servername, alpnProtocol, cid, pskIdentity, cipher } = session;
  return { authorized, authorizationError, servername, alpnProtocol, cid, pskIdentity, cipher,
    certificate: session.peerX509Certificate?.fingerprint256,
    key: session.peerRawPublicKey && publicKeyName(session.peerRawPublicKey) };
}

interface Served {
  endpoint: DTLSEndpoint;
  sessions: DTLSSession[];
  port: number;
}

function serve(t: TestContext, options: Partial<ListenOptions>): Served {
  const sessions: DTLSSession[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (message) => { session.send(message); };
  }, { host: HOST, port: 0, stateKey: STATE_KEY, storeState: () => {}, ...options });
  t.after(() => endpoint.destroy());
  return { endpoint, sessions, port: endpoint.address!.port };
}

async function open(t: TestContext, port: number, options: ConnectOptions): Promise<DTLSSession> {
  const session = connect(HOST, port, { stateKey: STATE_KEY, storeState: () => {}, servername: SERVER_NAME, ...options });
  t.after(() => session.destroy());
  await session.opened;
  return session;
}

async function echo(session: DTLSSession, text: string): Promise<void> {
  const messages = session[Symbol.asyncIterator]();
  session.send(text);
  assert.equal(`${(await messages.next()).value}`, text);
}

/** Both ends' knowledge before both were saved, ended without a word, and restored; and afterwards. */
async function restart(t: TestContext, listening: Partial<ListenOptions>, connecting: ConnectOptions, again: Partial<ListenOptions> = {}) {
  const first = serve(t, listening);
  const awake = await open(t, first.port, connecting);
  await echo(awake, 'before');
  const before = [known(awake), known(first.sessions[0]!)];
  const { port: bindPort } = awake.endpoint.address!;
  const states = { client: awake.exportState(), server: first.endpoint.saveState() };
  first.endpoint.destroy();
  await Promise.all([first.endpoint.closed, awake.endpoint.closed]);
  const second = serve(t, { ...listening, port: first.port, state: states.server, ...again });
  return { before, states, second, bindPort, wake: (options: Partial<ConnectOptions> = {}) =>
    open(t, first.port, { ...connecting, state: states.client, ...options }) };
}

describe('a restart of both sides is without a trace', () => {
  const cases: { [name: string]: [Partial<ListenOptions>, ConnectOptions] } = {
    'with pre-shared keys': [{ psk: { dev1: KEY } }, { psk: { identity: 'dev1', key: KEY } }],
    'with certificates on both sides': [{ ...SERVER, ca, requestCert: true, alpn: ['coap', 'co'] }, { ...CLIENT, ca, alpn: ['co'] }],
    'with a raw key that is pinned, to a server with a certificate': [{ ...SERVER, requestCert: true, peerKeys: [clientKey] },
      { ...RAW, ca }],
    'with a client that nothing speaks for': [{ ...SERVER, requestCert: true, rejectUnauthorized: false },
      { ...RAW, ca, rejectUnauthorized: false }],
    'by one of several names': [{ psk: { other: KEY }, sni: { 'other.example': SERVER, [SERVER_NAME]: SERVER } }, { ca }],
    'with connection IDs of both sides': [{ psk: { dev1: KEY }, cid: Buffer.from('gw7') },
      { psk: { identity: 'dev1', key: KEY }, cid: 5 }],
  };
  for (const [name, [listening, connecting]] of Object.entries(cases)) {
    it(name, async (t) => {
      const { before, second, wake } = await restart(t, listening, connecting);
      const woken = await wake();
      await echo(woken, 'after');
      assert.deepEqual([woken.restored, second.sessions[0]!.restored, second.sessions.length], [true, true, 1]);
      assert.deepEqual([known(woken), known(second.sessions[0]!)], before);
    });
  }

  it('once more with what was stored as the sessions came back, before anybody had heard of them', async (t) => {
    const [listening, connecting] = cases['with certificates on both sides']!, stored: { [side: string]: Buffer } = {};
    const { before, second, wake } = await restart(t, listening, connecting, { storeState: (state) => { stored['server'] = state; } });
    const woken = await wake({ storeState: (state) => { stored['client'] = state; } });
    const { port: bindPort } = woken.endpoint.address!, { server, client } = stored;
    for (const { endpoint } of [woken, second]) {
      endpoint.destroy();
      await endpoint.closed;
    }
    const third = serve(t, { ...listening, port: second.port, state: server! });
    const again = await open(t, second.port, { ...connecting, bindPort, state: client! });
    await echo(again, 'after');
    assert.deepEqual([known(again), known(third.sessions[0]!)], before);
  });

  it('and the peers were those that the handshake had shown', async (t) => {
    const { before } = await restart(t, { ...SERVER, requestCert: true, peerKeys: [clientKey] }, { ...RAW, ca });
    assert.deepEqual([before[0]!.authorized, before[1]!.authorized, before[1]!.key], [true, true, clientKey]);
    assert.ok(before[0]!.certificate);
    const cids = (await restart(t, { psk: { dev1: KEY }, cid: true }, { psk: { identity: 'dev1', key: KEY }, cid: 5 })).before;
    assert.deepEqual([cids[0]!.cid!.own.length, cids[0]!.cid!.peer.length], [5, 6]);
    assert.deepEqual(cids[1]!.cid, { own: cids[0]!.cid!.peer, peer: cids[0]!.cid!.own });
  });
});

describe('a state is refused, and a full handshake follows', () => {
  /** The error that the woken client warns of. */
  async function refusal(t: TestContext, port: number, options: ConnectOptions): Promise<Error & { code: string }> {
    const session = connect(HOST, port, { stateKey: STATE_KEY, storeState: () => {}, servername: SERVER_NAME, ...options });
    t.after(() => session.destroy());
    const warned = new Promise<Error & { code: string }>((resolve) => { session.onwarning = resolve; });
    session.opened.catch(() => {});
    const warning = await warned;
    await session.opened;
    assert.equal(session.restored, false);
    return warning;
  }

  it('where the server knows it by another port, and has given it no connection ID', async (t) => {
    const psk = { identity: 'dev1', key: KEY };
    const { second, states, bindPort } = await restart(t, { psk: { dev1: KEY } }, { psk });
    const other = createSocket('udp4').bind({ port: bindPort, exclusive: true }); // else its own port is what the client takes
    t.after(() => other.close());
    await once(other, 'listening');
    const { code, message } = await refusal(t, second.port, { psk, state: states.client });
    assert.equal(code, 'ERR_DTLS_OTHER_STATE');
    assert.match(message, new RegExp(`by local port ${bindPort}, and not`));
    const moves = await restart(t, { psk: { dev1: KEY }, cid: true, ...FAST }, { psk, cid: true });
    const taken = createSocket('udp4').bind({ port: moves.bindPort, exclusive: true });
    t.after(() => taken.close());
    await once(taken, 'listening');
    const woken = await moves.wake({ bindPort: 0 });
    await echo(woken, 'from elsewhere');
    assert.equal(woken.restored, true);
  });

  it('where it is of another server\'s name', async (t) => {
    const { second, states } = await restart(t, SERVER, { ca });
    const { message } = await refusal(t, second.port, { ca, rejectUnauthorized: false, servername: 'other.example', state: states.client });
    assert.equal(message, `The state is of a session with ${SERVER_NAME}, and not other.example`);
  });

  it('where the server was let in unauthorized, and need be authorized now', async (t) => {
    const peerKeys = [clientKey]; // of somebody else
    const { second, states, before } = await restart(t, SERVER, { peerKeys, rejectUnauthorized: false });
    assert.equal(before[0]!.authorized, false);
    const { message } = await refusal(t, second.port, { ca, state: states.client });
    assert.match(message, /of a peer that is not authorized/);
  });

  it('where clients need be authorized now, or be asked for by a name that is served', async (t) => {
    const lost = () => new Promise<string>((resolve) => { process.once('warning', ({ message }) => resolve(message)); });
    const client = { ca, rejectUnauthorized: false };
    let warning = lost();
    const one = await restart(t, { ...SERVER, requestCert: true, rejectUnauthorized: false }, { ...client, ...RAW }, { rejectUnauthorized: true, ca });
    assert.match(await warning, /1 of 1 saved sessions .* not authorized/);
    warning = lost();
    const two = await restart(t, { ...SERVER, sni: { [SERVER_NAME]: SERVER } }, client, { sni: { 'other.example': SERVER } });
    assert.match(await warning, /1 of 1 saved sessions .* server\.example, which is not served here/);
    warning = lost();
    const three = await restart(t, { ...SERVER }, client, { requestCert: true, ca });
    assert.match(await warning, /1 of 1 saved sessions .*it showed nothing/);
    for (const { second } of [one, two, three]) assert.equal(second.sessions.length, 0);
  });
});

/** The first engine has room for 64, the second one for a thousand. */
const CLIENTS = 70;

for (const cid of [undefined, true] as const) {
  test(`more sessions than an engine holds find their places again${cid === undefined ? '' : ', by their connection IDs'}`, async (t) => {
    const options = { psk: { dev1: KEY }, profile: 'iot', ...(cid && { cid }) } as const;
    const first = serve(t, options);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => open(t, first.port, { psk: { identity: 'dev1', key: KEY },
      profile: 'iot', ...(cid && { cid }) })));
    for (const [i, client] of clients.entries()) await echo(client, `${i}`);
    const ids = first.sessions.map((session) => session.cid?.own.toString('hex'));
    if (cid) assert.deepEqual([...new Set(ids.map((id) => id!.slice(0, 2)))].sort(), ['00', '01']);
    const lines = first.endpoint.saveState().toString().trimEnd().split('\n');
    first.endpoint.destroy();
    await first.endpoint.closed;
    const state = Buffer.from([lines[0], ...lines.slice(1).reverse()].join('\n')); // the second engine's first
    const second = serve(t, { ...options, port: first.port, state });
    for (const [i, client] of clients.entries()) await echo(client, `${i} again`);
    assert.equal(second.sessions.filter(({ restored }) => restored).length, CLIENTS);
    assert.deepEqual(second.sessions.map((session) => session.cid?.own.toString('hex')).sort(), ids.sort());
  });
}

test('many clients of a process, whose connection IDs name the same slots, wake in one', async (t) => {
  const { port } = serve(t, { psk: { dev1: KEY }, cid: true, ...FAST });
  const options = { psk: { identity: 'dev1', key: KEY }, cid: 4 } as const;
  const asleep: Buffer[] = [], slots: string[] = [];
  for (let i = 0; i < 3; i++) {
    const session = await open(t, port, options);
    await echo(session, 'before');
    slots.push(session.cid!.own.toString('hex', 0, 2));
    asleep.push(session.exportState());
  }
  for (const state of asleep) { // others have taken their places by now
    const other = await open(t, port, options), woken = await open(t, port, { ...options, state });
    await echo(other, 'other');
    await echo(woken, 'after');
    assert.equal(woken.restored, true);
  }
});

test('a store hears of sessions that come and go, and at the end of none; a crash leaves what it had', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stored: number[] = [];
  const storeState = (state: Buffer) => { stored.push(state.toString().trimEnd().split('\n').length - 1); };
  const { endpoint, port } = serve(t, { psk: { dev1: KEY }, storeState });
  const psk = { identity: 'dev1', key: KEY };
  const [one, two] = [await open(t, port, { psk }), await open(t, port, { psk })];
  await echo(one, 'one');
  await echo(two, 'two');
  t.mock.timers.tick(1000);
  await one.close();
  while (endpoint.stats.serverSessions === 2n && stored.length === 1) {
    await new Promise(setImmediate);
    t.mock.timers.tick(1000);
  }
  assert.deepEqual(stored, [2, 1]);
  two.destroy();
  await endpoint.close();
  assert.deepEqual(stored, [2, 1, 0]);
  const crashed = serve(t, { psk: { dev1: KEY }, storeState });
  await echo(await open(t, crashed.port, { psk }), 'three');
  crashed.endpoint.destroy();
  t.mock.timers.tick(10_000);
  assert.equal(stored.length, 3);
});
