// Sessions of peers that showed a certificate or a raw public key, resumed over real sockets: who is still authorized, and who is
// asked again.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, test, type TestContext } from 'node:test';
import { connect, listen, publicKeyName, type ConnectOptions, type DTLSSession, type ListenOptions } from '../../host/node/index.js';
import { createSocket, type DTLSRemoteInfo, type SocketDTLSOptions } from '../../host/node/dgram.js';
import { keyPem, pemOf } from '../certificates/pem.js';
import { client, middleCertificate, rootCertificate, server, SERVER_NAME } from '../certificates/people.js';

const HOST = '127.0.0.1', KEY = Buffer.from('secretPSK'), TICKET_KEY = Buffer.alloc(32, 1), STATE_KEY = Buffer.alloc(32, 7);
const root = pemOf(rootCertificate), middle = pemOf(middleCertificate);
const names = { server: publicKeyName(server.key.private), client: publicKeyName(client.key.private) };
const raw = (key: typeof client.key) => ({ key: keyPem(key.private), rawPublicKey: true });
const SERVER = { cert: pemOf(...server.certificates), key: keyPem(server.key.private) };
const CLIENT = { cert: pemOf(...client.certificates), key: keyPem(client.key.private) };
/** Whoever showed one is asked for it. */
const ASKING = { ...SERVER, requestCert: true, ca: root };

type Options = Partial<ConnectOptions>;

function serve(t: TestContext, options: Partial<ListenOptions>) {
  const sessions: DTLSSession[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (message) => { session.send(message); };
  }, { host: HOST, port: 0, ticketKeys: TICKET_KEY, ...options });
  t.after(() => endpoint.destroy());
  return { endpoint, sessions, port: endpoint.address!.port };
}

async function open(t: TestContext, port: number, options: Options, host = HOST): Promise<DTLSSession> {
  const session = connect(host, port, { servername: SERVER_NAME, ...options });
  t.after(() => session.destroy());
  await session.opened;
  const messages = session[Symbol.asyncIterator]();
  session.send('ping');
  assert.equal((await messages.next()).value.toString(), 'ping');
  return session;
}

/** What is known of the peer. */
const known = ({ reused, authorized, authorizationError, peerKeyName, pskIdentity }: DTLSSession) =>
  ({ reused, authorized, authorizationError, peerKeyName, pskIdentity });
const proved = (reused: boolean, peerKeyName: string) =>
  ({ reused, authorized: true, authorizationError: undefined, peerKeyName, pskIdentity: undefined });
const NOBODY = { authorized: false, authorizationError: 'UNABLE_TO_GET_ISSUER_CERT', peerKeyName: undefined, pskIdentity: undefined };

/** Whether the session of a meeting under the first options is resumed under the second ones; undefined if there was none. */
async function resumes(t: TestContext, [listening, connecting]: [Partial<ListenOptions>, Options],
  [listeningThen, connectingThen]: [Partial<ListenOptions>?, Options?] = [], way: 'id' | 'ticket' = 'ticket'): Promise<boolean | undefined> {
  const first = serve(t, listening);
  const { port } = listeningThen === undefined ? first : serve(t, listeningThen);
  const { session } = await open(t, first.port, { ...connecting, ...(way === 'ticket' && { session: true }) });
  if (session === undefined) return undefined;
  return (await open(t, port, { ...connecting, ...connectingThen, session })).reused;
}

