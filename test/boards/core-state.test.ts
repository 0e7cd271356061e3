// boards/core: connections that go on after a sleep, sessions that are resumed.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Association } from '../../boards/core/association.js';
import { tune } from '../../boards/core/options.js';
import type { ClientOptions, ServerOptions } from '../../boards/core/port.js';
import { CLIENT, codeOf, KEY, Log, Pair } from './pair.js';
import { boardOf } from './platform.js';

const read = (value: unknown) => Buffer.from(value as string | Uint8Array);
const client = (options: object = {}, more: Partial<ClientOptions> = {}): ClientOptions => tune({ ...CLIENT, ...more }, options, read);
/** What a server has to say; `tune` knows one by its `accept`. */
function server(options: object): Partial<ServerOptions> {
  const { accept: _, ...tuned } = tune<ServerOptions>({ psk: () => KEY, accept: () => {}, flags: 2048 }, options, read);
  return tuned;
}

/** The record numbers of what was sent in epoch 1 from the `from`-th datagram on. */
const numbers = (pair: Pair, from: number) =>
  pair.wire.sent.slice(from).filter((bytes) => bytes[0] === 25).map((bytes) => Buffer.from(bytes).readUIntBE(5, 6));

/** The board has slept deeply: its memory is gone, another socket is open, and only the state is left. */
function wake(pair: Pair, options: ClientOptions): { log: Log; association: Association } {
  const log = new Log(), port = pair.wire.open(boardOf(pair.clock), '10.0.0.1', 2000);
  const association = port.connect('10.0.0.2', 5684, options, log);
  pair.clock.pass(0);
  pair.wire.flow();
  return { log, association };
}

/** The server asks along the old path, where nobody is any more, before it answers along the new one (RFC 9853 §5.2). */
function settle(pair: Pair): void {
  for (let i = 0; i < 20; i++) {
    pair.wire.flow();
    pair.clock.pass(500);
  }
}

/** A pair with connection IDs, and the state of its client. */
function asleep(): { pair: Pair; state: Uint8Array } {
  const pair = new Pair(server({ cid: true })), association = pair.connect(client({ cid: true }));
  association.send(Buffer.from('before'));
  pair.wire.flow();
  return { pair, state: association.exportState() };
}

describe('a board that sleeps', () => {
  it('goes on from another port with the state it saved, without a handshake', () => {
    const { pair, state } = asleep(), stored: Uint8Array[] = [], sent = pair.wire.sent.length;
    assert.deepEqual(pair.log.heard, ['connected', 'before', 'closed']);
    assert.ok(state.length <= 200, `${state.length}`);
    const storeState = (next: Uint8Array) => void stored.push(next);
    const { log, association } = wake(pair, client({ cid: true, state }, { storeState }));
    assert.deepEqual([log.heard, stored.length, pair.wire.sent.length - sent], [['connected'], 1, 0]);
    association.send(Buffer.from('after'));
    settle(pair);
    assert.deepEqual(log.heard, ['connected', 'after']);
    assert.deepEqual([pair.accepted.length, pair.accepted[0]!.log.heard], [1, ['connected', 'before', 'after']]);
    assert.equal(pair.accepted[0]!.association.port, 2000);
  });

  it('sends nothing before its new state is stored', () => {
    const { pair, state } = asleep(), { log, association } = wake(pair, client({ cid: true, state }));
    assert.equal(codeOf(() => association.send(Buffer.from('early'))), 'ERR_DTLS_SAVE_FIRST');
    association.saveState();
    association.send(Buffer.from('after'));
    settle(pair);
    assert.deepEqual(log.heard, ['connected', 'after']);
  });

  it('has every state stored before it is needed, so that no number comes twice after a crash', () => {
    const pair = new Pair(server({ cid: true })), stored: Uint8Array[] = [];
    const options = (state?: Uint8Array) => client({ cid: true, state }, { storeState: (next) => void stored.push(next) });
    let association = pair.connect(options());
    const from = pair.wire.sent.length;
    assert.equal(stored.length, 1);
    for (let crash = 0; crash < 3; crash++) {
      for (let i = 0; i < 3000; i++) association.send(Buffer.from('x'));
      association = wake(pair, options(stored.at(-1))).association;
    }
    const used = numbers(pair, from);
    assert.ok(stored.length >= 7, `${stored.length}`);
    assert.ok(used.length >= 9000);
    assert.equal(new Set(used).size, used.length);
  });

  it('is told when its state cannot be stored, and tries again', () => {
    const pair = new Pair(server({ cid: true }));
    let isFull = true, stored = 0;
    const storeState = () => { if (isFull) throw new Error('flash is full'); stored++; };
    const association = pair.connect(client({ cid: true }, { storeState }));
    assert.deepEqual([pair.log.heard, pair.log.errors[0]!.message], [['warning', 'connected'], 'flash is full']);
    isFull = false;
    association.send(Buffer.from('on'));
    pair.wire.flow();
    assert.deepEqual([pair.log.heard, stored], [['warning', 'connected', 'on'], 1]);
  });

  it('makes a handshake where its state was altered, cut short or sealed with another key, and says why', () => {
    const { pair, state } = asleep(), altered = Buffer.from(state);
    altered[altered.length - 1]! ^= 1;
    const foreign = asleep().state, session = Buffer.from('no state at all');
    for (const wrong of [altered, state.subarray(0, -1), session, new Uint8Array(0)]) {
      const { log } = wake(pair, client({ cid: true, state: wrong }));
      assert.deepEqual([log.heard, log.errors[0]!.code], [['warning', 'connected'], 'ERR_DTLS_BAD_STATE']);
      assert.match(log.errors[0]!.hint, /takes a handshake/);
      pair.accepted.at(-1)!.association.close();
      pair.wire.flow();
    }
    const other = new Pair({ psk: () => Buffer.from('another') });
    const { log } = wake(other, { ...client({ cid: true, state: foreign }), key: Buffer.from('another') });
    assert.deepEqual([log.heard, log.errors[0]!.code], [['warning', 'connected'], 'ERR_DTLS_BAD_STATE']);
  });

  it('is not saved before it is connected, nor as a server, which has no key of its own', () => {
    const pair = new Pair(), association = pair.client.connect('10.0.0.2', 5684, CLIENT, pair.log);
    assert.equal(codeOf(() => association.exportState()), 'ERR_DTLS_UNSETTLED');
    pair.wire.flow();
    association.send(Buffer.from('hello'));
    pair.wire.flow();
    assert.equal(codeOf(() => pair.accepted[0]!.association.exportState()), 'ERR_DTLS_NO_STATE_KEY');
    assert.deepEqual(pair.log.heard, ['connected', 'hello']);
  });
});

