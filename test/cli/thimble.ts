// Runs the command line as a user does: a process of its own, by the node that runs the test.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../host/cli/main.js', import.meta.url));

/** What a finished command left behind. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command that runs. */
export class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcessWithoutNullStreams;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args]);
    this.child.stdout.on('data', (chunk: Buffer) => { this.stdout += chunk; });
    this.child.stderr.on('data', (chunk: Buffer) => { this.stderr += chunk; });
    this.child.stdin.on('error', () => {}); // a command need not read what it is given
  }

  /** Resolves with the match once standard output or error has it; rejects if the command ends without. */
  async says(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stderr'): Promise<RegExpMatchArray> {
    while (true) {
      const match = this[stream].match(pattern);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`);
      await Promise.race([once(this.child[stream], 'data'), once(this.child, 'close')]);
    }
  }

  /** Resolves when the command has ended. */
  async ends(): Promise<Finished> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** As Ctrl-C does. */
  async interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
    this.child.kill(signal);
    return this.ends();
  }
}

/** Starts a command that the test's end also ends. */
export function start(t: TestContext, ...args: string[]): Running {
  const running = new Running(args);
  t.after(async () => {
    running.child.kill('SIGKILL');
    await running.ends();
  });
  return running;
}

/** Runs a command to its end, with this on its standard input. */
export async function thimble(t: TestContext, args: readonly string[], input = ''): Promise<Finished> {
  const running = start(t, ...args);
  running.child.stdin.end(input);
  return running.ends();
}

/** A folder for the test's files, removed at its end. */
export function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'thimble-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** The key of everybody here, and who has it. */
export const KEY = '61207072652d736861726564206b6579';
export const PSK = `dev1:${KEY}`;

/** A --psk-file with these lines. */
export function pskFile(t: TestContext, ...lines: string[]): string {
  const path = join(folder(t), 'keys.txt');
  writeFileSync(path, `${(lines.length === 0 ? [PSK] : lines).join('\n')}\n`);
  return path;
}

/** Starts `thimble listen` or `coap serve` on a free port and returns it with `host:port`. */
export async function serve(t: TestContext, ...args: string[]): Promise<{ server: Running; address: string }> {
  const server = start(t, ...args);
  const [, address] = await server.says(/(?:listening on |coaps:\/\/)([\d.]+:\d+|\[[\da-f:]+\]:\d+)/);
  return { server, address: address! };
}
