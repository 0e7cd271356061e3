// Flights cut to every MTU, with the longest cookie, identity and hint: what goes out fits, comes in pieces that lie side by
// side, and is the handshake that the other side finishes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite, ContentType } from '../../assembly/codes.js';
import { BUILDS, type Build } from '../modules.js';
import { Engine } from './engine.js';
import type { Outcome, Settings } from './engine.js';
import { Peer } from './peer.js';
import { fragments, records } from './wire.js';
import type { Record } from './wire.js';

const MTU_MIN = 80;
const LONGEST = Buffer.from('0123456789abcdef'.repeat(8));
const KEY = Buffer.from('secretPSK');

function settings(role: 'client' | 'server', mtu: number): Settings {
  return {
    role, mtu, suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM], identity: LONGEST, key: KEY, initialMs: 1000, maxMs: 60000,
    handshakeMs: 60000, flags: [], inMax: 1400, messageMax: 1024, slots: 1, who: [],
  };
}

interface Handshake {
  datagrams: Buffer[];
  lines: string[];
  /** For the handshake messages that were protected. */
  open(record: Record): Buffer | null;
}

/** A whole handshake with a peer that writes big datagrams. */
function handshake(build: Build, role: 'client' | 'server', mtu: number): Handshake {
  const engine = new Engine(build, settings(role, mtu));
  const peer = new Peer(role === 'client' ? 'server' : 'client', CipherSuite.TLS_PSK_WITH_AES_128_CCM, LONGEST, KEY, 0x40);
  const datagrams: Buffer[] = [], lines: string[] = [];
  const take = (outcomes: Outcome[]): void => {
    for (const outcome of outcomes) {
      if ('line' in outcome) lines.push(outcome.line);
      else {
        datagrams.push(outcome.datagram);
        peer.observe(outcome.datagram);
      }
    }
  };
  const say = (...messages: string[]): void => {
    const cookie = { cookie: 'c0'.repeat(255) };
    const built = messages.map((name) => peer.record({}, [{ name, wishes: name === 'HelloVerifyRequest' ? cookie : {} }]));
    take(engine.receive(Buffer.concat(built), 'A', 0));
  };
  if (role === 'client') {
    take(engine.connect('A', 0));
    say('HelloVerifyRequest');
    say('ServerHello', 'ServerHelloDone');
    say('ChangeCipherSpec', 'Finished');
  } else {
    say('ClientHello');
    say('ClientHello');
    say('ClientKeyExchange', 'ChangeCipherSpec', 'Finished');
    take(engine.answer(KEY, 0));
  }
  return { datagrams, lines, open: (record) => peer.open(record) };
}

/** 6347-4.2.3-1: the fragments of each message, in order, lie side by side and cover it. */
function checkFragments({ datagrams, open }: Handshake): void {
  const ends = new Map<number, { end: number; length: number; type: number }>();
  for (const record of datagrams.flatMap(records)) {
    if (record.type !== ContentType.HANDSHAKE) continue;
    for (const { type, length, sequence, offset, body } of fragments(open(record)!)) {
      const before = ends.get(sequence) ?? { end: 0, length, type };
      assert.deepEqual([offset, length, type], [before.end, before.length, before.type]);
      assert.equal(body.length > 0 || length === 0, true, 'a piece of nothing');
      ends.set(sequence, { end: offset + body.length, length, type });
    }
  }
  for (const { end, length } of ends.values()) assert.equal(end, length);
}

describe('flights at every MTU', () => {
  for (const build of BUILDS) {
    for (const role of ['client', 'server'] as const) {
      // 6347-4.1.1-3, 6347-4.1.1-1, 6347-4.2.3-1, 6347-4.1-3, 7925-C-1
      it(`${role} (${build})`, () => {
        let fewest = Infinity;
        for (let mtu = MTU_MIN; mtu <= 500; mtu++) {
          const played = handshake(build, role, mtu);
          assert.match(played.lines.at(-1)!, /^CONNECTED/, `MTU ${mtu}`);
          assert.equal(Math.max(...played.datagrams.map((datagram) => datagram.length)) <= mtu, true, `MTU ${mtu}`);
          for (const datagram of played.datagrams) {
            const sum = records(datagram).reduce((bytes, { fragment }) => bytes + 13 + fragment.length, 0);
            assert.equal(sum, datagram.length, `MTU ${mtu}: a record does not end in its datagram`);
          }
          const numbers = played.datagrams.flatMap(records).map(({ epoch, number }) => `${epoch} ${number}`);
          assert.equal(new Set(numbers).size, numbers.length, `MTU ${mtu}: a number twice`);
          checkFragments(played);
          assert.equal(played.datagrams.length <= fewest, true, `MTU ${mtu}: more datagrams than with a smaller one`);
          fewest = played.datagrams.length;
        }
        assert.equal(fewest, 3);
      });
    }
  }
});
