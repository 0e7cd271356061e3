// boards/moddable: what must not happen, and what an app sees when it does.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Layout, ListenerOptions } from 'embedded:io/socket/udp/dtls';
import { ModdableBoard } from './moddable-board.js';
import { bytes, CLIENT, codeOf, KEY, Pair, textOf } from './moddable-pair.js';

describe('bad input to DTLS', () => {
  it('writes early, too much, or after the end', () => {
    const pair = new Pair();
    const dtls = new pair.client.dtls.default({ ...CLIENT, ...pair.log.callbacks });
    assert.equal(codeOf(() => dtls.write(bytes('x'))), 'ERR_INVALID_STATE');
    pair.network.flow();
    assert.equal(codeOf(() => dtls.write(new Uint8Array(1172))), 'ERR_DTLS_EXCEEDS_MTU');
    assert.equal(codeOf(() => dtls.write('text' as never)), 'ERR_INVALID_ARG_TYPE');
    dtls.write(new Uint8Array(1171));
    pair.accepted[0]!.dtls.close();
    pair.network.flow();
    assert.equal(codeOf(() => dtls.write(bytes('x'))), 'ERR_INVALID_STATE');
    dtls.close();
    dtls.close();
    assert.equal(codeOf(() => dtls.write(bytes('x'))), 'ERR_INVALID_STATE');
  });

  it('does not read: eight messages wait, the oldest make room and are counted', () => {
    const pair = new Pair();
    const dtls = pair.connect({ onReadable: undefined });
    for (let i = 0; i < 11; i++) pair.accepted[0]!.dtls.write(bytes(`${i}`));
    pair.network.flow();
    assert.equal(dtls.messagesDropped, 3);
    assert.deepEqual([...Array(9)].map(() => textOf(dtls.read())), ['3', '4', '5', '6', '7', '8', '9', '10', undefined]);
  });

  it('gets a datagram longer than the layout has: a warning, and it lives on', () => {
    const pair = new Pair();
    const dtls = pair.connect();
    pair.network.send(new Uint8Array(1281), ['10.0.0.2', 5684], '10.0.0.1 49152');
    dtls.write(bytes('on'));
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'warning ERR_DTLS_DATAGRAM_TOO_LONG', 'on']);
    assert.notEqual(pair.log.errors[0]!.hint, '');
  });

  it('gets what is no DTLS, from anybody, at both ends', () => {
    const pair = new Pair();
    const dtls = pair.connect();
    for (let i = 0; i < 200; i++) {
      const noise = crypto.getRandomValues(new Uint8Array(i));
      for (const from of ['10.0.0.1', '10.0.0.2', '10.9.9.9']) {
        pair.network.send(noise, [from, from === '10.0.0.2' ? 5684 : 49152], '10.0.0.1 49152');
        pair.network.send(noise, [from, 49152], '10.0.0.2 5684');
      }
    }
    dtls.write(bytes('on'));
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'on']);
  });

  it('connects more often than the layout has room: ERR_DTLS_FULL, and no socket is left open', () => {
    const pair = new Pair({}, { connections: 1 });
    const first = pair.connect();
    assert.equal(codeOf(() => pair.connect()), 'ERR_DTLS_FULL');
    assert.equal(pair.network.sockets.size, 3);
    pair.network.flow();
    assert.equal(pair.network.sockets.size, 2);
    first.close();
    pair.network.flow();
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'writable 1171']);
  });

  it('finds the server\'s table full: it is served when there is room', () => {
    const pair = new Pair();
    const others = [0, 1].map((i) => {
      const board = new ModdableBoard(pair.network, `10.0.2.${i}`);
      return new board.dtls.default(CLIENT);
    });
    pair.network.flow();
    pair.connect();
    assert.deepEqual(pair.log.heard, []);
    others[0]!.close();
    pair.network.pass(30_000);
    assert.equal(pair.log.heard.at(-1), 'writable 1171');
  });

  it('lays out what does not fit, or too late, or what is not known', () => {
    const pair = new Pair({}, { datagram: 512, connections: 4 });
    const { default: Client } = pair.client.dtls;
    assert.deepEqual(Client.layout, { datagram: 512, message: 512, connections: 4, credentials: 192, sessions: 0 });
    assert.equal(codeOf(() => { Client.layout = { connection: 2 } as Partial<Layout>; }), 'ERR_DTLS_UNSUPPORTED_OPTION');
    Client.layout = { connections: 400 };
    assert.equal(codeOf(() => pair.connect()), 'ERR_DTLS_BAD_LAYOUT');
    Client.layout = { connections: 1 };
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 483']);
    assert.equal(codeOf(() => { Client.layout = { connections: 2 }; }), 'ERR_INVALID_STATE');
    pair.network.flow();
    assert.equal(pair.network.sockets.size, 2);
  });

  it('has no entropy: ERR_DTLS_NO_ENTROPY, until there is some', () => {
    const pair = new Pair();
    pair.client.random.isOn = false;
    assert.equal(codeOf(() => pair.connect()), 'ERR_DTLS_NO_ENTROPY');
    pair.client.random.isOn = true;
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });

  it('has no network: the call says it, else a warning', () => {
    const pair = new Pair();
    pair.client.isDown = true;
    assert.equal(codeOf(() => pair.connect()), 'ERR_DTLS_SEND_FAILED');
    pair.client.isDown = false;
    pair.network.lose = () => true;
    const dtls = pair.connect();
    pair.client.isDown = true;
    pair.network.pass(9_500);
    assert.deepEqual(pair.log.heard, ['warning ERR_DTLS_SEND_FAILED']);
    pair.client.isDown = false;
    pair.network.lose = () => false;
    pair.network.pass(20_000);
    assert.equal(pair.log.heard.at(-1), 'writable 1171');
    pair.client.isDown = true;
    assert.equal(codeOf(() => dtls.write(bytes('x'))), 'ERR_DTLS_SEND_FAILED');
    dtls.close();
    pair.network.flow();
    assert.equal(pair.network.sockets.size, 1);
    const taken = () => new pair.server.dtls.Listener({ port: 5684, dtls: { psk: () => KEY }, onReadable: () => {} });
    assert.equal(codeOf(taken), 'ERR_DTLS_NO_SOCKET');
  });

  it('traps in any call: ERR_DTLS_ENGINE_FAILED for its connections, and the app goes on', () => {
    for (const call of ['receive', 'poll', 'send', 'close', 'timeout', 'connect']) {
      const pair = new Pair();
      const dtls = pair.connect();
      pair.network.lose = () => call === 'timeout';
      if (call === 'timeout') pair.connect();
      pair.client.trapAt = call;
      if (call === 'receive' || call === 'poll') pair.accepted[0]!.dtls.write(bytes('x'));
      if (call === 'send') dtls.write(bytes('x'));
      if (call === 'close') dtls.close();
      if (call === 'connect') assert.equal(codeOf(() => pair.connect()), 'ERR_DTLS_NOT_READY');
      pair.network.pass(10_000);
      const ends = { close: 0, timeout: 2 }[call] ?? 1;
      assert.deepEqual(pair.log.heard.slice(1), Array(ends).fill('ERR_DTLS_ENGINE_FAILED'), call);
      pair.network.lose = () => false;
      pair.connect();
      assert.equal(pair.log.heard.at(-1), 'writable 1171', call);
    }
  });

  it('traps in a server, which serves on', () => {
    const pair = new Pair();
    const dtls = pair.connect();
    pair.server.trapAt = 'receive';
    dtls.write(bytes('boom'));
    pair.network.flow();
    assert.deepEqual(pair.accepted[0]!.log.heard, ['writable 1171', 'ERR_DTLS_ENGINE_FAILED']);
    dtls.close();
    pair.log.heard.length = 0;
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });

  it('loses its entropy with its module: a warning, and it serves when there is some again', () => {
    const pair = new Pair();
    const dtls = pair.connect();
    pair.server.trapAt = 'receive';
    pair.server.random.isOn = false;
    dtls.write(bytes('boom'));
    pair.network.flow();
    dtls.close();
    pair.connect();
    assert.equal(pair.warnings.at(-1)!.code, 'ERR_DTLS_NO_ENTROPY');
    pair.server.random.isOn = true;
    pair.network.pass(9_500);
    assert.equal(pair.log.heard.at(-1), 'writable 1171');
  });

  it('is given what cannot be: it is refused by its name, and nothing is left open', () => {
    const pair = new Pair();
    const { default: Client, Listener: Server } = pair.client.dtls;
    const psk = CLIENT.dtls.psk;
    const wrong: [string, object][] = [
      ['ERR_INVALID_ARG_VALUE', { address: 'coap.example' }],
      ['ERR_INVALID_ARG_VALUE', { address: '10.0.0.256' }],
      ['ERR_INVALID_ARG_VALUE', { port: 0 }],
      ['ERR_INVALID_ARG_TYPE', { dtls: undefined }],
      ['ERR_INVALID_ARG_VALUE', { dtls: {} }],
      ['ERR_INVALID_ARG_TYPE', { dtls: { psk: { ...psk, key: 'c0ffee' } } }],
      ['ERR_OUT_OF_RANGE', { dtls: { psk, handshakeMs: 2 ** 32 + 1000 } }],
      ['ERR_OUT_OF_RANGE', { dtls: { psk, mtu: 128.5 } }],
      ['ERR_OUT_OF_RANGE', { dtls: { psk, initialMs: 'x' } }],
      ['ERR_OUT_OF_RANGE', { dtls: { psk, cid: 'x' } }],
      ['ERR_DTLS_BAD_CONTEXT', { dtls: { psk, cid: 21 } }],
      ['ERR_DTLS_BAD_CONTEXT', { dtls: { psk, maxFragmentLength: 600 } }],
      ['ERR_DTLS_BAD_CONTEXT', { dtls: { psk, servername: 'n'.repeat(192) } }],
      ['ERR_INVALID_ARG_TYPE', { dtls: { psk, alpn: 'co' } }],
      ['ERR_INVALID_ARG_TYPE', { dtls: { psk, state: 17 } }],
      ['ERR_INVALID_ARG_TYPE', { dtls: { psk, storeState: 17 } }],
      ['ERR_DTLS_UNSUPPORTED_OPTION', { dtls: { psk, srtp: true } }],
      ['ERR_DTLS_UNSUPPORTED_OPTION', { dtls: { psk: { ...psk, mtu: 1200 } } }],
      ['ERR_DTLS_BAD_CONTEXT', { dtls: { psk: { ...psk, key: new Uint8Array(65) } } }],
      ['ERR_DTLS_BAD_CONTEXT', { dtls: { psk, mtu: 20 } }],
      ['RangeError', { format: 'number' }],
    ];
    for (const [code, options] of wrong) {
      assert.equal(codeOf(() => new Client({ ...CLIENT, ...options })), code, JSON.stringify(options));
    }
    assert.throws(() => new Client({ ...CLIENT, dtls: undefined as never }), { hint: /^Known are .*psk, / });
    const server: ListenerOptions = { port: 5684, dtls: { psk: () => KEY }, onReadable: () => {} };
    assert.equal(codeOf(() => new Server({ ...server, dtls: { psk: KEY as never } })), 'ERR_INVALID_ARG_TYPE');
    assert.equal(codeOf(() => new Server({ ...server, onReadable: undefined as never })), 'ERR_INVALID_ARG_TYPE');
    assert.equal(codeOf(() => new Server({ ...server, dtls: { psk: () => KEY, state: KEY } as never })), 'ERR_DTLS_UNSUPPORTED_OPTION');
    assert.equal(codeOf(() => new Server({ ...server, format: 'buffer' as never })), 'RangeError');
    pair.network.flow();
    assert.equal(pair.network.sockets.size, 1);
    assert.throws(() => { pair.connect().format = 'number'; }, RangeError);
  });

  it('leaves what a callback throws to the app', () => {
    const pair = new Pair();
    const dtls = pair.connect({ onReadable: () => { throw new Error('the app\'s'); } });
    dtls.write(bytes('x'));
    assert.throws(() => pair.network.flow(), /the app's/);
    pair.network.flow();
    assert.equal(textOf(dtls.read()), 'x');
  });
});
