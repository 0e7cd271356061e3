// A platform for boards/core in Node: the module as WebAssembly, a clock that the test turns, and a wire that it can cut.
import { readFileSync } from 'node:fs';
import type { Platform } from '../../boards/core/board.js';
import { Board, LAYOUT } from '../../boards/core/board.js';
import { Port } from '../../boards/core/port.js';
import { Loader } from '../../host/core/index.js';
import type { EngineModule, Layout, RandomSource } from '../../host/core/index.js';

const loaderOf = (file: string) => new Loader(readFileSync(new URL(`../../${file}.wasm`, import.meta.url)));
const loaders = { psk: loaderOf('thimble-psk'), full: loaderOf('thimble') };
/** The module with pre-shared keys alone, or the one with certificates and raw public keys as well. */
export type Build = keyof typeof loaders;
/** A board's memory. */
export const MEMORY_BYTES = 16_384;

/** A fresh module with a board's memory, as thimble_start() leaves it. */
export function moduleAsOnBoard(random?: RandomSource, build: Build = 'psk'): EngineModule {
  return loaders[build].engine({ ...LAYOUT, bytes: MEMORY_BYTES, inMax: 128, outMax: 128, connections: 1 }, random).module;
}

/** Time that passes when the test says so. */
export class Clock {
  now = 0;
  /** Since 1970; nobody set it yet. */
  seconds = 0;
  #timers = new Map<number, { at: number; callback: () => void }>();
  #next = 1;

  set(callback: () => void, milliseconds: number): number {
    this.#timers.set(this.#next, { at: this.now + milliseconds, callback });
    return this.#next++;
  }

  clear(id: number): void {
    this.#timers.delete(id);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets so much time pass, and fires what is due, in order. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].callback();
    }
    this.now = end;
  }
}

/** Boards by address on one wire; datagrams wait until `flow`. */
export class Wire {
  /** Every datagram that was sent, in order. */
  readonly sent: Uint8Array[] = [];
  /** What is to be lost. */
  lose: (index: number) => boolean = () => false;
  readonly #ports = new Map<string, Port>();
  #waiting: { bytes: Uint8Array; from: string; to: string }[] = [];

  open(board: Board, host: string, number: number): Port {
    const from = `${host} ${number}`;
    const port = new Port(board, (bytes, address, to) => {
      this.sent.push(bytes);
      if (!this.lose(this.sent.length - 1)) this.#waiting.push({ bytes, from, to: `${address} ${to}` });
    });
    this.#ports.set(from, port);
    return port;
  }

  /** Hands over what waits, and what that causes, until nothing is left. */
  flow(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const [host, number] = next.from.split(' ') as [string, string];
      this.#ports.get(next.to)?.receive(next.bytes, host, Number(number));
    }
  }
}

/** A board whose modules come from `module`, one after the other. */
export function boardOf(clock: Clock, layout: Partial<Layout> = {}, module: () => EngineModule = moduleAsOnBoard): Board {
  const platform: Platform = {
    module, layoutHint: 'Raise the memory.', now: () => clock.now,
    setTimer: (callback, milliseconds) => clock.set(callback, milliseconds), clearTimer: (timer) => clock.clear(timer as number),
    later: (callback) => clock.set(callback, 0), seconds: () => clock.seconds,
  };
  const board = new Board(platform);
  board.layout = { ...LAYOUT, bytes: MEMORY_BYTES, ...layout };
  return board;
}
