// The Node side of CoAP with the board: a server that takes readings, a client that gets them.
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

/** So many readings from a CoAP server behind DTLS, one request after the other. */
export async function getReadings(t: TestContext, port: number, count: number): Promise<string[]> {
  const socket = createSocket({ type: 'udp4', dtls: { psk: { identity: IDENTITY, key: KEY } } });
  const agent = new coap.Agent({ socket });
  t.after(() => {
    agent.close();
    socket.close();
  });
  const get = () => new Promise<IncomingMessage>((done, fail) => {
    coap.request({ host: HOST, port, agent, pathname: '/reading' }).on('response', done).on('error', fail).end();
  });
  const readings: string[] = [];
  while (readings.length < count) readings.push(String((await within('a reading', get())).payload));
  return readings;
}
