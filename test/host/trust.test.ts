// What this host answers when the engine asks about a peer: for each finding of the engine's, each option, and what users' functions do.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { CertificateAlert, CertificateCheck, TrustAnswer } from '../../assembly/certificate-codes.js';
import { Alert } from '../../assembly/codes.js';
import { checkName } from '../../host/core/certificate-words.js';
import { keyName } from '../../host/node/keys.js';
import { Trust, type Judgement, type PeerIdentity } from '../../host/node/trust.js';
import { authorityCertificate, certificate, dnsNames, endCertificate, extension, named, validity, type Issuer } from '../certificates/factory.js';
import { der } from '../certificates/der.js';
import { foreign, p256 } from '../certificates/keys.js';
import { pemOf } from '../certificates/pem.js';
import { root, rootCertificate, server, SERVER_NAME } from '../certificates/people.js';

const ca = pemOf(rootCertificate), key = p256('server');
const p384: Issuer = { name: named('P-384 Root'), key: foreign('P-384') };
const beyond = endCertificate(SERVER_NAME, key, p384), p384Ca = pemOf(authorityCertificate(p384));

const length = (value: number) => Buffer.from([value >> 16, value >> 8, value]);
function body(...ders: Uint8Array[]): Buffer {
  const entries = Buffer.concat(ders.flatMap((one) => [length(one.length), one]));
  return Buffer.concat([length(entries.length), entries]);
}
const raw = Buffer.concat([length(key.info.length), key.info]);

interface Asked {
  check?: CertificateCheck;
  chain?: Uint8Array[];
  isRaw?: boolean;
  name?: string;
}

async function judge(options: object, { check = CertificateCheck.NONE, chain = server.certificates, isRaw = false, name = SERVER_NAME }: Asked = {}) {
  return new Trust(options as Record<string, unknown>, false).judge({ body: isRaw ? raw : body(...chain), check, isRaw, name });
}

function isTrusted({ alert, peer, refusal }: Judgement): PeerIdentity {
  assert.ok(alert === TrustAnswer.TRUSTED || alert === TrustAnswer.PASSING);
  assert.equal(refusal, undefined);
  return peer!;
}

function isRefused({ alert, refusal }: Judgement, with_: number, says: RegExp): void {
  assert.equal(alert, with_);
  assert.match(`${refusal!.error.message} (${refusal!.error.hint})`, says);
  assert.equal(refusal!.error.code, 'ERR_DTLS_NOT_TRUSTED');
}

describe('a peer is trusted', () => {
  it('on the engine\'s word', async () => {
    const peer = isTrusted(await judge({ ca }));
    assert.deepEqual([peer.authorized, peer.authorizationError, peer.chain.length], [true, undefined, 2]);
    assert.ok(peer.certificate!.raw.equals(server.certificates[0]!));
  });
  it('where the chain is beyond the engine\'s profile', async () => {
    for (const check of [CertificateCheck.SIGNATURE_ALGORITHM, CertificateCheck.ISSUER, CertificateCheck.CHAIN_LENGTH]) {
      assert.ok(isTrusted(await judge({ ca: p384Ca }, { chain: [beyond], check })).authorized, checkName(check));
    }
  });
  it('at an address that its certificate has', async () => {
    const address = extension('2.5.29.17', der(0x30, der(0x87, Buffer.from([192, 0, 2, 1]))));
    const chain = [certificate(named('server'), key, root, { extensions: [address] })];
    assert.ok(isTrusted(await judge({ ca }, { chain, name: '192.0.2.1' })).authorized);
  });
  it('for its own key, whatever its certificate says (7252-9.1.3.2.1-1)', async () => {
    const chain = [endCertificate('other.example', key, root)];
    assert.ok(isTrusted(await judge({ peerKeys: keyName(key.private) }, { chain })).authorized);
    const fingerprint = new X509Certificate(chain[0]!).fingerprint256;
    for (const peerKeys of [fingerprint, `SHA256:${fingerprint}`, fingerprint.replaceAll(':', '').toLowerCase()]) {
      assert.ok(isTrusted(await judge({ peerKeys }, { chain, check: CertificateCheck.EXPIRED })).authorized);
    }
  });
  // 7252-9.1.3.2.1-2
  it('for its raw public key, by the engine or by a function, now or later', async () => {
    const peer = isTrusted(await judge({ peerKeys: key.info }, { isRaw: true }));
    assert.deepEqual([peer.certificate, peer.keyName, peer.authorized], [undefined, keyName(key.private), true]);
    for (const peerKeys of [(name: string) => name === keyName(key.private), async (name: string) => name === keyName(key.private)]) {
      assert.ok(isTrusted(await judge({ peerKeys }, { isRaw: true, check: CertificateCheck.RAW_KEY })).authorized);
    }
  });
  it('although nothing speaks for it, if the user says so; and is told apart', async () => {
    const peer = isTrusted(await judge({ ca, rejectUnauthorized: false }, { check: CertificateCheck.EXPIRED }));
    assert.deepEqual([peer.authorized, peer.authorizationError], [false, 'CERT_HAS_EXPIRED']);
    const stranger = isTrusted(await judge({ rejectUnauthorized: false }, { isRaw: true, check: CertificateCheck.RAW_KEY }));
    assert.deepEqual([stranger.authorized, stranger.authorizationError], [false, 'RPK_UNTRUSTED']);
  });
});

