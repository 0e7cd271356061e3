// node-dtls-client as a client: no extended master secret, no retransmission, one handshake message a record.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { dtls } from 'node-dtls-client';
import { serve } from './ours.js';
import type { Server } from './ours.js';
import { IDENTITY, KEY, within } from './peers.js';

const SUITES = {
  'PSK-AES128-CCM8': 'TLS_PSK_WITH_AES_128_CCM_8',
  'PSK-AES128-CCM': 'TLS_PSK_WITH_AES_128_CCM',
  'PSK-AES128-GCM-SHA256': 'TLS_PSK_WITH_AES_128_GCM_SHA256',
} as const;

/** A client, with more patience than its own second. */
function client({ port }: Server, options: Partial<dtls.Options> = {}): dtls.Socket {
  const psk = { [IDENTITY]: KEY };
  return dtls.createSocket({ type: 'udp4', address: '127.0.0.1', port, psk, timeout: 15_000, ...options });
}

describe('node-dtls-client', { concurrency: true }, () => {
  for (const [name, theirs] of Object.entries(SUITES)) {
    test(`${name}: echo, and its close_notify`, async (t) => {
      const server = serve(t, { ciphers: Object.keys(SUITES).join(':') });
      const socket = client(server, { ciphers: [theirs] });
      await within('its handshake', once(socket, 'connected'));
      const talk = await server.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.equal(talk.session.extendedMasterSecret, false);
      assert.equal(talk.session.stats.retransmitCount, 0n);
      socket.send(Buffer.from('a reading'));
      const [message] = await within('an answer', once(socket, 'message'));
      assert.equal(String(message), 'a reading');
      socket.close();
      assert.equal(await talk.ends(), null);
    });
  }

  test('all of its suites at once', async (t) => {
    const server = serve(t);
    const socket = client(server);
    await within('its handshake', once(socket, 'connected'));
    const closed = once(socket, 'close');
    await (await server.accepts()).session.close();
    await within('its end', closed);
  });

  // 7627-5.2-1
  test('refused where the extended master secret is required', async (t) => {
    const server = serve(t, { extendedMasterSecret: 'require' });
    const [error] = await within('its error', once(client(server), 'error'));
    assert.match(error.message, /HANDSHAKE_FAILURE/i);
    assert.equal((await (await server.accepts()).fails()).code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
  });

  // 7925-6-4
  test('with an unknown identity', async (t) => {
    const server = serve(t);
    const [error] = await within('its error', once(client(server, { psk: { stranger: KEY } }), 'error'));
    assert.match(error.message, /DECRYPT_ERROR/i);
    assert.equal((await (await server.accepts()).fails()).code, 'ERR_DTLS_UNKNOWN_IDENTITY');
  });

  // It sends its Finished once, so there is no third one to fail: both sides time out.
  test('with a wrong key', async (t) => {
    const server = serve(t, { handshakeTimeout: 1500 });
    const socket = client(server, { psk: { [IDENTITY]: Buffer.from('not the key') }, timeout: 3000 });
    const [error] = await within('its error', once(socket, 'error'));
    assert.match(error.message, /timed out/);
    const ours = await (await server.accepts()).fails();
    assert.equal(ours.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.match(ours.hint, /pre-shared key/);
  });

  test('without a common suite', async (t) => {
    const server = serve(t, { ciphers: 'PSK-AES128-CCM8' });
    const [error] = await within('its error', once(client(server, { ciphers: [SUITES['PSK-AES128-CCM']] }), 'error'));
    assert.match(error.message, /HANDSHAKE_FAILURE/i);
    assert.equal((await (await server.accepts()).fails()).code, 'ERR_DTLS_NO_COMMON_CIPHER');
  });
});
