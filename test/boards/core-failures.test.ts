// boards/core and what goes wrong: each time an error with a code, and the others go on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLIENT, codeOf, KEY, Log, Pair } from './pair.js';
import { boardOf, Clock, MEMORY_BYTES, moduleAsOnBoard, Wire } from './platform.js';

describe('bad input to a board', () => {
  it('has every slot taken: ERR_DTLS_FULL, and the others live on', () => {
    const pair = new Pair();
    const first = pair.connect();
    const more = pair.wire.open(pair.boards.client, '10.0.0.1', 1001);
    more.connect('10.0.0.2', 5684, CLIENT, new Log());
    pair.wire.flow();
    const third = pair.wire.open(pair.boards.client, '10.0.0.1', 1002);
    assert.equal(codeOf(() => third.connect('10.0.0.2', 5684, CLIENT, new Log())), 'ERR_DTLS_FULL');
    first.send(Buffer.from('still here'));
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, ['connected', 'still here']);
  });

  it('asks for more memory than there is: ERR_DTLS_BAD_LAYOUT', () => {
    const clock = new Clock(), wire = new Wire();
    const port = wire.open(boardOf(clock, { connections: 100 }), '10.0.0.1', 1);
    assert.equal(codeOf(() => port.connect('10.0.0.2', 5684, CLIENT, new Log())), 'ERR_DTLS_BAD_LAYOUT');
  });

  it('has no entropy: ERR_DTLS_NO_ENTROPY, until there is some', () => {
    const clock = new Clock(), wire = new Wire();
    let isRadioOn = true;
    const random = (bytes: Uint8Array) => { if (isRadioOn) crypto.getRandomValues(bytes); else throw new Error('radio off'); };
    const module = moduleAsOnBoard(random);
    const port = wire.open(boardOf(clock, {}, () => module), '10.0.0.1', 1);
    isRadioOn = false;
    assert.equal(codeOf(() => port.connect('10.0.0.2', 5684, CLIENT, new Log())), 'ERR_DTLS_NO_ENTROPY');
    isRadioOn = true;
    assert.equal(port.connect('10.0.0.2', 5684, CLIENT, new Log()).state, 'handshaking');
  });

  it('sends more than a datagram holds: ERR_DTLS_EXCEEDS_MTU; and early: ERR_INVALID_STATE', () => {
    const pair = new Pair();
    const association = pair.client.connect('10.0.0.2', 5684, CLIENT, pair.log);
    assert.equal(codeOf(() => association.send(new Uint8Array(1))), 'ERR_INVALID_STATE');
    pair.wire.flow();
    assert.equal(codeOf(() => association.send(new Uint8Array(1172))), 'ERR_DTLS_EXCEEDS_MTU');
    assert.equal(codeOf(() => association.send(new Uint8Array(1281))), 'ERR_DTLS_EXCEEDS_MTU');
  });

  it('gets a datagram longer than its window: a warning, and life goes on', () => {
    const pair = new Pair();
    const association = pair.connect();
    pair.client.receive(new Uint8Array(1281), '10.0.0.2', 5684);
    assert.equal(pair.log.errors[0]!.code, 'ERR_DTLS_DATAGRAM_TOO_LONG');
    pair.client.receive(new Uint8Array(1281), '10.0.0.2', 5684); // from anybody, perhaps
    association.send(Buffer.from('on'));
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, ['connected', 'warning', 'on']);
  });

  it('traps: connections end with ERR_DTLS_ENGINE_FAILED, and a new module serves on', () => {
    let traps = false;
    const module = () => {
      const fresh = moduleAsOnBoard(), poll = fresh.poll;
      fresh.poll = () => { if (traps) throw new Error('access out of bounds'); return poll(); };
      return fresh;
    };
    const pair = new Pair({}, {}, module);
    const association = pair.connect();
    traps = true;
    association.send(Buffer.from('boom'));
    pair.wire.flow();
    traps = false;
    assert.deepEqual(pair.accepted[0]!.log.heard, ['connected', 'ERR_DTLS_ENGINE_FAILED']);
    association.close();
    pair.connect();
    assert.deepEqual(pair.log.heard, ['connected', 'closed', 'connected']);
  });

  it('writes nothing of an association that a trap ended into the memory, where the next module lives', () => {
    const pair = new Pair(), [module, next] = [moduleAsOnBoard(), moduleAsOnBoard()], { receive } = module;
    const board = boardOf(pair.clock, {}, () => (traps ? next : module));
    let traps = false;
    module.receive = (...args) => { if (traps) throw new Error('unreachable'); return receive(...args); };
    const port = pair.wire.open(board, '10.0.0.3', 1), association = port.connect('10.0.0.2', 5684, CLIENT, pair.log);
    pair.wire.flow();
    traps = true;
    port.receive(new Uint8Array(20), '10.0.0.2', 5684);
    const memory = module.bytes(0, MEMORY_BYTES), before = Buffer.from(memory);
    assert.throws(() => association.send(Buffer.from('late')), { code: 'ERR_DTLS_NOT_READY' });
    assert.equal(before.equals(memory), true);
  });

  it('is asked to serve twice: ERR_INVALID_STATE, and who serves serves on', () => {
    const pair = new Pair();
    const other = pair.wire.open(pair.boards.server, '10.0.0.2', 6684);
    for (const port of [pair.server, other]) {
      assert.equal(codeOf(() => port.listen({ psk: () => null, accept: () => {} })), 'ERR_INVALID_STATE');
    }
    other.close();
    pair.connect();
    assert.deepEqual(pair.log.heard, ['connected']);
  });

  it('connects again from inside `closed` after a trap', () => {
    let traps = false;
    const pair = new Pair();
    const board = boardOf(pair.clock, {}, () => {
      const fresh = moduleAsOnBoard(), timeout = fresh.timeout;
      fresh.timeout = (now) => { if (traps) throw new Error('unreachable'); return timeout(now); };
      return fresh;
    });
    const port = pair.wire.open(board, '10.0.0.3', 1);
    const log = new Log();
    log.onClosed = () => {
      traps = false;
      port.connect('10.0.0.2', 5684, CLIENT, log);
    };
    port.connect('10.0.0.2', 5684, CLIENT, log);
    traps = true;
    pair.clock.pass(9_000);
    pair.wire.flow();
    assert.deepEqual(log.heard, ['ERR_DTLS_ENGINE_FAILED', 'connected']);
  });

  it('serves nobody on a client\'s port while another port of the board listens', () => {
    const pair = new Pair();
    pair.connect();
    const other = pair.wire.open(pair.boards.client, '10.0.0.1', 5684);
    other.listen({ psk: () => KEY, accept: () => {} });
    const log = new Log();
    const stranger = pair.wire.open(boardOf(pair.clock), '10.0.0.4', 7);
    stranger.connect('10.0.0.1', 1000, CLIENT, log);
    pair.wire.flow();
    assert.deepEqual([pair.log.heard, log.heard], [['connected'], []]);
    stranger.connect('10.0.0.1', 5684, CLIENT, log);
    pair.wire.flow();
    assert.deepEqual(log.heard, ['connected']);
    const turned = new Log(); // our server's address, which after a restart would be our client
    pair.wire.open(boardOf(pair.clock), '10.0.0.2', 5684).connect('10.0.0.1', 1000, CLIENT, turned);
    pair.wire.flow();
    assert.deepEqual([pair.log.heard, turned.heard], [['connected'], []]);
  });

  it('closes a port: peers hear of it, nobody else does, and the next one may serve', () => {
    const pair = new Pair();
    pair.connect();
    pair.server.close();
    pair.wire.flow();
    assert.deepEqual(pair.log.heard, ['connected', 'closed']);
    const log = new Log();
    pair.client.connect('10.0.0.2', 5684, CLIENT, log);
    pair.wire.flow();
    assert.deepEqual(log.heard, []);
  });
});
