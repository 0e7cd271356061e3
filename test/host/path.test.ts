// Chains beyond the engine's profile, as this host follows them: does each check refuse what it should, and nothing else?
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { CertificateCheck } from '../../assembly/certificate-codes.js';
import { CLIENT_AUTH, SERVER_AUTH } from '../../host/node/certificate.js';
import { followPath } from '../../host/node/path.js';
import { authority, authorityCertificate, CLIENT_AUTH as CLIENT, dnsNames, endCertificate, extension, KEY_CERT_SIGN, keyUsage,
  MEANTIME, named, purposes, SERVER_AUTH as SERVER, validity, DIGITAL_SIGNATURE, certificate, type Draft, type Issuer,
} from '../certificates/factory.js';
import { ECDSA_WITH_SHA1, foreign, p256 } from '../certificates/keys.js';
import { der, octets } from '../certificates/der.js';

const NAME = 'server.example', leafKey = p256('leaf');
const rsa: Issuer = { name: named('RSA Root'), key: foreign('RSA') };
const p384: Issuer = { name: named('P-384 Root'), key: foreign('P-384') };
const below: Issuer = { name: named('Below'), key: foreign('P-384') };
const lowest: Issuer = { name: named('Lowest'), key: p256('lowest') };
const AUTHORITY = [authority(), keyUsage(KEY_CERT_SIGN)];

const now = new Date(MEANTIME * 1000);
const read = (ders: Uint8Array[]) => ders.map((bytes) => new X509Certificate(bytes));
const end = (issuer: Issuer, changes: Partial<Draft> = {}) => endCertificate(NAME, leafKey, issuer, SERVER, changes);
const withExtensions = (...extensions: Buffer[]) => ({ extensions });

function follow(chain: Uint8Array[], anchors: Uint8Array[], purpose = SERVER_AUTH, at = now) {
  return followPath(read(chain), { anchors: read(anchors), purpose, now: at });
}

describe('a chain is followed (7252-9.1.3.3-3)', () => {
  const chains: [string, Uint8Array[], Uint8Array[]][] = [
    ['by an RSA root', [end(rsa)], [authorityCertificate(rsa)]],
    ['by a P-384 root', [end(p384)], [authorityCertificate(p384)]],
    ['over two authorities of two kinds', [end(lowest), authorityCertificate(lowest, below), authorityCertificate(below, rsa)],
      [authorityCertificate(rsa)]],
    ['in any order, with the root and a stranger in it',
      [end(lowest), authorityCertificate(rsa), authorityCertificate(p384), authorityCertificate(below, rsa), authorityCertificate(lowest, below)],
      [authorityCertificate(rsa)]],
    ['up to an authority below the root', [end(lowest), authorityCertificate(lowest, below)], [authorityCertificate(below, rsa)]],
    ['to itself', [authorityCertificate(p384)], [authorityCertificate(p384)]],
    ['to one of two roots of one name', [end(rsa)], [authorityCertificate({ ...rsa, key: foreign('RSA') }), authorityCertificate(rsa)]],
  ];
  for (const [how, chain, anchors] of chains) {
    it(how, () => assert.equal(follow(chain, anchors).check, CertificateCheck.NONE));
  }
});

