// Every check of a certificate, a chain and a raw public key, through the whole handshake, in both roles: each ends it with its alert and
// its name (RFC 5246 §7.2.2, RFC 5280 §6, RFC 7925 §4.4). What the checks are made of is in the specs of assembly/x509.
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { der, generalizedTime, integer, octets, oid, sequence } from '../certificates/der.js';
import * as Make from '../certificates/factory.js';
import { foreign, p256, ECDSA_WITH_SHA1, RSA_WITH_SHA256, type P256Key } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import { assertMet, assertRefused, changed, meet, ROLES, type Meeting, type Role } from './meeting.js';
import { RAW_KEY, type Credential } from './peer/options.js';
import * as Wire from './peer/wire.js';

const { root, middle, middleCertificate } = People;
/** The peer's key and name, by the engine's role. */
const keyOf = (role: Role) => (role === 'client' ? People.server : People.client).key;
const nameOf = (role: Role) => (role === 'client' ? People.SERVER_NAME : People.CLIENT_NAME);
const purposeOf = (role: Role) => (role === 'client' ? Make.SERVER_AUTH : Make.CLIENT_AUTH);
const otherPurposeOf = (role: Role) => (role === 'client' ? Make.CLIENT_AUTH : Make.SERVER_AUTH);

/** The peer's certificate by this authority, with changes. */
const end = (role: Role, issuer: Make.Issuer, changes: Partial<Make.Draft> = {}, key: { info: Buffer } = keyOf(role)) =>
  Make.endCertificate(nameOf(role), key, issuer, purposeOf(role), changes);
const extensions = (role: Role, ...others: Buffer[]) => [Make.purposes(purposeOf(role)), Make.dnsNames(nameOf(role)), ...others];
/** The chain of an end that the middle authority issued, whose own certificate is changed. */
const chain = (role: Role, changes: Partial<Make.Draft>, issuer: Make.Issuer = root) =>
  [end(role, middle), Make.authorityCertificate(middle, issuer, changes)];
const withKey = (name: string): Make.Issuer & { key: P256Key } => ({ name: Make.named(name), key: p256(name) });
const PAST = Make.validity('200101000000Z', '260101000000Z'), FUTURE = Make.validity('270101000000Z', '360101000000Z');
const UNKNOWN = Make.extension('1.3.6.1.4.1.99999.1', octets(Buffer.alloc(1)), true);

