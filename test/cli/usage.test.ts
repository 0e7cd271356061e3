import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { KEY, MAIN, pskFile, PSK, serve, thimble } from './thimble.js';

const WRONG: [args: string[], says: RegExp][] = [
  [['lisen'], /unknown command 'lisen'.*listen/],
  [['listen'], /missing required argument 'address'/],
  [['listen', '0', '--psk', PSK, '--frobnicate'], /unknown option '--frobnicate'/],
  [['listen', '0'], /which key\? Give --psk-file/],
  [['listen', '0', '--psk', PSK, '--psk', PSK], /two keys for the identity 'dev1'/],
  [['connect', 'localhost:1', '--psk', PSK, '--psk', `dev2:${KEY}`], /which of the 2 keys\? Say it with --identity/],
  [['connect', 'localhost:1', '--psk', PSK, '--identity', 'dev3'], /no key for the identity 'dev3'/],
  [['connect', 'localhost:1', '--psk', `dev1:${KEY}x`], /pairs of hex digits/],
  [['connect', 'localhost:1', '--psk-file', PSK], /^(?!.*61207072652d736861726564206b6579).*--psk-file wants the name of a file/],
  [['connect', 'localhost:1', '--psk', PSK, '--mtu', '10'], /--mtu '10': write a whole number from 256/],
  [['connect', 'localhost:1', '--psk', PSK, '--cipher', 'NULL'],
    /--cipher 'NULL': write ECDHE-ECDSA-AES128-CCM8, .*PSK-AES128-CCM8, .*, or their IANA names/],
  [['connect', 'localhost:1', '--psk', PSK, '--version-max', '1.3'], /--version-max 1\.3 is not there yet/],
  [['connect', 'localhost:1', '--psk', PSK, '--version-min', '2'], /--version-min '2': write 1\.2/],
  [['connect', 'localhost:1', '--psk', PSK, '--profile', 'webrtc'], /webrtc is not there yet/],
  [['connect', 'localhost:1', '--psk', PSK, '--keylog', '/nowhere/at/all'], /--keylog \/nowhere\/at\/all: ENOENT/],
  [['connect', 'localhost:1', '--psk', PSK, '--pcap', '/nowhere/at/all'], /--pcap \/nowhere\/at\/all: ENOENT/],
  [['listen', '80a', '--psk', PSK], /'80a': write \[host:\]port/],
  [['coap', 'serve', 'abc', '--psk', PSK], /'abc': write \[host:\]port/],
  [['connect', 'localhost:1', '--cert', 'cert.pem'], /--cert and --key go together/],
  [['connect', 'localhost:1', '--cert', 'cert.pem', '--key', 'key.pem', '--raw-key', 'key.pem'], /--raw-key stands in the place of --cert/],
  [['connect', 'localhost:1', '--ca', '/nowhere.pem'], /--ca \/nowhere\.pem: ENOENT \(no such file or folder\)/],
  [['connect', 'localhost:1', '--psk', PSK, '--session', '/nowhere/at'], /--session \/nowhere\/at: cannot be written, ENOENT \(no such/],
  [['connect', 'localhost:1', '--psk', PSK, '--cipher', 'ECDHE-ECDSA-AES128-CCM8'], /needs --cert, --raw-key, --ca or --peer-key/],
  [['connect', 'localhost:1', '--ca', MAIN], /--ca holds no certificate in PEM or DER/],
  [['connect', 'localhost:1', '--raw-key', MAIN], /--raw-key holds no private key in PEM or DER/],
  [['connect', 'localhost:1', '--peer-key', 'ni:///sha-256-32;AAAAAA'], /--peer-key names a key by less than 120 bits/],
  [['listen', '0', '--require-cert', '--psk', PSK], /--require-cert: say whom to trust, with --ca F or --peer-key F/],
  [['listen', '0', '--ca', MAIN, '--psk', PSK], /ask for certificates with --require-cert/],
  [['connect', 'localhost:1', '--ca', MAIN, '--require-cert'], /unknown option '--require-cert'/],
  [['coap', 'get', 'coaps://localhost/', '--cid', '21', '--psk', PSK], /--cid '21': write a whole number from 0 to 20/],
  [['coap', 'get', 'coap://localhost/', '--psk', PSK], /coap:\/\/ is not protected/],
  [['coap', 'get', 'coaps://localhost/', '--psk', PSK, '--payload', 'x'], /unknown option '--payload'/],
  [['coap', 'put', 'coaps://localhost/', '--psk', PSK, '--payload', 'x', '--format', 'text/unheard-of'], /text\/unheard-of/],
  [['key', 'new', 'rsa'], /the kind is psk, raw or certificate/],
  [['key', 'new', 'certificate', 'a b'], /the name has up to 64 letters/],
  [['key', 'new', 'certificate', 'x', '--ca', 'root.pem'], /--ca and --ca-key go together/],
  [['key', 'new', 'certificate', 'x', '--ca', MAIN, '--ca-key', MAIN], /--ca-key .*: not what it should hold/],
  [['key', 'new', 'raw', 'nowhere/at/all', '--out', '/nowhere/at/all'], /nowhere.*ENOENT/],
  [['key', 'new', 'psk', '--bytes', '65'], /from 1 to 64/],
  [['memory', '--build', 'huge'], /Allowed choices are psk, full, node/],
  [['memory', '--exporters'], /--exporters: the psk build has none/],
  [['memory', '--build', 'node', '--connections', '4096', '--message', '65535'], /no memory of at most 64 MiB/],
  [['explain'], /a capture file or --seed/],
  [['explain', '/nowhere.pcap'], /\/nowhere\.pcap: ENOENT/],
  [['fleet', '--loss', '5'], /--loss '5': write a rate as 10% or 0\.1/],
  [['fleet', '--target', 'localhost:1'], /--target and --psk-file go together/],
  [['fleet', '--target', 'localhost:1', '--psk-file', 'x', '--pcap', 'y'], /--pcap is taken at our own gateway/],
  [['fleet', '--credentials', 'psk=70,rpk=30'], /'psk=70,rpk=30': write kinds and their parts, as psk=70,raw=20,certificate=10/],
  [['fleet', '--credentials', 'psk=-1'], /write kinds and their parts/],
  [['fleet', '--credentials', 'raw=1,psk,raw=2'], /raw stands there twice/],
  [['fleet', '--credentials', 'raw=0,psk=0'], /at least one kind a part above 0/],
  [['fleet', '--target', 'localhost:1', '--psk-file', 'x', '--credentials', 'raw'], /known to our own gateway alone: leave out --target/],
  [['fleet', '--report', '/nowhere/at/all'], /\/nowhere\/at\/all: ENOENT/],
];

test('wrong usage is exit code 2 and one line that says what to write', { concurrency: 2 }, async (t) => {
  await Promise.all(WRONG.map(([args, says]) =>
    t.test(args.join(' ').replaceAll(KEY, '…'), async (t) => {
      const { code, stdout, stderr } = await thimble(t, args);
      const errors = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('thimble: warning:'));
      assert.deepEqual([code, stdout, errors.length], [2, '', 1], stderr);
      assert.match(errors[0]!, /^thimble: /);
      assert.match(errors[0]!, says);
      assert.ok(!stderr.includes(KEY), 'a secret in an error');
    })));
});