describe('a session knows again', () => {
  const cases: [string, Partial<ListenOptions>, Options][] = [
    ['certificates', ASKING, { ...CLIENT, ca: root }],
    ['raw public keys', { ...raw(server.key), requestCert: true, peerKeys: names.client }, { ...raw(client.key), peerKeys: names.server }],
    ['a certificate and a raw public key', { ...SERVER, requestCert: true, peerKeys: names.client }, { ...raw(client.key), ca: root }],
    ['more peers than the engine has a list for', { ...raw(server.key), requestCert: true,
      peerKeys: [...Array.from({ length: 130 }, (_, i) => `ni:///sha-256;${Buffer.alloc(32, i).toString('base64url')}`), names.client] },
    { ...raw(client.key), peerKeys: names.server }],
  ];
  for (const [what, listening, connecting] of cases) {
    for (const way of [undefined, true] as const) {
      it(`${what}, by ${way ? 'a ticket' : 'an id'}`, async (t) => {
        const { port, sessions } = serve(t, listening);
        let { session } = await open(t, port, { ...connecting, ...(way && { session: way }) });
        for (let time = 0; time < 2; time++) {
          const again = await open(t, port, { ...connecting, session: session! });
          assert.deepEqual(known(again), proved(true, names.server));
          assert.deepEqual(known(sessions.at(-1)!), proved(true, names.client));
          for (const { peerCertificate, peerX509Certificate, peerRawPublicKey } of [again, sessions.at(-1)!]) {
            assert.deepEqual([peerCertificate, peerX509Certificate, peerRawPublicKey], [undefined, undefined, undefined]);
          }
          session = again.session;
        }
        assert.deepEqual(known(sessions[0]!), proved(false, names.client));
      });
    }
  }

  it('a server that asks for nothing, where a stateKey seals what the client keeps', async (t) => {
    assert.equal(await resumes(t, [SERVER, { ca: root }]), undefined);
    const { port, sessions } = serve(t, SERVER), options = { ca: root, stateKey: STATE_KEY };
    const { session } = await open(t, port, { ...options, session: true });
    assert.deepEqual(known(await open(t, port, { ...options, session: session! })), proved(true, names.server));
    assert.deepEqual(known(sessions[1]!), { ...NOBODY, reused: true });
  });

  it('nobody as more than they proved: a pre-shared key is no certificate, and none is not one', async (t) => {
    const mixed = { ...ASKING, psk: { dev1: KEY } }, psk = { psk: { identity: 'dev1', key: KEY }, stateKey: STATE_KEY };
    const { port, sessions } = serve(t, mixed);
    const { session } = await open(t, port, { ...psk, session: true });
    await open(t, port, { ...psk, session: session! });
    assert.deepEqual(known(sessions[1]!), { ...NOBODY, reused: true, pskIdentity: 'dev1' });
    const strict = await open(t, port, { ...CLIENT, ca: root, stateKey: STATE_KEY, session: session! });
    assert.deepEqual([known(strict), known(sessions[2]!)], [proved(false, names.server), proved(false, names.client)]);
    const lax = { ...ASKING, rejectUnauthorized: false }, bare = { ca: root, stateKey: STATE_KEY };
    assert.equal(await resumes(t, [lax, bare]), true);
    assert.equal(await resumes(t, [lax, bare], [ASKING, { ...bare, ...CLIENT }]), false);
  });
});

