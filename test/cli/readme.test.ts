// The README's example, run as a user would: does it print what the README says?
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { thimble } from './thimble.js';

// the package finds itself by its own name from any file in it
const example = fileURLToPath(new URL('readme-example.mjs', import.meta.url));
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

test('the README\'s example prints what the README says', async () => {
  const [, code, says] = /```js\n(.*?)```\nprints (.*?)\. /s.exec(readme)!;
  writeFileSync(example, code!);
  const { stdout } = await promisify(execFile)(process.execPath, [example]);
  const lines = [...says!.matchAll(/`([^`]+)`/g)].map(([, line]) => line);
  assert.deepEqual(stdout.trimEnd().split('\n'), lines);
  assert.equal(lines.length, 2);
});

test('the bill in the README is what thimble memory prints', async (t) => {
  const { stdout } = await thimble(t, ['memory']);
  const bill = stdout.slice(0, stdout.indexOf('\n\nThe state'));
  assert.ok(readme.includes(bill), bill);
});
