// The emulated board as a child process: QEMU runs the firmware and a script; its frames become datagrams on loopback.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { find, Peer } from '../interop/peers.js';
import type { Program } from '../interop/peers.js';
import { readFrames, Sockets } from './frames.js';
import type { Fault } from './frames.js';

const top = fileURLToPath(new URL('../../..', import.meta.url));

/** What the firmware is built with; absent: boards/build/firmware.js says. */
export interface Firmware {
  memoryBytes?: number;
  chunkBytes?: number;
  slots?: number;
  /** Which of those in dist/c. */
  module?: 'psk' | 'full';
}

export interface BoardOptions {
  firmware?: Firmware;
  /** Words for the script, and `entropy=host`, `entropy=none` or `entropy=seed:N`. */
  words?: string[];
  /** What the app imports as "credentials". */
  credentials?: object;
  /** What happens to frames on the line. */
  fault?: Fault;
}

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
  const folder = mkdtempSync(`${tmpdir()}/thimble-board-`), credentials = `${folder}/credentials.js`;
  writeFileSync(credentials, `export default ${JSON.stringify(options.credentials ?? {})};`);
  const script = await (await build('script.js')).bundle(`${apps}/${app}.js`, { config: `${apps}/config.js`, credentials });
  const command = (await build('emulator.js')).emulate(elf, ['app.js', ...options.words ?? []], 'stdio,signal=off');
  writeFileSync(`${folder}/app.js`, script);
  const board = new Board(command, folder, options.fault ?? ((frame) => [frame]));
  t.after(async () => {
    await board.stop();
    rmSync(folder, { recursive: true });
  });
  return board;
}

/** QEMU with the line on its standard input and output, and the board's console as its standard error. */
export class Board extends Peer {
  readonly #sockets: Sockets;

  constructor(command: string[], folder: string, fault: Fault) {
    super('qemu-system-arm', command, folder, ['stderr']);
    this.#sockets = new Sockets((frame) => fault(frame, 'in').forEach((part) => this.child.stdin.write(part)));
    readFrames(this.child.stdout, (frame) => fault(frame, 'out').forEach((part) => this.#sockets.take(part)));
  }

  /** The port of a socket of the board's. */
  socketPort(socket = 0): Promise<number> {
    return this.#sockets.port(socket);
  }

  /** Puts bytes on the line to the board as they are. */
  transmit(bytes: Uint8Array): void {
    this.child.stdin.write(bytes);
  }

  override async stop(): Promise<void> {
    this.#sockets.close();
    await super.stop();
  }
}
