// Results of build steps, kept under the hash of everything that went into them. Parallel builds may share the folder:
// a result appears under its name in one step.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { list } from './files.js';
import { cache } from './paths.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** SHA-256 of strings and bytes, each framed by its length, as 24 hex digits. */
export function hash(parts) {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(`${part.length} `).update(part);
  return sum.digest('hex').slice(0, 24);
}

/** Names and contents of files, to be hashed. */
export function contents(folder, paths) {
  return paths.flatMap((path) => [path, readFileSync(`${folder}/${path}`)]);
}

/**
 * The file that `make(path)` writes out of `inputs` (strings and bytes, all that matters for the result), made only if
 * no earlier build left it. `make` may leave other files beside it; they go.
 */
export function step(name, extension, inputs, make) {
  const path = `${cache}/${name}-${hash(inputs)}.${extension}`;
  if (existsSync(path)) {
    utimesSync(path, new Date(), new Date());
    return path;
  }
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(`${cache}/${name}-`);
  try {
    const fresh = `${scratch}/result.${extension}`;
    make(fresh);
    renameSync(fresh, path);
  } finally {
    rmSync(scratch, { recursive: true });
  }
  return path;
}

/** Forgets what no build has asked for in a week. */
export function prune() {
  for (const path of list(cache).map((name) => `${cache}/${name}`)) {
    if (Date.now() - statSync(path).mtimeMs > 7 * DAY_MS) rmSync(path, { force: true });
  }
}
