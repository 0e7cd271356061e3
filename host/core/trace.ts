// What the trace build (thimble-trace.wasm) writes down beside its events.
import type { EngineModule } from './engine.js';

/** Kinds of entries, and what their data holds. */
export enum TraceKind {
  /** client_random[32], master_secret[48] */
  KEY_LOG = 1,
  /** SHA-256(key)[0..8], nonce[12], epoch u16 little endian, sequence_number u48 big endian */
  NONCE = 2,
  /** epoch u16 and message_seq u16, little endian, SHA-256 of the whole plaintext message[32] */
  MESSAGE = 3,
  /** A connection at rest, seven or fourteen i32 little endian: see assembly/trace/log.ts. */
  STATE = 4,
}

/** {i32 count, i32 lost}, then up to 64 entries of {i32 kind, i32 length, 88 bytes}. */
const HEADER = 8;
const ENTRY = 96;
const ENTRIES_MAX = 64;

/** Empties the entries of a module that has them. */
export class Trace {
  private declare readonly counts: Int32Array;
  private declare readonly words: Int32Array;
  private declare readonly bytes: Uint8Array;

  constructor(module: EngineModule) {
    const address = module.TRACE!;
    this.counts = module.words(address, 2);
    this.words = module.words(address + HEADER, ENTRIES_MAX * ENTRY / 4);
    this.bytes = module.bytes(address + HEADER, ENTRIES_MAX * ENTRY);
  }

  /** Gives each entry, its data copied, to `visit`; returns how many were lost for want of room. */
  read(visit: (kind: number, bytes: Uint8Array) => void): number {
    const count = this.counts[0]!, lost = this.counts[1]!;
    for (let i = 0; i < count; i++) {
      const length = this.words[i * ENTRY / 4 + 1]!, start = i * ENTRY + 8;
      visit(this.words[i * ENTRY / 4]!, this.bytes.slice(start, start + length));
      this.bytes.fill(0, start, start + length);
    }
    this.counts[0] = 0;
    this.counts[1] = 0;
    return lost;
  }
}
