// Files that go on from run to run: --session, --state; and the secrets that seal (--ticket-keys, --state-key).
import { accessSync, closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from './usage.js';

/** A file that holds keys, sealed: written whole or not at all, for its owner alone. */
export class KeptFile {
  /** `option` is what the command line calls it. */
  constructor(readonly option: string, readonly path: string) {}

  /**
   * What was written last; undefined if there is no such file, or an empty one. Throws a UsageError if it cannot be read, if
   * nothing can be written beside it, or if it is none that `isOurs`: it would be overwritten.
   */
  read(isOurs: (bytes: Buffer) => boolean): Buffer | undefined {
    const bytes = readNamed(this.option, this.path);
    this.#checkFolder();
    if (bytes === undefined || bytes.length === 0) return undefined;
    if (isOurs(bytes)) return bytes;
    throw new UsageError(`${this.option} ${this.path}: that file is something else, and is left alone; name another one`);
  }

  /** Now, and not when the first session would be lost for it. */
  #checkFolder(): void {
    try {
      accessSync(dirname(this.path), constants.W_OK);
    } catch (error) {
      throw new UsageError(`${this.option} ${this.path}: cannot be written, ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  /** Takes the place of the file in one step, after all of it is on the disk. Throws the system's error. */
  write(bytes: Uint8Array): void {
    const next = `${this.path}.${process.pid}`;
    try {
      const file = openSync(next, 'w', 0o600);
      try {
        writeFileSync(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, this.path);
    } catch (error) {
      rmSync(next, { force: true });
      throw Object.assign(error as Error, { message: `${this.option} ${this.path}: not written, ${(error as NodeJS.ErrnoException).code}` });
    }
  }

  /** There is nothing to go on with. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** The secrets in a file, one in hex a line, the one that seals first; the errors never repeat them. */
export function readSecrets(option: string, path: string, most: number): Buffer[] {
  const text = readNamed(option, path);
  if (text === undefined) throw new UsageError(`${option} ${path}: ENOENT`);
  const lines = text.toString().split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const areHex = lines.every((line) => /^(?:[0-9a-f]{2}){16,64}$/i.test(line));
  if (areHex && lines.length >= 1 && lines.length <= most) return lines.map((line) => Buffer.from(line, 'hex'));
  throw new UsageError(`${option} ${path}: write ${most === 1 ? 'one line' : `one to ${most} lines`} of 32 to 128 hex digits` +
    (most === 1 ? '' : ', the one that seals first'));
}

function readNamed(option: string, path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UsageError(`${option} ${path}: ${code ?? 'cannot be read'}`);
  }
}
