// The module `dtls` for Espruino as it is built, whole and minified, in a stand-in for Espruino, against Thimble for Node.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, it } from 'node:test';
import { connect } from '../../host/node/index.js';
import { lint } from '../architecture/espruino-javascript.js';
import { IDENTITY, KEY, within } from '../interop/peers.js';
import { connected, echo, event, HOST, PSK, QUICKLY, serve, silence, SOON, thrownBy } from './espruino-ends.js';
import { BUNDLES, Espruino } from './espruino.js';
import type { ScriptError } from './espruino.js';

/** What the minified module may take of a board's flash. */
const BYTES_MAX = 33_000;

describe('the module dtls for Espruino', () => {
  for (const [name, text] of Object.entries(BUNDLES)) {
    it(`is in Espruino's JavaScript: ${name}`, () => assert.deepEqual(lint(text), []));
  }

  it('requires what the firmware has, and exports what users call', (t) => {
    assert.deepEqual([...BUNDLES.minified.matchAll(/require\("(\w+)"\)/g)].map((match) => match[1]), ['thimble', 'dgram']);
    assert.deepEqual(Object.keys(new Espruino(t).dtls).sort(), ['connect', 'layout', 'listen']);
  });

  it(`is at most ${BYTES_MAX} bytes`, () => assert.ok(BUNDLES.minified.length <= BYTES_MAX, `${BUNDLES.minified.length}`));
});

for (const [name, text] of Object.entries(BUNDLES)) {
  describe(`a client in Espruino, ${name}`, () => {
    it('connects, exchanges a hundred messages and says goodbye', async (t) => {
      const board = new Espruino(t, text), connection = await connected(board, { port: echo(t) });
      for (let i = 0; i < 100; i++) {
        const message = String.fromCharCode(i, 255 - i).repeat(i + 1);
        const data = event<string>(connection, 'data');
        connection.write(message);
        assert.equal(await data, message);
      }
      const closed = event<boolean>(connection, 'close');
      connection.end('last');
      assert.equal(await closed, false);
      assert.deepEqual(board.uncaught, []);
    });
  });

  describe(`a server in Espruino, ${name}`, () => {
    it('accepts clients, tells who they are and answers a hundred messages', async (t) => {
      const board = new Espruino(t, text), { clients, port, server } = await serve(board);
      const session = connect(HOST, port, { psk: { identity: IDENTITY, key: KEY } });
      await session.opened;
      assert.equal(clients[0]!.identity, IDENTITY);
      const answers = session[Symbol.asyncIterator]();
      for (let i = 0; i < 100; i++) {
        const message = `reading ${i} `.repeat(1 + i % 40);
        session.send(message);
        assert.equal(String((await within('an answer', answers.next())).value), message);
      }
      server.close();
      await within('the end', session.closed);
      assert.deepEqual(board.uncaught, []);
    });
  });
}

