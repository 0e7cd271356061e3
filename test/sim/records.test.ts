// Records of a live association, against a peer that computes them with node:crypto: nonce and additional data for every length
// (mistake 10), the replay window, forgeries, the end of the numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import type { Layout } from '../../host/core/index.js';
import { Duel, ROOMY, type DuelOptions } from './duel.js';
import { CCM, CCM_8, GCM, open, seal, tagLength } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import { changedBy, poolsOf, slot } from './pools.js';

const ROLES = ['client', 'server'] as const;
const SUITES = [CCM_8, CCM, GCM];
const HUGE: Layout = { ...ROOMY, inMax: 20_000, outMax: 20_000 };
const TEXT = Buffer.from(Array.from({ length: 17_000 }, (_, i) => (i * 7 + (i >> 8)) & 255));

/** A live association. */
function live(options: DuelOptions): Duel {
  const duel = new Duel(options).handshake();
  assert.ok(duel.peer.connected && duel.connected.length === 1, 'the handshake itself');
  return duel;
}

const dropped = (duel: Duel, reason: Drop) => duel.engine.dropped(reason);
const last = (duel: Duel) => duel.data[duel.data.length - 1];

// 7252-9.1.1-2, 6347-4.1.2.1-1, 5246-6.2.3.3-1, 7925-B-1, 6655-3-1, 6655-6-1, 6347-4.1-1, 5246-6.2.1-1 (no bytes at all), 6347-4.1-2 (the
// longest)
for (const role of ROLES) {
  for (const suite of SUITES) {
    test(`${role}, suite ${suite.toString(16)}: every length seals and opens as node:crypto does it`, () => {
      const duel = live({ role, layout: HUGE, context: { mtu: 20_000, suites: [suite] }, peer: { suites: [suite] } });
      const lengths = [...Array(130).keys(), 255, 256, 1_024, 4_096, 16_383, 16_384];
      for (const length of lengths) {
        const text = TEXT.subarray(0, length);
        assert.deepEqual(duel.give(duel.peer.data(text)), [], 'data is not answered');
        assert.deepEqual(last(duel), { text: text.toString('latin1'), epoch: 1 });
        duel.connection!.send(text);
        const [datagram] = duel.flush();
        assert.equal(datagram!.length, 13 + 8 + length + tagLength(suite));
        assert.ok(datagram!.subarray(13, 21).equals(datagram!.subarray(3, 11)), 'the explicit nonce is epoch and number');
        duel.peer.receive(datagram!);
        const heard = duel.peer.received[duel.peer.received.length - 1]!;
        assert.ok(heard.type === Wire.DATA && heard.epoch === 1 && heard.body.equals(text));
      }
      assert.equal(duel.peer.fault, '');
      assert.equal(duel.data.length, lengths.length);
      assert.throws(() => duel.connection!.send(TEXT.subarray(0, 16_385)), { code: 'ERR_DTLS_EXCEEDS_MTU' });
    });

    test(`${role}, suite ${suite.toString(16)}: the peer may choose its explicit nonces`, () => {
      const duel = live({ role, context: { suites: [suite] }, peer: { suites: [suite] } });
      const { peer } = duel;
      const theirs = role === 'client' ? peer.keys!.server : peer.keys!.client;
      const sequence = peer.writeSequences[1]!++;
      const explicit = Buffer.from('8 bytes!');
      const body = seal(suite, theirs, Wire.DATA, 1, sequence, Buffer.from('free choice'), explicit);
      duel.give(Wire.record(Wire.DATA, 1, sequence, body));
      assert.equal(last(duel)?.text, 'free choice');
      assert.throws(() => open(suite, theirs, Wire.DATA, 1, sequence + 1, body), 'the additional data binds the number');
    });
  }

  // 6347-4.1-2, 6347-4.1.1-1: an oversize record, one that runs past its datagram, a datagram longer than the window
  test(`${role}: what is too long is dropped and counted, and the association lives`, () => {
    const duel = live({ role, layout: HUGE });
    duel.give(duel.peer.sealed(Wire.DATA, TEXT.subarray(0, 16_385 + 8)));
    duel.give(duel.peer.data(Buffer.from('cut')).subarray(0, -1));
    assert.equal(dropped(duel, Drop.MALFORMED_RECORD), 2);
    duel.give(duel.peer.sealed(Wire.DATA, TEXT.subarray(0, 16_384)).subarray(0, 13));
    assert.equal(dropped(duel, Drop.MALFORMED_RECORD), 3);
    duel.give(Buffer.alloc(HUGE.inMax + 1, 23));
    assert.equal(dropped(duel, Drop.TOO_LONG), 1);
    assert.equal(duel.data.length, 0);
    assert.ok(duel.exchanges());
  });

  // 6347-4.1.1-2
  test(`${role}: several records in a datagram, some of them bad: every good one arrives`, () => {
    const duel = live({ role });
    const { peer } = duel;
    const good = [1, 2, 3, 4].map((i) => peer.data(Buffer.from(`good ${i}`)));
    const bad = peer.data(Buffer.from('bad'));
    bad[bad.length - 1]! ^= 1;
    const otherEpoch = Wire.record(Wire.DATA, 7, 0, Buffer.alloc(20));
    const otherVersion = Wire.record(Wire.DATA, 1, 99, Buffer.alloc(20), 0xfeff);
    const tooShort = Wire.record(Wire.DATA, 1, 100, Buffer.alloc(3));
    const sent = duel.give(Buffer.concat([good[0]!, bad, good[1]!, otherEpoch, otherVersion, good[2]!, tooShort, good[3]!,
      Buffer.from([23, 254, 253])]));
    assert.deepEqual(sent, []);
    assert.deepEqual(duel.data.map(({ text }) => text), ['good 1', 'good 2', 'good 3', 'good 4']);
    assert.equal(dropped(duel, Drop.FORGED), 2);
    assert.equal(dropped(duel, Drop.BAD_EPOCH), 1);
    assert.equal(dropped(duel, Drop.BAD_VERSION), 1);
    assert.equal(dropped(duel, Drop.MALFORMED_RECORD), 1);
  });

  // 6347-4.1.2.6-1, 6347-4.1.2.6-2
  test(`${role}: the replay window: 64 records, each once, in any order`, () => {
    const duel = live({ role });
    const { peer } = duel;
    const first = peer.writeSequences[1]!;
    const records = Array.from({ length: 200 }, (_, i) => peer.sealed(Wire.DATA, Buffer.from(`${i}`), first + i));
    const give = (i: number) => {
      const before = duel.data.length;
      duel.give(records[i]!);
      return duel.data.length - before;
    };
    for (const i of [5, 3, 4, 0, 1, 2]) assert.equal(give(i), 1, `reordered ${i}`);
    for (let i = 0; i < 6; i++) assert.equal(give(i), 0, `replayed ${i}`);
    assert.equal(give(100), 1);
    assert.equal(give(100 - 64), 0, 'one left of the window');
    assert.equal(give(100 - 63), 1, 'the last one in the window');
    for (let i = 38; i < 100; i++) assert.equal(give(i), 1, `late ${i}`);
    for (let i = 37; i <= 100; i++) assert.equal(give(i), 0, `replayed ${i}`);
    assert.equal(dropped(duel, Drop.REPLAYED), 6 + 1 + 64);
    // a replay is not even opened: with a bad tag it still counts as a replay
    records[100]![records[100]!.length - 1]! ^= 1;
    assert.equal(give(100), 0);
    assert.deepEqual([dropped(duel, Drop.REPLAYED), dropped(duel, Drop.FORGED)], [6 + 1 + 64 + 1, 0]);
    assert.equal(give(199), 1, 'far ahead');
    assert.equal(give(101), 0);
  });

  // 6347-4.1.2.6-3
  test(`${role}: the window moves only for what is authentic`, () => {
    const duel = live({ role });
    for (const sequence of [2 ** 47, 2 ** 48 - 1, 70]) {
      duel.give(Wire.record(Wire.DATA, 1, sequence, Buffer.alloc(40, 7)));
    }
    assert.equal(dropped(duel, Drop.FORGED), 3);
    assert.ok(duel.exchanges());
    duel.give(duel.peer.sealed(Wire.DATA, Buffer.from('far'), 2 ** 48 - 1));
    assert.equal(last(duel)?.text, 'far', 'the last number there is');
  });

  // 6347-4.1.2.6-4
  test(`${role}: a new epoch starts at 0 however far the old one went`, () => {
    const duel = new Duel({ role });
    duel.peer.writeSequences[0] = 2 ** 48 - 2 ** 32 - 100; // higher ones leave a server no room for its own
    duel.handshake();
    assert.ok(duel.peer.connected && duel.exchanges());
  });

  // 6347-4.1.2.1-2, 6347-4.1.2.7-1
  test(`${role}: a thousand forgeries: no word, no end, a counter`, () => {
    const duel = live({ role });
    for (let i = 0; i < 1_000; i++) {
      const type = [Wire.CCS, Wire.ALERT, Wire.HANDSHAKE, Wire.DATA][i % 4]!;
      const forged = Wire.record(type, 1, 1_000 + i, Buffer.alloc(16 + (i % 100), i));
      assert.deepEqual(duel.give(forged), []);
    }
    assert.equal(dropped(duel, Drop.FORGED), 1_000);
    assert.deepEqual([duel.ends.length, duel.data.length], [0, 0]);
    assert.ok(duel.exchanges());
  });

  // 9325-4.4-1, requirements C-04: without new keys in 1.2, a key is given up after 2^20 forgeries
  test(`${role}: too many forgeries in the life of a key end it`, () => {
    const duel = live({ role });
    const { connections } = poolsOf(duel.engine);
    const forged = () => duel.give(Wire.record(Wire.DATA, 1, 9, Buffer.alloc(40)));
    const counter = changedBy(duel.engine, connections, 0, forged).start;
    const view = slot(duel.engine, connections, 0);
    new DataView(view.buffer, view.byteOffset).setUint32(counter, 2 ** 20 - 2, true);
    forged();
    assert.ok(duel.exchanges(), 'one before the last');
    assert.deepEqual(forged(), []);
    assert.equal(duel.ends[0]?.code, 'ERR_DTLS_TOO_MANY_FORGERIES');
  });

  // 6347-4.1-9, 6347-4.1-3
  test(`${role}: the last two numbers of an epoch are used once, a third record is refused and ends it`, () => {
    const duel = live({ role });
    const { connection, peer } = duel;
    const { connections } = poolsOf(duel.engine);
    connection!.send(Buffer.from('0'));
    // what sending changes: the next record's number (u64), then how many records these keys sealed (u32)
    const number = changedBy(duel.engine, connections, 0, () => connection!.send(Buffer.from('1'))).start;
    const view = slot(duel.engine, connections, 0);
    new DataView(view.buffer, view.byteOffset).setBigUint64(number, 2n ** 48n - 2n, true);
    duel.flush();
    connection!.send(Buffer.from('a'));
    connection!.send(Buffer.from('b'));
    for (const datagram of duel.flush()) peer.receive(datagram);
    const heard = peer.received.slice(-2);
    assert.deepEqual(heard.map(({ sequence, body }) => [sequence, body.toString()]), [[2 ** 48 - 2, 'a'], [2 ** 48 - 1, 'b']]);
    // nothing that the peer says makes it seal another record: not a lost last flight, not an attempt to renegotiate
    for (const type of [Wire.HELLO_REQUEST, Wire.CLIENT_HELLO]) {
      assert.deepEqual(duel.give(peer.sealed(Wire.HANDSHAKE, Wire.whole(type, 9, Buffer.alloc(0)))), []);
    }
    for (const record of peer.repeat()) assert.deepEqual(duel.give(record), []);
    assert.throws(() => connection!.send(Buffer.from('c')), /./);
    assert.equal(duel.ends[0]?.code, 'ERR_DTLS_SEQUENCE_EXHAUSTED');
    assert.deepEqual(duel.flush(), [], 'no alert: no number is left for it');
    assert.equal(peer.fault, '');
  });

  // 5246-6.2.1-1
  test(`${role}: empty records: data is delivered, the rest is no use and does no harm`, () => {
    const duel = live({ role });
    duel.give(duel.peer.data(Buffer.alloc(0)));
    assert.deepEqual(last(duel), { text: '', epoch: 1 });
    for (const type of [Wire.CCS, Wire.ALERT, Wire.HANDSHAKE, Wire.DATA]) duel.give(duel.peer.plain(type, Buffer.alloc(0)));
    duel.give(duel.peer.sealed(Wire.HANDSHAKE, Buffer.alloc(0)));
    assert.equal(duel.data.length, 1);
    assert.ok(duel.exchanges());
  });
}
