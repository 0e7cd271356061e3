// Short records: max_fragment_length and record_size_limit, against the peer that misbehaves, and between two engines on a network
// that loses, repeats and reorders, at small MTUs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { Duel, KEY, ROOMY } from './duel.js';
import { assertMet, duelOf } from './meeting.js';
import { Pair } from './pair.js';
import * as Wire from './peer/wire.js';
import { refuses, said, saying } from './saying.js';
import { replayOf, SEEDS_PER_ROW, scenarioOf } from './scenario.js';

const MAX_FRAGMENT_LENGTH = 1, RECORD_SIZE_LIMIT = 28;
const WIDE = { ...ROOMY, inMax: 9000, outMax: 9000 };

describe('the misbehaving peer and short records', () => {
  /** Bytes of the longest plaintext that the engine put in a record of this epoch, as the peer opened it. */
  const longest = (duel: Duel, epoch: number) =>
    Math.max(...duel.peer.received.filter((record) => record.epoch === epoch).map(({ body }) => body.length));
  /** A client's hello and a server's flight too long for one record of 64 bytes. */
  const hint = { identity: Buffer.alloc(128, 'h') };
  const uint16 = (value: number) => Wire.uint(value, 2);

  // 7925-15-1, 6066-4-1
  it('max_fragment_length is asked for and answered with the same, for both directions', () => {
    for (const [length, code] of [[512, 1], [1024, 2], [2048, 3], [4096, 4]] as const) {
      const data = Buffer.from([code]);
      const client = new Duel({ role: 'client', context: { maxFragmentLength: length }, layout: WIDE,
        peer: saying([MAX_FRAGMENT_LENGTH, data]) }).handshake();
      const server = new Duel({ role: 'server', context: { mtu: 8000 }, layout: WIDE, peer: saying([MAX_FRAGMENT_LENGTH, data]) })
        .handshake();
      for (const duel of [client, server]) {
        assert.ok(duel.peer.connected && duel.exchanges());
        assert.equal(said(duel, MAX_FRAGMENT_LENGTH), data.toString('hex'));
        keeps(duel, length);
      }
    }
  });

  /** Takes a record of `length` bytes and sends one; refuses to send more, and ends when it gets more. */
  function keeps(duel: Duel, length: number, sends = length): void {
    const connection = duel.connected[0]!, before = duel.data.length;
    assert.equal(connection.maxPayload, Math.min(sends, duel.options.role === 'client' ? 1400 - 29 : 8000 - 29));
    connection.send(Buffer.alloc(connection.maxPayload, 'x'));
    duel.flush();
    assert.throws(() => connection.send(Buffer.alloc(connection.maxPayload + 1)), { code: 'ERR_DTLS_EXCEEDS_MTU' });
    duel.give(duel.peer.data(Buffer.alloc(length)));
    assert.equal(duel.data.length, before + 1);
    // 8449-4-3: what is too long counts only once it is authentic
    const forged = duel.peer.data(Buffer.alloc(length + 1));
    forged[forged.length - 1]! ^= 1;
    assert.deepEqual(duel.give(forged), []);
    assert.equal(duel.ends.length, 0);
    duel.hear(duel.give(duel.peer.data(Buffer.alloc(length + 1))));
    assert.deepEqual([duel.ends[0]?.alert, duel.ends[0]?.code], ['record_overflow', 'ERR_DTLS_RECORD_TOO_LONG']);
    assert.equal(duel.data.length, before + 1);
  }

  // 6066-4-1
  it('max_fragment_length of another value or length is refused', () => {
    for (const code of [0, 5, 6, 255]) refuses('server', {}, MAX_FRAGMENT_LENGTH, Buffer.from([code]), 'illegal_parameter');
    const asking = { maxFragmentLength: 1024 };
    for (const code of [0, 1, 3, 4, 5, 255]) refuses('client', asking, MAX_FRAGMENT_LENGTH, Buffer.from([code]), 'illegal_parameter');
    for (const data of [Buffer.alloc(0), Buffer.from([2, 0])]) {
      refuses('server', {}, MAX_FRAGMENT_LENGTH, data, 'decode_error');
      refuses('client', asking, MAX_FRAGMENT_LENGTH, data, 'decode_error');
    }
    refuses('client', {}, MAX_FRAGMENT_LENGTH, Buffer.from([1]), 'unsupported_extension');
  });

  // 8449-4-1, 8449-4-2
  it('record_size_limit is kept by each side for the other, from 64 bytes on', () => {
    for (const [mine, theirs] of [[64, 64], [64, 1000], [1000, 64], [300, 16384], [512, 65535]] as const) {
      for (const role of ['client', 'server'] as const) {
        const duel = new Duel({ role, layout: WIDE, peer: saying([RECORD_SIZE_LIMIT, uint16(theirs)]),
          context: { recordSizeLimit: mine, mtu: role === 'server' ? 8000 : 1400, ...(role === 'server' ? hint : {}) } }).handshake();
        assert.ok(duel.peer.connected && duel.exchanges(), `${role} ${mine} ${theirs}`);
        assert.equal(said(duel, RECORD_SIZE_LIMIT), uint16(mine).toString('hex'));
        assert.ok(longest(duel, 1) <= theirs);
        keeps(duel, mine, theirs);
      }
    }
  });

  it('record_size_limit is answered by a server without one, which then keeps the client\'s', () => {
    const duel = new Duel({ role: 'server', peer: saying([RECORD_SIZE_LIMIT, uint16(100)]) }).handshake();
    assert.equal(said(duel, RECORD_SIZE_LIMIT), uint16(16384).toString('hex'));
    assert.equal(duel.connected[0]!.maxPayload, 100);
  });

  // 8449-4-2
  it('record_size_limit below 64 bytes or of another length is refused', () => {
    const context = { recordSizeLimit: 512 };
    for (const role of ['client', 'server'] as const) {
      for (const limit of [0, 1, 63]) refuses(role, context, RECORD_SIZE_LIMIT, uint16(limit), 'illegal_parameter');
      for (const data of [Buffer.alloc(0), Buffer.from([1]), Buffer.from([1, 0, 0])]) {
        refuses(role, context, RECORD_SIZE_LIMIT, data, 'decode_error');
      }
    }
    refuses('client', {}, RECORD_SIZE_LIMIT, uint16(512), 'unsupported_extension');
  });

  // 8449-5-1
  it('both together: a server answers record_size_limit alone, a client refuses two answers', () => {
    const both: [number, Buffer][] = [[RECORD_SIZE_LIMIT, uint16(700)], [MAX_FRAGMENT_LENGTH, Buffer.from([1])]];
    for (const offered of [both, [...both].reverse()]) {
      const server = new Duel({ role: 'server', layout: WIDE, context: { mtu: 8000, recordSizeLimit: 600 }, peer: saying(...offered) })
        .handshake();
      assert.equal(said(server, MAX_FRAGMENT_LENGTH), undefined);
      keeps(server, 600, 700);
      const client = new Duel({ role: 'client', context: { maxFragmentLength: 512, recordSizeLimit: 500 }, peer: saying(...offered) })
        .handshake();
      assert.equal(client.ends[0]?.alert, 'illegal_parameter');
    }
  });

  it('the datagrams of a flight are no longer than a record that the peer takes', () => {
    for (const [extension, most] of [[[RECORD_SIZE_LIMIT, uint16(64)], 64 + 29], [[MAX_FRAGMENT_LENGTH, Buffer.from([1])], 512 + 13]] as const) {
      const duel = new Duel({ role: 'server', context: hint, peer: saying([extension[0], extension[1]]) }).handshake();
      assert.ok(duel.peer.connected);
      assert.ok(duel.sent.every((datagram) => datagram.length <= most));
    }
  });

  // 7925-C-2: of its hello, and later ones
  it('a server\'s pieces are no longer than those of the client', () => {
    const cutBy = (size: number, which: number) => ({ body, type }: { body: Buffer; type: number }): [number, number][] => {
      const pieces: [number, number][] = [];
      for (let at = 0, step = type === which ? size : body.length; at === 0 || at < body.length; at += step) {
        pieces.push([at, Math.min(step, body.length - at)]);
      }
      return pieces;
    };
    for (const size of [60, 70]) {
      const duel = duelOf({ role: 'server', peer: { cut: cutBy(size, Wire.CLIENT_HELLO), apart: true }, duel: { layout: { ...ROOMY, messageMax: 2_048, contextBytes: 3_000, lobbies: 1 } } });
      assertMet(duel.handshake());
      const longest = Math.max(...duel.sent.map(({ length }) => length));
      assert.ok(longest <= size + 25 && longest > size, `${longest} of ${size}`);
    }
    // a ticket of 130 bytes
    for (const size of [0, 60]) {
      const peer = { identity: Buffer.alloc(100, 'i'), tickets: true, apart: true, ...(size ? { cut: cutBy(size, Wire.CLIENT_KEY_EXCHANGE) } : {}) };
      const duel = new Duel({ role: 'server', answer: () => KEY, peer, context: { flags: ContextFlag.TICKETS }, layout: { ...ROOMY, ticketMax: 255 } });
      duel.endpoint.seal([Buffer.alloc(32, 1)]);
      assert.ok(duel.handshake().peer.connected, duel.peer.fault);
      const longest = Math.max(...duel.sent.slice(2).map(({ length }) => length));
      assert.ok(size === 0 ? longest > 200 : longest <= 60 + 25, `${longest} of ${size}`);
    }
  });
});

