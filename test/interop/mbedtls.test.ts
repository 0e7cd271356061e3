// mbedTLS's ssl_client2 and ssl_server2. The client sends a request, reads the answer and closes; the server the reverse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, mbedtls, server } from './mbedtls.js';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';

/** Our names of the suites, and mbedTLS's. */
const SUITES = {
  'PSK-AES128-CCM8': 'TLS-PSK-WITH-AES-128-CCM-8',
  'PSK-AES128-CCM': 'TLS-PSK-WITH-AES-128-CCM',
  'PSK-AES128-GCM-SHA256': 'TLS-PSK-WITH-AES-128-GCM-SHA256',
};
const ALL = Object.keys(SUITES).join(':');
const WRONG = Buffer.from('not the key');

suite('mbedTLS', mbedtls.client, 'conversations', () => {
  for (const [name, theirs] of Object.entries(SUITES)) {
    test(`ssl_client2, ${name}: echo, and its close_notify`, async (t) => {
      const ours = serve(t, { ciphers: ALL });
      const peer = client(t, ours.port, `force_ciphersuite=${theirs}`);
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      assert.match(await talk.hears(), /^GET \/ /);
      await peer.says(new RegExp(`Ciphersuite is ${theirs}[^]*Read from server: \\d+ bytes read[^]*GET / `));
      assert.equal(await talk.ends(), null);
      assert.equal(await peer.ends(), 0);
    });

    test(`ssl_server2, ${name}: messages both ways, and its close_notify`, async (t) => {
      const { peer, port } = await server(t, `force_ciphersuite=${theirs}`);
      const talk = dial(t, port, { ciphers: ALL });
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      talk.session.send('a reading');
      await peer.says(/a reading/);
      assert.match(await talk.hears(), /^HTTP\/1\.0 200 OK/);
      assert.equal(await talk.ends(), null);
    });
  }

  test('ssl_client2: our close_notify', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, 'exchanges=2');
    const talk = await ours.accepts();
    await talk.hears();
    await talk.session.close();
    await peer.says(/connection was closed gracefully/);
  });

  test('ssl_server2: our close_notify', async (t) => {
    const { peer, port } = await server(t);
    const talk = dial(t, port);
    await talk.opened();
    await talk.session.close();
    await peer.says(/connection was closed gracefully/);
  });

  test('ssl_server2 without cookies: no HelloVerifyRequest', async (t) => {
    const { port } = await server(t, 'cookies=0');
    await dial(t, port).opened();
  });

  test('one record a datagram, both ways', async (t) => {
    const { port } = await server(t, 'dgram_packing=0');
    await dial(t, port).opened();
    const ours = serve(t);
    const peer = client(t, ours.port, 'dgram_packing=0');
    assert.equal(await peer.ends(), 0);
  });

  // 5246-7.4.1.4-1
  test('ssl_client2 offers extensions that are not known here', async (t) => {
    const ours = serve(t, { pskIdentityHint: 'gateway' });
    const peer = client(t, ours.port, 'cid=1', 'cid_val=beef', 'max_frag_len=512', 'alpn=coap', 'tickets=1');
    assert.equal(await peer.ends(), 0);
  });
});

