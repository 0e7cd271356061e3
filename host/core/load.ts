// The module as WebAssembly: for browsers and Node. Boards bring it as C and need nothing of this file.
import { bytesFor, Engine } from './engine.js';
import type { Bill, EngineModule, Layout } from './engine.js';

// The little of the platform that is used here, so that the core asks for no other library of types.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    private readonly brand: 'WebAssembly.Module';
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: { [name: string]: unknown };
  }
}
declare const crypto: { getRandomValues(bytes: Uint8Array): Uint8Array };

export type CompiledModule = WebAssembly.Module;
/** Fills all of `bytes` from a cryptographically safe source, or throws. */
export type RandomSource = (bytes: Uint8Array) => void;

const PAGE = 65536;
/** The pages a module may be given at most: 64 MiB. */
const PAGES_MAX = 1024;
/** Bytes that short copies are cut from. */
const SLAB = 16384;
const FUNCTIONS = ['init', 'context', 'listen', 'connect', 'receive', 'send', 'answer', 'timeout', 'close', 'discard',
  'seals', 'save', 'stored', 'restore', 'exporter', 'poll'];

/** A built module file (dist/thimble-*.wasm), compiled once for any number of engines. */
export class Loader {
  declare readonly compiled: CompiledModule;
  /** Bills of single engines by their windows: what a layout needs follows from them. */
  private declare readonly bills: { [windows: string]: Bill };

  /** `source`: the file's bytes, or the WebAssembly.Module that the platform made of them. */
  constructor(source: Uint8Array | CompiledModule) {
    this.compiled = source instanceof Uint8Array ? new WebAssembly.Module(source) : source;
    this.bills = {};
  }

  /**
   * A fresh engine whose memory is just what the layout asks for, and never grows.
   * `random` absent: the platform's crypto.getRandomValues. Throws ERR_DTLS_BAD_LAYOUT or ERR_DTLS_NO_ENTROPY.
   */
  engine(layout: Layout, random?: RandomSource): Engine {
    const source = random ?? platformRandom;
    const bytes = layout.bytes ?? bytesFor(this.single(layout, source), layout);
    return this.instantiate(Object.assign({}, layout, { bytes: bytes }), source);
  }

  /** The bill of an engine with these windows, one slot of each pool that must have one, and none of the others. */
  private single(layout: Layout, random: RandomSource): Bill {
    const windows = [layout.inMax, layout.outMax, layout.messageMax, layout.contextBytes, layout.cidMax, layout.exporters, layout.ticketMax].join();
    const known = this.bills[windows];
    if (known !== undefined) return known;
    const one = { bytes: 8 * PAGE, connections: 1, handshakes: 1, aftercares: 1, contexts: 1, sessions: 0, lobbies: 0 };
    const single = this.instantiate(Object.assign({}, layout, one), random);
    return this.bills[windows] = single.bill;
  }

  private instantiate(layout: Layout, random: RandomSource): Engine {
    const pages = Math.min(PAGES_MAX, Math.ceil(layout.bytes! / PAGE));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const instance = new WebAssembly.Instance(this.compiled, {
      host: { memory: memory, random: (pointer: number, length: number) => fill(memory, pointer, length, random) },
    });
    return new Engine(moduleOf(instance.exports, memory), layout);
  }
}

/** The import `host.random`: 0 if the bytes are random, 1 if there is no entropy. */
function fill(memory: WebAssembly.Memory, pointer: number, length: number, random: RandomSource): number {
  try {
    random(new Uint8Array(memory.buffer, pointer, length));
    return 0;
  } catch (error) {
    return 1;
  }
}

/** Random bytes drawn in advance, since a call costs more than what it brings; what is handed out is wiped here. */
const RESERVE = new Uint8Array(4096);
let reserved = 0;

/** The platform's cryptographically safe source. */
export function platformRandom(bytes: Uint8Array): void {
  if (bytes.length > reserved) {
    crypto.getRandomValues(RESERVE);
    reserved = RESERVE.length;
  }
  const rest = reserved - bytes.length;
  bytes.set(RESERVE.subarray(rest, reserved));
  RESERVE.fill(0, rest, reserved);
  reserved = rest;
}

function moduleOf(exports: { [name: string]: unknown }, memory: WebAssembly.Memory): EngineModule {
  const module: { [name: string]: unknown } = {
    INFO: valueOf(exports['INFO']),
    bytes: (address: number, length: number) => new Uint8Array(memory.buffer, address, length),
    copy: copier(memory.buffer),
    words: (address: number, count: number) => new Int32Array(memory.buffer, address, count),
  };
  if (exports['TRACE'] !== undefined) module['TRACE'] = valueOf(exports['TRACE']);
  for (const name of FUNCTIONS) module[name] = exports[name];
  return module as unknown as EngineModule;
}

/**
 * Copies out of the memory. Short ones are cut from a common slab, as Node's Buffers are: an ArrayBuffer for each would
 * cost more than the copy.
 */
function copier(memory: ArrayBuffer): (address: number, length: number) => Uint8Array {
  let slab = new ArrayBuffer(SLAB), next = 0;
  return (address, length) => {
    if (length > SLAB / 8) return new Uint8Array(memory.slice(address, address + length));
    if (next + length > SLAB) {
      slab = new ArrayBuffer(SLAB);
      next = 0;
    }
    const copy = new Uint8Array(slab, next, length);
    copy.set(new Uint8Array(memory, address, length));
    next += (length + 7) & ~7;
    return copy;
  };
}

/** An exported WebAssembly.Global's number. */
function valueOf(exported: unknown): number {
  return (exported as { value: number }).value;
}
