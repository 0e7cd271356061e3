// The Node side of CoAP with the board: a server that takes readings, a client that posts and gets them.
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import coap from 'coap';
import type { IncomingMessage } from 'coap';
import { createSocket } from '../../host/node/dgram.js';
import { IDENTITY, KEY, within } from '../interop/peers.js';

const HOST = '127.0.0.1';

/** A CoAP server behind DTLS for the length of a test, and what was posted to it. */
export async function takeReadings(t: TestContext): Promise<{ port: number; readings: string[] }> {
  const readings: string[] = [];
  const socket = createSocket({ type: 'udp4', dtls: { psk: new Map([[IDENTITY, KEY]]) } }).bind(0, HOST);
  await once(socket, 'listening');
  const server = coap.createServer((request, response) => {
    const isReading = request.method === 'POST' && request.url === '/readings';
    if (isReading) readings.push(String(request.payload));
    response.code = isReading ? '2.04' : '4.04';
    response.end();
  }).listen(socket);
  t.after(() => {
    server.close();
    socket.close();
  });
  return { port: socket.address().port, readings };
}

/** Posts each reading to a CoAP server behind DTLS, and gets what it then has. */
export async function exchangeReadings(t: TestContext, port: number, readings: string[]): Promise<string[]> {
  const socket = createSocket({ type: 'udp4', dtls: { psk: { identity: IDENTITY, key: KEY } } });
  const agent = new coap.Agent({ socket });
  t.after(() => {
    agent.close();
    socket.close();
  });
  const ask = (method: 'GET' | 'POST', payload = '') => new Promise<IncomingMessage>((done, fail) => {
    const request = coap.request({ host: HOST, port, agent, method, pathname: '/readings' });
    request.on('response', done).on('error', fail).end(payload);
  });
  const got: string[] = [];
  for (const reading of readings) {
    await within('the answer to POST', ask('POST', reading));
    got.push(String((await within('the answer to GET', ask('GET'))).payload));
  }
  return got;
}
