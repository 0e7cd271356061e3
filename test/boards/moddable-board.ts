// A Moddable board in Node: dist/moddable/dtls.js as users get it, and in place of the SDK's modules a UDP that a network in
// memory carries, timers of a clock that the test turns, and the module as WebAssembly.
import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import type * as Declared from 'embedded:io/socket/udp/dtls';
import { InfoField } from '../../assembly/records.js';
import type { EngineModule, RandomSource } from '../../host/core/index.js';
import { Clock, MEMORY_BYTES, moduleAsOnBoard } from './platform.js';
import type { Build } from './platform.js';

/** A socket as Moddable's UDP has it. */
export interface Socket {
  read(): (ArrayBuffer & { address: string; port: number }) | undefined;
  write(data: ArrayBuffer | Uint8Array, address: string, port: number): void;
  close(): void;
}

interface SocketOptions {
  port?: number;
  onReadable?(this: Socket, count: number): void;
}

// XS has these for TextEncoder and TextDecoder.
Object.assign(ArrayBuffer, { fromString: (text: string) => new TextEncoder().encode(text).buffer });
Object.assign(String, { fromArrayBuffer: (bytes: ArrayBuffer) => new TextDecoder('utf-8', { fatal: true }).decode(bytes) });

/** Datagrams in a row, each because of another, that mean a loop. */
const TURNS_MAX = 10_000;

/** Hosts by address; datagrams wait until `flow`. */
export class Network {
  readonly clock = new Clock();
  /** What is to be lost, by the number of the datagram. */
  lose: (index: number) => boolean = () => false;
  sent = 0;
  readonly sockets = new Map<string, (bytes: Uint8Array, address: string, port: number) => void>();
  #waiting: { bytes: Uint8Array; from: [string, number]; to: string }[] = [];

  send(data: ArrayBuffer | Uint8Array, from: [string, number], to: string): void {
    const bytes = data instanceof Uint8Array ? data.slice() : new Uint8Array(data.slice(0));
    if (!this.lose(this.sent++)) this.#waiting.push({ bytes, from, to });
  }

  /** Hands over what waits and what that causes; timers of no time run between. */
  flow(): void {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      this.clock.pass(0);
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.sockets.get(next.to)?.(next.bytes, ...next.from);
    }
    throw new Error('The network does not come to rest');
  }

  /** Lets time pass in steps of `step` milliseconds, datagrams flowing. */
  pass(milliseconds: number, step = 500): void {
    for (let passed = 0; passed < milliseconds; passed += step) {
      this.clock.pass(step);
      this.flow();
    }
  }
}

const FUNCTIONS =
  ['context', 'listen', 'connect', 'receive', 'send', 'answer', 'timeout', 'close', 'discard', 'seals', 'save', 'stored',
    'restore', 'exporter', 'poll'] as const;
type Modules = { [name: string]: object };
/** A module whose default export this is. */
export const exporting = (value: unknown) => ({ __esModule: true, default: value });
const toCommonJS = (source: string) => transformSync(source, { format: 'cjs', target: 'es2022' }).code;
const dtls = toCommonJS(readFileSync(new URL('../../moddable/dtls.js', import.meta.url), 'utf8'));

export class ModdableBoard {
  /** What the app traced. */
  traced = '';
  /** Set to make the next call of this function trap. */
  trapAt: string | null = null;
  /** Set to make every write of the UDP socket throw. */
  isDown = false;
  /** THIMBLE_MEMORY_BYTES. */
  memoryBytes = MEMORY_BYTES;
  /** The time since 1970; nobody has set it yet. */
  seconds = 0;
  /** Which module the firmware has. */
  build: Build = 'psk';
  readonly random: { isOn: boolean } = { isOn: true };
  /** Time.ticks when the clock stands at 0. */
  ticksAtStart: number;
  readonly network: Network;
  readonly address: string;
  readonly UDP: new (options: SocketOptions) => Socket;
  readonly modules: Modules;
  #nextPort = 49152;

