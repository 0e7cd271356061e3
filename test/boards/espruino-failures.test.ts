// What goes wrong on a board with Espruino: mistakes, no room, no entropy, a trap. Each is an error, and the board goes on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect } from '../../host/node/index.js';
import { IDENTITY, KEY } from '../interop/peers.js';
import { connected, echo, event, HOST, PSK, QUICKLY, SECRET, serve, thrownBy } from './espruino-ends.js';
import { Espruino } from './espruino.js';
import type { ScriptError } from './espruino.js';
import { MEMORY_BYTES, moduleAsOnBoard } from './platform.js';

describe('mistakes in Espruino', () => {
  it('are refused by name', (t) => {
    const { dtls } = new Espruino(t), psk = () => null;
    const mistakes: [() => unknown, string, RegExp][] = [
      [() => dtls.connect(undefined as never), 'ERR_INVALID_ARG_TYPE', /options/],
      [() => dtls.connect({ psk: PSK }), 'ERR_INVALID_ARG_TYPE', /host/],
      [() => dtls.connect({ host: HOST }), 'ERR_INVALID_ARG_TYPE', /psk/],
      [() => dtls.connect({ host: HOST, port: '5684', psk: PSK }), 'ERR_INVALID_ARG_TYPE', /port/],
      [() => dtls.listen({ port: -1, psk }), 'ERR_INVALID_ARG_TYPE', /port/],
      [() => dtls.connect({ host: HOST, psk: { identity: IDENTITY } }), 'ERR_INVALID_ARG_TYPE', /psk\.key/],
      [() => dtls.connect({ host: HOST, psk: { identity: 17, key: SECRET } }), 'ERR_INVALID_ARG_TYPE', /psk\.identity/],
      [() => dtls.connect({ host: HOST, psk: PSK, cid: 'x' }), 'ERR_OUT_OF_RANGE', /cid/],
      [() => dtls.connect({ host: HOST, psk: PSK, cid: 21 }), 'ERR_DTLS_BAD_CONTEXT', /context/],
      [() => dtls.connect({ host: HOST, psk: PSK, alpn: 'co' }), 'ERR_INVALID_ARG_TYPE', /alpn/],
      [() => dtls.connect({ host: HOST, psk: PSK, state: 17 }), 'ERR_INVALID_ARG_TYPE', /state/],
      [() => dtls.connect({ host: HOST, psk: PSK, servername: 'n'.repeat(180) }), 'ERR_DTLS_BAD_CONTEXT', /take 193 bytes.*192/],
      [() => dtls.connect({ host: HOST, psk: { identity: 'i', key: 'k'.repeat(65) } }), 'ERR_DTLS_BAD_CONTEXT', /context/],
      [() => dtls.connect({ host: HOST, psk: PSK, mtu: 10 }), 'ERR_DTLS_BAD_CONTEXT', /context/],
      [() => dtls.listen({ port: 0 }), 'ERR_INVALID_ARG_TYPE', /psk/],
      [() => dtls.listen({ port: 0, psk, cert: '' }), 'ERR_DTLS_UNSUPPORTED_OPTION', /no certificates.*cert/],
      [() => dtls.connect({ host: HOST, peerKeys: [] }), 'ERR_DTLS_UNSUPPORTED_OPTION', /no certificates.*peerKeys/],
      [() => dtls.connect({ host: HOST, psk: PSK, srtp: true }), 'ERR_DTLS_UNSUPPORTED_OPTION', /srtp/],
    ];
    for (const [call, code, message] of mistakes) {
      const error = thrownBy(call);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message + error.hint, /secretPSK/);
    }
  });

  it('say that every slot is taken, and leave what lives alone', async (t) => {
    const board = new Espruino(t), port = echo(t), connection = await connected(board, { port });
    await connected(board, { port });
    assert.equal(thrownBy(() => board.dtls.connect({ host: HOST, port, psk: PSK })).code, 'ERR_DTLS_FULL');
    const data = event<string>(connection, 'data');
    connection.write('alive');
    assert.equal(await data, 'alive');
  });
});

describe('a firmware', () => {
  it('without entropy does not start', (t) => {
    const board = new Espruino(t);
    board.module = () => moduleAsOnBoard(() => { throw new Error('none'); });
    assert.equal(thrownBy(() => board.dtls.connect({ host: HOST, psk: PSK })).code, 'ERR_DTLS_NO_ENTROPY');
    assert.equal(thrownBy(() => board.dtls.listen({ port: 0, psk: () => SECRET })).code, 'ERR_DTLS_NO_ENTROPY');
  });

  it('with too little memory for the layout says so', (t) => {
    const { dtls } = new Espruino(t);
    dtls.layout.inMax = MEMORY_BYTES;
    assert.equal(thrownBy(() => dtls.connect({ host: HOST, psk: PSK })).code, 'ERR_DTLS_BAD_LAYOUT');
  });

  it('outlives a trap: what was connected ends with an error, and the next connection gets a fresh module', async (t) => {
    const board = new Espruino(t), port = echo(t), connection = await connected(board, { port });
    const error = event<ScriptError>(connection, 'error'), closed = event<boolean>(connection, 'close');
    board.trap = 'access out of bounds';
    connection.write('lost');
    assert.equal((await error).code, 'ERR_DTLS_ENGINE_FAILED');
    assert.notEqual((await error).hint, '');
    assert.equal(await closed, true);
    const next = await connected(board, { port }), data = event<string>(next, 'data');
    next.write('again');
    assert.equal(await data, 'again');
  });

  it('outlives a trap as a server: it listens again', async (t) => {
    const board = new Espruino(t), { port } = await serve(board);
    board.trap = 'access out of bounds';
    const session = connect(HOST, port, { psk: { identity: IDENTITY, key: KEY }, retransmit: QUICKLY });
    await session.opened;
    await session.close();
  });
});
