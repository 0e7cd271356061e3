// Programs of ours around libraries of others, in other languages: compiled in dist/peers, once for a source.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const top = fileURLToPath(new URL('../../..', import.meta.url));
const peers = `${top}dist/peers`;

/** One command, its results in the folder given to it. */
export type Compiler = (source: string, folder: string) => { command: string; args: string[]; env?: Record<string, string> };

/** The folder with what the source in test/interop became; `version`: of what it was compiled with. Seconds, the first time. */
export function compiled(source: string, version: string, compiler: Compiler): string {
  const file = `${top}test/interop/${source}`;
  const key = createHash('sha256').update(version).update(readFileSync(file)).digest('hex').slice(0, 16);
  const folder = `${peers}/${source.split('/')[0]}-${key}`;
  if (existsSync(folder)) return folder;
  mkdirSync(peers, { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  const { command, args, env } = compiler(file, making);
  execFileSync(command, args, { stdio: 'pipe', env: { ...process.env, ...env } });
  try {
    renameSync(making, folder);
  } catch { // another test file was faster
    rmSync(making, { recursive: true });
  }
  return folder;
}
