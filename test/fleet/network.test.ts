import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../host/fleet/clock.js';
import { Impairment, PERFECT, type Conditions } from '../../host/fleet/impairment.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';

const ROUGH: Conditions = {
  ...PERFECT, loss: 0.2, duplicate: 0.1, reorder: 0.1, corrupt: 0.1, delayMs: 40, jitterMs: 20, mtu: 300,
};

/** Sends numbered datagrams a millisecond apart and returns what arrives, in order. */
function journey(conditions: Conditions, seed: number, count: number) {
  const clock = new VirtualClock();
  const network = new Network(clock, conditions, seed);
  const arrived: { atMs: number; number: number; hex: string }[] = [];
  network.attach('b', (datagram) => {
    const hex = Buffer.from(datagram).toString('hex');
    arrived.push({ atMs: clock.now(), number: new DataView(datagram.slice().buffer).getUint32(0), hex });
  });
  for (let i = 0; i < count; i++) {
    const datagram = new Uint8Array(8);
    new DataView(datagram.buffer).setUint32(0, i);
    clock.after(i, () => network.send('a', 'b', datagram));
  }
  clock.run();
  return { arrived, tally: network.tally };
}

test('a seed replays a network, another seed makes another one', () => {
  const first = journey(ROUGH, 7, 500);
  assert.deepEqual(journey(ROUGH, 7, 500), first);
  assert.notDeepEqual(journey(ROUGH, 8, 500).arrived, first.arrived);
});

test('every rate is kept, and every datagram accounted for', () => {
  const { arrived, tally } = journey(ROUGH, 1, 10_000);
  assert.equal(arrived.length, tally.sent - tally.lost + tally.duplicated);
  const near = (count: number, rate: number) => assert.ok(Math.abs(count / 10_000 - rate) < 0.02, `${count}`);
  near(tally.lost, 0.2);
  near(tally.duplicated, 0.1 * 0.8);
  near(tally.reordered, 0.1 * 0.8);
  near(tally.corrupted, 0.1 * 0.8);
});

test('delay and jitter alone change no order and add no more than they say', () => {
  const { arrived } = journey({ ...PERFECT, delayMs: 40, jitterMs: 30 }, 3, 1_000);
  assert.deepEqual(arrived.map(({ number }) => number), [...Array(1_000).keys()]);
  for (const { atMs, number } of arrived) assert.ok(atMs - number >= 40 && atMs - number <= 70);
});

test('reordering lets those behind overtake', () => {
  const { arrived, tally } = journey({ ...PERFECT, reorder: 0.1, delayMs: 10 }, 3, 1_000);
  const late = arrived.filter(({ number }, place) => place > 0 && number < arrived[place - 1]!.number);
  assert.equal(arrived.length, 1_000);
  assert.ok(late.length > tally.reordered / 2, `${late.length} of ${tally.reordered}`);
});

test('a corrupted datagram differs from what was sent, which itself stays as it was', () => {
  const impairment = new Impairment({ ...PERFECT, corrupt: 1 }, new Random(5));
  for (let length = 1; length < 200; length++) {
    const sent = new Uint8Array(length);
    const [arrival] = impairment.pass(sent, 0);
    assert.ok(arrival!.datagram.some((byte) => byte !== 0));
    assert.ok(sent.every((byte) => byte === 0));
  }
});

test('what is over the MTU never arrives', () => {
  const impairment = new Impairment({ ...PERFECT, mtu: 100 }, new Random(5));
  assert.equal(impairment.pass(new Uint8Array(100), 0).length, 1);
  assert.equal(impairment.pass(new Uint8Array(101), 0).length, 0);
  assert.equal(impairment.tally.tooLong, 1);
});

test('what one direction says does not change the fate of the other', () => {
  const fates = (chatter: number) => {
    const clock = new VirtualClock();
    const network = new Network(clock, { ...PERFECT, loss: 0.5 }, 11);
    let fate = '';
    network.observe = ({ kind, from, copies }) => {
      if (kind === 'sent' && from === 'a') fate += copies;
    };
    for (let i = 0; i < 100; i++) {
      for (let j = 0; j < chatter; j++) network.send('b', 'a', new Uint8Array(1));
      network.send('a', 'b', new Uint8Array(1));
    }
    return fate;
  };
  assert.equal(fates(0), fates(3));
});

test('an address that is gone receives nothing, not even what was under way', () => {
  const clock = new VirtualClock();
  const network = new Network(clock, { ...PERFECT, delayMs: 10 }, 1);
  let count = 0;
  network.attach('b', () => count++);
  network.send('a', 'b', new Uint8Array(1));
  clock.run();
  network.send('a', 'b', new Uint8Array(1));
  network.detach('b');
  clock.run();
  assert.equal(count, 1);
});

test('virtual time: in order, those of one moment as they came, cancelled ones never', () => {
  const clock = new VirtualClock();
  let played = '';
  const at = (ms: number, name: string) => clock.after(ms, () => { played += name; });
  at(20, 'd');
  at(10, 'a');
  at(10, 'b').cancel();
  at(10, 'c');
  clock.after(15, () => at(0, 'x'));
  clock.run(15);
  assert.equal(played, 'acx');
  assert.equal(clock.now(), 15);
  clock.run(18);
  assert.equal(clock.now(), 18);
  clock.run();
  assert.deepEqual([played, clock.now(), clock.waiting], ['acxd', 20, 0]);
});
