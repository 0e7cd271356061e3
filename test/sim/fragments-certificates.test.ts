// The long messages of ECDHE_ECDSA in pieces: cut where it hurts, out of order, overlapping, twice, lost and sent again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../host/fleet/random.js';
import { assertMet, duelOf, meet, ROLES, type Role } from './meeting.js';
import { RAW_KEY, X509 } from './peer/options.js';
import * as Wire from './peer/wire.js';

const TYPES = [X509, RAW_KEY] as const;
const NAMES = { [X509]: 'certificates', [RAW_KEY]: 'raw public keys' };
const WHOLE = new Set<number>([Wire.CLIENT_HELLO, Wire.HELLO_VERIFY_REQUEST]);

/** Bytes of each message that the peer sends, but for hellos. */
function lengthsOf(role: Role, type: number): Map<number, number> {
  const lengths = new Map<number, number>();
  meet({ role, type, isMutual: true, peer: { cut: ({ type: which, body }) => {
    if (!WHOLE.has(which)) lengths.set(which, body.length);
    return [[0, body.length]];
  } } });
  return lengths;
}

/** Where a message is cut: around its lengths, at its end, and now and then between. */
function placesIn(length: number): number[] {
  const places = [0, 1, 2, 3, 4, 5, 6, 7, length - 1, length, ...Array.from({ length: 7 }, (_, i) => Math.floor((i * length) / 7))];
  return [...new Set(places)].filter((at) => at >= 0 && at <= length);
}

for (const role of ROLES) {
  for (const type of TYPES) {
    // 6347-4.2.3-2, 6347-4.2.3-3
    test(`${role}, ${NAMES[type]}: each message of the peer cut in two, in both orders, apart or overlapping`, () => {
      const lengths = lengthsOf(role, type);
      assert.ok(lengths.has(Wire.CERTIFICATE) && lengths.size >= 4);
      for (const [cutType, length] of lengths) {
        for (const [i, at] of placesIn(length).entries()) {
          const before = Math.max(0, at - 9);
          const cut: [number, number][] = [[[0, at], [at, length - at]], [[before, length - before], [0, at]]][i % 2] as [number, number][];
          assertMet(meet({ role, type, isMutual: true, peer: { apart: i % 3 === 0,
            cut: (message) => (message.type === cutType && message.body.length === length ? cut : [[0, message.body.length]]) } }));
        }
      }
    });

    test(`${role}, ${NAMES[type]}: all messages of the peer in small pieces, in any order, some twice`, () => {
      for (let seed = 1; seed <= 8; seed++) {
        const random = new Random(seed, `${role} pieces`), size = 8 + random.below(60);
        assertMet(meet({ role, type, isMutual: true, peer: { apart: true,
          cut: ({ type: which, body: { length } }) => (WHOLE.has(which) || length === 0 ? [[0, length]] : pieces(random, length, size)) } }));
      }
    });
  }

  // 6347-4.2.3-1, 6347-4.2.4-1: what is lost comes again in the same pieces or others
  test(`${role}: half of the pieces of each flight are lost, and come when the peer repeats it`, () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = new Random(seed, `${role} losses`);
      const duel = duelOf({ role, isMutual: true, peer: { apart: true, cut: ({ type: which, body: { length } }) => (WHOLE.has(which) ||
        length === 0 ? [[0, length]] : inOrder(length, 64)) } });
      let toEngine = role === 'server' ? duel.begin() : duel.begin().flatMap((datagram) => duel.peer.receive(datagram));
      for (let round = 0; round < 60 && !(duel.peer.connected && duel.connected.length === 1); round++) {
        const answers = toEngine.filter(() => random.chance(0.5)).flatMap((datagram) => duel.give(datagram));
        const heard = answers.flatMap((datagram) => duel.peer.receive(datagram));
        toEngine = heard.length > 0 ? heard : duel.peer.repeat();
      }
      assertMet(duel);
    }
  });
}

function inOrder(length: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(length / size) }, (_, i) => [i * size, Math.min(size, length - i * size)]);
}

function pieces(random: Random, length: number, size: number): [number, number][] {
  const all = inOrder(length, size);
  return [...all, ...all.filter(() => random.chance(0.3))].map((piece) => ({ piece, at: random.next() }))
    .sort((a, b) => a.at - b.at).map(({ piece }) => piece);
}
