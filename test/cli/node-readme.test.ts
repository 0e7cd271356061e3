// The examples of host/node/README.md, run as a user would, in a folder with the files that it has made: do they print what it says?
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder, MAIN } from './thimble.js';

const run = promisify(execFile);
const readme = readFileSync(new URL('../../../host/node/README.md', import.meta.url), 'utf8');

test('the examples of host/node print what their README says', async (t) => {
  const cwd = folder(t), [, commands] = /```\n(npx thimble .*?)```/s.exec(readme)!;
  for (const line of commands!.trim().split('\n')) await run(process.execPath, [MAIN, ...line.split(' ').slice(2)], { cwd });
  const examples = [...readme.matchAll(/## ([^\n]*)\n(?:(?!\n## ).)*?```js\n(.*?)```\nprints (.*?)\.\n/gs)];
  assert.equal(examples.length, 4);
  for (const [i, [, title, code, says]] of examples.entries()) {
    // the package finds itself by its own name from any file in it
    const file = fileURLToPath(new URL(`node-readme-${i}.mjs`, import.meta.url));
    writeFileSync(file, code!);
    const { stdout, stderr } = await run(process.execPath, [file], { cwd });
    assert.deepEqual(stdout.trimEnd().split('\n'), [...says!.matchAll(/`([^`]+)`/g)].map(([, line]) => line), title);
    assert.equal(stderr, '', title);
  }
});
