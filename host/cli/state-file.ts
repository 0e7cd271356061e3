import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from './usage.js';

/** The file of `--state`: keys are in it, sealed. Written whole or not at all, for its owner alone. */
export class StateFile {
  constructor(private readonly path: string) {}

  /** What was written last; undefined if there is no such file. Throws a UsageError if it cannot be read. */
  read(): Buffer | undefined {
    try {
      return readFileSync(this.path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      throw new UsageError(`--state ${this.path}: ${code}`);
    }
  }

  /** Takes the place of the file in one step, after all of it is on the disk. Throws the system's error. */
  write(state: Uint8Array): void {
    const next = `${this.path}.${process.pid}`;
    try {
      const file = openSync(next, 'wx', 0o600);
      try {
        writeFileSync(file, state);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, this.path);
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
  }

  /** The connection ended: there is nothing to go on with. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}
