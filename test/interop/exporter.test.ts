// Keying material for other protocols (RFC 5705) that OpenSSL and mbedTLS export, too; they have no word for a context.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ListenOptions } from '../../host/node/index.js';
import { folder } from './keys.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { dial, serve } from './ours.js';
import type { Talk } from './ours.js';
import type { Peer } from './peers.js';
import { suite } from './peers.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { MBEDTLS, OPENSSL } from './stacks.js';

const LABEL = 'EXPORTER-thimble', LENGTH = 77;

/** Ours is what the peer has printed. */
async function assertSame(talk: Talk, peer: Peer, printed: RegExp): Promise<void> {
  await talk.opened();
  const [, theirs = ''] = await peer.says(printed);
  assert.equal(talk.session.exportKeyingMaterial(LENGTH, LABEL).toString('hex'), theirs.toLowerCase());
  assert.equal(theirs.length, 2 * LENGTH);
}

// 5705-4-1
suite('OpenSSL', openssl.openssl, 'the exporter', () => {
  const OPTIONS = ['-keymatexport', LABEL, '-keymatexportlen', `${LENGTH}`], PRINTED = /Keying material: ([\dA-F]+)\n/;

  test('s_client, and once more with the session resumed', async (t) => {
    const ours = serve(t), file = join(folder(t), 'session.pem');
    const seen = new Set<string>();
    for (const where of ['-sess_out', '-sess_in']) {
      const peer = openssl.client(t, ours.port, undefined, ...OPTIONS, where, file);
      const talk = await ours.accepts();
      await assertSame(talk, peer, PRINTED);
      assert.equal(talk.session.reused, where === '-sess_in');
      seen.add(talk.session.exportKeyingMaterial(LENGTH, LABEL).toString('hex'));
      peer.write('Q');
      assert.equal(await peer.ends(), 0);
    }
    assert.equal(seen.size, 2);
  });

  test('s_client with certificates', async (t) => {
    const ours = serve(t, ourServer(MUTUAL));
    const peer = OPENSSL.client(t, ours.port, theirClient(MUTUAL), ...OPTIONS);
    await assertSame(await ours.accepts(), peer, PRINTED);
  });

  test('s_server', async (t) => {
    const { peer, port } = await openssl.server(t, undefined, '-listen', ...OPTIONS);
    await assertSame(dial(t, port), peer, PRINTED);
  });

  test('s_server with certificates', async (t) => {
    const { peer, port } = await OPENSSL.server(t, theirServer(MUTUAL), ...OPTIONS);
    await assertSame(dial(t, port, ourClient(MUTUAL)), peer, PRINTED);
  });
});

// Its ssl_server2 crashes as it exports, for its own client, too.
suite('mbedTLS', mbedtls.mbedtls.client, 'the exporter', () => {
  const OPTIONS = [`exp_label=${LABEL}`, `exp_len=${LENGTH}`], PRINTED = new RegExp(`with label "${LABEL}": 0x([\\dA-F]+)\n`);

  // 5705-4-1
  for (const [what, client, options] of [
    ['a pre-shared key', mbedtls.client, {}],
    ['certificates', (t, port, ...more) => MBEDTLS.client(t, port, theirClient(MUTUAL), ...more), ourServer(MUTUAL)],
  ] as [string, typeof mbedtls.client, Partial<ListenOptions>][]) {
    test(`ssl_client2 with ${what}`, async (t) => {
      const ours = serve(t, options), peer = client(t, ours.port, ...OPTIONS);
      const talk = await ours.accepts();
      talk.session.onmessage = undefined; // it waits for an answer
      await assertSame(talk, peer, PRINTED);
    });
  }

  // 7627-5.4-1
  test('without the extended master secret nothing is exported', async (t) => {
    const ours = serve(t);
    mbedtls.client(t, ours.port, 'extended_ms=0');
    const talk = await ours.accepts();
    talk.session.onmessage = undefined;
    await talk.opened();
    assert.throws(() => talk.session.exportKeyingMaterial(LENGTH, LABEL), { code: 'ERR_DTLS_NO_EXPORTER' });
  });
});
