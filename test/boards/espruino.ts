// A stand-in for Espruino in Node: a context that has what Espruino has and lacks what it lacks, dgram with binary strings
// over real sockets, and the module as WebAssembly in the memory of a board for the native library.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import type { Context } from 'node:vm';
import type { DatagramSocket, Emitter } from '../../boards/espruino/espruino.js';
import type { EngineModule } from '../../host/core/index.js';
import { within } from '../interop/peers.js';
import { MEMORY_BYTES, moduleAsOnBoard } from './platform.js';

const TOP = new URL('../../../', import.meta.url);
const build = await import(new URL('boards/build/espruino.js', TOP).href) as { bundle(isMinified: boolean): Promise<string> };

/** The module `dtls` as it is built. */
export const BUNDLES = { minified: await build.bundle(true), readable: await build.bundle(false) };

const read = (path: string) => readFileSync(new URL(`boards/espruino/${path}`, TOP), 'utf8');

/** An example's source, and the README. */
export const example = (name: string) => read(`examples/${name}.js`);
export const readme = () => read('README.md');

/** An Error as scripts see it. `alert` and `phase` are there, too. */
export interface ScriptError {
  code: string;
  message: string;
  hint: string;
}

/** What a script holds of a connection and a server. */
export interface ScriptConnection {
  identity?: string;
  maxPayload: number;
  alpnProtocol?: string;
  reused: boolean;
  exportState(): string;
  saveState(): string;
  write(data: string | Uint8Array): boolean;
  end(data?: string | Uint8Array): void;
  on(event: string, listener: (value: never) => void): void;
}
export interface ScriptServer {
  close(): void;
  on(event: 'clientError' | 'warning', listener: (error: ScriptError) => void): void;
}
export interface Dtls {
  layout: { inMax: number; outMax: number; connections: number; handshakes: number; bytes: number };
  connect(options: object, callback?: (connection: ScriptConnection) => void): ScriptConnection;
  listen(options: object, callback?: (connection: ScriptConnection) => void): ScriptServer;
}

type SocketOptions = string | { recvBufferSize: number };

/** The header that Espruino keeps with a datagram, and its buffer for both unless more is asked for. */
const HEADER = 8, BUFFER = 536;

/** What Espruino has not got of what a context of Node's has. */
const MISSING = ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Symbol', 'BigInt', 'Proxy', 'Reflect', 'Math.imul',
  'Math.clz32', 'Number.isInteger', 'Number.isFinite', 'Array.from', 'Uint8Array.from', 'Object.freeze', 'WebAssembly', 'globalThis'];

/** In the context's own language: every object's `on` and `emit`. Listeners are looked up now, and called later. */
const SETUP = `
  Object.defineProperty(Object.prototype, 'on', { value: function (event, listener) {
    if (!this.listeners) Object.defineProperty(this, 'listeners', { value: {} });
    (this.listeners[event] = this.listeners[event] || []).push(listener);
  } });
  Object.defineProperty(Object.prototype, 'emit', { value: function (event, a, b) {
    const self = this, listeners = (this.listeners && this.listeners[event] || []).slice();
    later(() => { for (const listener of listeners) listener.call(self, a, b); });
  } });
  this.E = {
    toString: binary,
    toUint8Array: (text) => new Uint8Array(codes(text)),
    toArrayBuffer: (text) => new Uint8Array(codes(text)).buffer,
  };
  ${MISSING.map((name) => `delete ${name.includes('.') ? name : `this.${name}`};`).join('\n')}
`;

const CALLS = ['init', 'context', 'listen', 'connect', 'receive', 'send', 'answer', 'timeout', 'close', 'discard',
  'seals', 'save', 'stored', 'restore', 'exporter', 'poll'] as const;

export class Espruino {
  /** Lines that the script printed. */
  readonly printed: string[] = [];
  /** What it left uncaught. */
  readonly uncaught: unknown[] = [];
  /** Makes the module; replaced to make one without entropy, say. */
  module: () => EngineModule = moduleAsOnBoard;
  /** What the module died of; null while it lives. */
  trap: string | null = 'not started';
  /** Whether sockets refuse to send, as out of the network. */
  isOffline = false;
  readonly #dtls: string;
  readonly #context: Context;
  readonly #modules: { [name: string]: object } = {};
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #news = new EventEmitter();