describe('a board and its sessions', () => {
  /** Connects, says goodbye, and returns what the client remembers. */
  function visit(pair: Pair, options: ClientOptions): { session: Uint8Array | undefined; resumed: boolean; sent: number } {
    const log = new Log(), sent = pair.wire.sent.length;
    const association = pair.client.connect('10.0.0.2', 5684, options, log);
    pair.wire.flow();
    const resumed = association.connection!.resumed, datagrams = pair.wire.sent.length - sent;
    assert.deepEqual(log.heard, ['connected']);
    association.close();
    pair.wire.flow();
    return { session: log.sessions[0], resumed, sent: datagrams };
  }

  it('resumes the one that it was given, with fewer datagrams', () => {
    const pair = new Pair(server({}), { sessions: 2 });
    const first = visit(pair, client({ session: true })), { session } = first;
    assert.equal(first.resumed, false);
    const second = visit(pair, client({ session }));
    assert.deepEqual([second.resumed, second.sent < first.sent], [true, true]);
    assert.equal(Buffer.from(pair.accepted[1]!.association.connection!.identity!).toString(), 'dev1');
  });

  it('makes a whole handshake with one that is altered, foreign, for another name, forgotten, too old or too long', () => {
    const pair = new Pair(server({}), { sessions: 8 }), { clock } = pair;
    clock.seconds = 1_800_000_000;
    const { session } = visit(pair, client({ session: true })), altered = Buffer.from(session!);
    altered[30]! ^= 1;
    const strange = visit(new Pair(server({}), { sessions: 1 }), client({ session: true })).session;
    const whole = (options: object) => assert.equal(visit(pair, client(options)).resumed, false);
    whole({ session: altered });
    whole({ session: strange });
    whole({ session, servername: 'other.example' });
    whole({ session: Buffer.alloc(300, 1) });
    assert.equal(visit(pair, client({ session })).resumed, true);
    clock.seconds += 8 * 86_400;
    whole({ session });
    const small = new Pair(server({}), { sessions: 1 }), lost = visit(small, client({ session: true })).session;
    visit(small, client({ session: true })); // takes the only place of the pool
    assert.equal(visit(small, client({ session: lost })).resumed, false);
  });

  it('has none that it did not ask for, and gives none without room for it', () => {
    assert.equal(visit(new Pair(server({}), { sessions: 1 }), client()).session, undefined);
    assert.equal(visit(new Pair(server({})), client({ session: true })).session, undefined);
  });
});