describe('a peer shows its certificate or key each time', () => {
  const mutual: [Partial<ListenOptions>, Options] = [ASKING, { ...CLIENT, ca: root }], [, CALLER] = mutual;
  const keys: [Partial<ListenOptions>, Options] = [{ ...raw(server.key), requestCert: true, peerKeys: names.client },
    { ...raw(client.key), peerKeys: names.server }];
  const yes = () => true;
  it('if it is not authorized', async (t) => {
    const stranger = { peerKeys: names.client, rejectUnauthorized: false }; // of somebody else
    assert.equal(await resumes(t, [ASKING, { ...CLIENT, ...stranger }]), undefined);
    for (const way of ['id', 'ticket'] as const) {
      assert.ok(!await resumes(t, [{ ...ASKING, ca: undefined as never, peerKeys: names.server, rejectUnauthorized: false }, CALLER], [], way));
    }
  });
  it('if the user is to be asked, on either side', async (t) => {
    let asked = 0;
    const verify = () => { asked++; }, peerKeys = () => { asked++; return true; };
    // where the server forgets, a ticket is empty, and an id means nothing when it comes back
    const cases: [Partial<ListenOptions>, Options, (way: 'id' | 'ticket') => number][] = [
      [{ ...ASKING, verify }, CALLER, (way) => way === 'ticket' ? 1 : 2], [{ ...keys[0], peerKeys }, keys[1], (way) => way === 'ticket' ? 1 : 2],
      [ASKING, { ...CALLER, verify }, () => 1], [keys[0], { ...keys[1], peerKeys }, () => 1],
    ];
    for (const [listening, connecting, times] of cases) {
      for (const way of ['id', 'ticket'] as const) {
        asked = 0;
        assert.equal(await resumes(t, [listening, connecting], [], way), times(way) === 2 ? false : undefined);
        assert.equal(asked, times(way));
      }
    }
  });
  it('if those who are trusted are others now, on either side', async (t) => {
    const pinned = [names.client, names.server];
    assert.equal(await resumes(t, mutual, [ASKING]), true, 'another server with the same secret and authorities');
    for (const change of [{ ca: root + middle }, { peerKeys: pinned }, { verify: yes }]) {
      assert.equal(await resumes(t, mutual, [{ ...ASKING, ...change }]), false);
      assert.equal(await resumes(t, mutual, [ASKING, change]), false);
    }
    assert.equal(await resumes(t, keys, [{ ...keys[0], peerKeys: pinned }]), false);
    assert.equal(await resumes(t, keys, [{ ...keys[0], peerKeys: yes }]), false);
    assert.equal(await resumes(t, keys, [keys[0], { peerKeys: pinned }]), false);
  });
  it('if the client looks for another server, or for one at another address', async (t) => {
    const ports = new Map([HOST, '127.0.0.2'].map((host) => [host, serve(t, { ...keys[0], host }).port]));
    const at = async (host: string, servername: string | undefined, session: true | Buffer) =>
      open(t, ports.get(host)!, { ...keys[1], servername: servername!, session }, host);
    const { session } = await at(HOST, undefined, true);
    assert.equal((await at(HOST, undefined, session!)).reused, true);
    assert.equal((await at('127.0.0.2', undefined, session!)).reused, false);
    assert.equal((await at(HOST, SERVER_NAME, session!)).reused, false);
  });
});

test('a state of a session that was resumed is of the same peer', async (t) => {
  const [listening, connecting] = [{ ...ASKING, stateKey: STATE_KEY, storeState: () => {} }, { ...CLIENT, ca: root, storeState: () => {} }];
  const first = serve(t, listening), { session } = await open(t, first.port, { ...connecting, session: true });
  const resumed = await open(t, first.port, { ...connecting, session: session! });
  const state = resumed.exportState(), saved = first.endpoint.saveState();
  first.endpoint.destroy();
  await first.endpoint.closed;
  const second = serve(t, { ...listening, port: first.port, state: saved });
  const woken = await open(t, first.port, { ...connecting, state });
  assert.deepEqual([woken.restored, known(woken)], [true, proved(true, names.server)]);
  const clients = second.sessions.filter(({ reused }) => reused);
  assert.deepEqual(clients.map(known), [proved(true, names.client)]);
});

test('node:dgram\'s look-alike says who it is by the name of the key', async (t) => {
  const socketOf = (dtls: SocketDTLSOptions) => {
    const socket = createSocket({ type: 'udp4', dtls });
    t.after(() => socket.close());
    return socket;
  };
  const gateway = socketOf({ listen: ASKING }), seen: (string | undefined)[] = [];
  gateway.on('message', (message: Buffer, { port, address, peer }: DTLSRemoteInfo) => {
    seen.push(`${peer?.authorized} ${peer?.keyName === names.client} ${peer?.certificate !== undefined}`);
    gateway.send(message, port, address);
  }).bind(0, HOST);
  await once(gateway, 'listening');
  const ask = async (session: true | Buffer): Promise<[Buffer | undefined, DTLSRemoteInfo]> => {
    const socket = socketOf({ connect: { ...CLIENT, ca: root, servername: SERVER_NAME, session } });
    let told: Buffer | undefined;
    socket.on('session', (bytes: Buffer) => { told = bytes; });
    socket.send('ping', gateway.address().port, HOST);
    const [, remote] = await once(socket, 'message') as [Buffer, DTLSRemoteInfo];
    return [told, remote];
  };
  const [session] = await ask(true), [, { peer }] = await ask(session!);
  assert.deepEqual([peer?.authorized, peer?.keyName, peer?.publicKey], [true, names.server, undefined]);
  assert.deepEqual(seen, ['true true true', 'true true false']);
});
