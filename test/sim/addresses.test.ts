// What an attacker who copies, replays, forges or delays records can do to the address that a peer is answered at (RFC 9146 §6): nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { BASIC, ENHANCED, answersTo, assertAtRest, challenged, changes, hear, live, text } from './paths.js';
import * as Wire from './peer/wire.js';

// 9146-6-1: authentic, and newer than the newest; what is authentic is delivered nevertheless
for (const flags of [BASIC, ENHANCED, ContextFlag.NEWEST_PATH]) {
  test(`an address is not changed by what is forged, replayed or late (flags ${flags})`, () => {
    const duel = live(flags, flags !== ContextFlag.NEWEST_PATH), there = duel.stranger('there');
    const forged = text(duel, 'forged');
    forged[forged.length - 1]! ^= 1;
    assert.deepEqual(hear(duel, forged, there), []);
    const [late, newest] = [text(duel, 'late'), text(duel, 'newest')];
    hear(duel, newest, duel.address);
    assert.deepEqual(hear(duel, newest, there), [], 'a replayed one');
    const before = duel.data.length;
    assert.deepEqual(hear(duel, late, there), []);
    assert.deepEqual(duel.data.slice(before).map((data) => data.text), ['late'], 'delivered all the same');
    const plain = duel.peer.plain(Wire.ALERT, Buffer.from([2, 40]));
    assert.deepEqual(hear(duel, plain, there), []);
    assert.deepEqual(changes(duel), []);
    assert.equal(answersTo(duel), 'peer');
    assertAtRest(duel);
  });
}

// 9146-6-1: no strategy, no change
test('without a check, and without leave, nothing moves a peer', () => {
  for (const flags of [0, ENHANCED]) {
    const duel = live(flags, false), there = duel.stranger('there');
    assert.deepEqual(hear(duel, text(duel, 'moved'), there), []);
    assert.equal(duel.data.at(-1)!.text, 'moved');
    assert.deepEqual(changes(duel), []);
    assert.equal(answersTo(duel), 'peer');
  }
});

test('with leave, a peer without RRC is followed to where its newest record came from', () => {
  const duel = live(ContextFlag.NEWEST_PATH, false), there = duel.stranger('there');
  hear(duel, text(duel, 'moved'), there);
  assert.deepEqual(changes(duel), ['MOVED there']);
  assert.equal(answersTo(duel), 'there');
  hear(duel, text(duel, 'back'), duel.address);
  assert.deepEqual([changes(duel).at(-1), answersTo(duel)], ['MOVED peer', 'peer']);
  assertAtRest(duel);
});

test('with leave, but a peer that can prove its address has to', () => {
  const duel = live(BASIC | ContextFlag.NEWEST_PATH), there = duel.stranger('there');
  challenged(hear(duel, text(duel, 'moved'), there), 'there');
  assert.deepEqual(changes(duel), ['CHECKING there']);
});

// 9853-5-1: at most three bytes for each that came from an address, until it is validated
test('an address that is not validated gets no more than three times what came from there', () => {
  for (const length of [2, 60, 200]) {
    const duel = live(BASIC, true, Buffer.alloc(length, 7)), there = duel.stranger('there');
    let from = 0, to = 0, records = 0;
    while (to === 0 && records < 10) {
      const record = text(duel, '');
      duel.endpoint.receive(record, there, duel.now);
      from += record.length;
      records++;
      to = duel.flushAddressed().reduce((sum, { datagram, to: where }) => sum + (where.key === 'there' ? datagram.length : 0), 0);
      assert.ok(to <= 3 * from, `${to} bytes for ${from}`);
    }
    assert.ok(to > 0 && records === Math.ceil(to / (3 * (from / records))), `${records} records`);
  }
});

