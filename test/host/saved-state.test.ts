// Sessions that outlive their process, over real sockets: exportState, saveState, `state`, `storeState`.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { connect, listen, type ConnectOptions, type DTLSSession, type ListenOptions } from '../../host/node/index.js';

const KEY = Buffer.from('secretPSK'), PSK = { identity: 'dev1', key: KEY }, STATE_KEY = Buffer.alloc(16, 3);

function serve(t: TestContext, port = 0, options: Partial<ListenOptions> = {}) {
  const server = listen((session) => {
    session.onmessage = (message) => session.send(`${message} from ${session.pskIdentity}, restored ${session.restored}`);
  }, { host: '127.0.0.1', port, psk: { dev1: KEY }, stateKey: STATE_KEY, ...options });
  t.after(() => server.destroy());
  return server;
}

async function open(t: TestContext, port: number, options: Partial<ConnectOptions> = {}): Promise<DTLSSession> {
  const session = connect('127.0.0.1', port, { psk: PSK, ...options });
  t.after(() => session.destroy());
  session.onwarning = () => {};
  await session.opened;
  return session;
}

const say = (session: DTLSSession, text: string): Promise<string> => new Promise((resolve) => {
  session.onmessage = (message) => resolve(String(message));
  session.send(text);
});

test('a server that starts again goes on with its sessions, and the next state is stored before anything is sent', async (t) => {
  const first = serve(t), { port } = first.address!;
  const session = await open(t, port);
  assert.equal(await say(session, 'one'), 'one from dev1, restored false');
  const state = first.saveState();
  first.destroy();
  await first.closed;
  const stored: Buffer[] = [];
  const second = serve(t, port, { state, storeState: async (next) => { stored.push(next); } });
  assert.equal(await say(session, 'two'), 'two from dev1, restored true');
  assert.equal(stored.length, 1);
  assert.equal(second.stats.serverSessions, 1n);
});

test('one damaged line of a server\'s state is one session less', async (t) => {
  const first = serve(t), { port } = first.address!;
  const sessions = [await open(t, port), await open(t, port)];
  for (const session of sessions) await say(session, 'one');
  const lines = first.saveState().toString().split('\n');
  first.destroy();
  await first.closed;
  lines[1] = `${lines[1]!.slice(0, 60)}AAAA${lines[1]!.slice(64)}`;
  const warned = new Promise<NodeJS.ErrnoException>((resolve) => { process.once('warning', resolve as (warning: Error) => void); });
  serve(t, port, { state: Buffer.from(lines.join('\n')), storeState: () => {} });
  assert.equal((await warned).code, 'ERR_DTLS_BAD_STATE');
  assert.equal(await say(sessions[1]!, 'two'), 'two from dev1, restored true');
  assert.throws(() => serve(t, 0, { state: Buffer.from('something else') }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a client sleeps and wakes; without a place to store the next state it must save first', async (t) => {
  const { port } = serve(t).address!;
  const awake = await open(t, port);
  await say(awake, 'one');
  const state = awake.exportState();
  assert.equal(awake.destroyed, true);
  await awake.endpoint.closed;
  const woken = await open(t, port, { state });
  assert.equal(woken.restored, true);
  assert.throws(() => woken.send('two'), { code: 'ERR_DTLS_SAVE_FIRST' });
  woken.saveState();
  assert.equal(await say(woken, 'two'), 'two from dev1, restored false');
});

test('a state that was altered is refused with a warning, and a handshake follows', async (t) => {
  const { port } = serve(t).address!;
  const awake = await open(t, port);
  await say(awake, 'one');
  const state = awake.exportState();
  state[40]! ^= 1;
  const session = connect('127.0.0.1', port, { psk: PSK, state });
  t.after(() => session.destroy());
  const warned = new Promise<string>((resolve) => { session.onwarning = ({ code }) => resolve(code); });
  await session.opened;
  assert.equal(await warned, 'ERR_DTLS_BAD_STATE');
  assert.equal(session.restored, false);
});
