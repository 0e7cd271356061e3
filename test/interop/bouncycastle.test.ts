// BouncyCastle, the only packaged peer that has ECDHE_PSK with CCM_8 and GCM.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bouncycastle, client, server } from './bouncycastle.js';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';

const SUITES = {
  'PSK-AES128-CCM8': 0xc0a8,
  'PSK-AES128-CCM': 0xc0a4,
  'PSK-AES128-GCM-SHA256': 0x00a8,
  'ECDHE-PSK-AES128-CCM8': 0xd003,
  'ECDHE-PSK-AES128-CCM': 0xd005,
  'ECDHE-PSK-AES128-GCM-SHA256': 0xd001,
};
const ALL = Object.keys(SUITES).join(':');

suite('BouncyCastle', bouncycastle, 'conversations', () => {
  for (const [name, number] of Object.entries(SUITES)) {
    test(`as a client, ${name}: our hint, echo, and its close_notify`, async (t) => {
      const ours = serve(t, { ciphers: ALL, pskIdentityHint: 'gateway' });
      const peer = client(t, ours.port, number);
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.equal(talk.session.pskIdentity, IDENTITY);
      assert.ok(talk.session.extendedMasterSecret);
      await peer.says(/HINT gateway[^]*CONNECTED/);
      peer.write('a reading');
      await peer.says(/MESSAGE a reading/);
      peer.hangUp();
      assert.equal(await talk.ends(), null);
      assert.equal(await peer.ends(), 0);
    });

    test(`as a server, ${name}: its hint, messages both ways, and our close_notify`, async (t) => {
      const { peer, port } = await server(t, number, 'hint=gateway');
      const hints: (string | null)[] = [];
      const psk = (hint: string | null) => (hints.push(hint), { identity: IDENTITY, key: KEY });
      const talk = dial(t, port, { ciphers: ALL, psk });
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      assert.deepEqual(hints, ['gateway']);
      talk.session.send('a reading');
      await peer.says(/MESSAGE a reading/);
      peer.write('an answer');
      assert.equal(await talk.hears(), 'an answer');
      await talk.session.close();
      await peer.says(/RECEIVED ALERT close_notify/);
      assert.equal(await peer.ends(), 0);
    });
  }
});

suite('BouncyCastle', bouncycastle, 'refusals', () => {
  // requirements C-12: the third Finished that fails
  test('as a client with a wrong key', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, SUITES['PSK-AES128-CCM8'], 'psk=00112233');
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    await peer.says(/RECEIVED ALERT decrypt_error/);
  });

  test('as a server, when our identity is unknown', async (t) => {
    const { port } = await server(t, SUITES['PSK-AES128-CCM8']);
    const error = await dial(t, port, { psk: { identity: 'stranger', key: KEY } }).fails();
    assert.equal(error.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(error.alert, 'unknown_psk_identity');
  });

  test('as a client without a common suite', async (t) => {
    const ours = serve(t, { ciphers: 'PSK-AES128-CCM' });
    const peer = client(t, ours.port, SUITES['PSK-AES128-CCM8']);
    assert.equal((await (await ours.accepts()).fails()).code, 'ERR_DTLS_NO_COMMON_CIPHER');
    await peer.says(/RECEIVED ALERT handshake_failure/);
  });
});
