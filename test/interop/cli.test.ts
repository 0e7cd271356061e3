// The command line and real peers, as somebody would try them by hand.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as People from '../certificates/people.js';
import { folder, serve, start as startThimble, thimble } from '../cli/thimble.js';
import { certificateFile, credentialFiles, keyFile } from './keys.js';
import { startCoapServer } from './libcoap.js';
import { find, HEX, IDENTITY, KEY, start, suite } from './peers.js';
import { MUTUAL, theirClient, theirServer } from './scene.js';
import { OPENSSL as STACK } from './stacks.js';

const openssl = find('openssl', ['version'], 'openssl');
const gnutls = find('gnutls-cli', ['--version'], 'gnutls-bin');
const coapServer = find('coap-server-openssl', ['-h'], 'libcoap3-bin');
const coapClient = find('coap-client-gnutls', [], 'libcoap3-bin');

const OPENSSL = ['-dtls1_2', '-psk', HEX, '-psk_identity', IDENTITY, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0'];

suite('OpenSSL', openssl, 'and the command line', () => {
  test('s_client and `thimble listen --echo`', async (t) => {
    const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keyFile(t), '--echo');
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
    const ours = startThimble(t, 'connect', `127.0.0.1:${port}`, '--psk-file', keyFile(t));
    await peer.says(/CIPHER is/);
    peer.write('an answer');
    await ours.says(/an answer/, 'stdout');
    ours.child.stdin.end('a reading\n');
    await peer.says(/a reading[^]*DONE/);
    assert.equal((await ours.ends()).code, 0);
  });
});

suite('OpenSSL', openssl, 'and the command line: keying material', () => {
  test('s_client -keymatexport and `thimble listen --export` print the same', async (t) => {
    const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keyFile(t), '--export', 'EXPERIMENTAL-x',
      '--export-bytes', '33', '--hide-identities', '--max-handshakes', '5', '--max-sessions', '5', '--max-sessions-per-host', '5');
    const peer = start(t, openssl, ['s_client', '-connect', address, ...OPENSSL, '-keymatexport', 'EXPERIMENTAL-x', '-keymatexportlen', '33']);
    const [, theirs] = await peer.says(/Keying material: ([\dA-F]+)\n/);
    const [, ours] = await server.says(/exported EXPERIMENTAL-x: ([\da-f]+)\n/);
    assert.equal(ours, theirs!.toLowerCase());
  });
});

