// The return routability check (RFC 9853 §5), basic and enhanced: its cases, its timer, what is no answer, what waits meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drop } from '../../host/core/index.js';
import { BASIC, CHALLENGE, DROP, ENHANCED, RESPONSE, T_MS, answersTo, assertAtRest, challenged, changes, hear, live, sent, text, wait,
  type Sent } from './paths.js';
import { Duel, ROOMY } from './duel.js';
import * as Wire from './peer/wire.js';
import { leftovers } from './pools.js';

// 9853-5-2, 9853-5-4, 9146-6-3
test('basic: a challenge to the new path, its answer from there, and the peer is there', () => {
  const duel = live(BASIC), there = duel.stranger('there');
  const cookie = challenged(hear(duel, text(duel, 'moved'), there), 'there');
  assert.deepEqual(duel.data.at(-1)!.text, 'moved');
  assert.deepEqual(changes(duel), ['CHECKING there']);
  assert.deepEqual(hear(duel, duel.peer.check(RESPONSE, cookie), there), []);
  assert.deepEqual(changes(duel), ['CHECKING there', 'MOVED there']);
  assert.equal(answersTo(duel), 'there');
  assertAtRest(duel);
  hear(duel, text(duel, 'from the old place, and newer'), duel.address);
  assert.deepEqual(changes(duel).at(-1), 'CHECKING peer', 'back again is a change as well');
});

// 9853-5-3
test('enhanced: nobody answers on the old path, so the new one is asked after T', () => {
  const duel = live(ENHANCED), there = duel.stranger('there');
  const first = challenged(hear(duel, text(duel, 'moved'), there), 'peer');
  const second = challenged(wait(duel), 'there');
  assert.notDeepEqual(first, second, 'each cookie is a new one');
  assert.deepEqual(hear(duel, duel.peer.check(RESPONSE, second), there), []);
  assert.deepEqual(changes(duel), ['CHECKING there', 'MOVED there']);
  assert.equal(answersTo(duel), 'there');
  assertAtRest(duel);
});

// 9853-5-3
test('enhanced: a path_response on the old path, and nothing moves', () => {
  const duel = live(ENHANCED), there = duel.stranger('there');
  const cookie = challenged(hear(duel, text(duel, 'copied by somebody'), there), 'peer');
  assert.deepEqual(hear(duel, duel.peer.check(RESPONSE, cookie), duel.address), []);
  assert.deepEqual(changes(duel), ['CHECKING there', 'KEPT there']);
  assert.equal(answersTo(duel), 'peer');
  assertAtRest(duel);
});

// 9853-5-3
test('enhanced: a path_drop on the old path, and the new one is asked at once', () => {
  const duel = live(ENHANCED), there = duel.stranger('there');
  const cookie = challenged(hear(duel, text(duel, 'moved'), there), 'peer');
  const second = challenged(hear(duel, duel.peer.check(DROP, cookie), duel.address), 'there');
  hear(duel, duel.peer.check(RESPONSE, second), there);
  assert.deepEqual(changes(duel), ['CHECKING there', 'MOVED there']);
  assertAtRest(duel);
});

