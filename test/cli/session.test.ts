import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, KEY, PSK, pskFile, serve, start, thimble } from './thimble.js';

test('lines of standard input come back from listen --echo, and the command ends with its input', async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  const { code, stdout, stderr } = await thimble(t, ['connect', address, '--psk-file', keys], 'one\ntwo\nno newline');
  assert.deepEqual([code, stdout], [0, 'one\ntwo\nno newline']);
  assert.equal(stderr, `connected to ${address}, TLS_PSK_WITH_AES_128_CCM_8\n`);
  await server.says(/dev1 connected from 127\.0\.0\.1:\d+, TLS_PSK_WITH_AES_128_CCM_8\ndev1 closed/);
  const ended = await server.interrupt();
  assert.deepEqual([ended.code, ended.stdout], [0, '']);
});

test('without --echo listen prints what it gets; bytes stay bytes', async (t) => {
  const keys = pskFile(t, PSK, `dev2:${KEY}`);
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys);
  const sent = await thimble(t, ['connect', address, '--psk-file', keys, '--identity', 'dev2', '--linger', '0'], 'é\0\n');
  assert.deepEqual([sent.code, sent.stdout], [0, '']);
  await server.says(/dev2 closed/);
  const ended = await server.interrupt('SIGTERM');
  assert.deepEqual([ended.code, ended.stdout], [0, 'é\0\n']);
});

test('--json makes every event an object on standard output', async (t) => {
  const keys = pskFile(t);
  const { code, stdout } = await withServer(t, keys, ['--json'], async (server, address) => {
    const client = await thimble(t, ['connect', address, '--psk-file', keys, '--json', '--linger', '0'], 'hello\n');
    const [connected] = client.stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual([connected.event, connected.cipher], ['connected', 'TLS_PSK_WITH_AES_128_CCM_8']);
    await server.says(/"closed"/, 'stdout');
  });
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(code, 0);
  assert.deepEqual(events.map(({ event }) => event), ['listening', 'connected', 'message', 'closed']);
  assert.deepEqual([events[2].identity, events[2].text, events[2].hex], ['dev1', 'hello\n', '68656c6c6f0a']);
});

/** Runs listen, the client's part, and Ctrl-C. */
async function withServer(
  t: import('node:test').TestContext, keys: string, args: string[],
  clients: (server: import('./thimble.js').Running, address: string) => Promise<void>,
) {
  const server = start(t, 'listen', '127.0.0.1:0', '--psk-file', keys, ...args);
  const [, port] = await server.says(/"port":(\d+)/, 'stdout');
  await clients(server, `127.0.0.1:${port}`);
  return server.interrupt();
}

test('a wrong key and an unknown identity are exit code 1, with the hint, on both sides', async (t) => {
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', pskFile(t));
  const wrong = await thimble(t, ['connect', address, '--psk-file', pskFile(t, 'dev1:00ff')]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^thimble: .*decrypt_error.*probably the pre-shared key/m);
  await server.says(/failed: .*decrypt_error.*probably the pre-shared key/);
  const unknown = await thimble(t, ['connect', address, '--psk-file', pskFile(t, `dev9:${KEY}`)]);
  assert.equal(unknown.code, 1);
  await server.says(/failed: .*no key for this identity/);
  assert.equal((await server.interrupt()).code, 0);
});

test('a cipher suite that only one side has is exit code 1', async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--cipher', 'PSK-AES128-CCM');
  const args = ['connect', address, '--psk-file', keys, '--cipher'];
  const { code, stderr } = await thimble(t, [...args, 'TLS_PSK_WITH_AES_128_GCM_SHA256']);
  assert.equal(code, 1);
  assert.match(stderr, /no cipher suite in common/);
  assert.match((await thimble(t, [...args, 'TLS_PSK_WITH_AES_128_CCM'])).stderr, /TLS_PSK_WITH_AES_128_CCM\n$/);
});

test('a port where nothing listens, and a peer that is silent, are exit code 1 by the deadline', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address();
  const args = ['--psk-file', pskFile(t), '--handshake-timeout', '100ms'];
  const { code, stderr } = await thimble(t, ['connect', `127.0.0.1:${port}`, ...args]);
  assert.equal(code, 1);
  assert.match(stderr, /did not finish in time: the peer is silent/);
  const gone = createSocket('udp4').bind(0, '127.0.0.1');
  await once(gone, 'listening');
  const address = `127.0.0.1:${gone.address().port}`;
  await new Promise<void>((done) => { gone.close(done); });
  const refused = await thimble(t, ['connect', address, ...args]);
  assert.equal(refused.code, 1);
  const [warning, error] = refused.stderr.split('\n');
  assert.equal(warning, `thimble: warning: nothing listens on ${address} (ICMP port unreachable); ` +
    'still trying until --handshake-timeout');
  assert.match(error!, /ECONNREFUSED/);
});

