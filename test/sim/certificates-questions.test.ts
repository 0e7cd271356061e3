// The host's part in ECDHE_ECDSA: is this certificate or key trusted, and a signature by a key that the engine does not have. Both may be
// answered at once, after the peer has repeated its flight, never, or wrongly; the rest of the flight waits meanwhile.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Question } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import { endCertificate, listOf } from '../certificates/factory.js';
import { foreign, p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import type { Duel } from './duel.js';
import { assertMet, assertRefused, changed, contextOf, duelOf, meet, ROLES, type Meeting, type Role } from './meeting.js';
import { RAW_KEY, X509 } from './peer/options.js';
import * as Wire from './peer/wire.js';

const TRUSTED = Uint8Array.of(0);
const ACCESS_DENIED = 49;
const own = (role: Role) => (role === 'client' ? People.client : People.server);
const peer = (role: Role) => (role === 'client' ? People.server : People.client);

/** Mutual, with another flag for the engine. */
function asking(role: Role, type: number, flag: number, more: Partial<Meeting> = {}): Meeting {
  const meeting = { role, type, isMutual: true, ...more };
  return { ...meeting, context: { ...more.context, flags: contextOf(meeting).flags! | flag } };
}

/** The open question, answered now. */
function answer(duel: Duel, given: Uint8Array): boolean {
  const { connection, serial } = duel.serials.shift()!;
  const isTaken = connection.answer(serial, given, duel.now);
  if (duel.options.role === 'client') duel.hear(duel.flush());
  else for (const datagram of duel.flush()) duel.settle(duel.peer.receive(datagram));
  return isTaken;
}

for (const role of ROLES) {
  describe(`a ${role} asks whether its peer is trusted`, () => {
    const trust = (type: number, given: (bytes: Uint8Array) => Uint8Array | undefined, more: Partial<Meeting> = {}) =>
      asking(role, type, ContextFlag.ASK_TRUST, { ...more,
        duel: { answer: (bytes, kind) => (kind === Question.TRUST ? given(bytes) : undefined) } });

    for (const type of [X509, RAW_KEY]) {
      const what = type === X509 ? 'certificates' : 'a raw public key', shown = peer(role);

      it(`by the body of its Certificate, ${what}`, () => {
        const asked: Buffer[] = [];
        assertMet(meet(trust(type, (bytes) => {
          asked.push(Buffer.from(bytes));
          return TRUSTED;
        })));
        assert.deepEqual(asked, [type === X509 ? listOf(shown.certificates) : Wire.vector(3, shown.key.info)]);
      });

      it(`and takes ${what} that nobody vouches for, if the host does`, () => {
        const anchors = Buffer.alloc(0);
        assertRefused(meet({ ...trust(type, () => TRUSTED, { anchors }), context: {} }), type === X509 ? 'unknown_ca' : 'handshake_failure',
          type === X509 ? 'ISSUER' : 'RAW_KEY');
        assertMet(meet(trust(type, () => TRUSTED, { anchors })));
      });

      it(`and refuses ${what} in order, if the host does: its alert`, () =>
        assertRefused(meet(trust(type, () => Uint8Array.of(ACCESS_DENIED))), 'access_denied', 'NOT_TRUSTED'));

      it(`and waits, ${what}: the rest of the flight, and its repetitions, are not lost`, () => {
        const duel = duelOf(trust(type, () => undefined)).handshake();
        assert.equal(duel.serials.length, 1);
        for (let i = 0; i < 3; i++) {
          for (const datagram of duel.peer.repeat()) assert.deepEqual(duel.give(datagram), []);
          assert.deepEqual(duel.pass(10_000).filter(() => role === 'server'), []);
        }
        assert.equal(duel.serials.length, 1, 'one question, whatever is repeated');
        assert.equal(duel.connected.length, 0);
        assert.equal(answer(duel, TRUSTED), true);
        assertMet(duel);
      });

      it(`and takes no answer twice, or late, ${what}`, () => {
        const duel = duelOf(trust(type, () => undefined)).handshake();
        const { connection, serial } = duel.serials[0]!;
        for (const bad of [new Uint8Array(0), new Uint8Array(2)]) assert.throws(() => connection.answer(serial, bad, duel.now));
        duel.pass(400_000);
        assert.equal(duel.ends[0]?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
        assert.equal(connection.answer(serial, TRUSTED, duel.now), false);
        assert.equal(duel.connected.length, 0);
      });
    }

    it('but not for what has no key that it could use: the host cannot talk it into that', () => {
      let asked = 0;
      const yes = () => {
        asked++;
        return TRUSTED;
      };
      const rsa = [endCertificate(People.SERVER_NAME, foreign('RSA'), People.root)];
      assertRefused(meet(trust(X509, yes, { credential: { key: peer(role).key, certificates: rsa } })), 'unsupported_certificate', 'KEY');
      const edit = changed(Wire.CERTIFICATE, () => Wire.vector(3, foreign('RSA').info));
      assertRefused(meet(trust(RAW_KEY, yes, { peer: { edit } })), 'handshake_failure', 'RAW_KEY_ALGORITHM');
      assert.equal(asked, 0);
    });

    it('and checks the signature all the same', () =>
      assertRefused(meet(trust(X509, () => TRUSTED, { peer: { sign: p256('another').sign } })), 'decrypt_error', 'BAD_SIGNATURE'));
  });

  describe(`a ${role} asks for a signature`, () => {
    const { key } = own(role);
    const sign = (type: number, given: (hash: Uint8Array) => Uint8Array | undefined) => {
      const meeting = asking(role, type, ContextFlag.ASK_TO_SIGN,
        { duel: { answer: (bytes, kind) => (kind === Question.SIGN ? given(bytes) : undefined) } });
      return { ...meeting, context: { ...meeting.context, privateKey: Buffer.alloc(0) } };
    };

    for (const type of [X509, RAW_KEY]) {
      const what = type === X509 ? 'certificates' : 'raw public keys';

      it(`over 32 bytes, ${what}`, () => {
        const asked: number[] = [];
        assertMet(meet(sign(type, (hash) => {
          asked.push(hash.length);
          return key.signHash(hash);
        })));
        assert.deepEqual(asked, [32]);
      });

      it(`and waits for it, once, ${what}`, () => {
        const duel = duelOf(sign(type, () => undefined)).handshake();
        assert.equal(duel.serials.length, 1);
        const before = duel.sent.length;
        for (const datagram of duel.peer.repeat()) duel.give(datagram);
        duel.pass(20_000);
        assert.equal(duel.sent.length, before, 'nothing of the flight goes out without its signature');
        assert.equal(duel.serials.length, 1);
        assert.equal(answer(duel, key.signHash(duel.serials[0]!.bytes)), true);
        assertMet(duel);
      });
    }

    it('and takes nothing of another length', () => {
      const duel = duelOf(sign(X509, () => undefined)).handshake();
      const { connection, serial, bytes } = duel.serials[0]!;
      for (const length of [0, 63, 65]) assert.throws(() => connection.answer(serial, Buffer.alloc(length, 1), duel.now), `${length} bytes`);
      assert.equal(answer(duel, key.signHash(bytes)), true);
      assertMet(duel);
    });

    it('and the peer notices a signature by another key', () => {
      const duel = duelOf(sign(X509, (hash) => p256('another').signHash(hash))).handshake();
      assert.match(duel.peer.fault, /does not verify/);
    });

    it('and gives up where there is none', () => {
      const duel = duelOf(sign(X509, () => undefined)).handshake();
      const { connection, serial } = duel.serials[0]!;
      connection.answer(serial, null, duel.now);
      assert.equal(duel.connected.length, 0);
      assert.equal(duel.ends[0]?.cause, 'NO_ANSWER');
    });
  });
}
