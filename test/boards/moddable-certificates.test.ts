// boards/moddable: raw public keys and certificates, in the module that has both.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type DTLS from 'embedded:io/socket/udp/dtls';
import type { ClientSecurity, ServerSecurity } from 'embedded:io/socket/udp/dtls';
import { keyAnchor, rootAnchor } from '../../boards/core/anchors.js';
import { sha256 } from '../../boards/core/sha256.js';
import * as factory from '../certificates/factory.js';
import { authorityCertificate, endCertificate, MEANTIME, named } from '../certificates/factory.js';
import { foreign as otherKey, p256 } from '../certificates/keys.js';
import { client, middle, middleCertificate, root, rootCertificate, server, SERVER_NAME } from '../certificates/people.js';
import { bytes, codeOf, KEY, Pair } from './moddable-pair.js';

/** Copies of their own, as a board has them. */
const own = (given: Uint8Array) => Uint8Array.from(given);
const nameOf = (info: Buffer) => `ni:///sha-256;${createHash('sha256').update(info).digest('base64url')}`;
const raw = ({ key }: typeof server) => ({ rawPublicKey: own(key.info), key: own(key.scalar) });
const chain = ({ key, certificates }: typeof server) => ({ cert: certificates!.map(own), key: own(key.scalar) });

/** A server of these credentials, and what becomes of a client of those. */
function meet(dtls: ServerSecurity, of: ClientSecurity, seconds = MEANTIME): Pair & { dtls: DTLS } {
  const pair = new Pair({ dtls: { initialMs: 1000, ...dtls } }, { connections: 1, message: 1024, credentials: 1024 }, 'full');
  pair.client.seconds = pair.server.seconds = seconds;
  return Object.assign(pair, { dtls: pair.connect({ dtls: { initialMs: 1000, ...of } }) });
}

describe('raw public keys', () => {
  it('are shown by both sides, trusted by their names or in DER', () => {
    const pair = meet({ ...raw(server), peerKeys: nameOf(client.key.info) }, { ...raw(client), peerKeys: [own(server.key.info)] });
    assert.deepEqual(pair.log.heard, ['writable 1171']);
    const accepted = pair.accepted[0]!.dtls;
    assert.deepEqual(Buffer.from(accepted.peerRawPublicKey!), client.key.info);
    assert.deepEqual([accepted.peerCertificate, accepted.pskIdentity], [undefined, undefined]);
  });

  it('of the server alone are enough for a client that has none', () => {
    const pair = meet(raw(server), { peerKeys: nameOf(server.key.info) });
    assert.deepEqual([pair.log.heard, pair.accepted[0]!.dtls.peerRawPublicKey], [['writable 1171'], undefined]);
  });

  it('that are none of those that are trusted are refused, on either side', () => {
    const strange = own(p256('stranger').info);
    const server1 = meet(raw(server), { peerKeys: [strange] });
    assert.deepEqual(server1.log.heard, ['ERR_DTLS_NOT_TRUSTED']);
    assert.match(server1.log.errors[0]!.message, /not one of those that are trusted/);
    const client1 = meet({ ...raw(server), peerKeys: [strange] }, { ...raw(client), peerKeys: nameOf(server.key.info) });
    assert.deepEqual([client1.log.errors[0]!.alert, client1.warnings[0]!.code], ['handshake_failure', 'ERR_DTLS_NOT_TRUSTED']);
    assert.deepEqual(client1.accepted, []);
  });

  it('are signed for by a secure element, now or later', async () => {
    for (const isLater of [false, true]) {
      const sign = (hash: ArrayBuffer) => {
        const signature = own(client.key.signHash(new Uint8Array(hash)));
        return isLater ? Promise.resolve(signature) : signature;
      };
      const { rawPublicKey } = raw(client);
      const pair = meet({ ...raw(server), peerKeys: nameOf(client.key.info) }, { rawPublicKey, sign, peerKeys: nameOf(server.key.info) });
      await new Promise(setImmediate);
      pair.network.flow();
      assert.deepEqual(pair.log.heard, ['writable 1171']);
    }
  });

  it('come with a state to sleep with', () => {
    const pair = meet({ ...raw(server), peerKeys: nameOf(client.key.info), cid: true },
      { ...raw(client), peerKeys: nameOf(server.key.info), cid: true });
    const state = pair.dtls.exportState();
    pair.connect({ dtls: { ...raw(client), peerKeys: nameOf(server.key.info), cid: true, state, storeState() {} } });
    assert.deepEqual(pair.log.heard, ['writable 1164', 'writable 1164']);
    assert.equal(pair.accepted.length, 1);
  });
});

