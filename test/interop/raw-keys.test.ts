// Raw public keys (RFC 7250) with others. BouncyCastle's server cannot read a client's raw key: it sends decode_error.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { publicKeyName } from '../../host/node/index.js';
import { p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import { ECDHE_ECDSA_CCM_8 } from '../sim/peer/keys.js';
import type { Credential } from '../sim/peer/options.js';
import * as BouncyCastle from './bouncycastle.js';
import * as GnuTLS from './gnutls.js';
import { credentialFiles, keyOf } from './keys.js';
import { dial, serve } from './ours.js';
import type { Server, Talk } from './ours.js';
import { suite } from './peers.js';

const CIPHER = 'ECDHE-ECDSA-AES128-CCM8';
const STRANGER: Credential = { key: p256('stranger'), certificates: [] };
const priority = GnuTLS.priority('AES-128-CCM-8', ':-CTYPE-ALL:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK', 'ECDHE-ECDSA');

const ours = (own: Credential) => ({ psk: undefined, key: keyOf(own), rawPublicKey: true });
const trusting = ({ key }: Credential) => ({ peerKeys: key.info });
const der = (talk: Talk) => talk.session.peerRawPublicKey!.export({ type: 'spki', format: 'der' });

const ourServer = (t: TestContext): Server =>
  serve(t, { ...ours(People.server), ...trusting(People.client), requestCert: true });
const ourClient = (t: TestContext, port: number, own = People.client, server = People.server): Talk =>
  dial(t, port, { ...ours(own), ...trusting(server) });

/** GnuTLS's words for a raw key. */
function showing(t: TestContext, own: Credential): string[] {
  const files = credentialFiles(t, own);
  return ['--rawpkfile', files.raw, '--rawpkkeyfile', files.key];
}

/** BouncyCastle's words for one, and for the key that its peer must have. */
function told(t: TestContext, own: Credential, peer: Credential): string[] {
  const files = credentialFiles(t, own), hash = createHash('sha256').update(peer.key.info).digest('hex');
  return ['raw=1', `key=${files.key}`, `certificate=${files.raw}`, `peer=${hash}`];
}

suite('GnuTLS', GnuTLS.cli, 'raw public keys', () => {
  const client = (t: TestContext, port: number, own: Credential) =>
    GnuTLS.client(t, port, priority, '--insecure', ...showing(t, own));
  const server = (t: TestContext) => GnuTLS.server(t, priority, '--require-client-cert', ...showing(t, People.server));

  test('gnutls-cli, mutual', async (t) => {
    const server = ourServer(t), peer = client(t, server.port, People.client);
    const talk = await server.accepts();
    await talk.opened();
    assert.equal(talk.session.cipher?.name, CIPHER);
    assert.deepEqual(der(talk), People.client.key.info);
    await peer.says(/Simple Client Mode/);
    peer.write('a reading');
    await peer.says(/a reading/);
  });

  for (const [way, options] of [['id', ['--noticket']], ['ticket', []]] as const) {
    test(`gnutls-cli, mutual, whose session is resumed by ${way}`, async (t) => {
      const server = ourServer(t), peer = GnuTLS.client(t, server.port, priority, '--insecure', '--resume', ...options, ...showing(t, People.client));
      for (const isReused of [false, true]) {
        const { session } = await server.accepts();
        await session.opened;
        assert.deepEqual([session.reused, session.authorized, session.peerKeyName], [isReused, true, publicKeyName(People.client.key.private)]);
      }
      await peer.says(/This is a resumed session/);
      await peer.says(/Simple Client Mode/);
    });
  }

  test('gnutls-serv, mutual', async (t) => {
    const { port } = await server(t);
    const talk = ourClient(t, port);
    await talk.opened();
    assert.equal(talk.session.cipher?.name, CIPHER);
    assert.deepEqual(der(talk), People.server.key.info);
    talk.session.send('a reading');
    assert.equal(await talk.hears(), 'a reading');
  });

  // requirements C-11
  test('gnutls-cli with a key that we do not know', async (t) => {
    const server = ourServer(t), peer = client(t, server.port, STRANGER);
    const error = await (await server.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NOT_TRUSTED');
    assert.equal(error.alert, 'handshake_failure');
    await peer.says(/Received alert \[40\]/);
  });

  test('gnutls-serv with a key that we do not know', async (t) => {
    const { peer, port } = await server(t);
    const error = await ourClient(t, port, People.client, STRANGER).fails();
    assert.equal(error.code, 'ERR_DTLS_NOT_TRUSTED');
    assert.equal(error.alert, 'handshake_failure');
    await peer.says(/A TLS fatal alert has been received/);
  });
});

suite('BouncyCastle', BouncyCastle.bouncycastle, 'raw public keys', () => {
  test('its client, mutual', async (t) => {
    const server = ourServer(t);
    const peer = BouncyCastle.client(t, server.port, ECDHE_ECDSA_CCM_8, ...told(t, People.client, People.server));
    const talk = await server.accepts();
    await talk.opened();
    assert.deepEqual(der(talk), People.client.key.info);
    peer.write('a reading');
    await peer.says(/MESSAGE a reading/);
  });

  test('its server', async (t) => {
    const { peer, port } = await BouncyCastle.server(t, ECDHE_ECDSA_CCM_8, ...told(t, People.server, People.client));
    const talk = ourClient(t, port);
    await talk.opened();
    assert.deepEqual(der(talk), People.server.key.info);
    talk.session.send('a reading');
    await peer.says(/MESSAGE a reading/);
  });

  test('its client does not know our key', async (t) => {
    const server = ourServer(t);
    BouncyCastle.client(t, server.port, ECDHE_ECDSA_CCM_8, ...told(t, People.client, STRANGER));
    assert.equal((await (await server.accepts()).fails()).alert, 'bad_certificate');
  });
});
