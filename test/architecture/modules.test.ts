// The built modules: what they import and export, of which instructions they consist, how large they and their slots are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import binaryen from 'binaryen';
import { InfoField } from '../../assembly/records.js';
import { BUILDS, fileName, moduleFile as load, type Build } from '../modules.js';

declare namespace WebAssembly {
  interface Descriptor { module: string; name: string; kind: string }
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): Descriptor[];
    static exports(module: Module): Descriptor[];
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: { INFO: { value: number }; init(): number };
  }
}

/** Bytes of each build at most, raw. The boards' are promises; Node's are there to show when something slips in. */
const BYTES_MAX = { psk: 29_000, full: 45_000, node: 72_000, trace: 73_000 };
const FUNCTIONS = ['answer', 'close', 'connect', 'context', 'discard', 'exporter', 'init', 'listen', 'poll', 'receive', 'restore',
  'save', 'seals', 'send', 'stored', 'timeout'];
/** MVP, mutable globals, bulk memory: what wasm2c 1.0.32 takes. */
const { Features } = binaryen;
const FEATURES = Features.MVP | Features.MutableGlobals | Features.BulkMemory | Features.BulkMemoryOpt;

/** The functions of a module's text, each with those that it calls. */
function callsOf(text: string): Map<string, Set<string>> {
  const calls = new Map<string, Set<string>>();
  for (const part of text.split(/\n \(func /).slice(1)) {
    const name = /^(\$\S+)/.exec(part)![1]!;
    calls.set(name, new Set([...part.matchAll(/\((?:return_)?call (\$[^\s)]+)/g)].map((match) => match[1]!)));
  }
  return calls;
}

/** A function that reaches itself, or undefined. */
function recursive(calls: Map<string, Set<string>>): string | undefined {
  const reaches = (from: string, to: string, seen: Set<string>): boolean => {
    for (const next of calls.get(from) ?? []) {
      if (next === to) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      if (reaches(next, to, seen)) return true;
    }
    return false;
  };
  return [...calls.keys()].find((name) => reaches(name, name, new Set()));
}

/** INFO after `init` with the layout of a mote. */
function layOut(name: Build): (field: InfoField) => number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const words = new Int32Array(memory.buffer);
  const random = (pointer: number, length: number): number => {
    new Uint8Array(memory.buffer, pointer, length).fill(7);
    return 0;
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(load(name)), { host: { memory, random } });
  const info = exports.INFO.value >> 2;
  [65536, 512, 512, 512, 1, 1, 1, 1].forEach((value, index) => { words[info + index] = value; });
  assert.equal(exports.init(), 0);
  return (field) => words[info + field]!;
}

for (const name of BUILDS) {
  describe(fileName(name), () => {
    const bytesMax = BYTES_MAX[name];
    const bytes = load(name);
    const module = new WebAssembly.Module(bytes);
    const parsed = binaryen.readBinary(bytes);
    parsed.setFeatures(FEATURES);
    const text = parsed.emitText();

    it('imports host.memory and host.random', () => {
      assert.deepEqual(WebAssembly.Module.imports(module), [
        { module: 'host', name: 'memory', kind: 'memory' },
        { module: 'host', name: 'random', kind: 'function' },
      ]);
    });

    it('exports the ABI and nothing else', () => {
      const exported = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`).sort();
      const globals = name === 'trace' ? ['global INFO', 'global TRACE'] : ['global INFO'];
      assert.deepEqual(exported, [...FUNCTIONS.map((function_) => `function ${function_}`), ...globals].sort());
    });

    it('consists of MVP instructions, mutable globals and bulk memory', () => {
      assert.equal(parsed.validate(), 1);
    });

    it('has no allocator, table, indirect call or memory of its own', () => {
      for (const word of ['memory.grow', 'call_indirect', '(table', '(elem', '(tag']) {
        assert.equal(text.includes(word), false, word);
      }
      assert.equal(text.match(/\(memory /g)?.length, 1, 'the imported memory alone');
    });

    it('does not recurse', () => {
      assert.equal(recursive(callsOf(text)), undefined);
    });

    it(`has at most ${bytesMax} bytes`, () => {
      assert.equal(bytes.length <= bytesMax, true, `${bytes.length} bytes`);
    });

    it('keeps the bill: connection 256, aftercare 160, handshake 2,560 bytes at most', () => {
      const info = layOut(name);
      const bill = {
        connection: info(InfoField.CONNECTION_SIZE), aftercare: info(InfoField.AFTERCARE_SIZE),
        handshake: info(InfoField.HANDSHAKE_SIZE), used: info(InfoField.USED),
      };
      assert.equal(bill.connection <= 256 && bill.aftercare <= 160 && bill.handshake <= 2560, true, JSON.stringify(bill));
      if (name === 'psk') assert.equal(bill.used <= 12_288, true, JSON.stringify(bill));
    });
  });
}

describe('the checks of a module', () => {
  it('see recursion, also round a corner', () => {
    const once = '\n (func $a (param i32)\n  (call $b)\n )\n (func $b\n  (call $c)\n )\n (func $c\n )\n';
    assert.equal(recursive(callsOf(once)), undefined);
    assert.equal(recursive(callsOf(once.replace('(func $c\n', '(func $c\n  (call $a (i32.const 0))\n'))), '$a');
  });

  it('see an instruction that a board has not', () => {
    const extended = binaryen.parseText('(module (func (param i32) (result i32) (i32.extend8_s (local.get 0))))');
    extended.setFeatures(FEATURES);
    const [log, error] = [console.log, console.error];
    console.log = console.error = () => {}; // binaryen says what it found
    try {
      assert.equal(extended.validate(), 0);
    } finally {
      [console.log, console.error] = [log, error];
    }
  });

  it('find the trace log in the trace build alone', () => {
    const log = 64 * 96;
    assert.equal(layOut('trace')(InfoField.FIXED_SIZE) - layOut('node')(InfoField.FIXED_SIZE) >= log, true);
    assert.equal(load('trace').length > load('node').length, true);
  });
});
