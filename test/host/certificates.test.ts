// Sessions with certificates and raw public keys, from socket to socket: who gets in, what is told of the peer, and who is refused.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { connect, createSecureContext, listen, publicKeyName, type ConnectOptions, type DTLSError, type DTLSSession, type ListenOptions,
} from '../../host/node/index.js';
import { authority, authorityCertificate, CLIENT_AUTH, dnsNames, endCertificate, extension, KEY_CERT_SIGN, keyUsage, named, SERVER_AUTH,
  validity, type Issuer } from '../certificates/factory.js';
import { octets } from '../certificates/der.js';
import { foreign, p256, signDigest } from '../certificates/keys.js';
import { keyPem, pemOf } from '../certificates/pem.js';
import { client, CLIENT_NAME, root, rootCertificate, server, SERVER_NAME } from '../certificates/people.js';

const ca = pemOf(rootCertificate);
const serverKey = keyPem(server.key.private), clientKey = keyPem(client.key.private);
const SERVER = { cert: pemOf(...server.certificates), key: serverKey }, CLIENT = { cert: pemOf(...client.certificates), key: clientKey };
const serverName = publicKeyName(server.key.private), clientName = publicKeyName(client.key.private);

interface Pair {
  client: DTLSSession;
  server: DTLSSession;
}

/** A server and a client of it, which shall come to an end of their handshake: both sessions. */
async function pair(t: TestContext, listening: Omit<ListenOptions, 'port'>, connecting: ConnectOptions): Promise<Pair> {
  let accepted: DTLSSession | undefined;
  const endpoint = listen((session) => { accepted = session; }, { host: '127.0.0.1', port: 0, ...listening });
  const session = connect('127.0.0.1', endpoint.address!.port, { servername: SERVER_NAME, ...connecting });
  t.after(async () => {
    await session.close();
    await endpoint.close();
  });
  await session.opened.catch(() => {});
  await accepted!.opened.catch(() => {});
  return { client: session, server: accepted! };
}

/** Both are open, and a message goes both ways. */
async function talk({ client, server }: Pair): Promise<void> {
  await Promise.all([client.opened, server.opened]);
  server.onmessage = (message) => server.send(message);
  client.send('ping');
  for await (const message of client) return assert.equal(message.toString(), 'ping');
}

/** How the side that refuses says so, and the alert that the other one hears. */
async function refused(by: DTLSSession, heard: DTLSSession, alert: string, says: RegExp): Promise<void> {
  const [why, other] = await Promise.all([by, heard].map((session) => session.opened.then(() => assert.fail('it got in'), (error: DTLSError) => error)));
  assert.match(`${why!.message} (${why!.hint})`, says);
  assert.deepEqual([why!.alert, other!.alert], [alert, alert], `${why!.message}; ${other!.message}`);
}

