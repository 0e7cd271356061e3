// Server names, application protocols and limits on records with OpenSSL, GnuTLS and mbedTLS. OpenSSL and mbedTLS have
// max_fragment_length, GnuTLS record_size_limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as gnutls from './gnutls.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { MBEDTLS } from './stacks.js';

const OTHER = Buffer.from('another key');
/** The key that all peers know, under one name alone. */
const sni = { 'a.example': { psk: { [IDENTITY]: KEY } }, 'b.example': { psk: { [IDENTITY]: OTHER } } };

suite('OpenSSL', openssl.openssl, 'names, protocols, fragments', () => {
  // 7925-4.2-6, 6066-3-2
  test('s_client: the name decides the key', async (t) => {
    const ours = serve(t, { psk: { [IDENTITY]: OTHER }, sni });
    const peer = openssl.client(t, ours.port, undefined, '-servername', 'a.example', '-tlsextdebug');
    const talk = await ours.accepts();
    await talk.opened();
    assert.equal(talk.session.servername, 'a.example');
    await peer.says(/TLS server extension "server name" \(id=0\), len=0/);
  });

  // 9325-3.7-1
  test('s_client: a name that is not served', async (t) => {
    const ours = serve(t, { sni });
    const peer = openssl.client(t, ours.port, undefined, '-servername', 'c.example');
    assert.equal((await (await ours.accepts()).fails()).code, 'ERR_DTLS_UNKNOWN_NAME');
    await peer.says(/unrecognized name/);
  });

  // 7301-3-1
  test('s_client: a protocol in common, or none', async (t) => {
    const ours = serve(t, { alpn: ['co'] });
    const peer = openssl.client(t, ours.port, undefined, '-alpn', 'coap,co');
    const talk = await ours.accepts();
    await talk.opened();
    assert.equal(talk.session.alpnProtocol, 'co');
    await peer.says(/ALPN protocol: co\n/);
    const refused = openssl.client(t, ours.port, undefined, '-alpn', 'h3');
    assert.equal((await (await ours.accepts()).fails()).alert, 'no_application_protocol');
    await refused.says(/alert no application protocol/);
  });

  // 6066-4-1
  test('s_client: fragments of 512 bytes', async (t) => {
    const ours = serve(t);
    const peer = openssl.client(t, ours.port, undefined, '-maxfraglen', '512', '-tlsextdebug');
    const talk = await ours.accepts();
    await talk.opened();
    assert.equal(talk.session.maxPayload, 512);
    await peer.says(/TLS server extension "max fragment length" \(id=1\), len=1/);
    await peer.says(/master secret: yes/);
    talk.session.send(`${'x'.repeat(511)}.`);
    assert.equal((await peer.says(/x+\./))[0].length, 512);
  });

  // 7925-14-1, 7925-15-1
  test('s_server: our name, our protocols, our fragments', async (t) => {
    const { peer, port } = await openssl.server(t, undefined, '-listen', '-alpn', 'coap,co', '-servername', 'a.example', '-tlsextdebug');
    const talk = dial(t, port, { servername: 'a.example', alpn: ['co'], maxFragmentLength: 1024 });
    await talk.opened();
    assert.deepEqual([talk.session.alpnProtocol, talk.session.maxPayload], ['co', 1024]);
    talk.session.send(`${'x'.repeat(1023)}.`);
    assert.equal((await peer.says(/x{100,}\./))[0].length, 1024);
    assert.match(peer.output, /TLS client extension "server name" \(id=0\), len=14\n/);
  });
});

suite('GnuTLS', gnutls.cli, 'names, protocols, record sizes', () => {
  // 7925-4.2-6, 7301-3-1, 8449-4-1
  test('gnutls-cli: its name, its protocol, its limit and ours', async (t) => {
    const ours = serve(t, { psk: { [IDENTITY]: OTHER }, sni, alpn: ['co'], recordSizeLimit: 600 });
    const peer = gnutls.client(t, ours.port, undefined, '--sni-hostname', 'a.example', '--alpn', 'co', '--recordsize', '512');
    const talk = await ours.accepts();
    await talk.opened();
    const { servername, alpnProtocol, maxPayload } = talk.session;
    assert.deepEqual([servername, alpnProtocol, maxPayload], ['a.example', 'co', 512]);
    await peer.says(/Application protocol: co/);
    await peer.says(/Simple Client Mode/);
    talk.session.send(`${'x'.repeat(511)}.`);
    assert.equal((await peer.says(/x+\./))[0].length, 512);
  });

  // 8449-4-1, 8449-5-1
  test('gnutls-serv: our name, our protocol, our limit and its own', async (t) => {
    const { port } = await gnutls.server(t, undefined, '--alpn', 'co', '--recordsize', '800');
    const talk = dial(t, port, { servername: 'a.example', alpn: ['coap', 'co'], recordSizeLimit: 600, maxFragmentLength: 512 });
    await talk.opened();
    assert.deepEqual([talk.session.alpnProtocol, talk.session.maxPayload], ['co', 800]);
    talk.session.send('a reading');
    assert.equal(await talk.hears(), 'a reading');
  });
});

/** The longest record of each side: bytes without the header, and without nonce and tag where it is protected. */
class Longest {
  readonly #lengths: { [port: number]: number } = {};

  /** For the option of this name. */
  readonly capture = (datagram: Uint8Array, { port }: { port: number }): void => {
    const bytes = Buffer.from(datagram);
    for (let at = 0; at < bytes.length; at += 13 + bytes.readUInt16BE(at + 11)) {
      const plaintext = bytes.readUInt16BE(at + 11) - (bytes.readUInt16BE(at + 3) === 0 ? 0 : 16);
      this.#lengths[port] = Math.max(this.#lengths[port] ?? 0, plaintext);
    }
  };

  of(port: number): number {
    return this.#lengths[port]!;
  }
}

suite('mbedTLS', mbedtls.mbedtls.client, 'fragments of the length that the client asks for', () => {
  // 6066-4-1: with certificates, whose messages are longer
  for (const length of [512, 1024, 2048, 4096]) {
    test(`ssl_client2 asks for ${length} bytes`, async (t) => {
      const longest = new Longest();
      const ours = serve(t, { ...ourServer(MUTUAL), mtu: 8192, capture: longest.capture });
      const peer = MBEDTLS.client(t, ours.port, theirClient(MUTUAL), `max_frag_len=${length}`, `request_size=${length}`);
      const talk = await ours.accepts();
      await talk.opened();
      assert.equal(talk.session.maxPayload, length);
      const { port } = talk.session.remoteAddress!;
      assert.equal((await talk.hears()).length, length);
      await peer.says(new RegExp(`Read from server: ${length} bytes read`));
      assert.equal(await peer.ends(), 0);
      assert.deepEqual([longest.of(port), longest.of(ours.port)], [length, length]);
    });
  }

  for (const length of [512, 1024, 2048, 4096] as const) {
    test(`ssl_server2, we ask for ${length} bytes`, async (t) => {
      const longest = new Longest();
      const { port } = await MBEDTLS.server(t, theirServer(MUTUAL), `response_size=${length}`, 'buffer_size=8192');
      const talk = dial(t, port, { ...ourClient(MUTUAL), mtu: 8192, maxFragmentLength: length, capture: longest.capture });
      await talk.opened();
      assert.equal(talk.session.maxPayload, length);
      talk.session.send('x'.repeat(length));
      assert.equal((await talk.hears()).length, length);
      assert.equal(longest.of(port), length);
    });
  }
});