/** What is wrong, by which certificates, and the alert and the check that say so. */
const REFUSED: [what: string, certificates: (role: Role) => Buffer[], alert: string, check: string][] = [
  ['bytes that are no certificate', () => [Buffer.from('not a certificate')], 'bad_certificate', 'ENCODING'],
  ['a byte behind the certificate', (role) => [Buffer.concat([end(role, root), Buffer.alloc(1)])], 'bad_certificate', 'ENCODING'],
  ['a length that is not the shortest', (role) => [Buffer.concat([Buffer.from([0x30, 0x83, 0]), end(role, root).subarray(2)])],
    'bad_certificate', 'ENCODING'],
  ['two algorithms', (role) => [end(role, root, { outerAlgorithm: ECDSA_WITH_SHA1 })], 'bad_certificate', 'ENCODING'],
  ['version 1', (role) => [end(role, root, { version: Buffer.alloc(0), extensions: [] })], 'unsupported_certificate', 'VERSION'],
  ['an unknown critical extension', (role) => [end(role, root, { extensions: extensions(role, UNKNOWN) })],
    'unsupported_certificate', 'CRITICAL_EXTENSION'],
  ['the same extension twice', (role) => [end(role, root, { extensions: [...extensions(role), Make.dnsNames('x.example')] })],
    'bad_certificate', 'ENCODING'],
  ['a serial number of 21 bytes', (role) => [end(role, root, { serial: integer(Buffer.alloc(21, 1)) })], 'bad_certificate', 'ENCODING'],
  ['a negative serial number', (role) => [end(role, root, { serial: der(0x02, Buffer.from([0x80])) })], 'bad_certificate', 'ENCODING'],
  ['no issuer', (role) => [end(role, root, { issuer: sequence() })], 'bad_certificate', 'ENCODING'],
  ['a time that is none', (role) => [end(role, root, { validity: Make.validity('260230000000Z', '360101000000Z') })],
    'bad_certificate', 'ENCODING'],
  ['an RSA key', (role) => [end(role, root, {}, foreign('RSA'))], 'unsupported_certificate', 'KEY'],
  ['a P-384 key', (role) => [end(role, root, {}, foreign('P-384'))], 'unsupported_certificate', 'KEY'],
  ['a compressed key', (role) => [end(role, root, {}, { info: compressed(keyOf(role).info) })], 'unsupported_certificate', 'KEY'],
  ['a key that is not for signatures', (role) => [end(role, root, { extensions: extensions(role, Make.keyUsage(0x08)) })],
    'unsupported_certificate', 'KEY_USAGE'],
  ['the other role\'s purpose', (role) => [end(role, root, { extensions: [Make.purposes(otherPurposeOf(role)), Make.dnsNames(nameOf(role))] })],
    'unsupported_certificate', 'PURPOSE'],
  ['a certificate of the past', (role) => [end(role, root, { validity: PAST })], 'certificate_expired', 'EXPIRED'],
  ['a certificate of the future', (role) => [end(role, root, { validity: FUTURE })], 'certificate_expired', 'NOT_YET_VALID'],
  ['a signature that was changed', (role) => [end(role, root, { damage: flip })], 'bad_certificate', 'SIGNATURE'],
  ['a signature that is no DER', (role) => [end(role, root, { damage: (one) => Buffer.concat([one, Buffer.alloc(1)]) })],
    'bad_certificate', 'SIGNATURE'],
  ['another authority of the root\'s name', (role) => [end(role, { name: root.name, key: p256('an impostor') })], 'bad_certificate', 'SIGNATURE'],
  ['an authority that nobody knows', (role) => [end(role, withKey('Nobody'))], 'unknown_ca', 'ISSUER'],
  ['a missing link', (role) => [end(role, middle)], 'unknown_ca', 'ISSUER'],
  ['a chain in the wrong order', (role) => [end(role, withKey('Third')), middleCertificate, Make.authorityCertificate(withKey('Third'), middle)],
    'unknown_ca', 'ISSUER'],
  ['an authority\'s own certificate', () => [middleCertificate], 'unsupported_certificate', 'KEY_USAGE'],
  ['SHA-1', (role) => [end(role, { name: root.name, key: { ...p256('root', 'sha1') } })], 'unsupported_certificate', 'SIGNATURE_ALGORITHM'],
  ['RSA', (role) => [end(role, root, { algorithm: RSA_WITH_SHA256 })], 'unsupported_certificate', 'SIGNATURE_ALGORITHM'],
  ['an issuer that is no authority', (role) => chain(role, { extensions: [Make.keyUsage(Make.KEY_CERT_SIGN)] }), 'bad_certificate', 'AUTHORITY'],
  ['an end that issues', (role) => [end(role, { name: Make.named('x.example'), key: p256('x') }),
    Make.endCertificate('x.example', p256('x'), root, purposeOf(role))], 'bad_certificate', 'AUTHORITY'],
  ['an authority whose key is not for certificates', (role) => chain(role, { extensions: [Make.authority(), Make.keyUsage(0x80)] }),
    'unsupported_certificate', 'KEY_USAGE'],
  ['an authority for the other role', (role) => chain(role,
    { extensions: [Make.authority(), Make.keyUsage(Make.KEY_CERT_SIGN), Make.purposes(otherPurposeOf(role))] }),
  'unsupported_certificate', 'PURPOSE'],
  ['an authority of the past', (role) => chain(role, { validity: PAST }), 'certificate_expired', 'EXPIRED'],
  ['an authority with another key than signed', (role) => [end(role, middle), Make.certificate(middle.name, p256('else'), root,
    { extensions: [Make.authority(), Make.keyUsage(Make.KEY_CERT_SIGN)] })], 'bad_certificate', 'SIGNATURE'],
  ['an authority with an RSA key', (role) => foreignMiddle(role), 'unsupported_certificate', 'SIGNATURE_ALGORITHM'],
  ['more authorities than one allows', (role) => {
    const third = withKey('Third'), authority = (length?: number) => ({ extensions: [Make.authority(length), Make.keyUsage(Make.KEY_CERT_SIGN)] });
    return [end(role, third), Make.authorityCertificate(third, middle), Make.authorityCertificate(middle, root, authority(0))];
  }, 'bad_certificate', 'PATH_LENGTH'],
  ['a chain of four', (role) => {
    const third = withKey('Third'), fourth = withKey('Fourth');
    return [end(role, fourth), Make.authorityCertificate(fourth, third), Make.authorityCertificate(third, middle), middleCertificate];
  }, 'unknown_ca', 'CHAIN_LENGTH'],
];

