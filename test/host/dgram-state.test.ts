// The look-alike of node:dgram between its runs: saved states, sessions that are resumed, connection IDs.
import assert from 'node:assert/strict';
import { createSocket as createPlain } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { createSocket, type DTLSRemoteInfo, type DTLSSocket, type SocketDTLSOptions } from '../../host/node/dgram.js';

const HOST = '127.0.0.1', KEY = Buffer.from('a pre-shared key'), STATE_KEY = Buffer.alloc(16, 5);
const SERVER: SocketDTLSOptions = { psk: { dev1: KEY }, stateKey: STATE_KEY, storeState: () => {} };
const CLIENT: SocketDTLSOptions = { psk: { identity: 'dev1', key: KEY }, storeState: () => {} };

function socketOf(t: TestContext, dtls: SocketDTLSOptions): DTLSSocket {
  const socket = createSocket({ type: 'udp4', dtls });
  t.after(() => {
    try {
      socket.close();
    } catch { // the test did
    }
  });
  return socket;
}

/** An echo that says who spoke; how often there was a beginning, with a handshake or without. */
async function serve(t: TestContext, port = 0, dtls = SERVER): Promise<{ socket: DTLSSocket; port: number; begun: () => number }> {
  const socket = socketOf(t, dtls);
  let begun = 0;
  socket.on('secureConnection', () => begun++);
  socket.on('message', (message: Buffer, remote: DTLSRemoteInfo) => socket.send(`${message} ${remote.pskIdentity}`, remote.port, remote.address));
  socket.bind(port, HOST);
  await once(socket, 'listening');
  return { socket, port: socket.address().port, begun: () => begun };
}

async function ask(socket: DTLSSocket, port: number, text: string): Promise<string> {
  const answer = once(socket, 'message');
  socket.send(text, port, HOST);
  return String((await answer)[0]);
}

async function exported(socket: DTLSSocket): Promise<Buffer> {
  const closed = once(socket, 'close'), state = socket.exportState();
  await closed;
  return state;
}

test('all associations of a socket, as client and as server, go on in the next one', async (t) => {
  const both = { listen: { psk: { dev1: KEY } }, connect: { psk: { identity: 'dev1', key: KEY } }, stateKey: STATE_KEY, storeState: () => {} };
  const far = await serve(t), near = await serve(t, 0, both), client = socketOf(t, CLIENT);
  near.socket.removeAllListeners('message');
  assert.equal(await ask(near.socket, far.port, 'one'), 'one dev1');
  const heard = once(near.socket, 'message');
  client.send('two', near.port, HOST);
  assert.equal(String((await heard)[0]), 'two');
  const state = await exported(near.socket);
  assert.equal(state.toString().trimEnd().split('\n').length, 3);
  const next = await serve(t, near.port, { ...both, state });
  assert.equal(await ask(client, next.port, 'three'), 'three dev1');
  next.socket.removeAllListeners('message');
  assert.equal(await ask(next.socket, far.port, 'four'), 'four dev1');
  assert.deepEqual([far.begun(), next.begun()], [1, 2]);
});

test('a client sends from the port that its servers know, or from any that they need not know', async (t) => {
  for (const cid of [undefined, true] as const) {
    const { port, begun } = await serve(t, 0, { ...SERVER, ...(cid && { cid, pathValidation: 'basic' }) });
    const options = { ...CLIENT, ...(cid && { cid }) }, first = socketOf(t, options);
    await ask(first, port, 'one');
    const own = first.address().port, woken = socketOf(t, { ...options, state: await exported(first) });
    assert.equal(await ask(woken, port, 'two'), 'two dev1');
    assert.deepEqual([woken.address().port, begun()], [own, 1]);
    const state = await exported(woken), other = createPlain('udp4').bind({ port: own, exclusive: true });
    t.after(() => other.close());
    await once(other, 'listening');
    const moved = socketOf(t, { ...options, state }), warnings: { code: string }[] = [];
    moved.on('warning', (warning) => warnings.push(warning));
    assert.equal(await ask(moved, port, 'three'), 'three dev1');
    assert.deepEqual([warnings.map(({ code }) => code), begun()], cid ? [[], 1] : [['ERR_DTLS_OTHER_STATE'], 2]);
  }
});

test('what was altered is a warning and a handshake; what is no state is no option', async (t) => {
  const { port, begun } = await serve(t);
  const first = socketOf(t, CLIENT);
  await ask(first, port, 'one');
  const state = await exported(first);
  state[60]! ^= 2;
  const second = socketOf(t, { ...CLIENT, state }), warned = once(second, 'warning');
  assert.equal(await ask(second, port, 'two'), 'two dev1');
  assert.equal((await warned)[0].code, 'ERR_DTLS_BAD_STATE');
  assert.equal(begun(), 2);
  assert.throws(() => socketOf(t, { ...CLIENT, state: Buffer.from('x') }), { code: 'ERR_INVALID_ARG_VALUE', message: /state/ });
  assert.throws(() => socketOf(t, { psk: { dev1: KEY }, storeState: () => {} }), { code: 'ERR_MISSING_ARGS' });
});

test('until the next state is stored, nothing is sent', async (t) => {
  const { port } = await serve(t);
  const first = socketOf(t, CLIENT);
  await ask(first, port, 'one');
  const state = await exported(first);
  let store: (() => void) | undefined;
  const slow = socketOf(t, { ...CLIENT, state, storeState: () => new Promise((resolve) => { store = resolve; }) });
  const order: string[] = [], answer = once(slow, 'message').then(([text]) => order.push(String(text)));
  slow.send('two', port, HOST, () => order.push('sent'));
  await new Promise(setImmediate);
  order.push('stored');
  store!();
  await answer;
  assert.deepEqual(order, ['stored', 'sent', 'two dev1']);
  const without = socketOf(t, { ...CLIENT, storeState: undefined as never, state: await exported(slow) });
  const refused = await new Promise<Error | null>((resolve) => without.send('three', port, HOST, resolve));
  assert.equal((refused as NodeJS.ErrnoException).code, 'ERR_DTLS_SAVE_FIRST');
  without.saveState();
  assert.equal(await ask(without, port, 'four'), 'four dev1');
});

test('a session is told, and resumed by the next socket, also at a server that shares the ticket keys', async (t) => {
  const ticketKeys = Buffer.alloc(32, 1), a = await serve(t, 0, { ...SERVER, ticketKeys }), b = await serve(t, 0, { ...SERVER, ticketKeys });
  const first = socketOf(t, { connect: { psk: { identity: 'dev1', key: KEY }, session: true } }), told = once(first, 'session');
  await ask(first, a.port, 'one');
  const [session, remote] = await told as [Buffer, DTLSRemoteInfo];
  assert.equal(remote.port, a.port);
  let datagrams = 0;
  const second = createSocket({ type: 'udp4', dtls: { capture: () => { datagrams++; }, connect: { psk: { identity: 'dev1', key: KEY }, session } } });
  t.after(() => second.close());
  assert.equal(await ask(second, b.port, 'two'), 'two dev1');
  assert.equal(datagrams, 3 + 2 + 2, 'hello, cookie, hello, their last, ours with the message, its answer');
});
