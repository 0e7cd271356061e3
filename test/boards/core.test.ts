// boards/core: one module for all sockets of a board.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLIENT, KEY, Pair } from './pair.js';

describe('a board', () => {
  it('connects, sends, is answered, and says goodbye', () => {
    const pair = new Pair();
    const association = pair.connect();
    assert.deepEqual([association.state, association.maxPayload], ['connected', 1171]);
    association.send(Buffer.from('21.5'));
    pair.wire.flow();
    association.close();
    pair.wire.flow();
    const { association: accepted, log } = pair.accepted[0]!;
    assert.deepEqual(pair.log.heard, ['connected', '21.5', 'closed']);
    assert.deepEqual(log.heard, ['connected', '21.5', 'closed']);
    assert.deepEqual([accepted.address, accepted.port, Buffer.from(accepted.identity!).toString()], ['10.0.0.1', 1000, 'dev1']);
  });

  it('sends again by its timer what was lost, after RFC 7925\'s nine seconds', () => {
    const pair = new Pair();
    pair.wire.lose = (index) => index === 0;
    pair.connect();
    pair.clock.pass(8_999);
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, []);
    pair.clock.pass(1);
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, ['connected']);
  });

  it('holds no more than one timer, and after a last look none when nothing is due', () => {
    const pair = new Pair();
    pair.wire.lose = () => true;
    const association = pair.connect();
    assert.equal(pair.clock.pending, 1);
    association.close();
    pair.clock.pass(9_000);
    assert.equal(pair.clock.pending, 0);
  });

  it('uses a context again once its connection is gone, a hundred times over', () => {
    const pair = new Pair();
    for (let i = 0; i < 100; i++) {
      pair.connect().close();
      pair.wire.flow();
    }
    assert.deepEqual(pair.log.heard, Array(100).fill(['connected', 'closed']).flat());
  });

  it('takes the key from a promise', async () => {
    const pair = new Pair({ psk: async () => KEY });
    pair.connect();
    await Promise.resolve();
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, ['connected']);
  });

  it('refuses whoever the key callback fails for, and tells the server why', async () => {
    for (const psk of [() => { throw new Error('no flash'); }, async () => { throw new Error('no flash'); }]) {
      const pair = new Pair({ psk });
      pair.connect();
      await new Promise(setImmediate);
      pair.wire.flow();
      assert.equal(pair.log.errors[0]!.alert, 'decrypt_error');
      assert.equal(pair.accepted[0]!.log.errors[0]!.message, 'no flash');
    }
  });

  it('refuses whoever is given what cannot be a key, and tells the server why', async () => {
    for (const psk of [() => new Uint8Array(65), async () => new Uint8Array(65)]) {
      const pair = new Pair({ psk });
      pair.connect();
      await new Promise(setImmediate);
      pair.wire.flow();
      assert.equal(pair.log.errors[0]!.alert, 'decrypt_error');
      assert.equal(pair.accepted[0]!.log.errors[0]!.code, 'ERR_OUT_OF_RANGE');
    }
  });

  it('tells both sides of a wrong key, with a hint', () => {
    const pair = new Pair();
    pair.connect({ ...CLIENT, key: Buffer.from('wrong') });
    for (let i = 0; i < 4; i++) {
      pair.clock.pass(60_000);
      pair.wire.flow();
    }
    for (const log of [pair.log, pair.accepted[0]!.log]) {
      assert.equal(log.errors.at(-1)!.code, 'ERR_DTLS_WRONG_KEY');
      assert.match(log.errors.at(-1)!.hint, /pre-shared key/);
    }
  });
});
