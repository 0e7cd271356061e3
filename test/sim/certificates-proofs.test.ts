// Who has the key to what was shown: signatures of ServerKeyExchange and CertificateVerify, points, algorithms; each with every MAC in order.
import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { describe, it } from 'node:test';
import { p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import { assertMet, assertRefused, changed, cutBy, flipped, longerBy, meet, ROLES, type Meeting, type Role } from './meeting.js';
import { RAW_KEY, X509, type PeerOptions } from './peer/options.js';
import * as Wire from './peer/wire.js';

/** A meeting in which the peer signs: a server its ServerKeyExchange, a client its CertificateVerify. */
const signing = (role: Role, peer: Partial<PeerOptions>, type = X509): Meeting => ({ role, type, isMutual: role === 'server', peer });
const message = (role: Role) => (role === 'client' ? Wire.SERVER_KEY_EXCHANGE : Wire.CERTIFICATE_VERIFY);
const peerOf = (role: Role) => (role === 'client' ? People.server : People.client);

/** r and s of a DER signature with something about them changed. */
function rebuilt(signature: Buffer, change: (r: Buffer, s: Buffer) => Buffer): Buffer {
  const r = signature.subarray(4, 4 + signature[3]!);
  return change(r, signature.subarray(6 + r.length));
}
const number = (bytes: Buffer) => Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
const pair = (r: Buffer, s: Buffer) => Buffer.concat([Buffer.from([0x30, r.length + s.length]), r, s]);
const ORDER = Buffer.from('00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

/** Signatures that are none, from one that is. */
const FORGED: Record<string, (signature: Buffer) => Buffer> = {
  'changed by a bit': flipped(-1),
  'of zeros': () => pair(number(Buffer.alloc(1)), number(Buffer.alloc(1))),
  'with s of the order': (one) => rebuilt(one, (r) => pair(number(r), number(ORDER))),
  'with r of the order': (one) => rebuilt(one, (_, s) => pair(number(ORDER), number(s))),
  'empty': () => Buffer.alloc(0),
  'cut short': cutBy(1),
  // 5246-7.4.8-1: strict DER
  'with a byte behind it': longerBy(1),
  'with a longer length than it needs': (one) => Buffer.concat([Buffer.from([0x30, 0x81]), one.subarray(1)]),
  'with zeros before r': (one) => rebuilt(one, (r, s) => pair(number(Buffer.concat([Buffer.alloc(2), r])), number(s))),
  'with a negative r': (one) => rebuilt(one, (r, s) => pair(number(Buffer.concat([Buffer.from([0x80]), r.subarray(-31)])), number(s))),
  'in r and s without DER': (one) => rebuilt(one, (r, s) => Buffer.concat([r.subarray(-32), s.subarray(-32)])),
};

for (const role of ROLES) {
  const type = message(role), name = role === 'client' ? 'ServerKeyExchange' : 'CertificateVerify';

  describe(`a ${role} refuses a ${name}`, () => {
    for (const kind of [X509, RAW_KEY]) {
      const what = kind === X509 ? 'a certificate' : 'a raw public key';
      for (const [how, forge] of Object.entries(FORGED)) {
        it(`with a signature ${how}, for ${what}: decrypt_error`, () => {
          const { key } = peerOf(role);
          assertRefused(meet(signing(role, { sign: (content) => forge(key.sign(content)) }, kind)), 'decrypt_error', 'BAD_SIGNATURE');
        });
      }

      it(`signed with another key than that of ${what}: decrypt_error (requirements C-11)`, () =>
        assertRefused(meet(signing(role, { sign: p256('another').sign }, kind)), 'decrypt_error', 'BAD_SIGNATURE'));
    }

    it('signed over something else: decrypt_error', () => {
      const { key } = peerOf(role);
      // the other side's random first; another random; less of the transcript
      const others = role === 'client'
        ? [(one: Buffer) => Buffer.concat([one.subarray(32, 64), one.subarray(0, 32), one.subarray(64)]), flipped(0), flipped(32), flipped(-1)]
        : [cutBy(1), flipped(0), flipped(-1), (one: Buffer) => one.subarray(0, one.length >> 1)];
      for (const other of others) {
        assertRefused(meet(signing(role, { sign: (content) => key.sign(other(content)) })), 'decrypt_error', 'BAD_SIGNATURE');
      }
    });

    // 5246-7.4.8-1, 9325-4.5-1, 5246-7.4.1.4.1: what was not offered
    for (const algorithm of [0x0203, 0x0201, 0x0401, 0x0503, 0x0603, 0x0400, 0x0303, 0x0804, 0x0807, 0]) {
      it(`of the algorithm ${algorithm.toString(16).padStart(4, '0')}: illegal_parameter`, () =>
        assertRefused(meet(signing(role, { algorithm })), 'illegal_parameter', 'UNOFFERED_VALUE'));
    }

    it('signed with SHA-1 or SHA-384 under the name of SHA-256: decrypt_error', () => {
      for (const hash of ['sha1', 'sha384']) {
        const sign = p256(role === 'client' ? 'server' : 'client', hash).sign;
        assertRefused(meet(signing(role, { sign })), 'decrypt_error', 'BAD_SIGNATURE');
      }
    });

    for (const [how, change] of Object.entries({
      'with a byte behind it': longerBy(1), 'cut short by a byte': cutBy(1), 'cut behind its algorithm':
        (body: Buffer) => body.subarray(0, role === 'client' ? 71 : 2),
    })) {
      it(`${how}: decode_error`, () =>
        assertRefused(meet(signing(role, { edit: changed(type, change) })), 'decode_error', 'MALFORMED_MESSAGE'));
    }
  });

  // 8422-5-1, 7925-4.4-3: signed and all
  describe(`a ${role} refuses a point`, () => {
    const curve = createECDH('prime256v1'), good = curve.generateKeys();
    const bad: Record<string, Buffer> = {
      'off the curve': flipped(-1)(good), 'at infinity': Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]),
      'of coordinates beyond the field': Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)]),
      'in hybrid form': Buffer.concat([Buffer.from([6 + (good[64]! & 1)]), good.subarray(1)]),
    };
    const lengths: Record<string, Buffer> = {
      'in compressed form': curve.getPublicKey(null, 'compressed'), 'at infinity, in a byte': Buffer.alloc(1),
      'of no bytes': Buffer.alloc(0), 'that is too long': Buffer.concat([good, Buffer.alloc(1)]),
    };
    for (const [how, point] of Object.entries(bad)) {
      it(`${how}: illegal_parameter`, () => assertRefused(meet({ role, peer: { point } }), 'illegal_parameter', 'UNOFFERED_VALUE'));
    }
    for (const [how, point] of Object.entries(lengths)) {
      it(`${how}: decode_error`, () => assertRefused(meet({ role, peer: { point } }), 'decode_error', 'MALFORMED_MESSAGE'));
    }
  });
}

describe('a client refuses curves', () => {
  // 7925-4.4-3
  for (const [how, parameters] of Object.entries({
    'P-384': [3, 0, 24], 'X25519': [3, 0, 29], 'explicit, of a prime field': [1, 0, 23], 'explicit, of characteristic 2': [2, 0, 23],
  })) {
    it(`${how}: illegal_parameter`, () =>
      assertRefused(meet({ role: 'client', peer: { parameters: Buffer.from(parameters) } }), 'illegal_parameter', 'UNOFFERED_VALUE'));
  }
});

it('a client does not take the ServerKeyExchange of another handshake', () => {
  const first = meet({ role: 'client' });
  assertMet(first);
  // the same ephemeral key, signed for the first handshake's randoms
  let signature: Buffer = Buffer.alloc(0);
  meet({ role: 'client', peer: { sign: (content) => signature = People.server.key.sign(content) } });
  const replay = meet({ role: 'client', duel: { seed: 2 }, peer: { seed: 1, sign: () => signature } });
  assert.ok(signature.length > 0);
  assertRefused(replay, 'decrypt_error', 'BAD_SIGNATURE');
});
