// Small MTUs: our fragments put together by others, and theirs by us. With an identity of 128 bytes a client's last flight
// has 222 bytes, with such a hint a server's first one 228. No peer's server takes a ClientHello in pieces; ours does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bare } from './bare.js';
import { keyFile } from './keys.js';
import * as gnutls from './gnutls.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { HEX, suite } from './peers.js';

const LONG = 'sensor-'.repeat(18) + 'ab';
const MBEDTLS = [`psk_identity=${LONG}`, 'hs_timeout=500-1000'];
const OPENSSL = ['-psk_identity', LONG];
/** As long as a server's name may be, so that a hello with it does not fit 256 bytes. */
const NAME = `${'a-part-of-a-name-that-goes-on-and-on.'.repeat(6)}example`;
/** Some MTUs at which messages are cut in different places, down to the smallest that the engine takes. */
const SOME = [80, 81, 88, 100, 113, 128, 150, 173, 200, 227, 228];

suite('mbedTLS', mbedtls.mbedtls.client, 'fragments', () => {
  // 6347-4.2.3-1: a ClientHello with mbedTLS's cookie has 107 bytes, and one datagram
  test('ssl_server2 takes our flights at every MTU from 107 to 223', async (t) => {
    const { port } = await mbedtls.server(t, ...MBEDTLS);
    for (let mtu = 107; mtu <= 223; mtu++) {
      const [answer, { sizes }] = await Bare.call(t, port, mtu, LONG, 'a reading');
      assert.match(answer, /200 OK/);
      assert.ok(Math.max(...sizes) <= mtu, `${sizes}`);
    }
  });

  // 6347-4.2.3-2; the request and the answer must fit, too
  for (const mtu of [100, 128, 200, 256]) {
    test(`we take the flights of ssl_server2 at an MTU of ${mtu}`, async (t) => {
      const { port } = await mbedtls.server(t, ...MBEDTLS, `mtu=${mtu}`, 'response_size=16');
      await Bare.call(t, port, 1200, LONG, 'a reading');
    });
  }
  for (const mtu of [136, 150, 200]) {
    test(`we take the flights of ssl_client2 at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, 1200, LONG);
      assert.equal(await mbedtls.client(t, ours.port, ...MBEDTLS, `mtu=${mtu}`).ends(), 0);
    });
  }

  // 6347-4.2.3-2, in a lobby
  for (const mtu of [60, 80, 100]) {
    test(`we take the hellos of ssl_client2 in pieces, at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, 1200, LONG);
      const peer = mbedtls.client(t, ours.port, ...MBEDTLS, `mtu=${mtu}`);
      await peer.says(/handshake\.\.\. ok/);
      assert.ok(ours.pieces > 0);
    });
  }

  for (const mtu of SOME) {
    test(`ssl_client2 takes our flights at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = mbedtls.client(t, ours.port, ...MBEDTLS, 'request_size=16');
      await peer.says(/handshake\.\.\. ok/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }
});

suite('OpenSSL', openssl.openssl, 'fragments', () => {
  test('we take the hellos of s_client in pieces, at an MTU of 256 and with a long name', async (t) => {
    const ours = await Bare.serve(t, 1200, LONG);
    const peer = openssl.client(t, ours.port, undefined, ...OPENSSL, '-mtu', '256', '-servername', NAME);
    await peer.says(/Cipher is PSK-AES128-CCM8/);
    assert.ok(ours.pieces > 0);
  });

  for (const mtu of SOME) {
    test(`s_client takes our flights at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = openssl.client(t, ours.port, undefined, ...OPENSSL);
      await peer.says(/Cipher is PSK-AES128-CCM8/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }

  for (const mtu of [100, 128, 200]) {
    test(`s_server takes our flights at an MTU of ${mtu}, and we its own at 256`, async (t) => {
      const { peer, port } = await openssl.server(t, undefined, '-listen', '-mtu', '256', '-psk_hint', LONG, ...OPENSSL);
      const call = Bare.call(t, port, mtu, LONG, 'a reading\n');
      await peer.says(/a reading/);
      peer.write('an answer');
      assert.equal((await call)[0], 'an answer\n');
    });
  }
});

suite('GnuTLS', gnutls.cli, 'fragments', () => {
  test('we take the hellos of gnutls-cli in pieces, at an MTU of 256 and with a long name', async (t) => {
    const ours = await Bare.serve(t, 1200, LONG);
    const peer = gnutls.client(t, ours.port, undefined, '--mtu', '256', '--pskusername', LONG, '--pskkey', HEX,
      '--sni-hostname', NAME);
    await peer.says(/Handshake was completed/);
    assert.ok(ours.pieces > 0);
  });

  for (const mtu of SOME) {
    test(`gnutls-cli at an MTU of 256 takes our flights at ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = gnutls.client(t, ours.port, undefined, '--mtu', '256', '--pskusername', LONG, '--pskkey', HEX);
      await peer.says(/Handshake was completed/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }

  for (const mtu of [100, 128, 200]) {
    test(`gnutls-serv takes our flights at an MTU of ${mtu}, and we its own`, async (t) => {
      const { port } = await gnutls.server(t, undefined, '--pskpasswd', keyFile(t, LONG), '--pskhint', LONG, '--mtu', `${mtu}`);
      const [answer] = await Bare.call(t, port, mtu, LONG, 'a reading');
      assert.equal(answer, 'a reading');
    });
  }
});
