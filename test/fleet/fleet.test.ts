import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, pskFile, serve, start, thimble } from '../cli/thimble.js';
import { noIPv6 } from '../host/ends.js';

/** More nodes than the gateway's first engine holds. */
const NODES = 70;
/** With the usual shares: how many there are of each kind, and the datagrams and bytes of a handshake (requirements S.3). */
const LEAST = { psk: [49, 6, 461], raw: [14, 6, 911], certificate: [7, 7, 1_700] } as const;

test('every node reports over a bad network, and the figures are written', async (t) => {
  const place = folder(t);
  const [json, html] = [join(place, 'fleet.json'), join(place, 'fleet.html')];
  const { code, stdout, stderr } = await thimble(t, ['fleet', '--nodes', `${NODES}`, '--for', '1s', '--loss', '2%', '--delay', '5',
    '--jitter', '5', '--seed', '3', '--json', json, '--report', html]);
  assert.deepEqual([code, stderr], [0, ''], stdout);
  assert.match(stdout, /70 of 70 nodes reported in [\d.]+ s\n +network +loss 2%, delay 5–10 ms, .*; seed 3\n/);
  assert.match(stdout, /handshake time +p50 [\d,]+ +p95 [\d,]+ +p99 [\d,]+/);
  const results = JSON.parse(readFileSync(json, 'utf8'));
  assert.deepEqual([results.connected, results.reported, results.failures], [NODES, NODES, []]);
  assert.ok(results.network.lost > 0);
  assert.deepEqual(Object.keys(results.credentials), ['psk', 'raw', 'certificate']);
  const page = readFileSync(html, 'utf8');
  assert.match(page, /<h1>70 of 70 nodes reported<\/h1>[^]*<\/html>\n$/);
  for (const [kind, [nodes, datagrams, bytes]] of Object.entries(LEAST)) {
    const own = results.credentials[kind];
    assert.deepEqual([own.nodes, own.connected, own.reported], [nodes, nodes, nodes]);
    assert.ok(own.handshake.timeMs.count === nodes && own.handshake.datagrams.minimum >= datagrams, kind);
    assert.ok(own.handshake.bytes.minimum >= bytes && own.handshake.bytes.p50 < bytes + 200, `${kind}: ${own.handshake.bytes.p50}`);
    assert.ok(own.memory.nodeUsed <= 12_288);
    assert.match(stdout, new RegExp(`\\n  ${kind} +${nodes} +[\\d,]+ +[\\d,]+ +\\d+ +[\\d,]+ +[\\d,]+ +\\d+ +[\\d,]+(\\n|$)`));
    assert.match(page, new RegExp(`<th>${kind} \\(${nodes} of ${nodes} nodes\\), ms</th>`));
  }
});

test('all nodes have what is asked for, which really is what they use', async (t) => {
  const pcap = join(folder(t), 'fleet.pcapng');
  const { code, stdout } = await thimble(t, ['fleet', '--nodes', '2', '--for', '0', '--loss', '0', '--credentials', 'raw=1,certificate=1',
    '--pcap', pcap]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /\n  raw +1 .*\n  certificate +1 .*\n$/);
  const { stdout: explained } = await thimble(t, ['explain', pcap]);
  assert.doesNotMatch(explained, /TLS_PSK/);
  assert.equal(explained.match(/ServerHello .*TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8/g)?.length, 2, explained);
  assert.equal(explained.match(/ CertificateVerify /g)?.length, 2);
});

test('nodes report to a gateway outside, with the keys that it knows', async (t) => {
  const keys = pskFile(t, 'dev1:0a0b', 'dev2:0c0d');
  const { server, address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  const { code, stdout } = await thimble(t, ['fleet', '--nodes', '4', '--for', '0', '--loss', '0', '--target', address,
    '--psk-file', keys]);
  assert.equal(code, 0, stdout);
  const { stderr } = await server.interrupt();
  for (const name of ['node-1', 'node-2', 'node-3', 'node-4']) assert.match(stderr, new RegExp(`PUT /readings/${name} 2\\.01`));
});

test('a gateway may have an IPv6 address', { skip: noIPv6 }, async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'coap', 'serve', '[::1]:0', '--psk-file', keys);
  const { code, stdout } = await thimble(t, ['fleet', '--nodes', '1', '--for', '0', '--loss', '0', '--target', address,
    '--psk-file', keys]);
  assert.equal(code, 0, stdout);
  assert.match((await server.interrupt()).stderr, /\[::1\]:\d+ PUT \/readings\/node-1 2\.01/);
});

test('a gateway without a route is the nodes\' failure, not the command\'s', async (t) => {
  const { code, stdout, stderr } = await thimble(t, ['fleet', '--nodes', '1', '--for', '0', '--target', '255.255.255.255:5684',
    '--psk-file', pskFile(t, `dev1:${'0a'.repeat(16)}`)]);
  assert.deepEqual([code, stderr], [1, '']);
  assert.match(stdout, /node-1 did not report: connect E/);
});

test('a capture at the gateway, with its keys, is explained down to the readings', async (t) => {
  const pcap = join(folder(t), 'fleet.pcapng');
  const { code, stdout } = await thimble(t, ['fleet', '--nodes', '3', '--for', '0', '--loss', '0', '--pcap', pcap]);
  assert.equal(code, 0, stdout);
  const explained = await thimble(t, ['explain', pcap]);
  for (const name of ['node-1', 'node-2', 'node-3']) {
    assert.match(explained.stdout, new RegExp(`ApplicationData +CoAP CON mid \\d+ PUT /readings/${name} `));
  }
  assert.match(explained.stdout, /c3 127\.0\.0\.1:\d+ > 127\.0\.0\.1:\d+: /);
});

test('a gateway that is silent, and Ctrl-C: the summary so far, and not done', async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const fleet = start(t, 'fleet', '--nodes', '3', '--for', '60s', '--loss', '0', '--target',
    `127.0.0.1:${silent.address().port}`, '--psk-file', pskFile(t));
  await once(silent, 'message');
  const { code, stdout } = await fleet.interrupt();
  assert.equal(code, 1);
  assert.match(stdout, /interrupted; so far:\n0 of 3 nodes reported/);
  assert.match(stdout, /node-1 did not report: its handshake was not done in time\n.*\n  node-3 did not report: it was not switched on\n/);
});
