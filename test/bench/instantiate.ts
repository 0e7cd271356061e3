// A module that is not ours, with the random source it imports as Thimble's do: as cheap as a host can make it.
import { randomFillSync } from 'node:crypto';

// What of WebAssembly is used here, so that the project's types need no library but Node's.
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  function instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
}

/** The exports of a module that brings its own memory and imports `host.random` alone. */
export async function instantiate<Exports extends object>(bytes: Uint8Array): Promise<Exports> {
  const pool = new Uint8Array(4096);
  let at = pool.length;
  let memory: WebAssembly.Memory;
  /** Fills `length` bytes at `pointer`; 0 when done. Bytes given out are wiped from the pool. */
  const random = (pointer: number, length: number): number => {
    if (length > pool.length) return 1;
    if (at + length > pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    new Uint8Array(memory.buffer, pointer, length).set(pool.subarray(at, at + length));
    pool.fill(0, at, (at += length));
    return 0;
  };
  const { instance } = await WebAssembly.instantiate(bytes, { host: { random } });
  memory = (instance.exports as { memory: WebAssembly.Memory }).memory;
  return instance.exports as Exports;
}