describe('a session remembers a peer', () => {
  const { TRUSTED, PASSING } = TrustAnswer, isRaw = true, day = 86_400_000;
  const until = (ms: number) => {
    const text = new Date(Date.now() + ms).toISOString().replace(/^20|[-:T]|\.\d+/g, '');
    return [endCertificate(SERVER_NAME, key, root, undefined, { validity: validity('260101000000Z', text) })];
  };
  const cases: [string, object, Asked, TrustAnswer][] = [
    ['who is authorized, by a chain', { ca }, {}, TRUSTED], ['by its key', { peerKeys: key.info }, { isRaw }, TRUSTED],
    ['though others would be let in', { ca, rejectUnauthorized: false }, {}, TRUSTED],
    ['but not who is not', { ca, rejectUnauthorized: false }, { check: CertificateCheck.EXPIRED }, PASSING],
    ['nor one that nobody speaks for', { rejectUnauthorized: false }, { isRaw, check: CertificateCheck.RAW_KEY }, PASSING],
    ['nor whom verify is to hear of each time', { ca, verify: () => true }, {}, PASSING],
    ['nor whom verify did not decide on at once', { ca, verify: async () => true }, {}, PASSING],
    ['nor whom a function found', { peerKeys: () => true }, { isRaw, check: CertificateCheck.RAW_KEY }, PASSING],
    ['nor by a certificate that ends before the session', { ca }, { chain: until(6 * day) }, PASSING],
    ['but by one that ends behind it', { ca }, { chain: until(8 * day) }, TRUSTED],
  ];
  for (const [which, options, asked, answer] of cases) it(which, async () => assert.equal((await judge(options, asked)).alert, answer));
});

describe('a peer is refused with the alert of the RFC and an error that says what was wrong with what', () => {
  const { BAD_CERTIFICATE, UNSUPPORTED_CERTIFICATE, CERTIFICATE_EXPIRED, CERTIFICATE_UNKNOWN, UNKNOWN_CA } = CertificateAlert;
  const old = endCertificate(SERVER_NAME, key, root, undefined, { validity: validity('200101000000Z', '210101000000Z') });
  const nameless = certificate(der(0x30), key, root, { extensions: [dnsNames('a.example', 'b.example')] });
  const cases: [string, Asked, number, RegExp][] = [
    ['LIST', { check: CertificateCheck.LIST, chain: [] }, Alert.DECODE_ERROR, /list of certificates cannot be read/],
    ['ENCODING', { check: CertificateCheck.ENCODING, chain: [Buffer.alloc(9)] }, BAD_CERTIFICATE, /a certificate cannot be read/],
    ['VERSION', { check: CertificateCheck.VERSION }, UNSUPPORTED_CERTIFICATE, /not of version 3: CN=server\.example/],
    ['CRITICAL_EXTENSION', { check: CertificateCheck.CRITICAL_EXTENSION }, UNSUPPORTED_CERTIFICATE, /critical extension.*CN=server/],
    ['KEY', { check: CertificateCheck.KEY }, UNSUPPORTED_CERTIFICATE, /not on P-256: CN=server/],
    ['KEY_USAGE', { check: CertificateCheck.KEY_USAGE }, UNSUPPORTED_CERTIFICATE, /keyUsage.*CN=server/],
    ['PURPOSE', { check: CertificateCheck.PURPOSE }, UNSUPPORTED_CERTIFICATE, /extKeyUsage.*CN=server/],
    ['NAME', { check: CertificateCheck.NAME, name: 'other.example' }, BAD_CERTIFICATE, /other\.example was asked for, DNS:server\.example came/],
    ['NAME, of another address', { name: '192.0.2.1' }, BAD_CERTIFICATE, /192\.0\.2\.1 was asked for/],
    ['NAME, where the server was to hear none', { name: 'other.example' }, BAD_CERTIFICATE, /other\.example was asked for/],
    ['NAME, of a chain beyond', { check: CertificateCheck.ISSUER, chain: [endCertificate('a.example', key, root)] }, BAD_CERTIFICATE, /was asked for/],
    ['SEVERAL_NAMES', { check: CertificateCheck.SEVERAL_NAMES, chain: [nameless] }, BAD_CERTIFICATE, /several names: DNS:a\.example, DNS:b\.example/],
    ['NOT_YET_VALID', { check: CertificateCheck.NOT_YET_VALID }, CERTIFICATE_EXPIRED, /not valid yet: CN=server\.example, valid from Jan  1/],
    ['EXPIRED', { check: CertificateCheck.EXPIRED, chain: [old] }, CERTIFICATE_EXPIRED, /has expired: CN=server\.example, valid to Jan  1 00:00:00 2021/],
    ['AUTHORITY', { check: CertificateCheck.AUTHORITY }, BAD_CERTIFICATE, /no authority: CN=server\.example/],
    ['PATH_LENGTH', { check: CertificateCheck.PATH_LENGTH }, BAD_CERTIFICATE, /more authorities.*CN=server\.example/],
    ['SIGNATURE', { check: CertificateCheck.SIGNATURE }, BAD_CERTIFICATE, /not signed by its issuer: CN=server\.example, issued by CN=Middle/],
    ['ISSUER', { check: CertificateCheck.ISSUER, chain: [beyond] }, UNKNOWN_CA, /no trusted authority.*CN=server\.example, issued by CN=P-384 Root/],
    ['RAW_KEY_ENCODING', { check: CertificateCheck.RAW_KEY_ENCODING, isRaw: true }, Alert.DECODE_ERROR, /raw public key cannot be read/],
    ['RAW_KEY_ALGORITHM', { check: CertificateCheck.RAW_KEY_ALGORITHM, isRaw: true }, Alert.HANDSHAKE_FAILURE, /not on P-256/],
    ['RAW_KEY', { check: CertificateCheck.RAW_KEY, isRaw: true }, Alert.HANDSHAKE_FAILURE, /not one of those that are trusted: ni:\/\/\/sha-256;/],
  ];
  for (const [what, asked, alert, says] of cases) {
    it(what, async () => {
      isRefused(await judge({ ca }, asked), alert, says);
      assert.notEqual(alert, CERTIFICATE_UNKNOWN);
    });
  }
  it('what leaves no key to go on with, whatever the user allows', async () => {
    for (const check of [CertificateCheck.LIST, CertificateCheck.ENCODING, CertificateCheck.VERSION, CertificateCheck.KEY,
      CertificateCheck.CRITICAL_EXTENSION, CertificateCheck.RAW_KEY_ENCODING, CertificateCheck.RAW_KEY_ALGORITHM]) {
      const { alert } = await judge({ rejectUnauthorized: false, verify: () => true }, { check, isRaw: check >= CertificateCheck.RAW_KEY_ENCODING });
      assert.notEqual(alert, 0, checkName(check));
    }
  });
  it('a certificate that only the engine can read', async () => {
    isRefused(await judge({ ca }, { chain: [Buffer.alloc(9)] }), BAD_CERTIFICATE, /cannot be read/);
  });
  it('an authority of the chain by its own name', async () => {
    const late: Issuer = { name: named('Late'), key: p256('late') };
    const chain = [endCertificate(SERVER_NAME, key, late), authorityCertificate(late, root, { validity: validity('200101000000Z', '210101000000Z') })];
    isRefused(await judge({ ca }, { chain, check: CertificateCheck.EXPIRED }), CERTIFICATE_EXPIRED, /has expired: CN=Late/);
  });
  it('and its own words are kept short and on one line', async () => {
    const chain = [certificate(named(`a\r\nb\u001b[31m${'c'.repeat(500)}`), key, p384)];
    const { refusal } = await judge({ ca }, { chain, check: CertificateCheck.ISSUER });
    assert.ok(!/[\p{C}]/u.test(refusal!.error.message) && refusal!.error.message.length < 500, refusal!.error.message);
  });
});

