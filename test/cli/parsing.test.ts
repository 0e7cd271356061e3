import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatAddress, parseCoapsUrl, parseListenAddress, parsePeerAddress } from '../../host/cli/address.js';
import { parsePsk, readPskFile } from '../../host/cli/keys.js';
import { lines } from '../../host/cli/lines.js';
import { duration, integer, rate } from '../../host/cli/numbers.js';
import { UsageError } from '../../host/cli/usage.js';
import { folder } from './thimble.js';

const wrong = (action: () => unknown, pattern: RegExp) => assert.throws(action, (error: Error) => {
  assert.ok(error instanceof UsageError, `${error}`);
  assert.match(error.message, pattern);
  return true;
});

test('a key is split from its identity at the last colon', () => {
  const { identity, key } = parsePsk('urn:dev:mac:0024befffe804ff1:0aFF');
  assert.equal(Buffer.from(identity).toString(), 'urn:dev:mac:0024befffe804ff1');
  assert.deepEqual([...key], [0x0a, 0xff]);
});

test('identities to 128 bytes and keys to 64 are taken, and no longer ones', () => {
  assert.equal(parsePsk(`${'é'.repeat(64)}:${'ab'.repeat(64)}`).key.length, 64);
  wrong(() => parsePsk(`${'é'.repeat(64)}x:ab`), /identity has 129 bytes/);
  wrong(() => parsePsk(`x:${'ab'.repeat(65)}`), /key has 65 bytes/);
});

test('a malformed key is refused without being repeated', () => {
  for (const text of ['dev1', 'dev1:', 'dev1:abc', 'dev1:5ecret', ':abcd', 'dev1:0xab']) {
    wrong(() => parsePsk(text), /--psk: (?!.*(5ecret|abc|0xab))/);
  }
});

test('a file of keys: comments, blank lines, Windows line ends, GnuTLS\'s identities in hex', (t) => {
  const path = join(folder(t), 'keys');
  writeFileSync(path, '# ours\n\ndev1:aa\r\n#64657632:bb\n#\n');
  assert.deepEqual(readPskFile(path).map(({ identity, key }) => [`${Buffer.from(identity)}`, key[0]]),
    [['dev1', 0xaa], ['dev2', 0xbb]]);
  writeFileSync(path, 'dev1:aa\ndev2=5ecret\n');
  wrong(() => readPskFile(path), /keys, line 2: (?!.*5ecret)/);
  writeFileSync(path, '# nothing\n');
  wrong(() => readPskFile(path), /no identity:hexkey line/);
  wrong(() => readPskFile(`${path}.missing`), /ENOENT/);
});

test('addresses of both families, with and without a port', () => {
  assert.deepEqual(parseListenAddress('5684'), { host: '', port: 5684 });
  assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(parseListenAddress('[::1]:7'), { host: '::1', port: 7 });
  // 7252-9-2
  assert.deepEqual(parsePeerAddress('gateway.example'), { host: 'gateway.example', port: 5684 });
  assert.deepEqual(parsePeerAddress('[fe80::1%eth0]:7'), { host: 'fe80::1%eth0', port: 7 });
  assert.equal(formatAddress({ host: '::1', port: 7 }), '[::1]:7');
  wrong(() => parsePeerAddress('::1:7'), /\[address\]:port/);
  wrong(() => parsePeerAddress('x:0'), /port '0'/);
  wrong(() => parsePeerAddress('x:65536'), /port '65536'/);
  wrong(() => parsePeerAddress(':7'), /host:port/);
  wrong(() => parseListenAddress('x:'), /port ''/);
  for (const text of ['abc', '80a', '127.0.0.1', '[::1]', '']) wrong(() => parseListenAddress(text), /write \[host:\]port/);
});

test('a coaps URI is decoded into options (RFC 7252 §6.4)', () => {
  assert.deepEqual(parseCoapsUrl('coaps://h/a%2Fb/%E2%82%AC?x=1&y%26=2'),
    { host: 'h', port: 5684, uriPath: ['a/b', '€'], uriQuery: ['x=1', 'y&=2'] });
  assert.deepEqual(parseCoapsUrl('coaps://[::1]:77'), { host: '::1', port: 77, uriPath: [], uriQuery: [] });
  assert.deepEqual(parseCoapsUrl('coaps://h/').uriPath, []);
  assert.deepEqual(parseCoapsUrl('coaps://h/a/').uriPath, ['a', '']);
  wrong(() => parseCoapsUrl('coap://h/'), /not protected/);
  wrong(() => parseCoapsUrl('http://h/'), /coaps:\/\/host/);
  wrong(() => parseCoapsUrl('coaps://h/#x'), /fragment/);
  wrong(() => parseCoapsUrl('coaps://dev1@h/'), /identity/);
  wrong(() => parseCoapsUrl('coaps:///x'), /host is missing/);
  wrong(() => parseCoapsUrl('coaps://h/%ff'), /UTF-8/);
  wrong(() => parseCoapsUrl('time'), /no URI/);
});

test('numbers, times and rates name their option when they are wrong', () => {
  assert.equal(integer('--n', 1, 9)('9'), 9);
  assert.equal(duration('--t', 's')('1.5'), 1_500);
  assert.equal(duration('--t', 'ms')('20'), 20);
  assert.equal(duration('--t', 'ms')('2m'), 120_000);
  assert.equal(rate('--r')('12.5%'), 0.125);
  assert.equal(rate('--r')('0.3'), 0.3);
  for (const text of ['0', '10', '-1', '1e1', '0x1', '', ' 1']) wrong(() => integer('--n', 1, 9)(text), /^--n '/);
  for (const text of ['', '-1', '1d', 'ms', '999999999h']) wrong(() => duration('--t', 's')(text), /^--t '/);
  for (const text of ['10', '101%', '-1%', '', '%']) wrong(() => rate('--r')(text), /^--r '/);
});

test('lines keep their newlines however they are cut', async () => {
  async function* chunks() {
    for (const text of ['a\nb', 'c', '\n\nd\n', 'e']) yield Buffer.from(text);
  }
  const read: string[] = [];
  for await (const line of lines(chunks(), 3)) read.push(line.toString());
  assert.deepEqual(read, ['a\n', 'bc\n', '\n', 'd\n', 'e']);
});

test('a line longer than a message is refused at once, however long its end takes', async () => {
  let chunks = 0;
  async function* endless() {
    for (;; chunks++) yield Buffer.from('x\n'.repeat(chunks === 0 ? 1 : 0) + 'x'.repeat(40));
  }
  const stream = lines(endless(), 100);
  assert.equal(`${(await stream.next()).value}`, 'x\n');
  await assert.rejects(stream.next(), /longest message, 100 bytes/);
  assert.equal(chunks, 2);
});
