// Options for certificates, raw public keys and whom to trust: is each taken in every form it may have, and refused by its name, with
// nothing secret in the error?
import assert from 'node:assert/strict';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { connect, createSecureContext, listen, publicKeyName } from '../../host/node/index.js';
import { ContextFlag } from '../../assembly/records.js';
import { certificates, ownCredentials, signature } from '../../host/node/credentials.js';
import { serverName } from '../../host/node/names.js';
import { Trust } from '../../host/node/trust.js';
import { authorityCertificate, foreignAnchor, keyAnchor, named, rootAnchor } from '../certificates/factory.js';
import { foreign, p256 } from '../certificates/keys.js';
import { keyPem, pemOf } from '../certificates/pem.js';
import { middleCertificate, root, rootCertificate, server } from '../certificates/people.js';

const key = p256('server'), cert = pemOf(...server.certificates), pem = keyPem(key.private), locked = keyPem(key.private, 'open sesame');
const secret = key.scalar.toString('hex');
const ca = pemOf(rootCertificate);
const rsa = { name: named('RSA Root'), key: foreign('RSA') };
const sec1 = key.private.export({ format: 'der', type: 'sec1' }), pkcs8 = key.private.export({ format: 'der', type: 'pkcs8' });
const publicPem = createPublicKey(key.private).export({ format: 'pem', type: 'spki' });
const psk = { identity: 'dev1', key: Buffer.from('secretPSK') };
const TYPE = 'ERR_INVALID_ARG_TYPE', VALUE = 'ERR_INVALID_ARG_VALUE', MISSING = 'ERR_MISSING_ARGS', UNSUPPORTED = 'ERR_DTLS_UNSUPPORTED_OPTION';

/** The body of a Certificate message with these. */
function list(...ders: Uint8Array[]): Buffer {
  const length = (value: number) => Buffer.from([value >> 16, value >> 8, value]);
  const entries = Buffer.concat(ders.flatMap((der) => [length(der.length), der]));
  return Buffer.concat([length(entries.length), entries]);
}