describe('a server shows its certificate', () => {
  it('and is known by its authority and its name; nothing is known of the client', async (t) => {
    const both = await pair(t, SERVER, { ca });
    await talk(both);
    assert.deepEqual([both.client.authorized, both.client.authorizationError], [true, undefined]);
    assert.ok(both.client.peerX509Certificate!.raw.equals(server.certificates[0]!));
    assert.match(both.client.peerCertificate!, /^-----BEGIN CERTIFICATE/);
    assert.deepEqual([both.client.peerRawPublicKey, both.client.servername], [undefined, SERVER_NAME]);
    assert.deepEqual([both.server.authorized, both.server.peerCertificate], [false, undefined]);
    assert.equal(both.client.cipher!.name, 'ECDHE-ECDSA-AES128-CCM8');
  });
  for (const cipher of ['ECDHE-ECDSA-AES128-CCM8', 'ECDHE-ECDSA-AES128-CCM', 'ECDHE-ECDSA-AES128-GCM-SHA256']) {
    it(`with ${cipher}`, async (t) => {
      const both = await pair(t, SERVER, { ca, ciphers: cipher });
      await talk(both);
      assert.deepEqual([both.client.cipher!.name, both.server.cipher!.name], [cipher, cipher]);
    });
  }
  it('in pieces, by datagrams of 256 bytes', async (t) => talk(await pair(t, { ...SERVER, mtu: 256 }, { ca, mtu: 256 })));
  it('beside pre-shared keys: each client is served with its own, forward secrecy first (requirements C-21)', async (t) => {
    const psk = { identity: 'dev1', key: Buffer.from('secretPSK') };
    const both = await pair(t, { ...SERVER, psk: { dev1: psk.key } }, { psk, ca });
    await talk(both);
    assert.match(both.client.cipher!.name, /^ECDHE-ECDSA/);
    const plain = await pair(t, { ...SERVER, psk: { dev1: psk.key } }, { psk });
    await talk(plain);
    assert.deepEqual([plain.client.cipher!.name, plain.server.pskIdentity], ['PSK-AES128-CCM8', 'dev1']);
  });
  for (const kind of ['RSA', 'P-384'] as const) {
    it(`under a ${kind} root and an authority between them, 4 kB in all: node:crypto follows it`, async (t) => {
      const above: Issuer = { name: named(`${kind} Root`), key: foreign(kind) }, between: Issuer = { name: named('Between'), key: foreign(kind) };
      const filler = extension('1.2.3.4', octets(Buffer.alloc(1000)));
      const extensions = [authority(0), keyUsage(KEY_CERT_SIGN), filler, extension('1.2.3.5', octets(Buffer.alloc(1200)))];
      const chain = [endCertificate(SERVER_NAME, server.key, between), authorityCertificate(between, above, { extensions })];
      assert.ok(chain.reduce((sum, { length }) => sum + length, 0) > (kind === 'RSA' ? 3500 : 3000));
      const both = await pair(t, { cert: pemOf(...chain), key: serverKey }, { ca: pemOf(authorityCertificate(above)) });
      await talk(both);
      assert.ok(both.client.authorized);
    });
  }
  it('and the client trusts this very certificate, by its fingerprint or its key', async (t) => {
    const { fingerprint256 } = new X509Certificate(server.certificates[0]!);
    await talk(await pair(t, SERVER, { peerKeys: fingerprint256 }));
    await talk(await pair(t, SERVER, { peerKeys: [fingerprint256, serverName], servername: 'other.example' }));
  });
  it('and signs with a secure element, in its own time', async (t) => {
    const sign = async (digest: Buffer) => {
      await new Promise(setImmediate);
      return signDigest(server.key.scalar, digest);
    };
    await talk(await pair(t, { cert: SERVER.cert, sign }, { ca }));
  });
});

// 7252-9-1
describe('both show what they have', () => {
  it('certificates', async (t) => {
    const both = await pair(t, { ...SERVER, ca, requestCert: true }, { ...CLIENT, ca });
    await talk(both);
    assert.deepEqual([both.server.authorized, both.client.authorized], [true, true]);
    assert.ok(both.server.peerX509Certificate!.raw.equals(client.certificates[0]!));
  });
  it('raw public keys', async (t) => {
    const both = await pair(t, { key: serverKey, rawPublicKey: true, peerKeys: clientName, requestCert: true },
      { key: clientKey, rawPublicKey: true, peerKeys: serverName });
    await talk(both);
    assert.deepEqual([publicKeyName(both.server.peerRawPublicKey!), publicKeyName(both.client.peerRawPublicKey!)], [clientName, serverName]);
    assert.deepEqual([both.server.authorized, both.client.authorized, both.client.peerCertificate], [true, true, undefined]);
  });
  it('a certificate one side, a raw public key the other', async (t) => {
    const both = await pair(t, { ...SERVER, peerKeys: clientName, requestCert: true }, { key: clientKey, rawPublicKey: true, ca });
    await talk(both);
    assert.ok(both.client.peerX509Certificate !== undefined && both.server.peerRawPublicKey !== undefined);
  });
  it('and a function finds the client\'s key, later', async (t) => {
    const asked: string[] = [];
    const peerKeys = async (name: string) => {
      await new Promise(setImmediate);
      asked.push(name);
      return name === clientName;
    };
    await talk(await pair(t, { key: serverKey, rawPublicKey: true, peerKeys, requestCert: true }, { key: clientKey, rawPublicKey: true, peerKeys: serverName }));
    assert.deepEqual(asked, [clientName]);
  });
  it('but the client need not, where the server does not insist', async (t) => {
    const both = await pair(t, { ...SERVER, ca, requestCert: true, rejectUnauthorized: false }, { ca });
    await talk(both);
    assert.deepEqual([both.server.authorized, both.server.peerCertificate], [false, undefined]);
  });
});