/** Rows of the table without corruption: its rows and how many seeds of each. */
const ROWS = [0, 1, 2, 3, 5, 6], SEEDS = 25;
/** ClientHello in one datagram, with a cookie and all that is said: nothing reassembles a first one. */
const HELLO = 256;

const LIMITS: [what: string, client: Partial<Context>, server: Partial<Context>, client: number, server: number][] = [
  ['record_size_limit of 64 on both sides', { recordSizeLimit: 64 }, { recordSizeLimit: 64 }, 64, 64],
  ['record_size_limit of 64 and 300', { recordSizeLimit: 64 }, { recordSizeLimit: 300 }, 300, 64],
  ['max_fragment_length of 512', { maxFragmentLength: 512 }, {}, 512, 512],
  ['both offered', { maxFragmentLength: 1024, recordSizeLimit: 100 }, {}, 16_384, 100],
];

describe('a bad network and short records', () => {
  for (const [what, client, server, clientMax, serverMax] of LIMITS) {
    it(`${what}: both sides finish, and no message is longer`, () => {
      for (const row of ROWS) {
        let finished = 0;
        for (let seed = row * SEEDS_PER_ROW; seed < row * SEEDS_PER_ROW + SEEDS; seed++) {
          const scenario = scenarioOf(seed), mtu = Math.max(HELLO, scenario.mtu);
          const pair = new Pair({ ...scenario, mtu, conditions: { ...scenario.conditions, mtu } }, { client, server });
          const result = pair.handshake();
          if (result.connectedMs === undefined) continue;
          finished++;
          const [ours, theirs] = [pair.client.connected[0]!, pair.server.connected[0]!];
          assert.ok(ours.maxPayload <= clientMax && theirs.maxPayload <= serverMax, replayOf(seed));
          assert.ok(pair.exchange(), replayOf(seed));
          assert.deepEqual(pair.close(), [], replayOf(seed));
        }
        assert.ok(finished >= (row < 5 ? SEEDS : 0.8 * SEEDS), `row ${row}: ${finished} of ${SEEDS} finished`);
      }
    });
  }
});
