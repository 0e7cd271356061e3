// Sessions between runs of the command: --session and --ticket-keys.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, pskFile, serve, thimble } from './thimble.js';

test('--session keeps a session in a file for its owner, and the next run resumes it, at any server with the same ticket keys', async (t) => {
  const keys = pskFile(t), file = join(folder(t), 'session'), secrets = join(folder(t), 'secrets');
  writeFileSync(secrets, `# newest first\n${'02'.repeat(32)}\n${'01'.repeat(32)}\n`);
  const args = ['listen', '127.0.0.1:0', '--psk-file', keys, '--ticket-keys', secrets];
  const first = await serve(t, ...args), second = await serve(t, ...args);
  const run = (address: string) => thimble(t, ['connect', address, '--psk-file', keys, '--session', file, '--linger', '0'], 'x\n');
  assert.doesNotMatch((await run(first.address)).stderr, /resumed/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const session = readFileSync(file);
  for (const { server, address } of [first, second]) {
    assert.match((await run(address)).stderr, /connected to .*, session resumed\n/);
    await server.says(/dev1 connected from .*, session resumed/);
  }
  assert.ok(readFileSync(file).equals(session));
  session[session.length - 1]! ^= 1;
  writeFileSync(file, session);
  const { code, stderr } = await run(first.address);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /resumed/);
});

test('a file of ticket keys that is none, and sessions that cannot be read, are wrong usage', async (t) => {
  const keys = pskFile(t), file = join(folder(t), 'secrets');
  for (const text of ['', 'zz', '01'.repeat(15), `${'01'.repeat(16)}\n`.repeat(4)]) {
    writeFileSync(file, text);
    const { code, stderr } = await thimble(t, ['listen', '127.0.0.1:0', '--psk-file', keys, '--ticket-keys', file]);
    assert.equal(code, 2);
    assert.match(stderr, /--ticket-keys .*hex digits/);
    assert.ok(text.length < 8 || !stderr.includes(text.slice(0, 8)));
  }
  const { code, stderr } = await thimble(t, ['connect', '127.0.0.1:1', '--psk-file', keys, '--session', folder(t)]);
  assert.equal(code, 2);
  assert.match(stderr, /--session .*EISDIR/);
});
