// boards/moddable: DTLS and Listener as a Moddable app uses them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ModdableBoard, Network } from './moddable-board.js';
import { bytes, CLIENT, codeOf, KEY, Log, Pair, textOf } from './moddable-pair.js';

describe('DTLS and Listener', () => {
  it('connect, write, read, and close', () => {
    const pair = new Pair();
    const dtls = pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171']);
    assert.deepEqual([dtls.maxPayload, dtls.format, dtls.target, dtls.read()], [1171, 'buffer', pair.log, undefined]);
    dtls.write(bytes('21.5'));
    dtls.write(bytes('21.6').buffer);
    dtls.write(new DataView(bytes('x21.7').buffer, 1));
    pair.network.flow();
    const { dtls: peer, log } = pair.accepted[0]!;
    assert.deepEqual([peer.pskIdentity, peer.remoteAddress, peer.remotePort], ['dev1', '10.0.0.1', 49152]);
    dtls.close();
    pair.network.flow();
    assert.deepEqual(log.heard, ['writable 1171', '21.5', '21.6', '21.7', 'closed']);
    assert.deepEqual(pair.log.heard, ['writable 1171', '21.5', '21.6', '21.7']);
    assert.deepEqual([...pair.network.sockets.keys()], ['10.0.0.2 5684']);
  });

  it('has the socket that the descriptor names, with its options, else the platform\'s', () => {
    const pair = new Pair();
    const seen: object[] = [];
    const { UDP } = pair.client;
    class Own extends UDP {
      constructor(options: ConstructorParameters<typeof UDP>[0]) {
        super(options);
        seen.push({ ...options, onReadable: typeof options.onReadable });
      }
    }
    pair.connect({ udp: { io: Own, timeToLive: 3 } });
    assert.deepEqual(seen, [{ timeToLive: 3, onReadable: 'function' }]);
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });

  it('takes identity and key as bytes too, and the server\'s from a promise', async () => {
    const pair = new Pair({ dtls: { psk: async () => KEY.buffer, hint: 'which' } });
    const waiting = pair.connect({ dtls: { psk: { identity: bytes('dev1').buffer, key: KEY.buffer } } });
    await new Promise(setImmediate);
    pair.network.flow();
    assert.deepEqual([pair.log.heard, waiting.maxPayload], [['writable 1171'], 1171]);
  });

  it('sends what was written before close, from inside a callback too', () => {
    const pair = new Pair();
    pair.log.then = (dtls, text) => {
      dtls.write(bytes(`${text} last`));
      dtls.close();
    };
    pair.connect().write(bytes('first'));
    pair.network.flow();
    assert.deepEqual(pair.accepted[0]!.log.heard, ['writable 1171', 'first', 'first last', 'closed']);
    assert.deepEqual(pair.log.heard, ['writable 1171', 'first']);
  });

  it('tells of an orderly end by onError without an error where there is no onClose, as TCP does', () => {
    const pair = new Pair();
    pair.connect({ onClose: undefined });
    pair.accepted[0]!.dtls.close();
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'no error']);
    assert.equal(pair.network.sockets.size, 1);
  });

  it('lets messages be read that came before the end, until it is closed', () => {
    const pair = new Pair();
    const dtls = pair.connect({ onReadable: undefined });
    pair.accepted[0]!.dtls.write(bytes('bye'));
    pair.accepted[0]!.dtls.close();
    pair.network.flow();
    assert.deepEqual([pair.log.heard, textOf(dtls.read())], [['writable 1171', 'closed'], 'bye']);
    dtls.close();
    assert.equal(dtls.read(), undefined);
  });

  it('sends again after RFC 7925\'s nine seconds what was lost', () => {
    const pair = new Pair();
    pair.network.lose = (index) => index === 0;
    pair.connect();
    pair.network.pass(8_500);
    assert.deepEqual(pair.log.heard, []);
    pair.network.pass(500);
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });

  it('keeps time while Time.ticks wraps or is set back', () => {
    const network = new Network();
    for (const ticks of [0x7fffffff - 4_000, 0xffffffff - 4_000]) {
      const board = new ModdableBoard(network, `10.0.1.${ticks & 255}`, ticks), log = new Log();
      const security = { ...CLIENT.dtls, initialMs: 1_000, handshakeMs: 30_000 };
      new board.dtls.default({ ...CLIENT, ...log.callbacks, dtls: security });
      network.pass(20_000);
      board.ticksAtStart -= 5_000;
      network.pass(9_500);
      assert.equal(log.heard.includes('ERR_DTLS_HANDSHAKE_TIMEOUT'), false);
      network.pass(6_000);
      assert.equal(log.heard.at(-1), 'ERR_DTLS_HANDSHAKE_TIMEOUT');
      assert.equal(log.errors.at(-1)!.phase, 'WAIT_HELLO_VERIFY_REQUEST');
    }
  });
});

