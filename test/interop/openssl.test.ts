// OpenSSL's s_client and s_server, which hold much of the world's DTLS. s_server -listen serves one client and ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, openssl, server } from './openssl.js';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';

const SUITES = ['PSK-AES128-CCM8', 'PSK-AES128-CCM', 'PSK-AES128-GCM-SHA256'];
const WRONG = Buffer.from('not the key');

suite('OpenSSL', openssl, 'conversations', () => {
  for (const cipher of SUITES) {
    test(`s_client, ${cipher}: echo, and its close_notify`, async (t) => {
      const ours = serve(t, { ciphers: SUITES.join(':') });
      const peer = client(t, ours.port, cipher);
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, cipher);
      assert.equal(talk.session.pskIdentity, IDENTITY);
      assert.ok(talk.session.extendedMasterSecret);
      await peer.says(new RegExp(`Cipher is ${cipher}[^]*Renegotiation IS supported[^]*master secret: yes`));
      peer.write('a reading');
      assert.equal(await talk.hears(), 'a reading\n');
      await peer.says(/a reading/);
      peer.write('Q');
      assert.equal(await talk.ends(), null);
      assert.equal(await peer.ends(), 0);
    });

    test(`s_server, ${cipher}: messages both ways, and our close_notify`, async (t) => {
      const { peer, port } = await server(t, cipher, '-listen');
      const talk = dial(t, port, { ciphers: SUITES.join(':') });
      await talk.opened();
      assert.equal(talk.session.cipher?.name, cipher);
      assert.ok(talk.session.extendedMasterSecret);
      await peer.says(new RegExp(`CIPHER is ${cipher}`));
      talk.session.send('a reading\n');
      await peer.says(/a reading/);
      peer.write('an answer');
      assert.equal(await talk.hears(), 'an answer\n');
      await talk.session.close();
      await peer.says(/DONE/);
    });
  }

  test('s_client: our close_notify', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port);
    const talk = await ours.accepts();
    await talk.opened();
    await peer.says(/master secret: yes/);
    await talk.session.close();
    await peer.says(/closed/);
    assert.equal(await peer.ends(), 0);
  });
});

suite('OpenSSL', openssl, 'cookies and hints', () => {
  test('s_server without a cookie: no HelloVerifyRequest', async (t) => {
    const { peer, port } = await server(t);
    const talk = dial(t, port);
    await talk.opened();
    talk.session.send('a reading\n');
    await peer.says(/a reading/);
  });

  // 4279-2-2, 4279-5.2-1
  test('s_client: our identity hint', async (t) => {
    const ours = serve(t, { pskIdentityHint: 'gateway' });
    const peer = client(t, ours.port);
    await peer.says(/PSK identity hint: gateway/);
  });

  test('s_server: its identity hint', async (t) => {
    const { port } = await server(t, undefined, '-listen', '-psk_hint', 'gateway');
    const hints: (string | null)[] = [];
    const talk = dial(t, port, {
      psk: async (hint) => {
        hints.push(hint);
        return { identity: IDENTITY, key: KEY };
      },
    });
    await talk.opened();
    assert.deepEqual(hints, ['gateway']);
  });
});

suite('OpenSSL', openssl, 'refusals', () => {
  // requirements C-12: the third Finished that fails
  test('s_client with a wrong key', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, undefined, '-psk', WRONG.toString('hex'));
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    assert.equal(error.alert, 'decrypt_error');
    await peer.says(/alert decrypt error/);
    assert.equal(await peer.ends(), 1);
  });

  // requirements C-12: the peer drops what it cannot verify, as 6347-4.1.2.7-1 asks
  test('s_server, when our key is wrong', async (t) => {
    const { port } = await server(t, undefined, '-listen');
    const talk = dial(t, port, {
      psk: { identity: IDENTITY, key: WRONG }, handshakeTimeout: 1500, retransmit: { initialMs: 100 },
    });
    const error = await talk.fails();
    assert.deepEqual(talk.warnings.map(({ code }) => code), ['ERR_DTLS_WRONG_KEY']);
    assert.equal(error.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.match(error.hint, /pre-shared key/);
  });

  // 7925-6-4
  test('s_client with an unknown identity', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, undefined, '-psk_identity', 'stranger');
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(error.alert, 'decrypt_error');
    await peer.says(/alert decrypt error/);
  });

  test('s_client without a common suite', async (t) => {
    const ours = serve(t, { ciphers: SUITES[1]! });
    const peer = client(t, ours.port);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_COMMON_CIPHER');
    assert.equal(error.alert, 'handshake_failure');
    await peer.says(/alert handshake failure/);
  });

  // 7925-18-3
  test('s_client with DTLS 1.0', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, 'PSK-AES128-CBC-SHA', '-dtls1');
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_NO_COMMON_VERSION');
    assert.equal(error.alert, 'protocol_version');
    await peer.says(/alert protocol version/);
  });

  test('s_server without a common suite', async (t) => {
    const { port } = await server(t, undefined, '-listen');
    const error = await dial(t, port, { ciphers: SUITES[1]! }).fails();
    assert.equal(error.alert, 'handshake_failure');
    assert.match(error.hint, /ciphers/);
  });
});

suite('OpenSSL', openssl, 'renegotiation and reboots', () => {
  // 7925-17-1, 7925-17-2: no_renegotiation is a warning, but OpenSSL ends on it
  test('s_client asks for renegotiation', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port);
    const talk = await ours.accepts();
    await peer.says(/master secret: yes/);
    peer.write('R');
    await peer.says(/dtls1_read_bytes:no renegotiation/);
    assert.equal((await talk.ends())?.alert, 'handshake_failure');
  });

  test('s_server asks for renegotiation', async (t) => {
    const { peer, port } = await server(t, undefined, '-listen');
    const talk = dial(t, port);
    await talk.opened();
    await peer.says(/CIPHER is/);
    peer.write('r');
    await peer.says(/dtls1_read_bytes:no renegotiation/);
    assert.equal((await talk.ends())?.alert, 'handshake_failure');
  });

  // 6347-4.2.8-1: the reboot is at once, without a word, from the same address and port
  test('s_client reboots', async (t) => {
    const ours = serve(t);
    const first = client(t, ours.port);
    const old = await ours.accepts();
    await old.opened();
    await first.says(/master secret: yes/);
    await first.stop();
    const { address, port } = old.session.remoteAddress!;
    const second = client(t, ours.port, undefined, '-bind', `${address}:${port}`);
    const talk = await ours.accepts();
    await talk.opened();
    assert.equal(await old.ends(), null);
    assert.deepEqual(talk.session.remoteAddress, { address, port, family: 'IPv4' });
    second.write('a reading');
    assert.equal(await talk.hears(), 'a reading\n');
    await second.says(/a reading/);
  });
});
