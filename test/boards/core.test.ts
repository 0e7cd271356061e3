// boards/core: one module for all sockets of a board. Two boards on a wire, the module as WebAssembly.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Association, Events } from '../../boards/core/association.js';
import type { Board } from '../../boards/core/board.js';
import type { ClientOptions, Port, ServerOptions } from '../../boards/core/port.js';
import type { Layout } from '../../host/core/index.js';
import { boardOf, Clock, moduleAsOnBoard, Wire } from './platform.js';

const IDENTITY = Buffer.from('dev1'), KEY = Buffer.from('secretPSK');
const CLIENT: ClientOptions = { identity: IDENTITY, key: KEY };
type Coded = Error & { code: string; hint: string; alert: string };

/** What an association heard. */
class Log implements Events {
  readonly heard: string[] = [];
  readonly errors: Coded[] = [];
  onData: (bytes: Uint8Array) => void = () => {};
  onClosed: () => void = () => {};

  connected(): void { this.heard.push('connected'); }

  data(bytes: Uint8Array): void {
    this.heard.push(Buffer.from(bytes).toString());
    this.onData(bytes);
  }

  warning(error: Error): void {
    this.errors.push(error as Coded);
    this.heard.push('warning');
  }

  closed(error: Error | null): void {
    if (error !== null) this.errors.push(error as Coded);
    this.heard.push(error === null ? 'closed' : (error as Coded).code);
    this.onClosed();
  }
}

/** A client board at 10.0.0.1:1000 and an echoing server board at 10.0.0.2:5684. */
class Pair {
  readonly clock = new Clock();
  readonly wire = new Wire();
  readonly log = new Log();
  readonly accepted: { association: Association; log: Log }[] = [];
  readonly client: Port;
  readonly server: Port;
  readonly boards: { client: Board; server: Board };

  constructor(options: Partial<ServerOptions> = {}, layout: Partial<Layout> = {}, serverModule = moduleAsOnBoard) {
    this.boards = { client: boardOf(this.clock), server: boardOf(this.clock, layout, serverModule) };
    this.client = this.wire.open(this.boards.client, '10.0.0.1', 1000);
    this.server = this.wire.open(this.boards.server, '10.0.0.2', 5684);
    this.server.listen({
      psk: (identity) => (Buffer.from(identity).equals(IDENTITY) ? KEY : null),
      accept: (association) => {
        const log = new Log();
        log.onData = (bytes) => association.send(bytes);
        association.events = log;
        this.accepted.push({ association, log });
      },
      ...options,
    });
  }

  connect(options = CLIENT): Association {
    const association = this.client.connect('10.0.0.2', 5684, options, this.log);
    this.wire.flow();
    return association;
  }
}

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    assert.notEqual((error as Coded).hint, '');
    return (error as Coded).code;
  }
  return 'no error';
};

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
