// Mistake 2: a message skipped, repeated, exchanged or slipped in, by a peer whose MACs and Finished are right for what it sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duel } from './duel.js';
import { CHANGE_CIPHER_SPEC, type Item } from './peer/options.js';
import * as Wire from './peer/wire.js';

type Role = 'client' | 'server';
/** What the peer sends to an engine of this role, as an edit sees it: the name of a message is its type. */
const SCRIPTS: Record<Role, { flights: number[][]; optional: number[] }> = {
  client: {
    flights: [[Wire.HELLO_VERIFY_REQUEST], [Wire.SERVER_HELLO, Wire.SERVER_KEY_EXCHANGE, Wire.SERVER_HELLO_DONE],
      [CHANGE_CIPHER_SPEC, Wire.FINISHED]],
    optional: [Wire.SERVER_KEY_EXCHANGE],
  },
  server: {
    flights: [[Wire.CLIENT_HELLO], [Wire.CLIENT_KEY_EXCHANGE, CHANGE_CIPHER_SPEC, Wire.FINISHED]],
    optional: [],
  },
};
const ROLES: Role[] = ['client', 'server'];

/** An engine of this role against a peer with an edit; then all the time in the world. */
function play(role: Role, edit: (flight: Item[]) => Item[]): Duel {
  const duel = new Duel({ role, peer: { hint: Buffer.from('which key?'), edit } }).handshake();
  duel.pass(400_000);
  return duel;
}

function assertFailed(duel: Duel, what: string): void {
  assert.equal(duel.connected.length, 0, `connected though ${what}`);
  assert.equal(duel.data.length, 0, what);
  assert.ok(duel.ends.length > 0, `no end though ${what}`);
  for (const end of duel.ends) assert.match(end!.code, /^ERR_DTLS_/, what);
}

const named = (type: number) => (Object.entries(Wire).find(([, value]) => value === type)?.[0] ?? 'CHANGE_CIPHER_SPEC');

for (const role of ROLES) {
  const { flights, optional } = SCRIPTS[role];
  // a client's hello left out or repeated is no handshake at all, or two
  const types = flights.flat().filter((type) => type !== Wire.CLIENT_HELLO);

  // 6347-4.2.5-2 (a missing ChangeCipherSpec), 6347-4.2.6-2 (a missing Finished)
  test(`${role}: connected only if every message that is not optional came: all ${2 ** types.length} selections`, () => {
    for (let mask = 0; mask < 2 ** types.length; mask++) {
      const gone = types.filter((_, i) => (mask >> i) & 1);
      const duel = play(role, (flight) => flight.filter(({ type }) => !gone.includes(type)));
      const what = `${gone.map(named).join(', ') || 'nothing'} left out`;
      if (gone.every((type) => optional.includes(type))) assert.equal(duel.connected.length, 1, what);
      else assertFailed(duel, what);
    }
  });

  test(`${role}: a repeated message with a number of its own ends the handshake, but for what a network may double`, () => {
    // A second ChangeCipherSpec has no number, a second Finished finds the handshake done, a second HelloVerifyRequest with
    // the same cookie is a duplicate: nothing that authenticates depends on them (6347-4.2.5-1).
    const harmless = [CHANGE_CIPHER_SPEC, Wire.FINISHED, Wire.HELLO_VERIFY_REQUEST];
    for (const twice of types) {
      const duel = play(role, (flight) => flight.flatMap((item) => (item.type === twice ? [item, item] : [item])));
      if (harmless.includes(twice)) assert.equal(duel.connected.length, 1, `${named(twice)} repeated`);
      else assertFailed(duel, `${named(twice)} was repeated`);
    }
  });

  test(`${role}: neighbours exchanged end the handshake, but for what a network may reorder`, () => {
    for (const types of flights) {
      for (let i = 0; i + 1 < types.length; i++) {
        const [first, second] = [types[i]!, types[i + 1]!];
        const duel = play(role, (flight) => (flight[0]!.type === types[0] ? exchanged(flight, i) : flight));
        const what = `${named(second)} came before ${named(first)}`;
        // ChangeCipherSpec has no message_seq: the records only seem to have overtaken each other (6347-4.1-6)
        if (first === CHANGE_CIPHER_SPEC) assert.equal(duel.connected.length, 1, what);
        else assertFailed(duel, what);
      }
    }
  });

  test(`${role}: a message of any type slipped in anywhere ends the handshake`, () => {
    for (const flightTypes of flights.slice(1)) {
      for (let place = 0; place <= flightTypes.length; place++) {
        for (let type = 0; type <= 24; type++) {
          // behind a Finished the handshake is over: what comes then is another test's
          if (place > flightTypes.indexOf(Wire.FINISHED) && flightTypes.includes(Wire.FINISHED)) continue;
          const isOwn = type === flightTypes[place] || type === Wire.FINISHED || (optional.includes(type) && place === 1);
          if (isOwn) continue;
          const extra: Item = { type, make: () => Buffer.alloc(4) };
          const duel = play(role, (flight) => (flight[0]!.type === flightTypes[0] ? inserted(flight, place, extra) : flight));
          assertFailed(duel, `a message of type ${type} stood at place ${place} of ${flightTypes.map(named).join(', ')}`);
        }
      }
    }
  });

  // 6347-4.2.6-2
  test(`${role}: any other verify_data than the right one ends with decrypt_error`, () => {
    for (let bit = 0; bit < 96; bit++) {
      const duel = play(role, (flight) => flight.map((item) => (item.type === Wire.FINISHED ? flipped(item, bit) : item)));
      assertFailed(duel, `bit ${bit} of verify_data is another`);
      assert.deepEqual([duel.ends[0]!.alert, duel.ends[0]!.cause], ['decrypt_error', 'BAD_FINISHED']);
    }
    for (const length of [0, 1, 11, 13, 32]) {
      const duel = play(role, (flight) => flight.map((item) => (item.type !== Wire.FINISHED ? item
        : { type: item.type, make: () => Buffer.concat([item.make(), Buffer.alloc(32)]).subarray(0, length) })));
      assertFailed(duel, `verify_data has ${length} bytes`);
    }
  });
}

function exchanged(flight: Item[], i: number): Item[] {
  const copy = [...flight];
  [copy[i], copy[i + 1]] = [copy[i + 1]!, copy[i]!];
  return copy;
}

function inserted(flight: Item[], place: number, extra: Item): Item[] {
  return [...flight.slice(0, place), extra, ...flight.slice(place)];
}

function flipped(item: Item, bit: number): Item {
  return { type: item.type, make: () => {
    const body = Buffer.from(item.make());
    body[bit >> 3]! ^= 1 << (bit & 7);
    return body;
  } };
}