describe('a client in Espruino', () => {
  it('finds a server by its name', async (t) => {
    const board = new Espruino(t);
    assert.equal((await connected(board, { host: 'localhost', port: echo(t) })).identity, undefined);
  });

  it('sends and gets bytes as well as text, up to maxPayload', async (t) => {
    const board = new Espruino(t), connection = await connected(board, { port: echo(t) });
    assert.equal(connection.maxPayload, 528 - 13 - 8 - 8);
    for (const [bytes, text] of [['[0,255,128]', '\0\xff\x80'], ['[]', '']] as const) {
      const data = event<string>(connection, 'data');
      connection.write(board.run(`new Uint8Array(${bytes})`) as Uint8Array);
      assert.equal(await data, text);
    }
    const data = event<string>(connection, 'data');
    connection.write('x'.repeat(connection.maxPayload));
    assert.equal((await data).length, connection.maxPayload);
    assert.equal(thrownBy(() => connection.write('x'.repeat(connection.maxPayload + 1))).code, 'ERR_DTLS_EXCEEDS_MTU');
    assert.equal(thrownBy(() => connection.write('x'.repeat(600))).code, 'ERR_DTLS_EXCEEDS_MTU');
  });

  it('takes longer datagrams where the layout has them', async (t) => {
    const board = new Espruino(t);
    board.dtls.layout.inMax = board.dtls.layout.outMax = 1280;
    const connection = await connected(board, { port: echo(t) }), data = event<string>(connection, 'data');
    connection.write('y'.repeat(connection.maxPayload));
    assert.equal((await data).length, 1200 - 13 - 8 - 8);
  });

  it('hears of a wrong key that it is probably the key', async (t) => {
    const board = new Espruino(t);
    const connection = board.dtls.connect({ host: HOST, port: echo(t), psk: { identity: IDENTITY, key: 'wrong' }, ...SOON });
    const [error, failed] = await Promise.all([event<ScriptError>(connection, 'error'), event<boolean>(connection, 'close')]);
    assert.match(error.hint, /probably the pre-shared key/);
    assert.match(error.code, /^ERR_DTLS_/);
    assert.equal(failed, true);
  });

  it('hears of a silent server what to check', async (t) => {
    const board = new Espruino(t);
    const connection = board.dtls.connect({ host: HOST, port: await silence(t), psk: PSK, ...SOON });
    const error = await event<ScriptError>(connection, 'error');
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.match(error.hint, /address and the port/);
  });

  it('may not write before it is connected or after it is closed, and may end twice', async (t) => {
    const board = new Espruino(t), connection = board.dtls.connect({ host: HOST, port: await silence(t), psk: PSK });
    assert.equal(thrownBy(() => connection.write('early')).code, 'ERR_INVALID_STATE');
    connection.end();
    connection.end();
    assert.equal(thrownBy(() => connection.write('late')).code, 'ERR_INVALID_STATE');
  });

  it('warns of datagrams that the network does not take, and lives on', async (t) => {
    const board = new Espruino(t), connection = await connected(board, { port: echo(t) });
    const warning = event<Error>(connection, 'warning');
    board.isOffline = true;
    connection.write('lost');
    assert.match((await warning).message, /Not connected/);
    board.isOffline = false;
    const data = event<string>(connection, 'data');
    connection.write('found');
    assert.equal(await data, 'found');
  });

  it('does not hear strangers', async (t) => {
    const board = new Espruino(t), connection = await connected(board, { port: echo(t) });
    const stranger = createSocket('udp4');
    t.after(() => stranger.close());
    for (const length of [0, 1, 13, 600]) stranger.send(Buffer.alloc(length, 22), board.lastPort, HOST);
    const data = event<string>(connection, 'data');
    connection.write('still here');
    assert.equal(await data, 'still here');
    assert.deepEqual(board.uncaught, []);
  });
});

describe('a server in Espruino', () => {
  it('asks for keys in a promise, and gives a hint', async (t) => {
    const board = new Espruino(t);
    const psk = board.run(`(function (identity) { return Promise.resolve(identity + ' has it'); })`);
    const { clients, port } = await serve(board, { psk, hint: 'which?' });
    const session = connect(HOST, port, { psk: (hint) => ({ identity: `${hint}`, key: Buffer.from('which? has it') }) });
    await session.opened;
    assert.equal(clients[0]!.identity, 'which?');
    await session.close();
  });

  it('says what became of handshakes that failed', async (t) => {
    for (const [identity, code] of [[IDENTITY, 'ERR_DTLS_WRONG_KEY'], ['dev9', 'ERR_DTLS_UNKNOWN_IDENTITY']] as const) {
      const { failed, failures, clients, port } = await serve(new Espruino(t));
      const session = connect(HOST, port, { psk: { identity, key: Buffer.from('wrong') }, retransmit: QUICKLY });
      session.onwarning = () => {};
      await assert.rejects(session.opened);
      await within('clientError', failed);
      assert.equal(failures[0]!.code, code);
      assert.notEqual(failures[0]!.hint, '');
      assert.equal(clients.length, 0);
    }
  });

  it('drops noise', async (t) => {
    const board = new Espruino(t), { port } = await serve(board), noise = createSocket('udp4');
    t.after(() => noise.close());
    for (const length of [0, 1, 13, 528, 529, 4000]) noise.send(Buffer.alloc(length, 22), port, HOST);
    const session = connect(HOST, port, { psk: { identity: IDENTITY, key: KEY } });
    await session.opened;
    await session.close();
    assert.deepEqual(board.uncaught, []);
  });

  it('serves on after it has been closed and opened again', async (t) => {
    const board = new Espruino(t);
    (await serve(board)).server.close();
    const { port } = await serve(board), session = connect(HOST, port, { psk: { identity: IDENTITY, key: KEY } });
    await session.opened;
    await session.close();
  });
});