describe('the user\'s functions', () => {
  it('verify has the last word, now or later', async () => {
    for (const verify of [() => false, async () => false]) {
      isRefused(await judge({ ca, verify }), CertificateAlert.ACCESS_DENIED, /options\.verify refused it: CN=server/);
      isRefused(await judge({ peerKeys: key.info, verify }, { isRaw: true }), Alert.HANDSHAKE_FAILURE, /options\.verify refused it: ni:/); // 7925-6-2
    }
    for (const verify of [() => true, () => {}, async () => {}]) assert.ok(isTrusted(await judge({ ca, verify })).authorized);
  });
  it('verify is not asked about those who are refused already, unless the user wants them', async () => {
    const asked: PeerIdentity[] = [];
    const verify = (peer: PeerIdentity) => void asked.push(peer);
    isRefused(await judge({ ca, verify }, { check: CertificateCheck.EXPIRED }), CertificateAlert.CERTIFICATE_EXPIRED, /expired/);
    isTrusted(await judge({ ca, verify, rejectUnauthorized: false }, { check: CertificateCheck.EXPIRED }));
    assert.deepEqual(asked.map(({ authorizationError }) => authorizationError), ['CERT_HAS_EXPIRED']);
  });
  it('refuse a peer by throwing', async () => {
    await assert.rejects(judge({ ca, verify: () => { throw new Error('revoked'); } }), /revoked/);
    await assert.rejects(judge({ ca, verify: async () => { throw new Error('revoked'); } }), /revoked/);
    await assert.rejects(judge({ peerKeys: async () => { throw new Error('no table'); } }, { isRaw: true, check: CertificateCheck.RAW_KEY }), /no table/);
  });
  it('find no key by anything but true', async () => {
    for (const peerKeys of [() => 'yes', () => undefined, async () => 1]) {
      isRefused(await judge({ peerKeys }, { isRaw: true, check: CertificateCheck.RAW_KEY }), Alert.HANDSHAKE_FAILURE, /not one of those/);
    }
  });
});
