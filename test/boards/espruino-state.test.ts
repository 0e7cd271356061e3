// The module `dtls` for Espruino: connections that go on after a sleep, sessions that are resumed, protocols and limits of
// records, against Thimble for Node.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { listen } from '../../host/node/index.js';
import type { DTLSSession, ListenOptions } from '../../host/node/index.js';
import { IDENTITY, KEY } from '../interop/peers.js';
import { connected, event, HOST, PSK, serve } from './espruino-ends.js';
import { Espruino } from './espruino.js';
import type { ScriptConnection, ScriptError } from './espruino.js';

/** A gateway in Node that echoes, and its sessions. */
function gateway(t: TestContext, options: Partial<ListenOptions> = {}): { port: number; sessions: DTLSSession[] } {
  const sessions: DTLSSession[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (data) => { session.send(data); };
    session.onerror = () => {};
  }, { host: HOST, port: 0, psk: { [IDENTITY]: KEY }, cid: true, pathValidation: 'basic', ...options });
  t.after(() => endpoint.destroy());
  return { port: endpoint.address!.port, sessions };
}

/** Writes, and returns what comes back. */
function said(connection: ScriptConnection, text: string): Promise<string> {
  const data = event<string>(connection, 'data');
  connection.write(text);
  return data;
}

describe('a client in Espruino that sleeps', () => {
  it('goes on with its state when it wakes, and the gateway sees no handshake', async (t) => {
    const { port, sessions } = gateway(t), awake = await connected(new Espruino(t), { port, cid: true });
    assert.equal(await said(awake, 'before'), 'before');
    let state = awake.exportState();
    assert.ok(state.length <= 200, `${state.length}`);
    for (let sleep = 0; sleep < 3; sleep++) {
      const stored: string[] = [];
      const woken = await connected(new Espruino(t), { port, cid: true, state, storeState: (next: string) => stored.push(next) });
      assert.equal(await said(woken, `after ${sleep}`), `after ${sleep}`);
      assert.equal(stored.length, 1);
      state = sleep === 1 ? stored[0]! : woken.exportState(); // once the battery was pulled
    }
    assert.equal(sessions.length, 1);
  });

  it('makes a handshake if its state was altered, with a warning', async (t) => {
    const { port, sessions } = gateway(t), state = (await connected(new Espruino(t), { port, cid: true })).exportState();
    const board = new Espruino(t), altered = `${state.slice(0, -1)}${state.endsWith('x') ? 'y' : 'x'}`;
    const woken = board.dtls.connect({ host: HOST, psk: PSK, port, cid: true, state: altered });
    assert.equal((await event<ScriptError>(woken, 'warning')).code, 'ERR_DTLS_BAD_STATE');
    while (sessions.length < 2) await new Promise(setImmediate);
    await sessions[1]!.opened;
    assert.deepEqual(board.uncaught, []);
  });
});

describe('a client in Espruino with a session', () => {
  it('resumes it, of a gateway or another board; a foreign one leads to a whole handshake', async (t) => {
    const gate = gateway(t).port, server = new Espruino(t);
    Object.assign(server.dtls.layout, { sessions: 2, contextBytes: 384 });
    const ports = [gate, (await serve(server)).port], sessions: string[] = [];
    const visit = async (port: number, session: true | string) => {
      const board = new Espruino(t);
      Object.assign(board.dtls.layout, { contextBytes: 384 });
      const told = new Promise<string>((resolve) => {
        board.dtls.connect({ host: HOST, port, psk: PSK, session }, (connection) => {
          said(connection, 'x').then(() => { connection.end(); resolve(`${connection.reused}`); }, () => {});
        }).on('session', (blob: never) => void sessions.push(blob));
      });
      return told;
    };
    for (const port of ports) {
      assert.equal(await visit(port, true), 'false');
      assert.equal(await visit(port, sessions.at(-1)!), 'true');
    }
    assert.equal(await visit(ports[1]!, sessions[0]!), 'false');
  });
});

describe('a client in Espruino', () => {
  it('agrees on a protocol and on shorter records', async (t) => {
    const { port } = gateway(t, { alpn: ['co'] });
    const connection = await connected(new Espruino(t), { port, alpn: ['x', 'co'], maxFragmentLength: 512 });
    assert.deepEqual([connection.alpnProtocol, connection.reused], ['co', false]);
    const server = gateway(t, { recordSizeLimit: 200 }), short = await connected(new Espruino(t), { port: server.port, recordSizeLimit: 300 });
    assert.equal(short.maxPayload, 200);
    assert.equal(server.sessions[0]!.maxPayload, 300);
  });

  it('hears that no protocol is common', async (t) => {
    const { port } = gateway(t, { alpn: ['co'] });
    const connection = new Espruino(t).dtls.connect({ host: HOST, psk: PSK, port, alpn: ['x'] });
    assert.match((await event<ScriptError>(connection, 'error')).message, /no_application_protocol/);
  });
});
