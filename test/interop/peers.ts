// Real peers as child processes: found or named as missing, waited for by what they say, ended by their process id.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe } from 'node:test';
import type { TestContext } from 'node:test';

/** What both sides know. */
export const IDENTITY = 'dev1';
export const KEY = Buffer.from('secretPSK');
export const HEX = KEY.toString('hex');

/** Nothing here takes half as long, retransmissions included; a wait that does is a failure that tells its story. */
const PATIENCE_MS = 30_000;
/** How many tests of a file run at a time: most of their time they wait. */
const AT_ONCE = 6;

/** A program that is not ours: where it is, or why it is not there. */
export interface Program {
  path: string;
  version: string;
  /** '' if it is there. */
  missing: string;
}

/** The program of this name in PATH; `args` make it print its version somewhere; `from`: the Debian package it is in. */
export function find(name: string, args: string[], from: string): Program {
  const { error, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  if (error !== undefined) return { path: name, version: '', missing: `no ${name}: apt-get install ${from}` };
  return { path: name, version: /\d+\.\d+[.\d]*\w*/.exec(stdout + stderr)?.[0] ?? '', missing: '' };
}

/** Tests with one program; skipped by name where it is missing, failed where CI demands every peer. */
export function suite(name: string, program: Program, about: string, tests: () => void): void {
  const isDemanded = process.env['THIMBLE_DEMAND_PEERS'] === '1';
  const skip = program.missing !== '' && !isDemanded ? program.missing : false;
  const title = [name, program.version].filter(Boolean).join(' ');
  describe(`${title}: ${about}`, { skip, concurrency: AT_ONCE, timeout: 120_000 }, tests);
}

const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
process.once('SIGTERM', () => process.exit(143));

/** Starts a program for the length of a test, its standard input open. */
export function start(t: TestContext, program: Program, args: string[]): Peer {
  if (program.missing !== '') throw new Error(program.missing);
  const peer = new Peer(program.path, args);
  t.after(() => peer.stop());
  return peer;
}

/** A running program. */
export class Peer {
  /** All it has printed, errors too. */
  output = '';
  protected readonly child: ChildProcessWithoutNullStreams;
  readonly #command: string;
  readonly #news = new EventEmitter().setMaxListeners(0);
  /** How much of the output was waited for. */
  #read = 0;
  #status: number | string | null = null;

  /** `says`: which of its streams are text. */
  constructor(path: string, args: string[], cwd?: string, says: ('stdout' | 'stderr')[] = ['stdout', 'stderr']) {
    this.#command = [path, ...args].join(' ');
    this.child = spawn(path, args, { stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) });
    running.add(this.child);
    for (const stream of says.map((name) => this.child[name])) {
      stream.setEncoding('latin1').on('data', (text: string) => this.#tell(() => this.output += text));
    }
    this.child.stdin.on('error', () => {}); // it may be gone; what it said tells
    this.child.on('error', (error) => this.#tell(() => this.#status = error.message));
    this.child.on('close', (status, signal) => {
      running.delete(this.child);
      this.#tell(() => this.#status = status ?? signal);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  #tell(change: () => void): void {
    change();
    this.#news.emit('news');
  }

  /** Resolves with the next match in what it says, which may have been said already. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`say ${pattern}`, () => {
      const match = pattern.exec(this.output.slice(this.#read));
      if (match !== null) this.#read += match.index + match[0].length;
      return match;
    });
  }

  /** Writes a line to its standard input. */
  write(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Ends its standard input, as Ctrl-D does. */
  hangUp(): void {
    this.child.stdin.end();
  }

  /** Resolves with its exit status when it has ended by itself. */
  ends(): Promise<number | string> {
    return this.#until('end', () => this.#status);
  }

  /** Ends it at once, as a power cut would. */
  async stop(): Promise<void> {
    if (this.#status !== null) return;
    this.child.kill('SIGKILL');
    await this.ends();
  }

  /** The UDP port it has bound to any IPv4 address; the system chose it. */
  port(): number {
    const inodes = new Set(readdirSync(`/proc/${this.pid}/fd`).map((fd) => link(`/proc/${this.pid}/fd/${fd}`)));
    for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1)) {
      const [, local = '', remote = '', , , , , , , inode] = line.trim().split(/\s+/);
      if (remote === '00000000:0000' && inodes.has(`socket:[${inode}]`)) return parseInt(local.split(':')[1]!, 16);
    }
    throw new Error(`no UDP socket of ${this.#story()}`);
  }

  #until<T>(what: string, look: () => T | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.#news.off('news', check);
        settle();
      };
      const check = () => {
        const found = look();
        if (found !== null) done(() => resolve(found));
        else if (this.#status !== null) done(() => reject(new Error(`ended and did not ${what}: ${this.#story()}`)));
      };
      const timer = setTimeout(() => done(() => reject(new Error(`did not ${what}: ${this.#story()}`))), PATIENCE_MS);
      this.#news.on('news', check);
      check();
    });
  }

  #story(): string {
    return `${this.#command} (status ${this.#status})\n${this.output}`;
  }
}

/** Where a descriptor leads; '' if it was closed meanwhile. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** A promise with a deadline that says what was waited for. */
export function within<T>(what: string, promise: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