describe('a chain is refused', () => {
  const nameConstraints = extension('2.5.29.30', der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('example'))))), true);
  const middle = (extensions: Buffer[], changes: Partial<Draft> = {}) =>
    [end(below), authorityCertificate(below, rsa, { extensions, ...changes })];
  const weak: Issuer = { name: named('Weak'), key: p256('weak', 'sha1') };
  const wrongs: [string, CertificateCheck, number, Uint8Array[], Uint8Array[]][] = [
    ['by nobody we trust', CertificateCheck.ISSUER, 0, [end(rsa)], [authorityCertificate(p384)]],
    ['by a root of that name with another key', CertificateCheck.SIGNATURE, 0, [end(rsa)],
      [authorityCertificate({ ...rsa, key: foreign('RSA') })]],
    ['with a wrong signature', CertificateCheck.SIGNATURE, 0,
      [end(rsa, { damage: (signature) => signature.fill(1, 9, 12) })], [authorityCertificate(rsa)]],
    ['with a wrong signature of an authority', CertificateCheck.SIGNATURE, 1,
      middle(AUTHORITY, { damage: (signature) => signature.fill(1, 9, 12) }), [authorityCertificate(rsa)]],
    ['by one that is no authority', CertificateCheck.AUTHORITY, 1, middle([keyUsage(KEY_CERT_SIGN)]), [authorityCertificate(rsa)]],
    ['by one that may not sign certificates', CertificateCheck.KEY_USAGE, 1, middle([authority(), keyUsage(DIGITAL_SIGNATURE)]),
      [authorityCertificate(rsa)]],
    ['with an authority too many', CertificateCheck.PATH_LENGTH, 2,
      [end(lowest), authorityCertificate(lowest, below), authorityCertificate(below, rsa, withExtensions(authority(0), keyUsage(KEY_CERT_SIGN)))],
      [authorityCertificate(rsa)]],
    ['with an authority for other purposes', CertificateCheck.PURPOSE, 1, middle([...AUTHORITY, purposes(CLIENT)]), [authorityCertificate(rsa)]],
    ['with name constraints, which nothing here looks at', CertificateCheck.CRITICAL_EXTENSION, 1, middle([...AUTHORITY, nameConstraints]),
      [authorityCertificate(rsa)]],
    ['with a critical extension that nobody knows', CertificateCheck.CRITICAL_EXTENSION, 0,
      [end(rsa, withExtensions(dnsNames(NAME), extension('1.2.3.4', octets(Buffer.alloc(2)), true)))], [authorityCertificate(rsa)]],
    ['with an authority that has expired', CertificateCheck.EXPIRED, 1,
      middle(AUTHORITY, { validity: validity('200101000000Z', '210101000000Z') }), [authorityCertificate(rsa)]],
    ['that is not valid yet', CertificateCheck.NOT_YET_VALID, 0, [end(rsa, { validity: validity('300101000000Z', '310101000000Z') })],
      [authorityCertificate(rsa)]],
    ['with SHA-1 (7925-4.4.4-1)', CertificateCheck.SIGNATURE_ALGORITHM, 0,
      [certificate(named(NAME), leafKey, weak, { algorithm: ECDSA_WITH_SHA1 })], [authorityCertificate({ ...weak, key: p256('weak') })]],
  ];
  for (const [how, check, at, chain, anchors] of wrongs) {
    it(how, () => {
      const found = follow(chain, anchors);
      assert.equal(CertificateCheck[found.check], CertificateCheck[check]);
      assert.ok(found.certificate.raw.equals(chain[at]!), found.certificate.subject);
    });
  }
  it('of a client, shown by a server', () => {
    const chain = [endCertificate(NAME, leafKey, rsa, CLIENT)];
    assert.equal(follow(chain, [authorityCertificate(rsa)]).check, CertificateCheck.PURPOSE);
    assert.equal(follow(chain, [authorityCertificate(rsa)], CLIENT_AUTH).check, CertificateCheck.NONE);
  });
  it('with more authorities than anyone has', () => {
    const issuers: Issuer[] = Array.from({ length: 10 }, (_, index) => ({ name: named(`Level ${index}`), key: p256(`level ${index}`) }));
    const chain = [end(issuers[0]!), ...issuers.slice(1).map((issuer, index) => authorityCertificate(issuers[index]!, issuer))];
    assert.equal(follow(chain, [authorityCertificate(issuers[9]!)]).check, CertificateCheck.CHAIN_LENGTH);
  });
  it('by an RSA root of 1,024 bits (7925-20-1)', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const short: Issuer = { name: named('Short'), key: { ...rsa.key, private: privateKey, info: publicKey.export({ format: 'der', type: 'spki' }),
      sign: (content) => sign('sha256', content, privateKey) } };
    assert.equal(follow([end(short)], [authorityCertificate(short)]).check, CertificateCheck.SIGNATURE_ALGORITHM);
  });
});
