// The command line and real peers, as somebody would try them by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pskFile, serve, start as startThimble, thimble } from '../cli/thimble.js';
import { startCoapServer } from './libcoap.js';
import { find, HEX, IDENTITY, KEY, start, suite } from './peers.js';

const openssl = find('openssl', ['version'], 'openssl');
const gnutls = find('gnutls-cli', ['--version'], 'gnutls-bin');
const coapServer = find('coap-server-openssl', ['-h'], 'libcoap3-bin');
const coapClient = find('coap-client-gnutls', [], 'libcoap3-bin');

const OPENSSL = ['-dtls1_2', '-psk', HEX, '-psk_identity', IDENTITY, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0'];

suite('OpenSSL', openssl, 'and the command line', () => {
  test('s_client and `thimble listen --echo`', async (t) => {
    const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', pskFile(t), '--echo');
    const peer = start(t, openssl, ['s_client', '-connect', address, ...OPENSSL]);
    await peer.says(/master secret: yes/);
    peer.write('a reading');
    await peer.says(/a reading/);
    peer.write('Q');
    assert.equal(await peer.ends(), 0);
  });

  test('s_server and `thimble connect`', async (t) => {
    const peer = start(t, openssl, ['s_server', '-accept', '127.0.0.1:0', '-nocert', '-listen', ...OPENSSL]);
    const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
    const ours = startThimble(t, 'connect', `127.0.0.1:${port}`, '--psk-file', pskFile(t));
    await peer.says(/CIPHER is/);
    peer.write('an answer');
    await ours.says(/an answer/, 'stdout');
    ours.child.stdin.end('a reading\n');
    await peer.says(/a reading[^]*DONE/);
    assert.equal((await ours.ends()).code, 0);
  });
});

suite('GnuTLS', gnutls, 'and the command line', () => {
  test('gnutls-cli and `thimble listen --echo`', async (t) => {
    const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', pskFile(t), '--echo');
    const peer = start(t, gnutls, ['127.0.0.1', '--udp', '--port', address.split(':')[1]!, '--pskusername', IDENTITY,
      '--pskkey', HEX, '--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+AES-128-CCM-8:-KX-ALL:+PSK']);
    await peer.says(/Simple Client Mode/);
    peer.write('a reading');
    await peer.says(/a reading/);
  });
});

suite('libcoap', coapServer, 'and the command line', () => {
  test('coap-server-openssl and `thimble coap get`', async (t) => {
    const { host, port } = await startCoapServer(t, coapServer);
    const { code, stdout } = await thimble(t, ['coap', 'get', `coaps://${host}:${port}/`, '--psk-file', pskFile(t)]);
    assert.equal(code, 0);
    assert.match(stdout, /libcoap/);
  });

  test('coap-client-gnutls and `thimble coap serve`', async (t) => {
    const { address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', pskFile(t));
    const peer = start(t, coapClient, ['-u', IDENTITY, '-k', KEY.toString(), `coaps://${address}/.well-known/core`]);
    await peer.says(/<\/time>/);
    assert.equal(await peer.ends(), 0);
  });
});
