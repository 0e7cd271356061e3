// thimble key new: are the files what they should be, readable by their owner alone, and taken by others?
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SERVER_AUTH } from '../../host/node/certificate.js';
import { partsOf } from '../../host/node/certificate.js';
import { publicKeyName } from '../../host/node/index.js';
import { followPath } from '../../host/node/path.js';
import { find } from '../interop/peers.js';
import { spawnSync } from 'node:child_process';
import { thimble } from './thimble.js';

const EUI = '00-11-22-33-44-55-66-77';

/** A folder of the test's own, and the command in it. */
function keys(t: TestContext): { folder: string; make: (...args: string[]) => Promise<string>; read: (file: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    make: async (...args) => {
      const { code, stdout, stderr } = await thimble(t, ['key', 'new', ...args, '--out', folder]);
      assert.equal(code, 0, stderr);
      return stdout;
    },
  };
}

const isSecret = (path: string) => assert.equal(statSync(path).mode & 0o077, 0, 'others can read it');

test('a raw public key: two files, and its name on standard output', async (t) => {
  const { folder, make, read } = keys(t);
  const name = (await make('raw', 'node-17')).trim();
  const secret = createPrivateKey(read('node-17.key'));
  assert.ok(createPublicKey(read('node-17.pub')).equals(createPublicKey(secret)));
  assert.equal(name, publicKeyName(secret));
  isSecret(join(folder, 'node-17.key'));
  const { code, stderr } = await thimble(t, ['key', 'new', 'raw', 'node-17', '--out', folder]);
  assert.equal(code, 2);
  assert.match(stderr, /node-17\.key is there already/);
});

test('an authority, a server and a device below it; OpenSSL takes them, too', async (t) => {
  const { folder, make, read } = keys(t);
  const at = (file: string) => join(folder, file);
  const below = ['--ca', at('root.pem'), '--ca-key', at('root.key')];
  await make('certificate', 'root', '--authority', '--days', '10000');
  const told = await make('certificate', 'gateway.example', ...below);
  await make('certificate', EUI, ...below);
  const [root, gateway, device] = ['root', 'gateway.example', EUI].map((name) => new X509Certificate(read(`${name}.pem`)));
  for (const certificate of [gateway!, device!]) {
    const { check } = followPath([certificate], { anchors: [root!], purpose: SERVER_AUTH, now: new Date() });
    assert.equal(check, 0);
    assert.ok(!certificate.ca && certificate.raw.length < 420, `${certificate.raw.length} bytes`);
  }
  assert.deepEqual([gateway!.subjectAltName, gateway!.checkHost('gateway.example', { subject: 'never' })], ['DNS:gateway.example', 'gateway.example']);
  assert.ok(!gateway!.subject.includes('gateway'), 'a domain name outside of subjectAltName (7925-4.4.1-2, 7925-4.4.1-3)');
  assert.equal(device!.subject, `CN=${EUI}`); // 7925-4.4.2-1
  assert.ok(root!.ca && partsOf(root!).keyIdentifier !== undefined && root!.validTo.endsWith('GMT'));
  assert.ok(gateway!.checkPrivateKey(createPrivateKey(read('gateway.example.key'))));
  assert.match(told, new RegExp(`^ni:///sha-256;[\\w-]{43}\nSHA256:${gateway!.fingerprint256}\n$`));
  isSecret(at('gateway.example.key'));
  const openssl = find('openssl', ['version'], 'openssl');
  if (openssl.missing !== '') return t.diagnostic(openssl.missing);
  for (const name of ['gateway.example', EUI]) {
    const { status, stderr } = spawnSync(openssl.path, ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', at('root.pem'), at(`${name}.pem`)],
      { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

test('what does not belong together makes no certificate', async (t) => {
  const { folder, make } = keys(t);
  await make('certificate', 'root', '--authority');
  await make('certificate', 'alone.example');
  const at = (file: string) => join(folder, file);
  for (const [ca, key, says] of [['root.pem', 'alone.example.key', /is not the key of/], ['alone.example.pem', 'alone.example.key', /is no authority/]] as const) {
    const { code, stderr } = await thimble(t, ['key', 'new', 'certificate', 'x', '--ca', at(ca), '--ca-key', at(key), '--out', folder]);
    assert.equal(code, 2);
    assert.match(stderr, says);
  }
});
