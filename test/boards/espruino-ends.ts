// The ends of the tests of Espruino's module: servers in Node, clients and servers in the stand-in for Espruino.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { listen } from '../../host/node/index.js';
import { IDENTITY, KEY, within } from '../interop/peers.js';
import type { Espruino, ScriptConnection, ScriptError } from './espruino.js';

export const HOST = '127.0.0.1', SECRET = KEY.toString('latin1');
export const PSK = { identity: IDENTITY, key: SECRET };
/** An impatient client's. */
export const SOON = { initialMs: 50, maxMs: 100, handshakeMs: 400 };
export const QUICKLY = { initialMs: 50, maxMs: 100 };

/** The port of an echoing server in Node. */
export function echo(t: TestContext, host = HOST): number {
  const server = listen((session) => {
    session.onmessage = (data) => { session.send(data); };
    session.onerror = () => {};
  }, { host, port: 0, psk: { [IDENTITY]: KEY } });
  t.after(() => server.destroy());
  return server.address!.port;
}

/** The port of a server that says nothing. */
export async function silence(t: TestContext): Promise<number> {
  const socket = createSocket('udp4').bind(0, HOST);
  t.after(() => socket.close());
  await once(socket, 'listening');
  return socket.address().port;
}

/** Resolves with what an event brings. */
export const event = <T>(connection: ScriptConnection, name: string) =>
  within(`'${name}'`, new Promise<T>((resolve) => connection.on(name, resolve as (value: never) => void)));

/** A client in Espruino, once it is connected. */
export const connected = (board: Espruino, options: object): Promise<ScriptConnection> =>
  within('a connection', new Promise((resolve, reject) => {
    board.dtls.connect({ host: HOST, psk: PSK, ...options }, resolve).on('error', reject as (value: never) => void);
  }));

/** A server in Espruino on a port that the system chose, which echoes; `clients` have finished their handshakes. */
export async function serve(board: Espruino, options: object = {}) {
  const clients: ScriptConnection[] = [], failures: ScriptError[] = [];
  const psk = (identity: string) => (identity === IDENTITY ? SECRET : null);
  const server = board.dtls.listen({ port: 0, psk, ...options }, (client) => {
    clients.push(client);
    client.on('data', (data) => client.write(data));
  });
  const failed = new Promise<void>((resolve) => server.on('clientError', (error) => { failures.push(error), resolve(); }));
  return { server, clients, failures, failed, port: await board.boundPort() };
}

/** What a call throws. */
export function thrownBy(call: () => unknown): ScriptError {
  try {
    call();
  } catch (error) {
    return error as ScriptError;
  }
  assert.fail('nothing was thrown');
}