describe('a session', () => {
  for (const [how, showing] of [['raw public keys', raw], ['certificates', chain]] as const) {
    it(`of ${how} is resumed, and nobody shows any again`, () => {
      const trusts = (peer: typeof server) => (showing === raw ? { peerKeys: nameOf(peer.key.info) } : { ca: own(rootCertificate) });
      const layout = { connections: 1, message: 1024, credentials: 2048, sessions: 1 };
      const pair = new Pair({ dtls: { initialMs: 1000, ...showing(server), ...trusts(client) } }, layout, 'full');
      pair.client.seconds = pair.server.seconds = MEANTIME;
      const visit = (session: ArrayBuffer | true) =>
        pair.connect({ dtls: { initialMs: 1000, ...showing(client), ...trusts(server), servername: SERVER_NAME, session } });
      const first = visit(true);
      first.close();
      pair.network.flow();
      const second = visit(pair.log.sessions[0]!), accepted = pair.accepted[1]!.dtls;
      assert.deepEqual([first.reused, second.reused, accepted.reused], [false, true, true]);
      for (const { peerCertificate, peerRawPublicKey, pskIdentity } of [second, accepted]) {
        assert.deepEqual([peerCertificate, peerRawPublicKey, pskIdentity], [undefined, undefined, undefined]);
      }
    });
  }
});