function flip(signature: Buffer): Buffer {
  const copy = Buffer.from(signature);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** The key in its compressed form (RFC 5480 §2.2). */
function compressed(info: Buffer): Buffer {
  const point = info.subarray(-65), id = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'));
  return sequence(id, der(0x03, Buffer.from([0, 2 + (point[64]! & 1)]), point.subarray(1, 33)));
}

function foreignMiddle(role: Role): Buffer[] {
  const issuer = { name: middle.name, key: foreign('RSA') };
  return [end(role, issuer), Make.certificate(issuer.name, issuer.key, root,
    { extensions: [Make.authority(), Make.keyUsage(Make.KEY_CERT_SIGN)] })];
}

const showing = (role: Role, certificates: Buffer[], more: Partial<Meeting> = {}): Meeting =>
  ({ role, isMutual: role === 'server', credential: { key: keyOf(role), certificates }, ...more });

for (const role of ROLES) {
  // 7925-4.4.4-1, 7925-4.4.4-4, 7925-20-1, 9325-4.5-1
  describe(`a ${role} refuses`, () => {
    for (const [what, certificates, alert, check] of REFUSED) {
      it(`${what}: ${alert}`, () => assertRefused(meet(showing(role, certificates(role))), alert, check));
    }

    it('a certificate at a time that nobody told: certificate_unknown', () =>
      assertRefused(meet(showing(role, [end(role, root)], { duel: { seconds: 0 } })), 'certificate_unknown', 'TIME_UNKNOWN'));

    for (const [what, body] of Object.entries({
      'shorter than it says': '000010', 'longer than it says': '00000000', 'of an empty certificate': '000003000000',
      'of a certificate that runs past it': '000004000009aa', 'of no length': '',
    })) {
      it(`a list ${what}: decode_error`, () => {
        const edit = changed(Wire.CERTIFICATE, () => Buffer.from(body, 'hex'));
        assertRefused(meet(showing(role, [], { peer: { edit } })), 'decode_error', 'LIST');
      });
    }
  });

  describe(`a ${role} takes`, () => {
    const accepted: Record<string, Buffer[]> = {
      'a chain of three (7925-4.4.4-2)': (() => {
        const third = withKey('Third');
        return [end(role, third), Make.authorityCertificate(third, middle), middleCertificate];
      })(),
      'a chain with its root': [end(role, root), People.rootCertificate],
      'GeneralizedTime without an end (7925-4.4.4-5)': [end(role, root,
        { validity: sequence(generalizedTime('20260101000000Z'), generalizedTime('99991231235959Z')) })],
      'an unknown extension that is not critical': [end(role, root,
        { extensions: extensions(role, Make.extension('1.3.6.1.4.1.99999.1', octets(Buffer.alloc(1)))) })],
    };
    for (const [what, certificates] of Object.entries(accepted)) it(what, () => assertMet(meet(showing(role, certificates))));

    it('a certificate of a pinned key, whatever else it says', () =>
      assertMet(meet(showing(role, [end(role, withKey('Nobody'), { validity: PAST })], { anchors: Make.keyAnchor(keyOf(role).info) }))));
  });
}

describe('a client refuses', () => {
  const named = (...names: string[]) => [end('client', root, { extensions: [Make.purposes(Make.SERVER_AUTH), Make.dnsNames(...names)] })];

  // 7925-4.4.1-1, 7925-4.4.1-3, 7925-4.4.1-4
  it('a certificate for another name: bad_certificate', () =>
    assertRefused(meet(showing('client', named('other.example'))), 'bad_certificate', 'NAME'));
  it('a wildcard: bad_certificate', () => assertRefused(meet(showing('client', named('*.example'))), 'bad_certificate', 'NAME'));
  it('a common name alone: bad_certificate', () => {
    const certificates = [end('client', root, { extensions: [Make.purposes(Make.SERVER_AUTH)] })];
    assertRefused(meet(showing('client', certificates)), 'bad_certificate', 'NAME');
  });
  // 7925-4.4.1-5
  it('several names, where strict ones are asked for: bad_certificate', () => {
    const two = named(People.SERVER_NAME, 'other.example');
    assertMet(meet(showing('client', two)));
    const flags = ContextFlag.PEER_CERTIFICATE | ContextFlag.STRICT_NAMES;
    assertRefused(meet(showing('client', two, { context: { flags } })), 'bad_certificate', 'SEVERAL_NAMES');
  });
  it('a server without any certificate: decode_error', () => assertRefused(meet(showing('client', [])), 'decode_error', 'LIST'));
});

it('a server that insists refuses a client without a certificate: handshake_failure (5246-7.4.6-1)', () =>
  assertRefused(meet({ role: 'server', isMutual: true, peer: { credential: undefined } as never }), 'handshake_failure', 'ABSENT'));

// 7925-6-2: never an alert about certificates; requirements C-11
describe('raw public keys', () => {
  for (const role of ROLES) {
    const show = (credential: Credential, more: Partial<Meeting> = {}): Meeting => ({ role, type: RAW_KEY, isMutual: role === 'server', credential, ...more });
    const stranger = { key: p256('a stranger'), certificates: [] };
    const right = role === 'client' ? People.server : People.client;

    it(`a ${role} refuses another key than the one it knows: handshake_failure`, () =>
      assertRefused(meet(show(stranger)), 'handshake_failure', 'RAW_KEY'));

    it(`a ${role} knows a key by 120 bits of its hash, and not by the first 120 of another's (7252-9.1.3.2.1-1)`, () => {
      assertMet(meet(show(right, { anchors: Make.keyAnchor(right.key.info, 15) })));
      assertRefused(meet(show(stranger, { anchors: Make.keyAnchor(right.key.info, 15) })), 'handshake_failure', 'RAW_KEY');
    });

    it(`a ${role} takes one of several keys`, () => {
      const anchors = Buffer.concat([Make.keyAnchor(stranger.key.info), Make.keyAnchor(right.key.info)]);
      assertMet(meet(show(right, { anchors })));
    });

    for (const [what, info, alert, check] of [
      ['RSA', foreign('RSA').info, 'handshake_failure', 'RAW_KEY_ALGORITHM'],
      ['P-384', foreign('P-384').info, 'handshake_failure', 'RAW_KEY_ALGORITHM'],
      ['compressed', compressed(right.key.info), 'handshake_failure', 'RAW_KEY_ALGORITHM'],
      ['no key', Buffer.from('not a key'), 'decode_error', 'RAW_KEY_ENCODING'],
      ['too long', Buffer.concat([right.key.info, Buffer.alloc(1)]), 'decode_error', 'RAW_KEY_ENCODING'],
      ['empty', Buffer.alloc(0), ...(role === 'client' ? ['decode_error', 'RAW_KEY_ENCODING'] as const : ['handshake_failure', 'ABSENT'] as const)],
      ['a certificate', right.certificates[0]!, 'handshake_failure', 'RAW_KEY_ALGORITHM'],
    ] as const) {
      it(`a ${role} refuses a key that is ${what}: ${alert}`, () => {
        const edit = changed(Wire.CERTIFICATE, () => Wire.vector(3, info));
        assertRefused(meet(show(right, { peer: { edit } })), alert, check);
      });
    }

    it(`a ${role} refuses a list of certificates in place of a key: decode_error (7250-3-1)`, () => {
      const edit = changed(Wire.CERTIFICATE, () => Wire.vector(3, Wire.vector(3, right.key.info)));
      assertRefused(meet(show(right, { peer: { edit } })), 'decode_error', 'RAW_KEY_ENCODING');
    });

    it(`a ${role} refuses a key whose length is another, or missing: decode_error (7250-3-1)`, () => {
      const { info } = right.key, { length } = info;
      for (const body of [...[length - 1, length + 1].map((one) => Buffer.concat([Wire.uint(one, 3), info])), info, Buffer.alloc(2)]) {
        assertRefused(meet(show(right, { peer: { edit: changed(Wire.CERTIFICATE, () => body) } })), 'decode_error', 'RAW_KEY_ENCODING');
      }
    });

    it(`a ${role} refuses a key in place of a list of certificates: decode_error`, () => {
      const edit = changed(Wire.CERTIFICATE, () => Wire.vector(3, right.key.info));
      assertRefused(meet({ role, isMutual: role === 'server', peer: { edit } }), 'decode_error', 'LIST');
    });
  }
});