  constructor(network: Network, address: string, ticksAtStart = 0) {
    this.network = network;
    this.address = address;
    this.ticksAtStart = ticksAtStart;
    this.UDP = this.#udp();
    const { clock } = network, board = this;
    this.modules = {
      'embedded:io/socket/udp': exporting(this.UDP),
      'timer': exporting({ set: (call: () => void, ms = 0) => clock.set(call, ms), clear: (id: number) => clock.clear(id) }),
      'time': exporting({ get ticks() { return (board.ticksAtStart + clock.now) | 0; } }),
      'thimble/native': this.#native(),
    };
    this.modules['embedded:io/socket/udp/dtls'] = this.#evaluate(dtls);
  }

  /** The module that apps import. */
  get dtls(): typeof Declared {
    return this.modules['embedded:io/socket/udp/dtls'] as typeof Declared;
  }

  /** Runs a module of the app; returns what it exports. */
  run(source: string): object {
    return this.#evaluate(toCommonJS(source));
  }

  #evaluate(code: string): object {
    const module = { exports: {} };
    const require = (name: string) => {
      if (this.modules[name] === undefined) throw new Error(`There is no module ${name}`);
      return this.modules[name];
    };
    const trace = (...values: unknown[]) => this.traced += values.join('');
    const clock = { now: () => this.seconds * 1000 };
    new Function('module', 'exports', 'require', 'trace', 'Date', code)(module, module.exports, require, trace, clock);
    return module.exports;
  }

  #udp(): new (options: SocketOptions) => Socket {
    const board = this;
    return class implements Socket {
      readonly #port: number;
      #queue: (ArrayBuffer & { address: string; port: number })[] = [];
      #isOpen = true;

      constructor(options: SocketOptions) {
        this.#port = options.port ?? board.#nextPort++;
        if (board.network.sockets.has(this.#name)) throw new Error('bind failed');
        board.network.sockets.set(this.#name, (bytes, address, port) => {
          this.#queue.push(Object.assign(bytes.buffer as ArrayBuffer, { address, port }));
          options.onReadable?.call(this, this.#queue.length);
        });
      }

      get #name(): string {
        return `${board.address} ${this.#port}`;
      }

      read() {
        if (!this.#isOpen) throw new Error('closed');
        return this.#queue.shift();
      }

      write(data: ArrayBuffer | Uint8Array, address: string, port: number): void {
        if (!this.#isOpen) throw new Error('closed');
        if (board.isDown) throw new Error('no route');
        board.network.send(data, [board.address, this.#port], `${address} ${port}`);
      }

      close(): void {
        this.#isOpen = false;
        board.network.sockets.delete(this.#name);
      }
    };
  }

  /** What thimble.c makes of the module as C: a trap throws, here and until it is started again. */
  #native(): object {
    const random: RandomSource = (bytes) => {
      if (!this.random.isOn) throw new Error('radio off');
      crypto.getRandomValues(bytes);
    };
    let module: EngineModule, hasTrapped = false;
    const checked = (name: string, call: (...values: number[]) => number) => (...values: number[]) => {
      if (this.trapAt === name) hasTrapped = true;
      if (hasTrapped) throw new Error('access out of bounds');
      return call(...values);
    };
    const functions: { [name: string]: unknown } = {
      start: () => {
        const isOn = this.random.isOn;
        this.random.isOn = true; // the test's loader lays it out once
        module = moduleAsOnBoard(random, this.build);
        this.random.isOn = isOn;
        this.trapAt = null;
        hasTrapped = false;
        return module.INFO;
      },
      memory: () => module.bytes(0, 0).buffer,
      init: () => {
        module.words(module.INFO, InfoField.COUNT)[InfoField.BYTES] ||= this.memoryBytes;
        return module.init();
      },
    };
    for (const name of FUNCTIONS) {
      functions[name] = checked(name, (...values) => (module[name] as (...values: number[]) => number)(...values));
    }
    return functions;
  }
}
