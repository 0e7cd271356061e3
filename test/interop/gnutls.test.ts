// GnuTLS's gnutls-cli and gnutls-serv.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, client, priority, server } from './gnutls.js';
import { dial, serve } from './ours.js';
import { HEX, IDENTITY, KEY, suite } from './peers.js';

/** Our names of the suites, and GnuTLS's of their ciphers. */
const SUITES = { 'PSK-AES128-CCM8': 'AES-128-CCM-8', 'PSK-AES128-CCM': 'AES-128-CCM', 'PSK-AES128-GCM-SHA256': 'AES-128-GCM' };
const ALL = Object.keys(SUITES).join(':');
const WRONG = Buffer.from('not the key');

suite('GnuTLS', cli, 'conversations', () => {
  for (const [name, cipher] of Object.entries(SUITES)) {
    test(`gnutls-cli, ${name}: echo, and its close_notify`, async (t) => {
      const ours = serve(t, { ciphers: ALL });
      const peer = client(t, ours.port, priority(cipher));
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      await peer.says(new RegExp(`\\(PSK\\)-\\(${cipher}\\)[^]*extended master secret, safe renegotiation`));
      await peer.says(/Simple Client Mode/);
      peer.write('a reading');
      assert.equal(await talk.hears(), 'a reading\n');
      await peer.says(/a reading/);
      peer.hangUp();
      assert.equal(await talk.ends(), null);
      assert.equal(await peer.ends(), 0);
    });

    test(`gnutls-serv, ${name}: echo, and our close_notify`, async (t) => {
      const { port } = await server(t, priority(cipher));
      const talk = dial(t, port, { ciphers: ALL });
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      talk.session.send('a reading');
      assert.equal(await talk.hears(), 'a reading');
      await talk.session.close();
      await dial(t, port, { ciphers: ALL }).opened(); // it serves one at a time: it has understood
    });
  }

  test('gnutls-cli: our close_notify', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port);
    const talk = await ours.accepts();
    await peer.says(/Simple Client Mode/);
    await talk.session.close();
    await peer.says(/Peer has closed the GnuTLS connection/);
    assert.equal(await peer.ends(), 0);
  });
});

suite('GnuTLS', cli, 'cookies, sizes and hints', () => {
  test('gnutls-serv without a cookie: no HelloVerifyRequest', async (t) => {
    const { port } = await server(t, priority(), '--nocookie');
    const talk = dial(t, port);
    await talk.opened();
    talk.session.send('a reading');
    assert.equal(await talk.hears(), 'a reading');
  });

  test('gnutls-cli: messages of all kinds of size, up to the longest', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port);
    const talk = await ours.accepts();
    await peer.says(/Simple Client Mode/);
    for (const size of [1, 15, 16, 17, 255, 256, 1000, talk.session.maxPayload]) {
      talk.session.send(`${'x'.repeat(size - 1)}.`);
      const [message] = await peer.says(/x*\./);
      assert.equal(message.length, size);
    }
  });

  // 4279-2-2, 4279-5.2-1
  test('gnutls-cli: our identity hint', async (t) => {
    const ours = serve(t, { pskIdentityHint: 'gateway' });
    const peer = client(t, ours.port);
    await peer.says(/PSK hint 'gateway'/);
  });

  test('gnutls-serv: its identity hint', async (t) => {
    const { port } = await server(t, priority(), '--pskhint', 'gateway');
    const hints: (string | null)[] = [];
    const psk = (hint: string | null) => (hints.push(hint), { identity: IDENTITY, key: KEY });
    await dial(t, port, { psk }).opened();
    assert.deepEqual(hints, ['gateway']);
  });
});

suite('GnuTLS', cli, 'refusals', () => {
  // requirements C-12: the third Finished that fails
  test('gnutls-cli with a wrong key', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, priority(), '--pskusername', IDENTITY, '--pskkey', WRONG.toString('hex'));
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    assert.equal(error.alert, 'decrypt_error');
    await peer.says(/Received alert \[51\]: Decrypt error/);
    assert.equal(await peer.ends(), 1);
  });

  // requirements C-12, 4279-2-3: it drops what it cannot verify, and treats an unknown identity like a wrong key
  for (const psk of [{ identity: IDENTITY, key: WRONG }, { identity: 'stranger', key: KEY }]) {
    test(`gnutls-serv, when our ${psk.key === WRONG ? 'key is wrong' : 'identity is unknown'}`, async (t) => {
      const { port } = await server(t);
      const talk = dial(t, port, { psk, handshakeTimeout: 1500, retransmit: { initialMs: 100 } });
      const error = await talk.fails();
      assert.deepEqual(talk.warnings.map(({ code }) => code), ['ERR_DTLS_WRONG_KEY']);
      assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
      assert.match(error.hint, /pre-shared key/);
    });
  }

  // 7925-6-4
  test('gnutls-cli with an unknown identity', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, priority(), '--pskusername', 'stranger', '--pskkey', HEX);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(error.alert, 'decrypt_error');
    await peer.says(/Received alert \[51\]: Decrypt error/);
  });

  // 6347-4.2.7-1: GnuTLS heeds only the second alert, after it has sent its hello again
  test('gnutls-cli without a common suite', async (t) => {
    const ours = serve(t, { ciphers: 'PSK-AES128-CCM' });
    const peer = client(t, ours.port);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_COMMON_CIPHER');
    assert.equal(error.alert, 'handshake_failure');
    await peer.says(/Received alert \[40\]: Handshake failed/);
  });

  test('gnutls-serv without a common suite: it says nothing', async (t) => {
    const { peer, port } = await server(t);
    const error = await dial(t, port, { ciphers: 'PSK-AES128-CCM', handshakeTimeout: 500 }).fails();
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    await peer.says(/No supported cipher suites/);
  });
});

suite('GnuTLS', cli, 'extended master secret and renegotiation', () => {
  // 7627-5.2-1
  test('gnutls-cli without the extended master secret: served, unless it is required', async (t) => {
    const old = priority(undefined, ':%NO_SESSION_HASH');
    const lenient = serve(t), strict = serve(t, { extendedMasterSecret: 'require' });
    const peer = client(t, lenient.port, old);
    const talk = await lenient.accepts();
    await talk.opened();
    assert.equal(talk.session.extendedMasterSecret, false);
    await peer.says(/Simple Client Mode/);
    peer.write('a reading');
    await peer.says(/a reading/);
    const refused = client(t, strict.port, old);
    const error = await (await strict.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
    assert.equal(await refused.ends(), 1);
  });

  test('gnutls-serv without the extended master secret: used, unless it is required', async (t) => {
    const { port } = await server(t, priority(undefined, ':%NO_SESSION_HASH'));
    const talk = dial(t, port);
    await talk.opened();
    assert.equal(talk.session.extendedMasterSecret, false);
    talk.session.send('a reading');
    assert.equal(await talk.hears(), 'a reading');
    await talk.session.close();
    const error = await dial(t, port, { extendedMasterSecret: 'require' }).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
  });

  // 7925-17-1
  test('gnutls-cli asks for renegotiation: refused, and the association lives', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, priority(), '--rehandshake', '--verbose');
    const talk = await ours.accepts();
    await peer.says(/warning alert has been received/);
    talk.session.send('still here');
    assert.equal(talk.session.destroyed, false);
  });
});
