// Small MTUs: our fragments put together by others, and theirs by us. With an identity of 128 bytes a client's last flight
// has 222 bytes, with such a hint a server's first one 228. No peer's server takes a ClientHello in pieces, nor do we yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Bare } from './bare.js';
import { keyFile } from './keys.js';
import { programs } from './mbedtls.js';
import { find, HEX, start, suite } from './peers.js';

const mbedtls = await programs();
const openssl = find('openssl', ['version'], 'openssl');
const cli = find('gnutls-cli', ['--version'], 'gnutls-bin');
const serv = find('gnutls-serv', ['--version'], 'gnutls-bin');

const LONG = 'sensor-'.repeat(18) + 'ab';
const MBEDTLS = ['server_addr=127.0.0.1', 'dtls=1', `psk=${HEX}`, `psk_identity=${LONG}`,
  'force_ciphersuite=TLS-PSK-WITH-AES-128-CCM-8', 'hs_timeout=500-1000'];
const OPENSSL = ['-dtls1_2', '-psk', HEX, '-psk_identity', LONG, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0'];
const GNUTLS = ['--udp', '--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+AES-128-CCM-8:-KX-ALL:+PSK'];
/** Some MTUs at which messages are cut in different places, down to the smallest that the engine takes. */
const SOME = [80, 81, 88, 100, 113, 128, 150, 173, 200, 227, 228];

async function server(t: TestContext, ...more: string[]): Promise<number> {
  const peer = start(t, mbedtls.server, [...MBEDTLS, 'server_port=0', ...more]);
  await peer.says(/Waiting for a remote connection/);
  return peer.port();
}

async function gnutlsServer(t: TestContext, mtu: number): Promise<number> {
  const peer = start(t, serv, [...GNUTLS, '--port', '0', '--echo', '--pskpasswd', keyFile(t, LONG),
    '--pskhint', LONG, '--mtu', `${mtu}`]);
  await peer.says(/listening on IPv4 .*done/);
  return peer.port();
}

suite('mbedTLS', mbedtls.client, 'fragments', () => {
  // 6347-4.2.3-1: a ClientHello with mbedTLS's cookie has 107 bytes, and one datagram
  test('ssl_server2 takes our flights at every MTU from 107 to 223', async (t) => {
    const port = await server(t);
    for (let mtu = 107; mtu <= 223; mtu++) {
      const [answer, { sizes }] = await Bare.call(t, port, mtu, LONG, 'a reading');
      assert.match(answer, /200 OK/);
      assert.ok(Math.max(...sizes) <= mtu, `${sizes}`);
    }
  });

  // 6347-4.2.3-2; the request and the answer must fit, too
  for (const mtu of [100, 128, 200, 256]) {
    test(`we take the flights of ssl_server2 at an MTU of ${mtu}`, async (t) => {
      const port = await server(t, `mtu=${mtu}`, 'response_size=16');
      await Bare.call(t, port, 1200, LONG, 'a reading');
    });
  }
  for (const mtu of [136, 150, 200]) {
    test(`we take the flights of ssl_client2 at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, 1200, LONG);
      assert.equal(await start(t, mbedtls.client, [...MBEDTLS, `server_port=${ours.port}`, `mtu=${mtu}`]).ends(), 0);
    });
  }

  for (const mtu of SOME) {
    test(`ssl_client2 takes our flights at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = start(t, mbedtls.client, [...MBEDTLS, `server_port=${ours.port}`, 'request_size=16']);
      await peer.says(/handshake\.\.\. ok/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }
});

suite('OpenSSL', openssl, 'fragments', () => {
  for (const mtu of SOME) {
    test(`s_client takes our flights at an MTU of ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = start(t, openssl, ['s_client', '-connect', `127.0.0.1:${ours.port}`, ...OPENSSL]);
      await peer.says(/Cipher is PSK-AES128-CCM8/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }

  for (const mtu of [100, 128, 200]) {
    test(`s_server takes our flights at an MTU of ${mtu}, and we its own at 256`, async (t) => {
      const peer = start(t, openssl,
        ['s_server', '-accept', '127.0.0.1:0', '-nocert', '-listen', '-mtu', '256', '-psk_hint', LONG, ...OPENSSL]);
      const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
      const call = Bare.call(t, Number(port), mtu, LONG, 'a reading\n');
      await peer.says(/a reading/);
      peer.write('an answer');
      assert.equal((await call)[0], 'an answer\n');
    });
  }
});

suite('GnuTLS', cli, 'fragments', () => {
  for (const mtu of SOME) {
    test(`gnutls-cli at an MTU of 256 takes our flights at ${mtu}`, async (t) => {
      const ours = await Bare.serve(t, mtu, LONG);
      const peer = start(t, cli, ['127.0.0.1', '--port', `${ours.port}`, ...GNUTLS, '--mtu', '256', '--pskusername', LONG,
        '--pskkey', HEX]);
      await peer.says(/Handshake was completed/);
      assert.ok(Math.max(...ours.sizes) <= mtu, `${ours.sizes}`);
    });
  }

  for (const mtu of [100, 128, 200]) {
    test(`gnutls-serv takes our flights at an MTU of ${mtu}, and we its own`, async (t) => {
      const [answer] = await Bare.call(t, await gnutlsServer(t, mtu), mtu, LONG, 'a reading');
      assert.equal(answer, 'a reading');
    });
  }
});