suite('OpenSSL', openssl, 'and the command line, with certificates', () => {
  test('s_client and `thimble listen --cert`, and with the certificate of both', async (t) => {
    const { chain, key } = credentialFiles(t, People.server), args = ['listen', '127.0.0.1:0', '--cert', chain, '--key', key, '--echo'];
    const { server, address } = await serve(t, ...args);
    await STACK.echoed(STACK.client(t, Number(address.split(':')[1]), theirClient({})));
    await server.says(/anonymous connected from .*, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8/);
    const strict = await serve(t, ...args, '--ca', certificateFile(t, People.rootCertificate), '--require-cert');
    await STACK.echoed(STACK.client(t, Number(strict.address.split(':')[1]), theirClient(MUTUAL)));
    await strict.server.says(new RegExp(`${People.CLIENT_NAME} connected from`));
  });

  test('s_server and `thimble connect --ca`, and with the certificate of both', async (t) => {
    const { chain, key } = credentialFiles(t, People.client), root = certificateFile(t, People.rootCertificate);
    for (const [scene, own] of [[{}, []], [MUTUAL, ['--cert', chain, '--key', key]]] as const) {
      const { peer, port } = await STACK.server(t, theirServer(scene));
      const ours = startThimble(t, 'connect', `127.0.0.1:${port}`, '--ca', root, '--servername', People.SERVER_NAME, ...own);
      await ours.says(/connected to .*, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8/);
      ours.child.stdin.end('a reading\n');
      await peer.says(/a reading/);
      assert.equal((await ours.ends()).code, 0);
    }
  });

  test('`thimble listen --sni`: each name has its own certificate', async (t) => {
    const { chain, key } = credentialFiles(t, People.server), other = credentialFiles(t, People.client);
    const { address } = await serve(t, 'listen', '127.0.0.1:0', '--cert', chain, '--key', key, '--sni',
      `${People.SERVER_NAME}=${chain},${key}`, '--sni', `other.example=${other.chain},${other.key}`);
    for (const [name, subject] of [[People.SERVER_NAME, People.server], ['other.example', People.client]] as const) {
      const peer = start(t, openssl, ['s_client', '-dtls1_2', '-connect', address, '-servername', name, '-cipher', 'ECDHE-ECDSA-AES128-CCM8']);
      const [pem] = await peer.says(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/);
      assert.deepEqual(new X509Certificate(pem).raw, subject.certificates[0]);
    }
    const wrong = await thimble(t, ['listen', '127.0.0.1:0', '--cert', chain, '--key', key, '--sni', 'other.example']);
    assert.match(wrong.stderr, /--sni 'other\.example': write name=cert\.pem,key\.pem/);
    assert.equal(wrong.code, 2);
  });

  test('s_server under another name: `thimble connect` says so', async (t) => {
    const { port } = await STACK.server(t, theirServer({}));
    const root = certificateFile(t, People.rootCertificate);
    const { code, stderr } = await thimble(t, ['connect', `127.0.0.1:${port}`, '--ca', root, '--servername', 'other.example']);
    assert.equal(code, 1);
    assert.match(stderr, /other\.example/);
  });
});

suite('OpenSSL', openssl, 'and sessions of the command line', () => {
  test('s_server and `thimble connect --session`', async (t) => {
    const peer = start(t, openssl, ['s_server', '-accept', '127.0.0.1:0', '-nocert', ...OPENSSL]);
    const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
    const args = ['connect', `127.0.0.1:${port}`, '--psk-file', keyFile(t), '--session', join(folder(t), 'session'), '--linger', '0'];
    assert.doesNotMatch((await thimble(t, args, 'a reading\n')).stderr, /resumed/);
    await peer.says(/a reading/);
    assert.match((await thimble(t, args, 'another\n')).stderr, /session resumed/);
    await peer.says(/another/);
  });

  test('s_client resumes at another `thimble listen` with the same --ticket-keys', async (t) => {
    const place = folder(t), secrets = join(place, 'secrets'), session = join(place, 'session.pem');
    writeFileSync(secrets, `${'01'.repeat(32)}\n`);
    for (const [where, said] of [['-sess_out', /New, /], ['-sess_in', /Reused, /]] as const) {
      const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keyFile(t), '--echo', '--ticket-keys', secrets);
      const peer = start(t, openssl, ['s_client', '-connect', address, ...OPENSSL, where, session]);
      await peer.says(said);
      await server.says(where === '-sess_in' ? /dev1 connected from .*, session resumed/ : /dev1 connected from/);
      peer.write('a reading');
      await peer.says(/a reading/);
      peer.write('Q');
      assert.equal(await peer.ends(), 0);
    }
  });
});

suite('GnuTLS', gnutls, 'and the command line', () => {
  test('gnutls-cli and `thimble listen --echo`', async (t) => {
    const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keyFile(t), '--echo');
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
    const { code, stdout } = await thimble(t, ['coap', 'get', `coaps://${host}:${port}/`, '--psk-file', keyFile(t)]);
    assert.equal(code, 0);
    assert.match(stdout, /libcoap/);
  });

  test('coap-client-gnutls and `thimble coap serve`', async (t) => {
    const { address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keyFile(t));
    const peer = start(t, coapClient, ['-u', IDENTITY, '-k', KEY.toString(), `coaps://${address}/.well-known/core`]);
    await peer.says(/<\/time>/);
    assert.equal(await peer.ends(), 0);
  });
});
