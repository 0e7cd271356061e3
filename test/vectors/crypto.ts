// native/crypto.h as JavaScript functions, over the very objects that the engine's modules are linked from.
import { readFileSync } from 'node:fs';

// What of WebAssembly is used here, so that the project's types need no library but Node's.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module { constructor(bytes: Uint8Array); }
  class Instance {
    constructor(module: Module, imports: { [module: string]: { [name: string]: unknown } });
    readonly exports: { [name: string]: unknown };
  }
}

/** The builds of the cryptography: for size, without GCM and P-256 and with them, and for speed. */
export const KINDS = ['psk', 'full', 'node'] as const;
export const KINDS_WITH_P256 = ['full', 'node'] as const;
export type Kind = (typeof KINDS)[number];

/** crypto.h's algorithms. */
export const CCM_8 = 1;
export const CCM = 2;
export const GCM = 3;
export const algorithmsOf = (kind: Kind) => (kind === 'psk' ? [CCM_8, CCM] : [CCM_8, CCM, GCM]);

const PAGES = 4;
const PAGES_MAX = 1024;
const SHA256_CONTEXT = 112;
const HASH = 32;
const HMAC_KEY = 64;
const TAG_MAX = 16;

type Exports = Record<string, (...args: number[]) => number> & Record<'__heap_base' | '__stack_pointer', { value: number }>;

/** One build, instantiated; inputs are copied in, results copied out. */
export class Crypto {
  readonly exports: Exports;
  readonly memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES_MAX });
  /** Where C's stack ends, which begins at 0 and grows down. */
  readonly stack: number;
  /** Where C's data and contexts end: what a call does not get lies above. */
  readonly end: number;
  private free: number;

  constructor(kind: Kind) {
    const binary = readFileSync(new URL(`../crypto-${kind}.wasm`, import.meta.url));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory: this.memory } });
    this.exports = instance.exports as unknown as Exports;
    this.stack = this.exports.__stack_pointer.value;
    this.end = this.exports.__heap_base.value;
    this.free = this.end;
  }

  bytes(at = 0, length = this.memory.buffer.byteLength - at): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  /** Forgets all that was placed before. */
  reset(): void {
    this.free = (this.end + 15) & ~15;
  }

  /** Room for `length` bytes; `skew` moves it off alignment. */
  place(length: number, skew = 0): number {
    const at = this.free + skew;
    this.free = (at + length + 15) & ~15;
    if (this.free > this.memory.buffer.byteLength) throw new Error('the test memory is full');
    return at;
  }

  put(data: Uint8Array, skew = 0, room = 0): number {
    const at = this.place(data.length + room, skew);
    this.bytes(at).set(data);
    return at;
  }

  take(at: number, length: number): Buffer {
    return Buffer.from(this.bytes(at, length));
  }

  /** SHA-256 of the pieces, each updated by itself. */
  sha256(...pieces: Uint8Array[]): Buffer {
    this.reset();
    const context = this.place(SHA256_CONTEXT);
    const hash = this.place(HASH, 1);
    this.exports.sha256_start(context);
    for (const piece of pieces) this.exports.sha256_update(context, this.put(piece, 1), piece.length);
    this.exports.sha256_finish(context, hash);
    return this.take(hash, HASH);
  }

  /** HMAC-SHA-256, `times` in a row from the same cached key state; the last is returned. */
  hmac(key: Uint8Array, message: Uint8Array, times = 1): Buffer {
    this.reset();
    const state = this.place(HMAC_KEY);
    const context = this.place(SHA256_CONTEXT);
    const mac = this.place(HASH, 3);
    const data = this.put(message, 1);
    this.exports.hmac_key(state, this.put(key, 1), key.length);
    for (let i = 0; i < times; i++) {
      this.exports.hmac_start(context, state);
      this.exports.sha256_update(context, data, message.length);
      this.exports.hmac_finish(context, state, mac);
    }
    return this.take(mac, HASH);
  }

  /** Ciphertext and tag. `skew` misaligns every input. */
  seal(algorithm: number, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, text: Uint8Array, skew = 0): Buffer {
    this.reset();
    const data = this.aead('aead_seal', algorithm, key, nonce, additional, text, text.length, skew).data;
    return this.take(data, text.length + this.exports.aead_tag_length(algorithm));
  }

  /** {verified, text}; `text` is what the function left there, whether it verified or not. */
  open(algorithm: number, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, skew = 0) {
    this.reset();
    const length = sealed.length - this.exports.aead_tag_length(algorithm);
    const { data, result } = this.aead('aead_open', algorithm, key, nonce, additional, sealed, length, skew);
    return { verified: result === 1, text: this.take(data, length) };
  }

  /** A key pair; null if refused, as below. */
  p256Generate(random: Uint8Array): { privateKey: Buffer; publicKey: Buffer } | null {
    this.reset();
    const [privateKey, publicKey] = [this.place(32, 1), this.place(64, 3)];
    if (this.exports.p256_generate(privateKey, publicKey, this.put(random, 1)) !== 0) return null;
    return { privateKey: this.take(privateKey, 32), publicKey: this.take(publicKey, 64) };
  }

  p256Public(privateKey: Uint8Array): Buffer | null {
    return this.made('p256_public', 64, privateKey);
  }

  p256Ecdh(privateKey: Uint8Array, peerPublic: Uint8Array): Buffer | null {
    return this.made('p256_ecdh', 32, privateKey, peerPublic);
  }

  /** r and s; as RFC 6979 has it if `random` is null. */
  p256Sign(privateKey: Uint8Array, hash: Uint8Array, random: Uint8Array | null): Buffer | null {
    return this.made('p256_sign', 64, privateKey, hash, random);
  }

  p256Verify(signature: Uint8Array, publicKey: Uint8Array, hash: Uint8Array): boolean {
    this.reset();
    const result = this.exports.p256_verify(this.put(signature, 1), this.put(publicKey, 1), this.put(hash, 1));
    if (result > 1) throw new Error(`p256_verify says ${result}`);
    return result === 1;
  }

  /** What a function of P-256 writes to its first argument; null if it refuses. */
  private made(name: string, length: number, ...inputs: (Uint8Array | null)[]): Buffer | null {
    this.reset();
    const at = this.place(length, 1);
    const failure = this.exports[name](at, ...inputs.map((input) => (input ? this.put(input, 1) : 0)));
    return failure === 0 ? this.take(at, length) : null;
  }

  private aead(
    name: string, algorithm: number, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, input: Uint8Array,
    length: number, skew: number,
  ) {
    const data = this.put(input, skew, TAG_MAX);
    const result = this.exports[name](algorithm, this.put(key, skew), this.put(nonce, skew),
      this.put(additional, skew), additional.length, data, length);
    return { data, result };
  }
}

export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