suite('mbedTLS', mbedtls.client, 'refusals', () => {
  // requirements C-12: the third Finished that fails
  test('ssl_client2 with a wrong key', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, `psk=${WRONG.toString('hex')}`);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    assert.equal(error.alert, 'decrypt_error');
    await peer.says(/A fatal alert message was received/);
  });

  // it says so at once
  test('ssl_server2, when our key is wrong', async (t) => {
    const { port } = await server(t);
    const error = await dial(t, port, { psk: { identity: IDENTITY, key: WRONG } }).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    assert.equal(error.alert, 'bad_record_mac');
    assert.match(error.hint, /pre-shared key/);
  });

  // 7925-6-4
  test('ssl_client2 with an unknown identity', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, 'psk_identity=stranger');
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    await peer.says(/A fatal alert message was received/);
  });

  test('ssl_server2, when our identity is unknown', async (t) => {
    const { port } = await server(t);
    const error = await dial(t, port, { psk: { identity: 'stranger', key: KEY } }).fails();
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(error.alert, 'unknown_psk_identity');
  });

  test('ssl_client2 without a common suite', async (t) => {
    const ours = serve(t, { ciphers: 'PSK-AES128-CCM' });
    const peer = client(t, ours.port);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_COMMON_CIPHER');
    await peer.says(/A fatal alert message was received/);
  });

  test('ssl_server2 without a common suite', async (t) => {
    const { port } = await server(t);
    const error = await dial(t, port, { ciphers: 'PSK-AES128-CCM' }).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_COMMON_CIPHER');
    assert.equal(error.alert, 'handshake_failure');
  });
});

suite('mbedTLS', mbedtls.client, 'extended master secret and renegotiation', () => {
  // 7627-5.2-1
  test('ssl_client2 without the extended master secret: served, unless it is required', async (t) => {
    const lenient = serve(t), strict = serve(t, { extendedMasterSecret: 'require' });
    const peer = client(t, lenient.port, 'extended_ms=0');
    const talk = await lenient.accepts();
    await talk.opened();
    assert.equal(talk.session.extendedMasterSecret, false);
    assert.equal(await peer.ends(), 0);
    const refused = client(t, strict.port, 'extended_ms=0');
    const error = await (await strict.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
    assert.equal(error.alert, 'handshake_failure');
    assert.equal(await refused.ends(), 1);
  });

  test('ssl_server2 without the extended master secret: used, unless it is required', async (t) => {
    const { port } = await server(t, 'extended_ms=0');
    const talk = dial(t, port);
    await talk.opened();
    assert.equal(talk.session.extendedMasterSecret, false);
    talk.session.send('a reading');
    assert.match(await talk.hears(), /200 OK/);
    const error = await dial(t, port, { extendedMasterSecret: 'require' }).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
  });

  // 7925-17-1; the client gives up without a word
  test('ssl_client2 asks for renegotiation: refused, and the association lives', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, 'renegotiation=1', 'renegotiate=1', 'debug_level=2');
    const talk = await ours.accepts();
    await peer.says(/is a no renegotiation alert/);
    await peer.ends();
    assert.equal(talk.session.destroyed, false);
  });

  // 7925-17-2
  test('ssl_server2 asks for renegotiation: refused, and the association lives', async (t) => {
    const { peer, port } = await server(t, 'renegotiation=1', 'renegotiate=1', 'exchanges=2', 'debug_level=2');
    const talk = dial(t, port);
    await talk.opened();
    talk.session.send('a reading');
    await talk.hears();
    await peer.says(/Requestion renegotiation/);
    talk.session.send('another one');
    await talk.hears();
    await peer.says(/is a no renegotiation alert[^]*another one/);
    assert.equal(await talk.ends(), null);
  });
});

suite('mbedTLS', mbedtls.client, 'reboots', () => {
  // 6347-4.2.8-1: the reboot is at once, without a word, from the same address and port
  test('ssl_client2 reboots', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, 'reconnect_hard=1');
    const old = await ours.accepts(), talk = await ours.accepts();
    await talk.opened();
    assert.equal(await old.ends(), null);
    assert.equal(await peer.ends(), 0);
  });

  test('we reboot', async (t) => {
    const { port } = await server(t, 'exchanges=3');
    const first = dial(t, port, { bindHost: '127.0.0.1' });
    await first.opened();
    const bindPort = first.session.endpoint.address!.port;
    first.session.destroy();
    await first.session.endpoint.closed;
    const second = dial(t, port, { bindHost: '127.0.0.1', bindPort });
    await second.opened();
    second.session.send('a reading');
    assert.match(await second.hears(), /200 OK/);
  });
});
