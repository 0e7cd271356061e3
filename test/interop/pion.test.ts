// pion, which is behind many a WebRTC server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';
import { client, pion, server } from './pion.js';

const SUITES = {
  'PSK-AES128-CCM8': 0xc0a8,
  'PSK-AES128-CCM': 0xc0a4,
  'PSK-AES128-GCM-SHA256': 0x00a8,
};
const ALL = Object.keys(SUITES).join(':');
const PSK = ['-psk', KEY.toString(), '-identity', IDENTITY];

suite('pion', pion, 'conversations', () => {
  for (const [name, number] of Object.entries(SUITES)) {
    test(`as a client, ${name}: echo, and its close_notify`, async (t) => {
      const ours = serve(t, { ciphers: ALL });
      const peer = client(t, ours.port, number, ...PSK);
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.equal(talk.session.pskIdentity, IDENTITY);
      assert.ok(talk.session.extendedMasterSecret);
      peer.write('a reading');
      await peer.says(/MESSAGE a reading/);
      peer.hangUp();
      assert.equal(await talk.ends(), null);
      assert.equal(await peer.ends(), 0);
    });

    test(`as a server, ${name}: messages both ways, and our close_notify`, async (t) => {
      const { peer, port } = await server(t, number, ...PSK);
      const talk = dial(t, port, { ciphers: ALL });
      await talk.opened();
      assert.equal(talk.session.cipher?.name, name);
      assert.ok(talk.session.extendedMasterSecret);
      talk.session.send('a reading');
      await peer.says(/MESSAGE a reading/);
      peer.write('an answer');
      assert.equal(await talk.hears(), 'an answer');
      await talk.session.close();
      await peer.says(/CLOSED: EOF/);
    });
  }
});

suite('pion', pion, 'refusals', () => {
  // requirements C-12: the third Finished that fails
  test('as a client with a wrong key', async (t) => {
    const ours = serve(t);
    const peer = client(t, ours.port, SUITES['PSK-AES128-CCM8'], '-psk', 'not the key', '-identity', IDENTITY);
    const error = await (await ours.accepts()).fails();
    assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
    await peer.says(/FAILED .*DecryptError/);
  });

  test('as a client without a common suite', async (t) => {
    const ours = serve(t, { ciphers: 'PSK-AES128-CCM' });
    const peer = client(t, ours.port, SUITES['PSK-AES128-CCM8'], ...PSK);
    assert.equal((await (await ours.accepts()).fails()).code, 'ERR_DTLS_NO_COMMON_CIPHER');
    await peer.says(/FAILED .*HandshakeFailure/);
  });

  // 7627-5.2-1
  test('as a client without the extended master secret: served, unless it is required', async (t) => {
    const lenient = serve(t), strict = serve(t, { extendedMasterSecret: 'require' });
    client(t, lenient.port, SUITES['PSK-AES128-CCM8'], ...PSK, '-ems=false');
    const talk = await lenient.accepts();
    await talk.opened();
    assert.equal(talk.session.extendedMasterSecret, false);
    client(t, strict.port, SUITES['PSK-AES128-CCM8'], ...PSK, '-ems=false');
    assert.equal((await (await strict.accepts()).fails()).code, 'ERR_DTLS_NO_EXTENDED_MASTER_SECRET');
  });
});
