// Files: listed, compared, replaced in one step, so that a reader never sees half of one.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** Paths relative to `folder` of every file in it that `wanted` accepts, sorted; none if there is no such folder. */
export function list(folder, wanted = () => true) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(folder.length + 1))
    .filter(wanted)
    .sort();
}

const SHEBANG = Buffer.from('#!');

/** Writes `bytes` unless the file holds them already; true if it wrote. What begins with #! may be executed. */
export function replace(path, bytes) {
  const next = Buffer.from(bytes);
  if (existsSync(path) && readFileSync(path).equals(next)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, next, { mode: next.subarray(0, 2).equals(SHEBANG) ? 0o755 : 0o644 });
  renameSync(fresh, path);
  return true;
}

/** What `work(folder)` returns, with a folder of its own that is gone afterwards; `work` does not wait for anything. */
export function inScratch(work) {
  const folder = mkdtempSync(`${tmpdir()}/thimble-`);
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
