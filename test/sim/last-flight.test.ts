// The last flight of a handshake, which nobody acknowledges: answered for four minutes when the client asks again, out of little
// memory, and forgotten when it has been heard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duel, type DuelOptions } from './duel.js';
import * as Wire from './peer/wire.js';
import { poolsOf, taken } from './pools.js';

/** A server that has sent its last flight, which the client did not hear. */
function lastFlightLost(options: Partial<DuelOptions> = {}): { duel: Duel; lost: Buffer } {
  const duel = new Duel({ role: 'server', ...options });
  const [hello] = duel.peer.receive(duel.give(duel.begin()[0]!)[0]!);
  const flight5 = duel.give(hello!).flatMap((datagram) => duel.peer.receive(datagram));
  const [lost] = flight5.flatMap((datagram) => duel.give(datagram));
  assert.equal(duel.connected.length, 1);
  return { duel, lost: lost! };
}

/** A Finished with the record number, once opened. */
const finishedOf = (duel: Duel) => duel.peer.received.filter(({ type, epoch }) => type === Wire.HANDSHAKE && epoch === 1);

// 6347-4.2.4-4
test('the last flight is answered for four minutes, after the handshake slot has gone back, and after data of ours', () => {
  for (const speaks of [false, true]) {
    const { duel, lost } = lastFlightLost();
    assert.equal(taken(duel.engine, poolsOf(duel.engine).handshakes), 0, 'the slot is back');
    if (speaks) {
      for (let i = 0; i < 5; i++) duel.connection!.send(Buffer.from('are you there?'));
      duel.flush();
    }
    for (const atMs of [1_000, 3_000, 7_000, 120_000, 239_999]) {
      duel.pass(atMs - duel.now);
      const [again, ...more] = duel.peer.repeat().flatMap((datagram) => duel.give(datagram));
      assert.deepEqual(more, []);
      const first = Wire.recordsOf(lost), then = Wire.recordsOf(again!);
      assert.deepEqual(then.map(({ type, epoch }) => [type, epoch]), first.map(({ type, epoch }) => [type, epoch]));
      assert.ok(then[0]!.sequence > first[0]!.sequence && then[1]!.sequence > first[1]!.sequence, 'new record numbers');
      assert.equal(again!.length, lost.length);
      duel.peer.receive(again!);
    }
    assert.ok(duel.peer.connected);
    const bodies = finishedOf(duel).map(({ body }) => body.toString('hex'));
    assert.equal(bodies.length, 5);
    assert.equal(new Set(bodies).size, 1, 'byte for byte the same message (6347-4.2.2-1)');
    assert.ok(duel.exchanges());
    duel.pass(2);
    assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 0, 'after 2 MSL it is over');
    assert.deepEqual(duel.peer.repeat().flatMap((datagram) => duel.give(datagram)), []);
    assert.ok(duel.exchanges());
  }
});

test('the last flight is forgotten once the client speaks and has heard us, and only then', () => {
  const { duel, lost } = lastFlightLost();
  duel.peer.receive(lost);
  duel.give(duel.peer.data(Buffer.from('first')));
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 1, 'we have said nothing yet');
  duel.connection!.send(Buffer.from('answer'));
  duel.give(duel.peer.data(Buffer.from('second')));
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 0);
});

test('aftercare is bounded: the oldest goes first, and its association lives', () => {
  const duel = new Duel({ role: 'server', layout: { inMax: 1_024, outMax: 1_024, messageMax: 512, connections: 4, handshakes: 4,
    aftercares: 2, contexts: 1 } }).handshake();
  const others = [0, 1, 2].map((i) => {
    const from = duel.stranger(`peer ${i}`), peer = duel.newPeer({ seed: 10 + i });
    duel.now += 10;
    const [hello] = peer.receive(duel.give(peer.start()[0]!, from)[0]!);
    const flight5 = duel.give(hello!, from).flatMap((datagram) => peer.receive(datagram));
    for (const datagram of flight5.flatMap((one) => duel.give(one, from))) peer.receive(datagram);
    assert.ok(peer.connected);
    return { from, peer };
  });
  assert.equal(taken(duel.engine, poolsOf(duel.engine).aftercares), 2);
  assert.deepEqual(duel.peer.repeat().flatMap((datagram) => duel.give(datagram)), [], 'the oldest');
  const answered = others.map(({ from, peer }) => peer.repeat().flatMap((datagram) => duel.give(datagram, from)).length);
  assert.deepEqual(answered, [0, 1, 1]);
  assert.ok(duel.exchanges());
});

test('a client answers nothing to the server\'s repeated last flight, and stays connected', () => {
  const duel = new Duel({ role: 'client' }).handshake();
  for (let i = 0; i < 3; i++) for (const datagram of duel.peer.repeat()) assert.deepEqual(duel.give(datagram), []);
  assert.ok(duel.exchanges());
});