test('help of every command says what it does; no command at all is wrong usage, with the help', async (t) => {
  for (const command of ['listen', 'connect', 'coap', 'coap get', 'coap serve', 'fleet', 'key new', 'memory', 'explain']) {
    const { code, stdout, stderr } = await thimble(t, [...command.split(' '), '--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, new RegExp(`^Usage: thimble ${command}`));
    assert.equal(/--cid/.test(stdout), !['fleet', 'key new', 'explain', 'coap'].includes(command));
  }
  const { code, stderr } = await thimble(t, []);
  assert.equal(code, 2);
  assert.match(stderr, /Exit codes: 0 done, 1 .*, 2 wrong usage/);
});

test('--version is the package\'s', async (t) => {
  const { code, stdout } = await thimble(t, ['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

// 7925-4.1-2, 8442-3-2, 9257-1
test('key new psk prints one line that --psk-file takes, another one each time', async (t) => {
  const first = await thimble(t, ['key', 'new', 'psk', 'node-17', '--bytes', '32']);
  assert.equal(first.code, 0);
  assert.match(first.stdout, /^node-17:[0-9a-f]{64}\n$/);
  assert.notEqual((await thimble(t, ['key', 'new', 'psk', 'node-17', '--bytes', '32'])).stdout, first.stdout);
  assert.match((await thimble(t, ['key', 'new', 'psk'])).stdout, /^node-[0-9a-f]{8}:[0-9a-f]{32}\n$/);
});

// 7925-4.1-2, 8442-3-2, 9257-1
test('a key that is too short to be good is warned of, once, and used', async (t) => {
  const warnings = async (key: string) => {
    const keys = pskFile(t, `a:${key}`), { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys);
    const { code, stderr } = await thimble(t, ['connect', address, '--psk-file', keys, '--linger', '0'], 'x\n');
    assert.equal(code, 0, stderr);
    return stderr.match(/warning: A pre-shared key has \d+ bytes/g);
  };
  assert.deepEqual(await warnings('00'.repeat(16)), null);
  assert.deepEqual(await warnings('00'.repeat(15)), ['warning: A pre-shared key has 15 bytes']);
});

test('a port in use, a name nobody has, and an address that is not ours are failures with a hint', async (t) => {
  const other = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const keys = pskFile(t);
  const cases: [string[], RegExp][] = [
    [['listen', `127.0.0.1:${other.address().port}`], /EADDRINUSE.*choose another, or 0/],
    [['coap', 'serve', `127.0.0.1:${other.address().port}`], /EADDRINUSE.*choose another, or 0/],
    [['connect', 'nobody.invalid:5684'], /nobody\.invalid/],
    [['coap', 'get', 'coaps://nobody.invalid/'], /nobody\.invalid/],
    [['listen', '192.0.2.1:0'], /EADDRNOTAVAIL.*no such address/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await thimble(t, [...args, '--psk-file', keys]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

test('the program may be executed, so that npx finds it in a clone', () => {
  assert.notEqual(statSync(MAIN).mode & 0o111, 0);
});
