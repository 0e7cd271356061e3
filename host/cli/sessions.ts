// Sessions between runs of the command (--session), and the secrets of tickets that servers share (--ticket-keys).
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DTLSSession } from '../node/index.js';
import { ticketSecrets } from '../node/tickets.js';
import type { Output } from './output.js';
import { UsageError } from './usage.js';

/** What `--session FILE` resumes: the file's bytes, or true where there is no file yet, for a first session with a ticket. */
export function resumable(path: string | undefined): { session?: Uint8Array | true } {
  if (path === undefined) return {};
  try {
    const session = readFileSync(path);
    return { session: session.length > 0 ? session : true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { session: true };
    throw new UsageError(`--session ${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

/** Writes a new session to the file, whole or not at all, and for its owner alone: who has it can speak for him. */
export function keepSession(path: string | undefined, { session }: DTLSSession, output: Output): void {
  if (path === undefined || session === undefined) return;
  try {
    writeFileSync(`${path}.new`, session, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    output.warn(`--session ${path}: not written, ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The secrets in a file, one in hex a line, newest first; the errors never repeat them. */
export function readTicketKeys(path: string | undefined): { ticketKeys?: Uint8Array[] } {
  if (path === undefined) return {};
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    throw new UsageError(`--ticket-keys ${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
  const isHex = lines.every((line) => /^(?:[0-9a-f]{2}){16,64}$/i.test(line));
  if (!isHex || lines.length < 1 || lines.length > 3) {
    throw new UsageError(`--ticket-keys ${path}: write one to three lines of 32 to 128 hex digits, the one that seals first`);
  }
  return { ticketKeys: ticketSecrets('--ticket-keys', lines.map((line) => Buffer.from(line, 'hex'))) };
}
