// as-pect's settings: each spec is a module of its own, with the engine's sources compiled in and the cryptography beside
// it in the same memory, below `memoryBase` (as-pect.asconfig.json).
import { readFileSync } from 'node:fs';

const MEMORY_BASE = 16384;
const PAGES = { initial: 4, maximum: 1024 };
const crypto = readFileSync(new URL('../../dist/test/crypto-node.wasm', import.meta.url));

/** The C side on the spec's memory. An error shows its message alone: as-pect would print the binary with it. */
async function withCrypto(memory) {
  try {
    const { instance } = await WebAssembly.instantiate(crypto, { env: { memory } });
    if (instance.exports.__heap_base.value > MEMORY_BASE) throw new Error('C data reach above memoryBase');
    return instance.exports;
  } catch (error) {
    console.error(`crypto-node.wasm: ${error.message}`);
    process.exit(1);
  }
}

/** Seeded, so that a spec says the same each time. */
function randomOf(memory) {
  let state = 0x2545f491;
  return (pointer, length) => {
    const bytes = new Uint8Array(memory.buffer, pointer, length);
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      bytes[i] = state >>> 24;
    }
    return 0;
  };
}

export default {
  entries: ['test/unit/**/*.spec.ts'],
  include: [],
  disclude: [/node_modules/],
  outputBinary: false,
  /** as-pect's own memory has no maximum, which the C side's import asks for: this one serves instead. */
  async instantiate(_, createImports, instantiate, binary) {
    const memory = new WebAssembly.Memory(PAGES);
    const env = { ...(await withCrypto(memory)), memory };
    return instantiate(binary, createImports({ env, host: { random: randomOf(memory) } }));
  },
};