describe('a server has an identity for each name', () => {
  const other = { key: p256('other'), cert: endCertificate('other.example', p256('other'), root) };
  const sni = { 'other.example': { cert: pemOf(other.cert), key: keyPem(other.key.private) } };
  it('and shows the one that is asked for', async (t) => {
    const both = await pair(t, { ...SERVER, sni }, { ca, servername: 'other.example' });
    await talk(both);
    assert.deepEqual([both.server.servername, both.client.servername], ['other.example', 'other.example']);
    assert.ok(both.client.peerX509Certificate!.raw.equals(other.cert));
  });
  it('and another one where none is', async (t) => {
    const both = await pair(t, { ...SERVER, sni }, { ca, servername: '', rejectUnauthorized: false });
    await talk(both);
    assert.ok(both.client.peerX509Certificate!.raw.equals(server.certificates[0]!));
    assert.equal(both.client.authorizationError, 'HOSTNAME_MISMATCH'); // it is at 127.0.0.1
  });
  it('and refuses those it does not have', async (t) => {
    const both = await pair(t, { ...SERVER, sni }, { ca });
    await refused(both.server, both.client, 'unrecognized_name', /does not serve this name/);
  });
  it('unless one serves them all', async (t) => {
    const both = await pair(t, { psk: { dev1: Buffer.alloc(16, 1) }, sni: { ...sni, '*': createSecureContext({ ...SERVER, isServer: true }) } }, { ca });
    await talk(both);
    assert.ok(both.client.peerX509Certificate!.raw.equals(server.certificates[0]!));
  });
});

