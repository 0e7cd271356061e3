// werift, all TypeScript: ECDHE_ECDSA with GCM is all that it has. Its client verifies nothing, as WebRTC compares fingerprints.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import * as People from '../certificates/people.js';
import { chainOf, keyOf } from './keys.js';
import { dial, serve } from './ours.js';
import { client, server } from './werift.js';

const CIPHER = 'ECDHE-ECDSA-AES128-GCM-SHA256';
const ROOT = chainOf([People.rootCertificate]);
/** It reads one certificate, and sends one: no chain. */
const theirs = (own: typeof People.client) =>
  ({ cert: chainOf(own.certificates.slice(0, 1)), key: keyOf(own), extendedMasterSecret: true });
const shown = (own: typeof People.client) => ({ cert: chainOf(own.certificates), key: keyOf(own) });

describe('werift', () => {
  for (const isMutual of [false, true]) {
    const how = isMutual ? 'mutual' : 'one-sided';
    test(`its client, ${how}`, async (t) => {
      const ours = serve(t, { psk: undefined, ciphers: CIPHER, ...shown(People.server),
        ...(isMutual ? { requestCert: true, ca: ROOT } : {}) });
      const peer = await client(t, ours.port, { ...theirs(People.client), certificateRequest: isMutual });
      await peer.connected();
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, CIPHER);
      assert.ok(talk.session.extendedMasterSecret);
      assert.deepEqual(talk.session.peerX509Certificate?.raw, isMutual ? People.client.certificates[0] : undefined);
      await peer.end.send(Buffer.from('a reading'));
      assert.equal(await peer.hears(), 'a reading');
    });

    test(`its server, ${how}`, async (t) => {
      const { werift, port } = await server(t, { ...theirs(People.client), certificateRequest: isMutual });
      const peerKeys = new X509Certificate(People.client.certificates[0]!).fingerprint256;
      const talk = dial(t, port, { psk: undefined, ciphers: CIPHER, peerKeys, ...shown(People.client) });
      await talk.opened();
      assert.ok(talk.session.extendedMasterSecret);
      assert.deepEqual(talk.session.peerX509Certificate?.raw, People.client.certificates[0]);
      talk.session.send('a reading');
      assert.equal(await werift.hears(), 'a reading');
      if (isMutual) assert.deepEqual(werift.end.remoteCertificate, People.client.certificates[0]);
    });
  }
});
