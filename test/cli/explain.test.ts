import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readCapture, type Packet } from '../../host/cli/explain/capture.js';
import { conversationText, happeningText } from '../../host/cli/explain/describe.js';
import { KeyLog } from '../../host/cli/explain/secrets.js';
import { Timeline } from '../../host/cli/explain/timeline.js';
import { udpOf } from '../../host/cli/explain/udp.js';
import { folder, thimble } from './thimble.js';

/** A capture that we wrote: a whole conversation with losses and retransmissions, its keys inside. */
async function ownCapture(t: TestContext, ...args: string[]): Promise<{ path: string; stdout: string }> {
  const path = join(folder(t), 'seed.pcapng');
  const { code, stdout, stderr } = await thimble(t, ['explain', '--seed', '7', '--pcap', path, ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return { path, stdout };
}

function explained(packets: Packet[], keyLogs: string[]): string[] {
  const keys = new KeyLog();
  for (const text of keyLogs) keys.add(text);
  const timeline = new Timeline(keys);
  const datagrams = packets.flatMap((packet) => udpOf(packet) ?? []);
  const lines = datagrams.flatMap((datagram) => timeline.read(datagram))
    .map((said) => happeningText(said, datagrams[0]!.atMs));
  return [...lines, ...timeline.conversations.map((conversation) => conversationText(conversation, keys.size > 0))];
}

test('a seed is replayed line by line, and another seed is another story', async (t) => {
  const { stdout } = await ownCapture(t, '--loss', '30%');
  const again = await thimble(t, ['explain', '--seed', '7', '--loss', '30%']);
  assert.equal(again.stdout, stdout);
  assert.notEqual((await thimble(t, ['explain', '--seed', '8', '--loss', '30%'])).stdout, stdout);
  assert.match(stdout, /^ +0\.0ms c1 client 0:0 +ClientHello +message_seq 0, 50 B, DTLS 1\.2, cookie 0 B, TLS_PSK_WITH_AES_128_CCM_8/);
  assert.match(stdout, /retransmission/);
  assert.match(stdout, /, lost$/m);
});

test('beside what is said stands the state, in RFC words', async (t) => {
  const { stdout } = await ownCapture(t, '--loss', '0%');
  const states = [...stdout.matchAll(/c1 (\w+ 1\.2 \w+) out (\S+) in .*? flight (\d) (\w+)/g)]
    .map(([, ...words]) => words.join(' '));
  assert.deepEqual(states, [
    'client 1.2 WAIT_HELLO_VERIFY_REQUEST 0:1 1 WAITING',
    'client 1.2 WAIT_SERVER_HELLO 0:2 3 WAITING',
    'server 1.2 WAIT_CLIENT_KEY_EXCHANGE 0:2 4 WAITING',
    'client 1.2 WAIT_CHANGE_CIPHER_SPEC 1:1 5 WAITING',
  ]);
  assert.match(stdout, /connected after 120\.0ms, 3 messages answered/);
});

test('a wrong key in virtual time ends as it does in the real one, with exit code 1', async (t) => {
  const { code, stdout } = await thimble(t, ['explain', '--seed', '1', '--loss', '0%', '--wrong-key', '--json']);
  assert.equal(code, 1);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some(({ what, detail }) => what === 'Alert' && detail === 'fatal decrypt_error'));
  assert.deepEqual([lines.at(-1).isConnected, lines.at(-1).reason.cause], [false, 'WRONG_KEY']);
});

test('a capture of ours says the same as the replay that wrote it', async (t) => {
  const { path, stdout } = await ownCapture(t, '--loss', '30%', '--duplicate', '20%');
  const { code, stdout: read } = await thimble(t, ['explain', path]);
  assert.equal(code, 0);
  const said = stdout.split('\n').filter((line) => / \d+:\d+ +[A-Z]/.test(line) && !line.includes(' 1.2 '))
    .map((line) => line.replace(/, (lost|arrives twice)$/, ''));
  assert.deepEqual(read.trimEnd().split('\n').slice(0, -1), said);
});

test('captures of others: pcap of either byte order and clock, and every kind of link', async (t) => {
  const { path } = await ownCapture(t, '--loss', '0%');
  const { packets, keyLogs, truncated } = readCapture(readFileSync(path), path);
  assert.ok(!truncated);
  const ours = explained(packets, keyLogs);
  assert.match(ours.at(-1)!, /^c1 192\.0\.2\.1:40001 > 192\.0\.2\.2:5684: 14 datagrams, \d+ B, 0 messages sent again$/);
  for (const little of [true, false]) {
    for (const nanoseconds of [true, false]) {
      for (const [linkType, header] of LINKS) {
        const file = asPcap(packets, little, nanoseconds, linkType, header);
        const read = readCapture(file, 'theirs');
        assert.deepEqual(explained(read.packets, keyLogs), ours, `link ${linkType}`);
        assert.ok(readCapture(file.subarray(0, file.length - 1), 'theirs').truncated);
      }
    }
  }
});

/** LINKTYPE and a header of that kind for IPv4. */
const LINKS: [number, number[]][] = [
  [1, [...new Array(12).fill(2), 8, 0]],
  [1, [...new Array(12).fill(2), 0x81, 0, 0, 5, 8, 0]],
  [0, [2, 0, 0, 0]],
  [101, []],
  [113, new Array(16).fill(0)],
  [276, new Array(20).fill(0)],
];

function asPcap(packets: Packet[], little: boolean, nanoseconds: boolean, linkType: number, link: number[]): Uint8Array {
  const fields = (...values: number[]) => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, index) => view.setUint32(index * 4, value, little));
    return new Uint8Array(view.buffer);
  };
  const [magic, version] = [nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, little ? 0x00040002 : 0x00020004];
  const parts: Uint8Array[] = [fields(magic, version, 0, 0, 65_535, linkType)];
  for (const { atMs, bytes } of packets) {
    const fraction = Math.round((atMs % 1_000) * (nanoseconds ? 1e6 : 1e3));
    const length = link.length + bytes.length;
    parts.push(fields(Math.floor(atMs / 1_000), fraction, length, length), Uint8Array.from(link), bytes);
  }
  return Buffer.concat(parts);
}