describe('a server is refused', () => {
  const serving = (changes: object, issuer: Issuer = root, purpose = SERVER_AUTH) =>
    ({ cert: pemOf(endCertificate(SERVER_NAME, server.key, issuer, purpose, changes)), key: serverKey });
  const stranger: Issuer = { name: named('Stranger'), key: p256('stranger') };
  const cases: [string, Omit<ListenOptions, 'port'>, ConnectOptions, string, RegExp][] = [
    ['for another name (7925-4.4.1-1)', SERVER, { ca, servername: 'other.example' }, 'bad_certificate', /other\.example was asked for, DNS:server\.example came/],
    ['for its address (7925-4.4.1-6)', SERVER, { ca, servername: '' }, 'bad_certificate', /127\.0\.0\.1 was asked for/],
    ['for a common name alone (7925-4.4.1-3)', serving({ extensions: [] }), { ca }, 'bad_certificate', /server\.example was asked for, no name came/],
    ['for a wildcard (7925-4.4.1-4)', serving({ extensions: [dnsNames('*.example')] }), { ca }, 'bad_certificate', /DNS:\*\.example came/],
    ['by an authority of nobody\'s', serving({}, stranger), { ca }, 'unknown_ca', /no trusted authority issued.*CN=server\.example, issued by CN=Stranger/],
    ['as it has expired', serving({ validity: validity('200101000000Z', '210101000000Z') }), { ca }, 'certificate_expired', /has expired: CN=server\.example, valid to/],
    ['as a client\'s', serving({}, root, CLIENT_AUTH), { ca }, 'unsupported_certificate', /extKeyUsage does not allow/],
    ['with a signature of another key', serving({ damage: (signature: Buffer) => signature.fill(1, 9, 12) }), { ca }, 'bad_certificate', /not signed by its issuer/],
    ['for its raw public key', { key: serverKey, rawPublicKey: true }, { peerKeys: clientName }, 'handshake_failure', /not one of those that are trusted: ni:/],
    ['for its certificate\'s fingerprint', SERVER, { peerKeys: new X509Certificate(client.certificates[0]!).fingerprint256 }, 'unknown_ca', /no trusted authority/],
    ['by the user (7925-4.4.3-1)', SERVER, { ca, verify: async () => false }, 'access_denied', /options\.verify refused it: CN=server\.example/],
    ['by the user, whatever its raw public key (7925-6-2)', { key: serverKey, rawPublicKey: true }, { peerKeys: serverName, verify: () => false },
      'handshake_failure', /options\.verify refused it: ni:/],
  ];
  for (const [why, listening, connecting, alert, says] of cases) {
    it(why, async (t) => {
      const both = await pair(t, listening, connecting);
      await refused(both.client, both.server, alert, says);
      assert.equal(both.client.peerCertificate, undefined, 'it proved nothing');
    });
  }
  it('by what the user\'s function throws', async (t) => {
    const both = await pair(t, SERVER, { ca, verify: () => { throw new Error('no list of the revoked'); } });
    await assert.rejects(both.client.opened, /no list of the revoked/);
    await assert.rejects(both.server.opened, { alert: 'handshake_failure' });
  });
  it('but taken if the user wants them all', async (t) => {
    const both = await pair(t, serving({}, stranger), { rejectUnauthorized: false });
    await talk(both);
    assert.deepEqual([both.client.authorized, both.client.authorizationError], [false, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']);
  });
  it('where its secure element signs with another key', async (t) => {
    const both = await pair(t, { cert: SERVER.cert, sign: (digest) => signDigest(client.key.scalar, digest) }, { ca });
    await refused(both.client, both.server, 'decrypt_error', /does not hold the private key/);
    assert.equal(both.client.stats.retransmitCount, 0n, 'it said so when its timer ran out, not at once');
    await assert.rejects(both.server.opened, { message: 'The peer aborted the connection with decrypt_error' }); // no word of a shared key
  });
});

describe('a client is refused', () => {
  const requiring = { ...SERVER, ca, requestCert: true };
  const stranger: Issuer = { name: named('Stranger'), key: p256('stranger') };
  const shown = (...args: Parameters<typeof endCertificate>) => ({ ca, key: clientKey, cert: pemOf(endCertificate(...args)) });
  const cases: [string, Omit<ListenOptions, 'port'>, ConnectOptions, string, RegExp][] = [
    ['without a certificate (5246-7.4.6-1)', requiring, { ca }, 'handshake_failure', /the peer has no certificate/],
    ['by an authority of nobody\'s', requiring, shown(CLIENT_NAME, client.key, stranger, CLIENT_AUTH), 'unknown_ca', /CN=client\.example, issued by CN=Stranger/],
    ['as a server\'s', requiring, shown(CLIENT_NAME, client.key, root, SERVER_AUTH), 'unsupported_certificate', /extKeyUsage/],
    ['for its raw public key', { key: serverKey, rawPublicKey: true, peerKeys: serverName, requestCert: true },
      { key: clientKey, rawPublicKey: true, peerKeys: serverName }, 'handshake_failure', /not one of those that are trusted: ni:/],
    ['by the user', { ...requiring, verify: () => false }, { ...CLIENT, ca }, 'access_denied', /options\.verify refused it: CN=client\.example/],
  ];
  for (const [why, listening, connecting, alert, says] of cases) {
    it(why, async (t) => {
      const both = await pair(t, listening, connecting);
      await refused(both.server, both.client, alert, says);
    });
  }
});