  constructor(t: TestContext, dtls = BUNDLES.minified) {
    this.#dtls = dtls;
    type Work = (value: unknown) => void;
    const timer = (set: typeof setTimeout | typeof setInterval) => (work: Work, ms: number, value: unknown) => {
      const made = set(() => this.#call(() => work(value)), ms);
      this.#timers.add(made);
      return made;
    };
    const clear = (made: NodeJS.Timeout) => {
      if (made === undefined) throw new Error('clearTimeout(undefined) not allowed');
      clearTimeout(made);
    };
    this.#context = createContext({
      later: (work: () => void) => setImmediate(() => this.#call(work)),
      binary: (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1'),
      codes: (text: string) => Buffer.from(text, 'latin1'),
      print: (...words: unknown[]) => this.#tell(() => this.printed.push(words.join(' '))),
      getTime: () => performance.now() / 1000,
      setTimeout: timer(setTimeout), setInterval: timer(setInterval), clearTimeout: clear, clearInterval: clear,
      require: (name: string) => this.require(name),
    });
    this.run(SETUP);
    t.after(() => {
      for (const made of this.#timers) clearTimeout(made);
      for (const socket of this.#sockets) socket.close();
    });
  }

  /** The value of a script. */
  run(source: string): unknown {
    return runInContext(source, this.#context);
  }

  get dtls(): Dtls {
    return this.require('dtls') as Dtls;
  }

  require(name: string): object {
    return this.#modules[name] ??= this.#load(name);
  }

  /** Resolves when so many lines have been printed that match. */
  async prints(pattern: RegExp, count = 1): Promise<void> {
    while (this.printed.filter((line) => pattern.test(line)).length < count) {
      await within(`printing ${pattern} after ${this.printed.join(' | ')}`, once(this.#news, 'news'));
    }
  }

  /** The port of the last socket that was made. */
  get lastPort(): number {
    return [...this.#sockets].at(-1)!.address().port;
  }

  /** Resolves with the port that the system gave to the last socket that asked for port 0. */
  async boundPort(): Promise<number> {
    const socket = [...this.#sockets].at(-1)!;
    await within('a socket to be bound', once(socket, 'listening'));
    return socket.address().port;
  }

  #tell(change: () => void): void {
    change();
    this.#news.emit('news');
  }

  /** Runs what Espruino runs from its idle loop, which prints what is not caught and goes on. */
  #call(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.uncaught.push(error);
    }
  }

  #load(name: string): object {
    if (name === 'dgram') return { createSocket: (options: SocketOptions) => this.#createSocket(options) };
    if (name === 'thimble') return this.#library();
    if (name !== 'dtls') throw new Error(`Module "${name}" not found`);
    const load = this.run(`(function (exports) {${this.#dtls}\nreturn exports; })`) as (exports: object) => object;
    return load({});
  }

  #createSocket(options: SocketOptions): DatagramSocket {
    const socket = createSocket('udp4'), self = this.run('({})') as DatagramSocket & Emitter;
    const longest = (typeof options === 'string' ? BUFFER : Math.max(BUFFER, options.recvBufferSize)) - HEADER;
    let pending = 0, isClosed = false;
    const done = () => {
      if (--pending < 0 && this.#sockets.delete(socket)) socket.close();
    };
    this.#sockets.add(socket);
    socket.on('message', (message, from) => {
      const { address, port } = from, text = message.subarray(0, longest).toString('latin1');
      if (!isClosed) self.emit('message', text, { address, port });
    });
    return Object.assign(self, {
      bind: (port: number) => (socket.bind(port, '127.0.0.1'), self),
      send: (message: string, port: number, address: string) => {
        if (this.isOffline) throw new Error('Not connected to the internet');
        if (isClosed) throw new Error('This socket is closed');
        pending++;
        socket.send(Buffer.from(message, 'latin1'), port, address, done);
      },
      close: () => {
        if (!isClosed) done();
        isClosed = true;
      },
    });
  }

  /** The native library over WebAssembly. */
  #library(): object {
    const { bytes, words } = this.run(`({
      bytes: (view) => new Uint8Array(view.buffer, view.byteOffset, view.length),
      words: (view) => new Int32Array(view.buffer, view.byteOffset, view.length),
    })`) as { bytes(view: Uint8Array): Uint8Array; words(view: Int32Array): Int32Array };
    let module: EngineModule;
    const inside = (address: number, length: number) => {
      if (address < 0 || length > 65_535 || address + length > MEMORY_BYTES) throw new Error('Outside of Thimble\'s memory');
    };
    const library: { [name: string]: unknown } = {
      start: () => {
        module = this.module();
        this.trap = null;
        return library['INFO'] = module.INFO;
      },
      bytes: (address: number, length: number) => (inside(address, length), bytes(module.bytes(address, length))),
      words: (address: number, count: number) => (inside(address, count * 4), words(module.words(address, count))),
      copy: (address: number, length: number) => (inside(address, length), bytes(module.copy(address, length)).slice()),
    };
    for (const name of CALLS) {
      library[name] = (...values: number[]) => {
        if (this.trap !== null) throw new Error(`Thimble: ${this.trap}`);
        const bytesField = name === 'init' ? module.words(module.INFO, 1) : null;
        if (bytesField !== null && bytesField[0] === 0) bytesField[0] = MEMORY_BYTES; // as thimble_init does
        return (module[name] as (...values: number[]) => number)(...values);
      };
    }
    return library;
  }
}