describe('certificates', () => {
  const trust = { ca: own(rootCertificate), servername: SERVER_NAME };

  it('are verified up to a root, with the name that was asked for', () => {
    const pair = meet(chain(server), trust);
    assert.deepEqual(pair.log.heard, ['writable 1171']);
    assert.deepEqual(Buffer.from(pair.dtls.peerCertificate!), server.certificates![0]);
    assert.equal(pair.dtls.peerRawPublicKey, undefined);
  });

  it('are asked of clients, and are theirs', () => {
    const pair = meet({ ...chain(server), ca: [own(rootCertificate)] }, { ...chain(client), ...trust });
    assert.deepEqual(Buffer.from(pair.accepted[0]!.dtls.peerCertificate!), client.certificates![0]);
  });

  /** What the client says of a server with this chain. */
  const refusal = (certificates: Buffer[], more: Partial<ClientSecurity> = {}, seconds?: number, key = server.key) =>
    meet({ cert: certificates.map(own), key: own(key.scalar) }, { ...trust, ...more }, seconds).log.errors[0]!;

  it('are refused for what is wrong with them, which the error says', () => {
    const { certificates } = server, expired = endCertificate(SERVER_NAME, server.key, middle, undefined,
      { validity: factory.validity('200101000000Z', '210101000000Z') });
    for (const [error, alert, words] of [
      [refusal(certificates!, { servername: 'other.example' }), 'bad_certificate', /not for the name/],
      [refusal(certificates!, { ca: own(authorityCertificate({ name: named('Else'), key: p256('else') })) }), 'unknown_ca', /no trusted authority/],
      [refusal([expired, middleCertificate]), 'certificate_expired', /has expired/],
      [refusal(certificates!, {}, 0), 'certificate_unknown', /nobody told the time/],
      [refusal([certificates![0]!]), 'unknown_ca', /no trusted authority/],
    ] as const) {
      assert.deepEqual([error.code, error.alert], ['ERR_DTLS_NOT_TRUSTED', alert]);
      assert.match(error.message, words);
    }
  });

  it('with an issuer beyond the profile are refused, and the error says why', () => {
    const distant = { name: named('RSA Root'), key: otherKey('RSA') };
    const error = refusal([endCertificate(SERVER_NAME, server.key, distant)], { ca: own(authorityCertificate(distant)) });
    assert.deepEqual([error.code, error.alert], ['ERR_DTLS_NOT_TRUSTED', 'unsupported_certificate']);
    assert.match(error.message, /issuer's key or signature is beyond the profile/);
    assert.match(error.hint, /P-256 with SHA-256.*trust the peer's own key/);
  });
});

describe('keys and certificates that cannot be', () => {
  const known = nameOf(server.key.info), { rawPublicKey, key } = raw(client);

  it('are refused by their names', () => {
    const pair = new Pair({}, undefined, 'full');
    for (const [code, options] of [
      ['ERR_INVALID_ARG_VALUE', {}],
      ['ERR_INVALID_ARG_VALUE', { rawPublicKey, peerKeys: known }],
      ['ERR_INVALID_ARG_VALUE', { key, peerKeys: known }],
      ['ERR_INVALID_ARG_VALUE', { rawPublicKey, key }],
      ['ERR_INVALID_ARG_VALUE', { rawPublicKey, key, sign() {}, peerKeys: known }],
      ['ERR_INVALID_ARG_VALUE', { rawPublicKey, key: key.subarray(1), peerKeys: known }],
      ['ERR_INVALID_ARG_VALUE', { rawPublicKey: rawPublicKey.subarray(1), key, peerKeys: known }],
      ['ERR_INVALID_ARG_VALUE', { peerKeys: 'ni:///sha-1;AAAA' }],
      ['ERR_INVALID_ARG_VALUE', { peerKeys: [own(otherKey('P-384').info)] }],
      ['ERR_INVALID_ARG_VALUE', { ca: bytes('-----BEGIN CERTIFICATE-----') }],
      ['ERR_INVALID_ARG_VALUE', { ca: own(rootCertificate.subarray(0, 100)) }],
      ['ERR_INVALID_ARG_TYPE', { ca: '-----BEGIN CERTIFICATE-----' }],
      ['ERR_INVALID_ARG_TYPE', { rawPublicKey, sign: key, peerKeys: known }],
      ['ERR_DTLS_BAD_CONTEXT', { ca: Array(3).fill(own(rootCertificate)) }],
    ] as const) {
      assert.equal(codeOf(() => pair.connect({ dtls: options as ClientSecurity })), code, JSON.stringify(Object.keys(options)));
    }
    const listen = (dtls: ServerSecurity) => () => new pair.client.dtls.Listener({ port: 1, dtls, onReadable() {} });
    for (const dtls of [{}, { psk: () => KEY, ca: own(rootCertificate) }]) assert.equal(codeOf(listen(dtls)), 'ERR_INVALID_ARG_VALUE');
    pair.network.flow();
    assert.equal(pair.network.sockets.size, 1);
  });

  it('are refused in a firmware without certificates, which says so', () => {
    const pair = new Pair();
    assert.throws(() => pair.connect({ dtls: { peerKeys: known } }),
      { code: 'ERR_DTLS_NO_CERTIFICATES', hint: /manifest_full\.json/ });
    pair.connect();
    assert.deepEqual(pair.log.heard, ['writable 1171']);
  });
});

describe('trust anchors', () => {
  it('hash as SHA-256 does, at every length about a block', () => {
    for (let length = 0; length < 200; length++) {
      const given = randomBytes(length);
      assert.deepEqual(Buffer.from(sha256(own(given))), createHash('sha256').update(given).digest(), given.toString('hex'));
    }
  });

  it('are those that the engine knows, of roots with and without P-256, and of keys', () => {
    assert.deepEqual(Buffer.from(rootAnchor(own(rootCertificate))), factory.rootAnchor(root.name, root.key));
    const distant = { name: named('RSA Root'), key: otherKey('RSA') };
    assert.deepEqual(Buffer.from(rootAnchor(own(authorityCertificate(distant)))), factory.foreignAnchor(distant.name));
    assert.deepEqual(Buffer.from(keyAnchor(own(server.key.info))), factory.keyAnchor(server.key.info));
    assert.deepEqual(Buffer.from(keyAnchor(nameOf(server.key.info))), factory.keyAnchor(server.key.info));
  });
});