test('without keys what is encrypted is said to be', async (t) => {
  const { path } = await ownCapture(t, '--loss', '0%');
  const { packets } = readCapture(readFileSync(path), path);
  const lines = explained(packets, []);
  assert.equal(lines.filter((line) => line.endsWith('encrypted')).length, 10);
  assert.match(lines.at(-1)!, /10 records not opened \(no key log\)/);
});

test('damaged captures are read as far as they go, and never end in a crash', async (t) => {
  const { path } = await ownCapture(t);
  const whole = readFileSync(path);
  for (let length = 24; length < whole.length; length += 7) {
    const { packets, keyLogs } = readCapture(whole.subarray(0, length), path);
    explained(packets, keyLogs);
  }
  for (let at = 28; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at]! ^= 0xff;
    const { packets, keyLogs } = readCapture(damaged, path);
    explained(packets, keyLogs);
  }
});

test('a file that is no capture is wrong usage; one without DTLS, or cut short, gets a warning', async (t) => {
  const place = folder(t);
  const text = join(place, 'text');
  writeFileSync(text, 'this is no capture, and long enough to look');
  assert.equal((await thimble(t, ['explain', text])).code, 2);
  const { path } = await ownCapture(t, '--loss', '0%');
  const cut = join(place, 'cut.pcapng');
  writeFileSync(cut, readFileSync(path).subarray(0, -3));
  assert.match((await thimble(t, ['explain', cut])).stderr, /ends in the middle of a packet/);
  const none = join(place, 'none.pcapng');
  writeFileSync(none, readFileSync(path).subarray(0, 28 + 20));
  assert.match((await thimble(t, ['explain', none])).stderr, /holds no DTLS 1\.2 records/);
});
