// The look-alike of dgram.Socket: does npm coap work over it unchanged, and does it behave as dgram does?
import assert from 'node:assert/strict';
import { Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import coap from 'coap';
import type { CoapRequestParams, IncomingMessage, ObserveReadStream, OutgoingMessage } from 'coap';
import { ContentType } from '../../assembly/codes.js';
import { createSocket } from '../../host/node/dgram.js';
import type { DTLSRemoteInfo, DTLSSocket, SocketDTLSOptions } from '../../host/node/dgram.js';
import { noIPv6 } from './ends.js';

const key = Buffer.from('secretPSK');
const CLIENT: SocketDTLSOptions = { psk: { identity: 'dev1', key } };
const SERVER: SocketDTLSOptions = { psk: new Map([['dev1', key]]) };
const HOST = '127.0.0.1';

const open = new Set<DTLSSocket>();
after(() => Promise.all([...open].map(close)));

function socketOf(dtls: SocketDTLSOptions, type: 'udp4' | 'udp6' = 'udp4'): DTLSSocket {
  const socket = createSocket({ type, dtls });
  open.add(socket);
  return socket;
}

async function bound(dtls: SocketDTLSOptions, host = HOST): Promise<DTLSSocket> {
  const socket = socketOf(dtls, host === HOST ? 'udp4' : 'udp6').bind(0, host);
  await once(socket, 'listening');
  return socket;
}

async function close(socket: DTLSSocket): Promise<void> {
  if (open.delete(socket)) await new Promise<void>((done) => { socket.close(done); });
}

const send = (socket: DTLSSocket, message: string, port: number, address = HOST) =>
  new Promise<number>((done, fail) => socket.send(message, port, address, (error: Error | null, bytes: number) => error ? fail(error) : done(bytes)));

describe('npm coap over it', () => {
  let stored = '';
  const serve = (request: IncomingMessage, response: OutgoingMessage) => {
    if (request.headers['Observe'] === 0) {
      for (const text of ['one', 'two', 'three']) response.write(text);
    } else if (request.method === 'PUT') {
      stored = request.payload.toString();
      response.code = '2.04';
      response.end();
    } else {
      response.end(`${stored} for ${(request.rsinfo as DTLSRemoteInfo).pskIdentity}`);
    }
  };
  const ask = (agent: InstanceType<typeof coap.Agent>, port: number, parameters: CoapRequestParams, payload?: string) =>
    new Promise<IncomingMessage>((done, fail) => {
      coap.request({ host: HOST, port, agent, ...parameters }).on('response', done).on('error', fail).end(payload);
    });

  it('PUTs, GETs and observes', async () => {
    const socket = await bound(SERVER), server = coap.createServer(serve).listen(socket), { port } = socket.address();
    const client = socketOf(CLIENT), agent = new coap.Agent({ socket: client });
    assert.equal((await ask(agent, port, { pathname: '/value', method: 'PUT' }, '42')).code, '2.04');
    const answer = await ask(agent, port, { pathname: '/value', hostname: 'localhost' });
    assert.equal(answer.payload.toString(), '42 for dev1');
    const stream = await ask(agent, port, { pathname: '/value', observe: true }) as ObserveReadStream;
    const seen: string[] = [];
    for await (const payload of stream) {
      seen.push(String(payload));
      if (seen.length === 3) break;
    }
    assert.deepEqual(seen, ['one', 'two', 'three']);
    agent.close();
    server.close();
    await close(client);
    await close(socket);
  });

  it('is client and server on one socket', async () => {
    const both: SocketDTLSOptions = { listen: SERVER as never, connect: CLIENT as never };
    const [a, b] = [await bound(both), await bound(both)];
    const [serverOfA, serverOfB] = [a, b].map((socket) => coap.createServer(serve).listen(socket));
    const agents = [a, b].map((socket) => new coap.Agent({ socket }));
    const answers = [await ask(agents[0]!, b.address().port, {}), await ask(agents[1]!, a.address().port, {})];
    assert.deepEqual(answers.map(({ code }) => code), ['2.05', '2.05']);
    assert.match(answers[0]!.payload.toString(), /dev1$/);
    for (const agent of agents) agent.close();
    serverOfA!.close();
    serverOfB!.close();
    await Promise.all([close(a), close(b)]);
  });

  it('hears from a request why its peer could not be reached', async () => {
    const socket = await bound(SERVER), stranger: SocketDTLSOptions = { psk: { identity: 'nobody', key } };
    const agent = new coap.Agent({ socket: socketOf(stranger) });
    await assert.rejects(ask(agent, socket.address().port, {}), { alert: 'decrypt_error' });
    agent.close();
    await close(socket);
  });
});

describe('a socket', () => {
  it('is a dgram.Socket, with its events and its members', async () => {
    const heard: [string, DTLSRemoteInfo][] = [];
    const server = createSocket({ type: 'udp4', dtls: SERVER }, (message, remote) => heard.push([message.toString(), remote]));
    open.add(server);
    assert.ok(server instanceof Socket);
    assert.throws(() => server.address(), { code: 'EBADF' });
    server.bind(0, HOST);
    await once(server, 'listening');
    server.setBroadcast(true);
    server.setTTL(5);
    server.setMulticastTTL(2);
    server.setMulticastLoopback(false);
    server.ref().unref();
    const client = socketOf(CLIENT), { port } = server.address();
    const secured = once(server, 'secureConnection');
    assert.equal(await send(client, 'hello', port), 5);
    await secured;
    while (heard.length === 0) await once(server, 'message').catch(() => {});
    const [[message, remote]] = heard as [[string, DTLSRemoteInfo]];
    assert.equal(message, 'hello');
    assert.deepEqual(remote, { address: HOST, family: 'IPv4', port: client.address().port, size: 5, pskIdentity: 'dev1' });
    await close(client);
    await close(server);
    assert.throws(() => client.send('late', port, HOST), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
  });

  it('sends what waited for the handshake, in order, both ways, over IPv6 too', { skip: noIPv6 }, async () => {
    const server = await bound(SERVER, '::1'), client = socketOf(CLIENT, 'udp6'), { port } = server.address();
    server.on('message', (message, { port: from, address }) => server.send(message, from, address));
    const echoed: string[] = [], all = new Promise<void>((done) => client.on('message', (message) => {
      if (echoed.push(message.toString()) === 3) done();
    }));
    for (const text of ['a', 'b', 'c']) client.send(text, port, '0:0:0:0:0:0:0:1');
    await all;
    assert.deepEqual(echoed, ['a', 'b', 'c']);
    await close(client);
    await close(server);
  });

  it('connects as dgram does', async () => {
    const server = await bound(SERVER), client = socketOf(CLIENT);
    const heard = once(server, 'message');
    client.connect(server.address().port, HOST);
    await once(client, 'connect');
    client.send('connected');
    assert.equal(String((await heard)[0]), 'connected');
    assert.equal(client.remoteAddress().port, server.address().port);
    await close(client);
    await close(server);
  });

  it('makes a new connection after the peer closed the old one', async () => {
    const first = await bound(SERVER), { port } = first.address(), client = socketOf(CLIENT);
    await send(client, 'one', port);
    await close(first);
    const second = socketOf(SERVER).bind(port, HOST), heard = once(second, 'message');
    await once(second, 'listening');
    const again = setInterval(() => client.send('two', port, HOST), 10); // until close_notify has arrived, it goes to the old one
    assert.equal(String((await heard)[0]), 'two');
    clearInterval(again);
    await close(client);
    await close(second);
  });

  it('closed from inside a handler, it tells its peer', async () => {
    const captured: number[] = [];
    const server = await bound({ ...SERVER, capture: (datagram) => captured.push(datagram[0]!) }), client = socketOf(CLIENT);
    open.delete(server);
    server.on('message', () => {
      server.close();
      assert.throws(() => server.close(), { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
    });
    const gone = once(server, 'close');
    await send(client, 'close', server.address().port);
    await gone;
    assert.equal(captured.at(-1), ContentType.ALERT);
    await close(client);
  });

  it('gives each callback the reason why its message could not be sent', async () => {
    const server = await bound(SERVER), { port } = server.address();
    const client = socketOf({ ...CLIENT, handshakeTimeout: 50 });
    for (const group of ['224.0.1.187', '255.255.255.255']) {
      await assert.rejects(send(client, 'x', 5684, group), { code: 'ERR_DTLS_MULTICAST' });
    }
    await send(client, 'x', port);
    await assert.rejects(send(client, 'x'.repeat(1200), port), { code: 'ERR_DTLS_EXCEEDS_MTU' });
    await assert.rejects(send(client, 'x', 5684, 'no-such-host.invalid'), { syscall: 'getaddrinfo' });
    const hole = await bound(SERVER), { port: silent } = hole.address();
    await close(hole);
    await assert.rejects(send(client, 'x', silent), { code: 'ERR_DTLS_HANDSHAKE_TIMEOUT', hint: /Or nothing listens there/ });
    const [[error]] = await Promise.all([once(client, 'error'), client.send('no callback', silent, HOST)]);
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    await close(client);
    await close(server);
  });

  it('of a server loses what goes to a peer that has gone, without an error, as UDP does', async () => {
    const server = await bound(SERVER), client = socketOf(CLIENT);
    const heard = once(server, 'message');
    await send(client, 'hello', server.address().port);
    const [, { port }] = await heard;
    await close(client);
    await send(server, 'too late', port);
    await send(server, 'never there', 9);
    await close(server);
  });

  it('lets only so much wait', async () => {
    const hole = await bound(SERVER), client = socketOf({ ...CLIENT, handshakeTimeout: 50 }), { port } = hole.address();
    await close(hole);
    const results = await Promise.allSettled(Array.from({ length: 65 }, () => send(client, 'x', port)));
    const codes = results.map((result) => result.status === 'rejected' ? result.reason.code : '');
    assert.deepEqual([codes[63], codes[64]], ['ERR_DTLS_HANDSHAKE_TIMEOUT', 'ERR_DTLS_FULL']);
    await close(client);
  });

  it('tells of clients that fail, without an \'error\'', async () => {
    const server = await bound(SERVER), failed = once(server, 'dtlsClientError');
    const client = socketOf({ psk: { identity: 'nobody', key } });
    await assert.rejects(send(client, 'x', server.address().port));
    const [error, remote] = await failed;
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(remote.pskIdentity, 'nobody');
    await close(client);
    await close(server);
  });

  it('that cannot bind says so by \'error\'', async () => {
    const server = await bound(SERVER), other = socketOf(SERVER);
    other.bind(server.address().port, HOST);
    const [error] = await once(other, 'error');
    assert.equal(error.code, 'EADDRINUSE');
    await close(server);
    await close(other);
  });
});