test('Ctrl-C while the handshake waits ends at once', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const client = start(t, 'connect', `127.0.0.1:${silent.address().port}`, '--psk-file', pskFile(t));
  await once(silent, 'message');
  assert.equal((await client.interrupt()).code, 1);
});

test('a peer that closes ends connect, though its input goes on', async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys);
  const client = start(t, 'connect', address, '--psk-file', keys);
  await client.says(/connected to/);
  await server.interrupt();
  assert.equal((await client.ends()).code, 0);
});

test('whoever reads our output may go away', async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  const client = start(t, 'connect', address, '--psk-file', keys);
  await client.says(/connected to/);
  client.child.stdout.destroy();
  client.child.stdin.write('hello\n');
  const { code, stderr } = await client.ends();
  assert.equal(code, 0);
  assert.ok(!stderr.includes('EPIPE'), stderr);
  await server.says(/dev1 closed/);
});

test('a line that does not fit a datagram is a failure that says so, not a cut message', async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  const { code, stdout, stderr } = await thimble(t, ['connect', address, '--psk-file', keys, '--mtu', '256'], 'x'.repeat(400));
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /a line is longer than the longest message, \d+ bytes \(.*--mtu/);
});

test('a key on the command line is taken with a warning, and never shown', async (t) => {
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk', PSK, '--echo', '--verbose');
  const { code, stdout, stderr } = await thimble(t, ['connect', address, '--psk', PSK, '--verbose'], 'hello\n');
  assert.deepEqual([code, stdout], [0, 'hello\n']);
  assert.match(stderr, /^thimble: warning: a key on the command line .*--psk-file is safer\n/);
  assert.match(stderr, /handshake [\d.]+ ms, 0 datagrams sent again; 1 messages out, 1 in\n$/);
  const ended = await server.interrupt();
  assert.match(ended.stderr, /1 sessions; 5 datagrams/);
  assert.ok(!`${stderr}${ended.stderr}`.includes(KEY));
});

test('--keylog and --pcap leave files that explain opens, and that only their owner may read', async (t) => {
  const keys = pskFile(t);
  const place = folder(t);
  const [log, pcap] = [join(place, 'keys.log'), join(place, 'capture.pcapng')];
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo', '--pcap', pcap);
  const { code } = await thimble(t, ['connect', address, '--psk-file', keys, '--keylog', log], 'hello\n');
  assert.equal(code, 0);
  assert.match(readFileSync(log, 'utf8'), /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n$/);
  await server.interrupt();
  for (const file of [log, pcap]) assert.equal(statSync(file).mode & 0o077, 0);
  const { stdout, stderr } = await thimble(t, ['explain', pcap]);
  assert.equal(stderr, '');
  const words = ['ClientHello', 'HelloVerifyRequest', 'ClientHello', 'ServerHello', 'ServerHelloDone', 'ClientKeyExchange',
    'ChangeCipherSpec', 'Finished', 'ChangeCipherSpec', 'Finished', 'ApplicationData', 'ApplicationData', 'Alert'];
  const said = [...stdout.matchAll(/ c1 (?:client|server) +\d:\d+ +(\w+)/g)].map(([, word]) => word);
  assert.deepEqual(said.slice(0, words.length), words);
  assert.match(stdout, /warning close_notify/);
  assert.match(stdout, /0 messages sent again\n$/);
});

const FULL = '/dev/full';

test('a full disk ends the recording with a warning, and not the connection', { skip: !existsSync(FULL) && `no ${FULL}` }, async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  for (const option of ['--pcap', '--keylog']) {
    const { code, stdout, stderr } = await thimble(t, ['connect', address, '--psk-file', keys, option, FULL], 'hello\n');
    assert.deepEqual([code, stdout], [0, 'hello\n'], stderr);
    assert.deepEqual(stderr.split('\n').filter((line) => !line.startsWith('connected')),
      [`thimble: warning: ${option} ${FULL}: ENOSPC; nothing more is recorded there`, '']);
  }
});
