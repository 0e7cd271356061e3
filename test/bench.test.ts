// Does the bench run, with every competitor that this machine has? How fast anything is, is not asked here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { floods } from './bench/flood.js';
import { HANDSHAKES, type Kind } from './bench/kinds.js';
import type { Report } from './bench/report.js';

const main = fileURLToPath(new URL('./bench/main.js', import.meta.url));
const run = promisify(execFile);

test('one quick round measures everyone and writes the report', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-bench-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.json');
  const { stdout } = await run(process.execPath, [main, '--quick', '--json', file]);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  for (const { name, reason } of report.absent) t.diagnostic(`not measured: ${name}: ${reason}`);
  if (process.env['THIMBLE_DEMAND_PEERS'] === '1') assert.deepEqual(report.absent, []);
  for (const { name, rates, handshake } of report.lines) {
    assert.ok(stdout.includes(name), `${name} is in the table`);
    for (const [task, rate] of Object.entries(rates)) assert.ok(rate > 0, `${name}: ${task}`);
    assert.ok(handshake.bytes > 0 && handshake.datagrams > 0, `${name}: a handshake's bytes are counted`);
  }
  for (const [task, of] of Object.entries(report.extras)) {
    assert.ok(of['thimble'] !== undefined, task);
    for (const { rate, ratio } of Object.values(of)) assert.ok(rate > 0 && ratio > 0, task);
  }
  assert.ok(report.extras['state-save']['thimble']!.bytes! <= 96 + 32, 'a state and what seals it');
  assert.ok(report.cidCost > 0);
  for (const [kind, { client, server }] of Object.entries(report.shares)) {
    assert.ok(stdout.includes(HANDSHAKES[kind as Kind]), `${kind} is in the table`);
    const isMutual = kind.startsWith('mutual'), isEcdsa = kind !== 'ecdhe-psk', hasChain = kind.endsWith('certificate');
    const verified = isEcdsa ? (hasChain ? ['verify', 'verify'] : ['verify']) : [];
    assert.deepEqual([...client.operations].sort(), ['ecdh', 'generate', ...(isMutual ? ['sign'] : []), ...verified], kind);
    assert.deepEqual([...server.operations].sort(), ['ecdh', 'generate', ...(isEcdsa ? ['sign'] : []), ...(isMutual ? verified : [])], kind);
    for (const side of [client, server]) assert.ok(side.p256Ms > 0 && side.p256Ms < side.ms, kind);
  }
  const ours = report.lines.find(({ key }) => key === 'thimble')!;
  assert.equal(ours.handshake.datagrams, 6);
  assert.ok(ours.handshake.bytes <= 461, 'requirements S.3: 425 + 4 of identity + 2 × 16 of cookie');
});

test('wrong usage ends with 2 and says what to write', async () => {
  await assert.rejects(run(process.execPath, [main, '--rounds', '0']), { code: 2, stderr: /whole number, 1 or more/ });
  await assert.rejects(run(process.execPath, [main, '--fast']), { code: 2, stderr: /unknown option/ });
});

test('--help names the options and the exit codes', async () => {
  const { stdout } = await run(process.execPath, [main, '--help']);
  for (const word of ['--rounds', '--quick', '--json', 'Exit codes']) assert.match(stdout, new RegExp(word));
});

test('a flood of strangers brings nobody more than it sends, and is forgotten but for slots of known size', () => {
  for (const { what, microseconds, amplification, bytes, ms } of floods(20)) {
    assert.ok(microseconds > 0 && bytes >= 0 && ms <= 2000, what);
    if (!what.includes('with its cookie')) assert.ok(amplification <= 1, `${what}: ${amplification}`);
  }
});