for (const flags of [BASIC, ENHANCED]) {
  const name = flags === BASIC ? 'basic' : 'enhanced';

  // 9853-5-4
  test(`${name}: without any answer the old path is kept, and the next record from there begins anew`, () => {
    const duel = live(flags), there = duel.stranger('there');
    hear(duel, text(duel, 'moved'), there);
    if (flags === ENHANCED) challenged(wait(duel), 'there');
    assert.deepEqual(wait(duel), []);
    assert.deepEqual(changes(duel), ['CHECKING there', 'KEPT there']);
    assertAtRest(duel);
    hear(duel, text(duel, 'again'), there);
    assert.equal(changes(duel).at(-1), 'CHECKING there');
  });

  // 9853-4-1, 9853-5-2: invalid answers are passed over, and the check goes on
  test(`${name}: what is no answer to the challenge`, () => {
    const duel = live(flags), there = duel.stranger('there'), asked = flags === BASIC ? there : duel.address;
    const cookie = challenged(hear(duel, text(duel, 'moved'), there), asked.key);
    const wrong = Buffer.from(cookie.map((byte, i) => (i === 7 ? byte ^ 1 : byte)));
    const before = duel.engine.dropped(Drop.STALE_MESSAGE) + duel.engine.dropped(Drop.MALFORMED_RECORD);
    const records = [
      [RESPONSE, wrong], [DROP, wrong], [RESPONSE, Buffer.alloc(8)], [RESPONSE, Buffer.alloc(0)], [RESPONSE, cookie.subarray(0, 7)],
      [RESPONSE, Buffer.concat([cookie, Buffer.alloc(1)])], [3, cookie], [255, cookie], [17, Buffer.alloc(100)],
    ] as const;
    for (const [type, body] of records) assert.deepEqual(hear(duel, duel.peer.check(type, body), asked), []);
    const elsewhere = flags === BASIC ? duel.address : there;
    for (const from of [elsewhere, duel.stranger('a third place')]) {
      assert.deepEqual(hear(duel, duel.peer.check(RESPONSE, cookie), from), [], 'the right answer from the wrong place');
    }
    assert.equal(duel.engine.dropped(Drop.STALE_MESSAGE) + duel.engine.dropped(Drop.MALFORMED_RECORD) - before, records.length + 2);
    assert.deepEqual(changes(duel), ['CHECKING there']);
    hear(duel, duel.peer.check(RESPONSE, cookie), asked);
    assert.equal(changes(duel).at(-1), flags === BASIC ? 'MOVED there' : 'KEPT there');
    hear(duel, duel.peer.check(RESPONSE, cookie), asked); // once more, when nobody asks
    assert.equal(changes(duel).length, 2);
    assertAtRest(duel);
  });

  // RFC 9853 §5: nested rebindings are not followed
  test(`${name}: a third address changes nothing while the second is checked`, () => {
    const duel = live(flags), there = duel.stranger('there');
    hear(duel, text(duel, 'moved'), there);
    assert.deepEqual(hear(duel, text(duel, 'and again'), duel.stranger('a third place')), []);
    assert.equal(duel.data.at(-1)!.text, 'and again');
    assert.deepEqual(changes(duel), ['CHECKING there']);
  });

  // the application's data waits for the outcome (RFC 9853 §5), and then goes where the peer is
  test(`${name}: what is sent meanwhile waits, and none of it goes to an address that is not validated`, () => {
    for (const moves of [true, false]) {
      const duel = live(flags), there = duel.stranger('there');
      let cookie = challenged(hear(duel, text(duel, 'moved'), there), flags === BASIC ? 'there' : 'peer');
      duel.connection!.send(Buffer.from('one'));
      duel.connection!.send(Buffer.from('two'));
      assert.deepEqual(sent(duel), []);
      let after: Sent[];
      if (moves) {
        if (flags === ENHANCED) cookie = challenged(wait(duel), 'there');
        after = hear(duel, duel.peer.check(RESPONSE, cookie), there);
      } else {
        after = hear(duel, text(duel, 'I am still here'), duel.address);
      }
      const expected = moves ? 'there' : 'peer';
      assert.deepEqual(after.map(({ to, body }) => [to, body.toString()]), [[expected, 'one'], [expected, 'two']]);
      assertAtRest(duel);
    }
  });
}

// 9853-5-2: one answer, at once, to where the challenge came from, whoever we are
for (const role of ['client', 'server'] as const) {
  test(`${role}: a challenge is answered once, where it came from`, () => {
    const duel = new Duel({ role, layout: { ...ROOMY, cidMax: 20 }, context: { cidLength: 1, flags: ENHANCED },
      peer: { cid: Buffer.from([1, 2]), rrc: true } }).handshake();
    for (const from of [duel.address, duel.stranger('there')]) {
      const cookie = Buffer.from(`${from.key}....`.slice(0, 8));
      const found = hear(duel, duel.peer.check(CHALLENGE, cookie), from).filter(({ body }) => body[0] === RESPONSE);
      assert.deepEqual(found.map(({ to, body }) => [to, body.toString('latin1', 1)]), [[from.key, cookie.toString('latin1')]]);
    }
    assert.equal(duel.peer.fault, '');
  });
}

test('a path is no matter of a handshake: Finished from elsewhere connects, and is answered where the hello came from', () => {
  const duel = new Duel({ role: 'server', layout: { ...ROOMY, cidMax: 20 }, context: { cidLength: 2, flags: BASIC },
    peer: { cid: Buffer.from([1]), rrc: true, apart: true } });
  const there = duel.stranger('there');
  const queue = duel.begin();
  for (let datagram = queue.shift(); datagram !== undefined; datagram = queue.shift()) {
    for (const answer of duel.give(datagram, datagram[0] === Wire.TLS12_CID ? there : duel.address)) queue.push(...duel.peer.receive(answer));
  }
  assert.ok(duel.peer.connected);
  assert.deepEqual(changes(duel), []);
  assert.equal(answersTo(duel), 'peer');
});

