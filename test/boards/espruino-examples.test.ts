// The examples for Espruino, and its README: do they speak CoAP that others understand?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import coap from 'coap';
import type { IncomingMessage } from 'coap';
import { createSocket } from '../../host/node/dgram.js';
import { listen } from '../../host/node/index.js';
import { lint } from '../architecture/espruino-javascript.js';
import { within } from '../interop/peers.js';
import { Espruino, example, readme } from './espruino.js';

const HOST = '127.0.0.1', IDENTITY = 'node-17', KEY = Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex');

/** The example with other values in the places of its own, each of which must be there. */
function adapted(name: string, values: { [old: string]: string }): string {
  return Object.entries(values).reduce((text, [old, value]) => {
    assert.ok(text.includes(old), old);
    return text.replace(old, value);
  }, example(name));
}

/** A CoAP server behind DTLS that answers after `ignored` requests, and what it was asked. */
async function startServer(t: TestContext, ignored = 0) {
  const requests: { id: string; method: string; url: string; payload: string }[] = [];
  const socket = createSocket({ type: 'udp4', dtls: { psk: { [IDENTITY]: KEY } } }).bind(0, HOST);
  await once(socket, 'listening');
  const server = coap.createServer((request, response) => {
    const { url, payload, _packet: { messageId } } = request;
    requests.push({ id: `${messageId}`, method: request.method!, url, payload: `${payload}` });
    if (requests.length <= ignored) return;
    response.code = '2.04';
    response.end();
  }).listen(socket);
  t.after(() => {
    server.close();
    socket.close();
  });
  return { port: socket.address().port, requests };
}

/** Asks a CoAP server behind DTLS. */
function ask(t: TestContext, port: number) {
  const socket = createSocket({ type: 'udp4', dtls: { psk: { identity: IDENTITY, key: KEY } } });
  const agent = new coap.Agent({ socket });
  t.after(() => {
    agent.close();
    socket.close();
  });
  return (method: 'GET' | 'PUT' | 'DELETE', pathname: string, payload = ''): Promise<IncomingMessage> =>
    within(`${method} ${pathname}`, new Promise((resolve, reject) => {
      coap.request({ host: HOST, port, agent, method, pathname }).on('response', resolve).on('error', reject).end(payload);
    }));
}

describe('the examples for Espruino', () => {
  for (const name of ['client', 'server']) {
    it(`are in Espruino's JavaScript: ${name}`, () => assert.deepEqual(lint(example(name)), []));
  }

  it('client: reports readings, one after the other', async (t) => {
    const { port, requests } = await startServer(t), board = new Espruino(t);
    board.run(adapted('client', {
      '192.168.1.2': HOST, 'port: 5684': `port: ${port}`, 'EVERY_MS = 60000': 'EVERY_MS = 20',
    }));
    await board.prints(/^Connected$/);
    await board.prints(/^Answer 2\.04$/, 3);
    assert.ok(requests.length >= 3);
    for (const { method, url, payload } of requests) {
      assert.equal(`${method} ${url}`, 'PUT /readings/node-17');
      assert.match(payload, /^2\d\.\d$/);
    }
    assert.equal(new Set(requests.map(({ id }) => id)).size, requests.length);
    assert.deepEqual(board.uncaught, []);
  });

  it('client: connects again when its server has closed', async (t) => {
    const board = new Espruino(t), server = new Espruino(t);
    server.run(adapted('server', { 'PORT = 5684': 'PORT = 0', 'var server = ': 'server = ' }));
    const port = await server.boundPort();
    board.run(adapted('client', {
      '192.168.1.2': HOST, 'port: 5684': `port: ${port}, initialMs: 50`, 'RECONNECT_MS = 10000': 'RECONNECT_MS = 10',
      'require("dtls").connect(': 'connection = require("dtls").connect(',
    }));
    await board.prints(/^Connected$/);
    board.run('connection.end()');
    await board.prints(/^Connected$/, 2);
    assert.deepEqual([...board.uncaught, ...server.uncaught], []);
  });

  it('server: keeps what is put and gives it back', async (t) => {
    const board = new Espruino(t);
    board.run(adapted('server', { 'PORT = 5684': 'PORT = 0' }));
    const request = ask(t, await board.boundPort());
    assert.equal((await request('GET', '/readings/x')).code, '4.04');
    assert.equal((await request('PUT', '/readings/x', '21.5')).code, '2.01');
    assert.equal((await request('PUT', '/readings/x', '21.6')).code, '2.04');
    const { code, payload } = await request('GET', '/readings/x');
    assert.equal(`${code} ${payload}`, '2.05 21.6');
    assert.equal((await request('DELETE', '/readings/x')).code, '4.05');
    const long = `/${'segment-of-more-than-thirteen-letters'.repeat(8)}`;
    assert.equal((await request('PUT', long, 'far')).code, '2.01');
    assert.equal(`${(await request('GET', long)).payload}`, 'far');
    assert.deepEqual(board.printed.filter((line) => line.includes(' /readings/x ')), [
      'node-17 /readings/x 21.5', 'node-17 /readings/x 21.6']);
    assert.deepEqual(board.uncaught, []);
  });

  it('server: does not store without end', async (t) => {
    const board = new Espruino(t);
    board.run(adapted('server', { 'PORT = 5684': 'PORT = 0' }));
    const request = ask(t, await board.boundPort());
    for (let i = 0; i < 16; i++) assert.equal((await request('PUT', `/${i}`, 'x')).code, '2.01');
    assert.equal((await request('PUT', '/16', 'x')).code, '5.03');
  });

  it('server: ignores what is no CoAP', async (t) => {
    const board = new Espruino(t);
    board.run(adapted('server', { 'PORT = 5684': 'PORT = 0' }));
    await board.boundPort();
    const options = ['\xbd', '\xbe\x01', '\xbf', '\xb5abc', '\xf0'].map((option) => `\x40\x01\0\0${option}`);
    for (const message of ['', 'B', '\x48\x01\0\0', '\x49\x01\0\x00123456789', '\x80\x01\0\0', ...options]) {
      assert.equal(board.run(`parse(${JSON.stringify(message)})`), undefined, JSON.stringify(message));
    }
  });
});

describe('the README for Espruino', () => {
  const blocks = [...readme().matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]!);

  it('is in Espruino\'s JavaScript', () => {
    assert.equal(blocks.length, 4);
    for (const block of blocks) assert.deepEqual(lint(block), []);
  });

  const [, onTop] = /Espruino \(.*?```js\n(.*?)```/s.exec(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'))!;
  const given = 'var key = "secretPSK";\n';

  const first = { 'Espruino\'s': blocks[0]!, 'the project\'s': given + onTop! };
  for (const [name, lines] of Object.entries(first)) it(`begins with lines that work: ${name}`, async (t) => {
    const messages: string[] = [];
    const server = listen((session) => {
      session.onmessage = (data) => {
        messages.push(`${data}`);
        session.send('thanks');
        void session.close();
      };
    }, { host: HOST, port: 0, psk: { [IDENTITY]: Buffer.from('secretPSK') } });
    t.after(() => server.destroy());
    const board = new Espruino(t);
    board.run(lines.replace(/192[.\d]+/, HOST).replace('5684', `${server.address!.port}`));
    await board.prints(/^thanks$/);
    assert.deepEqual(messages, ['21.5']);
  });
});
