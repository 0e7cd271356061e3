// Files of keys for peers that want them in one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { HEX, IDENTITY } from './peers.js';

/** A line `identity:hexkey` in a file that goes with the test. */
export function keyFile(t: TestContext, identity = IDENTITY): string {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'keys.txt');
  writeFileSync(file, `${identity}:${HEX}\n`);
  return file;
}
