// The emulated board as a child process: QEMU runs the firmware and a script; its frames become datagrams on loopback.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { find } from '../interop/peers.js';
import type { Program } from '../interop/peers.js';
import { readFrames, Sockets } from './frames.js';
import type { Fault } from './frames.js';

const top = fileURLToPath(new URL('../../..', import.meta.url));

/** What the firmware is built with; absent: boards/build/firmware.js says. */
export interface Firmware {
  memoryBytes?: number;
  chunkBytes?: number;
  slots?: number;
}

export interface BoardOptions {
  firmware?: Firmware;
  /** Words for the script, and `entropy=host`, `entropy=none` or `entropy=seed:N`. */
  words?: string[];
  /** What happens to frames on the line. */
  fault?: Fault;
}

/** A board starts in a second or two; a handshake takes less. A wait this long is a failure that tells its story. */
const PATIENCE_MS = 30_000;

const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** The parts of the boards' build that make a firmware and a script. */
interface Build {
  lacksWasm2c(): string;
  buildBoards(): Promise<void>;
  fetchXs(): string;
  buildFirmware(options: Firmware): { elf: string };
  bundle(app: string, modules: { [name: string]: string }): Promise<string>;
  emulate(elf: string, words: string[], line: string): string[];
}

const build = async (file: string): Promise<Build> => await import(`${top}boards/build/${file}`) as Build;

/** QEMU, and all that goes into the firmware; or what is missing of it. */
async function findBoard(): Promise<Program> {
  const qemu = find('qemu-system-arm', ['--version'], 'qemu-system-arm');
  const compiler = find('arm-none-eabi-gcc', ['--version'], 'gcc-arm-none-eabi libnewlib-arm-none-eabi');
  const { buildBoards, lacksWasm2c } = await build('board.js');
  const missing = [qemu.missing, compiler.missing, lacksWasm2c()].filter(Boolean).join('; ');
  if (missing) return { ...qemu, missing };
  await buildBoards();
  try {
    (await build('xs.js')).fetchXs();
  } catch (error) {
    return { ...qemu, missing: (error as Error).message.split('\n')[0]! };
  }
  return qemu;
}

export const emulatedBoard = await findBoard();

/** Starts the emulated board for the length of a test, with the app of this name in test/boards/apps. */
export async function boot(t: TestContext, app: string, options: BoardOptions = {}): Promise<Board> {
  const { elf } = (await build('firmware.js')).buildFirmware(options.firmware ?? {});
  const apps = `${top}test/boards/apps`;
  const script = await (await build('script.js')).bundle(`${apps}/${app}.js`, { config: `${apps}/config.js` });
  const command = (await build('emulator.js')).emulate(elf, ['app.js', ...options.words ?? []], 'stdio,signal=off');
  const folder = mkdtempSync(`${tmpdir()}/thimble-board-`);
  writeFileSync(`${folder}/app.js`, script);
  const board = new Board(command, folder, options.fault ?? ((frame) => [frame]));
  t.after(async () => {
    await board.stop();
    rmSync(folder, { recursive: true });
  });
  return board;
}

export class Board {
  /** All that the board has printed. */
  console = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #sockets: Sockets;
  readonly #news = new EventEmitter().setMaxListeners(0);
  /** How much of the console was waited for. */
  #read = 0;
  #status: number | string | null = null;

  /** `command`: QEMU's arguments, with the line on standard input and output. */
  constructor(command: string[], folder: string, fault: Fault) {
    this.#child = spawn('qemu-system-arm', command, { cwd: folder, stdio: 'pipe' });
    running.add(this.#child);
    this.#sockets = new Sockets((frame) => fault(frame, 'in').forEach((part) => this.#child.stdin.write(part)));
    readFrames(this.#child.stdout, (frame) => fault(frame, 'out').forEach((part) => this.#sockets.take(part)));
    this.#child.stdin.on('error', () => {}); // it may be gone; what it said tells
    this.#child.stderr.setEncoding('latin1').on('data', (text: string) => this.#tell(() => this.console += text));
    this.#child.on('error', (error) => this.#tell(() => this.#status = error.message));
    this.#child.on('close', (status, signal) => {
      running.delete(this.#child);
      this.#tell(() => this.#status = status ?? signal);
    });
  }

  #tell(change: () => void): void {
    change();
    this.#news.emit('news');
  }

  /** Resolves with the next match in what it prints, which may have been printed already. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`say ${pattern}`, () => {
      const match = pattern.exec(this.console.slice(this.#read));
      if (match !== null) this.#read += match.index + match[0].length;
      return match;
    });
  }

  /** Resolves with its exit code when the firmware has ended by itself. */
  ends(): Promise<number | string> {
    return this.#until('end', () => this.#status);
  }

  /** The port of a socket of the board's. */
  port(socket = 0): Promise<number> {
    return this.#sockets.port(socket);
  }

  /** Puts bytes on the line to the board as they are. */
  transmit(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  /** Ends it at once, as a power cut would. */
  async stop(): Promise<void> {
    this.#sockets.close();
    if (this.#status !== null) return;
    this.#child.kill('SIGKILL');
    await this.ends();
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
        else if (this.#status !== null) fail('ended, and');
      };
      const fail = (how: string) => done(() => reject(new Error(`The board ${how} did not ${what}: ${this.#story()}`)));
      const timer = setTimeout(fail, PATIENCE_MS, 'lives, and');
      this.#news.on('news', check);
      check();
    });
  }

  #story(): string {
    return `(status ${this.#status})\n${this.console}`;
  }
}
