// CoAP over DTLS with libcoap's certificates, over GnuTLS and over OpenSSL, and with its raw public keys, which GnuTLS alone has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { endCertificate } from '../certificates/factory.js';
import { p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import type { Credential } from '../sim/peer/options.js';
import { certificateFile, chainOf, credentialFiles, keyOf } from './keys.js';
import { coapClient, ourClient, serveTree, startCoapServer } from './libcoap.js';
import { find, suite } from './peers.js';

const LOCAL: Credential =
  { key: p256('localhost'), certificates: [endCertificate('localhost', p256('localhost'), People.root)] };
const STRANGER: Credential = { key: p256('stranger'), certificates: [] };

/** How libcoap shows a certificate, and asks for one. */
function shown(t: TestContext, own: Credential): string[] {
  const { chain, key } = credentialFiles(t, own), root = certificateFile(t, People.rootCertificate);
  return ['-c', chain, '-j', key, '-C', root, '-R', root];
}

const ours = (own: Credential) => ({ cert: chainOf(own.certificates), key: keyOf(own), ca: chainOf([People.rootCertificate]) });
const ourRawKey = (own: Credential, { key }: Credential) => ({ key: keyOf(own), rawPublicKey: true, peerKeys: key.info });

for (const backend of ['openssl', 'gnutls']) {
  const client = find(`coap-client-${backend}`, [], 'libcoap3-bin');
  const server = find(`coap-server-${backend}`, ['-h'], 'libcoap3-bin');

  suite('libcoap', client, `certificates over ${backend}`, () => {
    test('its client, mutual', async (t) => {
      const port = await serveTree(t, undefined, { listen: { ...ours(LOCAL), requestCert: true } });
      const peer = coapClient(t, client, `coaps://localhost:${port}/.well-known/core`, shown(t, People.client));
      await peer.says(/<\/time>;rt="time"/);
    });

    test('its server, mutual', async (t) => {
      const dtls = { connect: { ...ours(People.client), servername: 'localhost' } };
      const ask = ourClient(t, await startCoapServer(t, server, shown(t, LOCAL)), dtls);
      assert.match(String((await ask({ pathname: '/' })).payload), /libcoap/);
    });
  });
}

const client = find('coap-client-gnutls', [], 'libcoap3-bin'), server = find('coap-server-gnutls', ['-h'], 'libcoap3-bin');

suite('libcoap', client, 'raw public keys', () => {
  const shownRaw = (t: TestContext, own: Credential) => ['-M', credentialFiles(t, own).sec1];

  test('its client, mutual', async (t) => {
    const port = await serveTree(t, undefined, { listen: { ...ourRawKey(LOCAL, People.client), requestCert: true } });
    const peer = coapClient(t, client, `coaps://localhost:${port}/.well-known/core`, shownRaw(t, People.client));
    await peer.says(/<\/time>;rt="time"/);
  });

  test('its client with a key that we do not know', async (t) => {
    const port = await serveTree(t, undefined, { listen: { ...ourRawKey(LOCAL, STRANGER), requestCert: true } });
    const peer = coapClient(t, client, `coaps://localhost:${port}/`, shownRaw(t, People.client), '-v', '7');
    await peer.says(/alert .*handshake failed/i);
  });

  test('its server, mutual', async (t) => {
    const dtls = { connect: ourRawKey(People.client, LOCAL) };
    const ask = ourClient(t, await startCoapServer(t, server, shownRaw(t, LOCAL)), dtls);
    assert.match(String((await ask({ pathname: '/' })).payload), /libcoap/);
  });
});