describe('a Listener', () => {
  it('holds clients until they are read, and tells their user later what happened in between', () => {
    const pair = new Pair({ onReadable: () => {} });
    const dtls = pair.connect();
    dtls.write(bytes('early'));
    pair.network.flow();
    pair.accept(pair.listener.read()!);
    const { log } = pair.accepted[0]!;
    assert.deepEqual(log.heard, []);
    pair.network.flow();
    assert.deepEqual(log.heard, ['writable 1171', 'early']);
    assert.equal(pair.listener.read(), undefined);
  });

  it('forgets a client that left before it was read', () => {
    const pair = new Pair({ onReadable: () => {} });
    for (let i = 0; i < 20; i++) pair.connect().close();
    pair.network.flow();
    assert.deepEqual([pair.listener.read(), pair.warnings], [undefined, []]);
  });

  it('tells the user of a client that left between being read and being told', () => {
    const pair = new Pair({ onReadable: () => {} });
    const dtls = pair.connect();
    const from = pair.listener.read()!;
    dtls.write(bytes('last words'));
    dtls.close();
    pair.network.flow();
    pair.accept(from);
    pair.network.flow();
    assert.deepEqual(pair.accepted[0]!.log.heard, ['last words', 'closed']);
  });

  it('gives connections that work without callbacks, and can be taken over once', () => {
    const pair = new Pair({ onReadable: () => {} });
    const dtls = pair.connect();
    const from = pair.listener.read()!;
    dtls.write(bytes('ping'));
    pair.network.flow();
    assert.equal(textOf(from.read()), 'ping');
    from.write(bytes('pong'));
    pair.accept(from);
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'pong']);
    assert.equal(codeOf(() => pair.accept(from)), 'ERR_INVALID_STATE');
    assert.equal(codeOf(() => new pair.client.dtls.default({ from: dtls })), 'ERR_INVALID_STATE');
    assert.equal(codeOf(() => from.write(bytes('x'))), 'ERR_INVALID_STATE');
  });

  it('ends its connections when it closes, and another may listen there at once', () => {
    const pair = new Pair();
    pair.connect();
    pair.listener.close();
    pair.network.flow();
    assert.deepEqual(pair.log.heard, ['writable 1171', 'closed']);
    assert.deepEqual(pair.accepted[0]!.log.heard, ['writable 1171', 'closed']);
    assert.equal(pair.network.sockets.size, 0);
    new pair.server.dtls.Listener({ port: 5684, dtls: { psk: () => KEY }, onReadable: () => {} });
    pair.log.heard.length = 0;
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });

  it('says why a handshake failed', () => {
    const pair = new Pair();
    pair.connect({ dtls: { psk: { identity: 'dev1', key: bytes('wrong') } } });
    pair.connect({ dtls: { psk: { identity: 'dev2', key: KEY } } });
    pair.connect({ dtls: { psk: { identity: Uint8Array.of(0xff, 0xfe), key: KEY } } }); // no UTF-8 (RFC 4279 section 5.1)
    pair.network.pass(120_000);
    const codes = pair.warnings.map(({ code }) => code);
    for (const code of ['ERR_DTLS_WRONG_KEY', 'ERR_DTLS_UNKNOWN_IDENTITY']) assert.equal(codes.includes(code), true, code);
    assert.deepEqual(pair.log.errors.map(({ alert }) => alert).filter(Boolean), Array(3).fill('decrypt_error'));
    assert.match(pair.log.errors[0]!.hint, /pre-shared key/);
    assert.deepEqual(pair.accepted, []);
    assert.equal(pair.network.sockets.size, 1);
  });
});