describe('our own key and certificates are taken', () => {
  const forms: [string, object][] = [
    ['in PEM', { cert, key: pem }], ['as bytes of PEM', { cert: Buffer.from(cert), key: Buffer.from(pem) }],
    ['in DER, PKCS #8', { cert: Buffer.concat(server.certificates), key: pkcs8 }],
    ['in DER, SEC 1', { cert: server.certificates, key: sec1 }],
    ['encrypted', { cert, key: locked, passphrase: 'open sesame' }],
    ['as node:crypto has them', { cert: server.certificates.map((der) => new X509Certificate(der)), key: key.private }],
    ['behind the parameters that openssl ecparam writes', { cert, key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${
      key.private.export({ format: 'pem', type: 'sec1' })}` }],
    ['with the root behind them, which stays at home (iot13-cert-9)', { cert: cert + pemOf(rootCertificate), key: pem }],
  ];
  for (const [form, options] of forms) {
    it(form, () => {
      const own = ownCredentials(options as Record<string, unknown>)!;
      assert.deepEqual(own.privateKey, key.scalar);
      assert.deepEqual(own.certificates, list(...server.certificates));
      assert.equal(own.publicKey, undefined);
    });
  }
  it('as a raw public key', () => {
    for (const options of [{ key: pem, rawPublicKey: true }, { key: pem, rawPublicKey: publicPem },
      { sign: () => Buffer.alloc(64), rawPublicKey: key.info }]) {
      const own = ownCredentials(options)!;
      assert.deepEqual(own.publicKey, key.point);
      assert.equal(own.certificates, undefined);
    }
  });
  it('as both', () => {
    const own = ownCredentials({ cert, key: pem, rawPublicKey: true })!;
    assert.ok(own.certificates !== undefined && own.publicKey?.equals(key.point));
  });
});

describe('a signature of a secure element is taken', () => {
  const rs = Buffer.concat([Buffer.alloc(31), Buffer.of(5), Buffer.alloc(32, 0x81)]);
  it('as r and s', () => assert.deepEqual(signature(rs), rs));
  it('in DER', () => assert.deepEqual(signature(Buffer.from(`3026020105022100${'81'.repeat(32)}`, 'hex')), rs));
  for (const wrong of [Buffer.alloc(63), Buffer.alloc(65), Buffer.from('3003020105', 'hex'), Buffer.from('3006020105020200', 'hex')]) {
    it(`not of ${wrong.length} bytes`, () => assert.throws(() => signature(wrong), { code: VALUE, message: /returned by options.sign/ }));
  }
});

type Wrong = [how: string, options: object, code: string, message: RegExp];
const other = keyPem(p256('somebody else').private);

/** The code, the option's name in the message, and no secret. */
function refuses(call: (options: object) => unknown, wrongs: Wrong[]): void {
  for (const [how, options, code, message] of wrongs) {
    it(how, () => {
      assert.throws(() => call(options), (error: Error & { code: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        const told = `${error.message} ${error.stack} ${JSON.stringify(error)}`;
        for (const part of [secret, 'open sesame', 'wrong words', pem.split('\n')[1]!, pkcs8.toString('base64'), 'secretPSK']) {
          assert.ok(!told.includes(part), told);
        }
        return true;
      });
    });
  }
}

const OWN: Wrong[] = [
  ['a certificate without its key', { cert }, MISSING, /"options.key"/],
  ['a key without a certificate', { key: pem }, MISSING, /"options.cert"/],
  ['a signer without a certificate', { sign: () => Buffer.alloc(64) }, MISSING, /"options.cert"/],
  ['a passphrase for nothing', { passphrase: 'open sesame' }, MISSING, /"options.cert"/],
  ['a key of somebody else', { cert, key: other }, VALUE, /'options.key' does not belong to the certificate of CN=server.example in options.cert/],
  ['an encrypted key without its passphrase', { cert, key: locked }, VALUE, /'options.key' is encrypted: give its options.passphrase/],
  ['an encrypted key with another one\'s', { cert, key: locked, passphrase: 'wrong words' }, VALUE, /'options.key' does not open/],
  ['a passphrase that is no text', { cert, key: locked, passphrase: 5 }, TYPE, /"options.passphrase"/],
  ['text that is no key', { cert, key: 'open sesame' }, VALUE, /'options.key' holds no private key/],
  ['a public key as the private one', { cert, key: publicPem }, VALUE, /'options.key' holds no private key/],
  ['a damaged key', { cert, key: pem.replace(/\n.{9}/, '\nAAAAAAAAA') }, VALUE, /'options.key' holds no private key/],
  ['a number for a key', { cert, key: 5 }, TYPE, /"options.key"/],
  ['a number for a certificate', { cert: 5, key: pem }, TYPE, /"options.cert"/],
  ['text that is no certificate', { cert: 'hello', key: pem }, VALUE, /'options.cert' holds no certificate/],
  ['no certificate at all', { cert: [], key: pem }, VALUE, /'options.cert' holds no certificate/],
  ['a damaged certificate', { cert: cert.replace(/\n.{9}/, '\nAAAAAAAAA'), key: pem }, VALUE, /'options.cert' holds a certificate that cannot be read/],
  ['a certificate cut short', { cert: server.certificates[0]!.subarray(0, 90), key: pem }, VALUE, /'options.cert' holds a certificate that cannot be read/],
  ['an RSA key', { cert, key: keyPem(rsa.key.private) }, VALUE, /'options.key' must be on P-256 \(prime256v1\), and is rsa/],
  ['a P-384 key', { cert, key: keyPem(foreign('P-384').private) }, VALUE, /'options.key' must be on P-256 \(prime256v1\), and is secp384r1/],
  ['an RSA certificate', { cert: pemOf(authorityCertificate(rsa)), sign: () => Buffer.alloc(64) }, VALUE, /'options.cert' must be on P-256/],
  ['a key and a signer', { cert, key: pem, sign: () => Buffer.alloc(64) }, VALUE, /'options.sign' cannot be combined/],
  ['a signer that is no function', { cert, sign: 5 }, TYPE, /"options.sign"/],
  ['a raw public key that only the signer knows', { sign: () => Buffer.alloc(64), rawPublicKey: true }, VALUE, /'options.rawPublicKey' must be the public key/],
  ['a raw public key of somebody else', { key: pem, rawPublicKey: p256('somebody else').info }, VALUE, /'options.rawPublicKey' does not belong to options.key/],
  ['a raw public key that is none', { key: pem, rawPublicKey: 'hello' }, VALUE, /'options.rawPublicKey' holds no public key/],
  ['a raw public key without a private one', { rawPublicKey: publicPem }, MISSING, /"options.key"/],
];
const short = Buffer.alloc(12).toString('base64url'), long = Buffer.alloc(32).toString('base64url');
const PEER: Wrong[] = [
  ['an authority that is none', { ca: 'hello' }, VALUE, /'options.ca' holds no certificate/],
  ['authorities of which one is none', { ca: [ca, 5] }, TYPE, /"options.ca"/],
  ['peers that are none', { peerKeys: [] }, VALUE, /'options.peerKeys'/],
  ['a peer that is none', { peerKeys: 'hello' }, VALUE, /'options.peerKeys' holds no public key/],
  ['a second peer that is none', { peerKeys: [publicPem, 5] }, TYPE, /"options.peerKeys\[1\]"/],
  ['a peer with an RSA key', { peerKeys: rsa.key.info }, VALUE, /'options.peerKeys' must be on P-256/],
  ['a name of 96 bits (7252-9.1.3.2.1-1)', { peerKeys: `ni:///sha-256-96;${short}` }, VALUE, /less than 120 bits/],
  ['a name whose hash is too short', { peerKeys: `ni:///sha-256;${short}` }, VALUE, /hash of 32 bytes, and has 12/],
  ['a name by another hash', { peerKeys: `ni:///sha-384;${long}` }, VALUE, /must name a key as ni:\/\/\/sha-256/],
  ['rejectUnauthorized that is no boolean', { ca, rejectUnauthorized: 0 }, TYPE, /"options.rejectUnauthorized"/],
  ['a judge that is no function', { ca, verify: true }, TYPE, /"options.verify"/],
];

describe('connect refuses', () => {
  refuses((options) => connect('127.0.0.1', 5684, options as never), [
    ...OWN, ...PEER,
    ['to trust nobody and have no key', {}, MISSING, /"options.psk", "options.ca" or "options.peerKeys"/],
    ['an address as the server\'s name', { ca, servername: '::1' }, VALUE, /'options.servername' must be a name/],
    ['a server\'s name that is none', { ca, servername: 'a b' }, VALUE, /'options.servername' must be a host name/],
    ['a server\'s name that is too long', { ca, servername: `${'a.'.repeat(127)}a` }, VALUE, /'options.servername' must be a host name/],
    ['a server\'s options', { ca, requestCert: true }, VALUE, /'options.requestCert' is only meaningful for a server/],
    ['names to serve', { ca, sni: {} }, VALUE, /'options.sni' is only meaningful for a server/],
    ['suites that nothing stands behind', { ca, ciphers: 'PSK-AES128-CCM8' }, VALUE, /'options.ciphers' names a suite that needs options.psk/],
    ['suites for certificates without any', { psk, ciphers: 'ECDHE-ECDSA-AES128-CCM8' }, VALUE, /names a suite that needs options.cert/],
    ['credentials without a suite', { psk, ca, ciphers: 'ECDHE-ECDSA-AES128-CCM8' }, VALUE, /names no suite for options.psk/],
  ]);
});

describe('listen refuses', () => {
  const call = (options: object) => listen(() => {}, { port: 0, ...options } as never);
  const served = { cert, key: pem };
  refuses(call, [
    ...OWN, ...PEER.map(([how, options, ...rest]): Wrong => [how, { ...served, requestCert: true, ...options }, ...rest]),
    ['to show nothing', {}, MISSING, /"options.psk", "options.cert" or "options.rawPublicKey"/],
    ['to ask clients for certificates of nobody', { ...served, requestCert: true }, MISSING, /"options.ca"/],
    ['whom to trust without asking', { ...served, ca }, VALUE, /'options.ca' is only meaningful with requestCert/],
    ['requestCert that is no boolean', { ...served, requestCert: 1 }, TYPE, /"options.requestCert"/],
    ['a client\'s options', { ...served, servername: 'a.example' }, UNSUPPORTED, /'servername' is not an option of listen/],
    ['names by function', { ...served, sni: () => undefined }, UNSUPPORTED, /'sni' must be a map of names/],
    ['a name that is none', { ...served, sni: { 'a b': served } }, VALUE, /must be a host name/],
    ['a name twice', { ...served, sni: { 'a.example': served, 'A.example': served } }, VALUE, /stands there twice/],
    ['a served name\'s wrong option', { ...served, sni: { 'a.example': { ...served, mtu: 5 } } }, UNSUPPORTED, /'mtu' is not an option of sni\['a.example'\]/],
    ['a client\'s context for a name', { ...served, sni: { 'a.example': createSecureContext({ psk }) } }, VALUE, /was created for a client/],
  ]);
});

describe('who is trusted', () => {
  const trust = (options: object, isServer = false) => new Trust(options as Record<string, unknown>, isServer);
  const hash = createHash('sha256').update(key.info).digest();
  it('is told the engine: roots with their keys, foreign ones by name, peers by the hash of their key', () => {
    assert.deepEqual(trust({ ca: [ca, pemOf(authorityCertificate(rsa))] }).anchors(''),
      Buffer.concat([rootAnchor(root.name, root.key), foreignAnchor(rsa.name)]));
    const names = [publicPem, key.info, key.private, publicKeyName(key.private), `ni:///sha-256-120;${hash.toString('base64url', 0, 15)}`];
    assert.deepEqual(trust({ peerKeys: names }).anchors(''),
      Buffer.concat([keyAnchor(key.info), keyAnchor(key.info), keyAnchor(key.info), keyAnchor(key.info), keyAnchor(key.info, 15)]));
  });
  it('is told apart by the engine\'s list, whatever the engine does not decide itself', () => {
    const fingerprints = server.certificates.map((der) => new X509Certificate(der).fingerprint256);
    const many = (last: number) => ({ peerKeys: [...Array.from({ length: 120 }, (_, i) => name(i)), name(last)] });
    const name = (number: number) => `ni:///sha-256;${Buffer.alloc(32, number).toString('base64url')}`;
    const lists = [[{ ca }, ''], [{ ca }, '192.0.2.1'], [{ ca }, '192.0.2.2'], [{ ca, verify: () => true }, ''], [{ ca, peerKeys: () => true }, ''],
      [{ ca, peerKeys: fingerprints[0] }, ''], [{ ca, peerKeys: fingerprints[1] }, ''], [many(200), ''], [many(201), ''],
    ].map(([options, unsaid]) => trust(options as object).anchors(unsaid as string).toString('hex'));
    assert.equal(new Set(lists).size, lists.length - 1);
    assert.equal(lists[3], lists[4], 'of either nothing is remembered');
    assert.equal(trust({ ca, peerKeys: [...fingerprints].reverse() }).anchors('').compare(trust({ ca, peerKeys: fingerprints }).anchors('')), 0);
  });
  it('says which kinds of credentials are taken', () => {
    const { ASK_TRUST, PEER_CERTIFICATE, PEER_RAW_KEY, REQUEST_CERTIFICATE, REQUIRE_CERTIFICATE } = ContextFlag;
    const fingerprint = new X509Certificate(server.certificates[0]!).fingerprint256;
    const cases: [object, boolean, number][] = [
      [{ ca }, false, PEER_CERTIFICATE], [{ peerKeys: publicPem }, false, PEER_RAW_KEY], [{ ca, peerKeys: publicPem }, false, PEER_CERTIFICATE | PEER_RAW_KEY],
      [{ peerKeys: () => true }, false, PEER_RAW_KEY], [{ peerKeys: `SHA256:${fingerprint}` }, false, PEER_CERTIFICATE],
      [{ rejectUnauthorized: false }, false, PEER_CERTIFICATE | PEER_RAW_KEY], [{}, false, PEER_CERTIFICATE],
      [{ ca }, true, PEER_CERTIFICATE | REQUEST_CERTIFICATE | REQUIRE_CERTIFICATE],
      [{ ca, rejectUnauthorized: false }, true, PEER_CERTIFICATE | PEER_RAW_KEY | REQUEST_CERTIFICATE],
    ];
    for (const [options, isServer, flags] of cases) assert.equal(trust(options, isServer).flags, flags | ASK_TRUST, JSON.stringify(options));
  });
  it('are Node\'s authorities where a client names none', () => {
    assert.equal(trust({ servername: 'example.org' }).anchors('').length, 34, 'too many for the engine: their hash alone');
    assert.equal(certificates('options.ca', pemOf(middleCertificate, rootCertificate)).length, 2);
  });
});

describe('a server\'s name', () => {
  const cases: [string | undefined, string, string, string][] = [
    [undefined, 'Gateway.Example.', 'gateway.example', 'gateway.example'], [undefined, '192.0.2.1', '', '192.0.2.1'],
    ['a.example', '192.0.2.1', 'a.example', 'a.example'], ['', 'b.example', '', 'b.example'], ['münchen.example', '::1', 'xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ];
  for (const [servername, host, said, expected] of cases) {
    it(`${servername} at ${host} is ${said || 'not said'} (6066-3-1, 7925-14-1, 7925-4.4.1-6, 9325-7.1-1)`, () => assert.deepEqual(serverName(servername, host), { said, expected }));
  }
});