test('a check ends with its connection, and leaves nothing', () => {
  const duel = live(ENHANCED), there = duel.stranger('there');
  hear(duel, text(duel, 'moved'), there);
  duel.connection!.send(Buffer.from('held'));
  duel.give(duel.peer.alert(1, 0), there);
  assert.deepEqual(duel.ends, [null]);
  duel.pass(10 * T_MS);
  assert.deepEqual(leftovers(duel.engine), []);
});

test('the last flight is still answered while a path is checked, and after it', () => {
  const duel = new Duel({ role: 'server', layout: { ...ROOMY, cidMax: 20, aftercares: 1 }, context: { cidLength: 2, flags: BASIC },
    peer: { cid: Buffer.from([1, 2]), rrc: true, apart: true } }).handshake();
  const there = duel.stranger('there');
  const finished = () => duel.peer.repeat().at(-1)!;
  assert.equal(hear(duel, finished(), duel.address).length, 1);
  const cookie = challenged(hear(duel, text(duel, 'moved'), there), 'there');
  assert.deepEqual(hear(duel, finished(), there).map(({ to }) => to), ['peer']);
  hear(duel, duel.peer.check(RESPONSE, cookie), there);
  assert.equal(changes(duel).at(-1), 'MOVED there');
  assert.deepEqual(hear(duel, finished(), there).map(({ to }) => to), ['there']);
});

test('checks of all connections at once need a slot each; who finds none is checked later', () => {
  const duel = live(BASIC), first = duel.peer;
  assert.equal(duel.engine.layout.aftercares, 2);
  const peers = [first];
  for (const name of ['b', 'c']) {
    const other = duel.newPeer({ seed: 5 + peers.length });
    const home = duel.stranger(name);
    const queue = other.start();
    for (let datagram = queue.shift(); datagram !== undefined; datagram = queue.shift()) {
      duel.endpoint.receive(datagram, duel.endpoint.associations.peers[name] ?? home, duel.now);
      for (const answer of duel.flush()) queue.push(...other.receive(answer));
    }
    assert.ok(other.connected);
    peers.push(other);
  }
  for (const [i, peer] of peers.entries()) duel.give(peer.data(Buffer.from('moved')), duel.stranger(`new ${i}`));
  assert.deepEqual(changes(duel), ['CHECKING new 0', 'CHECKING new 1']);
  assert.equal(duel.data.length, 1 + 3);
  duel.pass(T_MS);
  assert.deepEqual(changes(duel).slice(2), ['KEPT new 0', 'KEPT new 1']);
  duel.give(peers[2]!.data(Buffer.from('moved')), duel.stranger('new 2'));
  assert.equal(changes(duel).at(-1), 'CHECKING new 2');
});

// RFC 6347 §4.2.8 and an address that passes from one device to another
test('whoever takes the address of another connection has proved that it is there; both go on by their CIDs', () => {
  const duel = live(BASIC), older = duel.peer, olderHandle = duel.connection!.handle;
  const home = duel.stranger('home'), younger = duel.newPeer({ seed: 9 });
  const queue = younger.start();
  for (let datagram = queue.shift(); datagram !== undefined; datagram = queue.shift()) {
    duel.endpoint.receive(datagram, duel.endpoint.associations.peers['home'] ?? home, duel.now);
    for (const answer of duel.flush()) queue.push(...younger.receive(answer));
  }
  duel.peer = younger;
  const cookie = challenged(hear(duel, text(duel, 'I am at peer now'), duel.address), 'peer');
  hear(duel, younger.check(RESPONSE, cookie), duel.address);
  assert.equal(changes(duel).at(-1), 'MOVED peer');
  const { peers } = duel.endpoint.associations;
  assert.notEqual(peers['peer']!.connection!.handle, olderHandle);
  assert.equal(peers['home'], undefined);
  duel.peer = older;
  hear(duel, text(duel, 'I still speak'), duel.stranger('a third place'));
  assert.equal(duel.data.at(-1)!.text, 'I still speak');
  assert.deepEqual(duel.ends, []);
});
