// What an Espruino firmware takes: the native library's comments, which Espruino's build turns into bindings, its C, and the
// lines for a makefile.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { find, suite } from '../interop/peers.js';
import { Espruino } from './espruino.js';

const top = fileURLToPath(new URL('../../../', import.meta.url));
const library = `${top}boards/espruino/libs/dtls`;
const read = (path: string) => readFileSync(path, 'utf8');
const C = read(`${library}/jswrap_dtls.c`), H = read(`${library}/jswrap_dtls.h`), THIMBLE = read(`${top}boards/c/thimble.h`);

/** One comment, as Espruino's build reads it (its scripts/common.py). */
interface Binding {
  type: 'library' | 'staticmethod' | 'staticproperty';
  class: string;
  name: string;
  ifdef: string;
  generate?: string;
  generate_full?: string;
  params?: [name: string, type: 'int' | 'int32', about: string][];
  return?: [type: 'int' | 'JsVar', about: string];
}

const COMMENTS = [...C.matchAll(/\/\*JSON(.*?)\*\//gs)].map((match) => match[1]!);
const BINDINGS = COMMENTS.map((comment) => JSON.parse(comment.slice(0, comment.indexOf('\n}') + 2)) as Binding);
const FUNCTIONS = BINDINGS.filter(({ type }) => type !== 'library');

/** Espruino's types of C: what its generator writes for `int`, `int32` and `JsVar`. */
const TYPES: { [type: string]: string } = { int: 'JsVarInt', int32: 'int', JsVar: 'JsVar *' };

/** What Espruino's generator makes of a comment with an expression. */
function generated({ name, generate_full, params = [], return: result }: Binding): string {
  const list = params.map(([param, type]) => `${TYPES[type]} ${param}`).join(', ') || 'void';
  return `static ${TYPES[result![0]]} gen_${name}(${list}) {\n  return ${generate_full};\n}`;
}

/** As much of Espruino's headers as the library uses. */
const ESPRUINO_H = `
  #include <stdbool.h>
  #include <stddef.h>
  #include <stdint.h>
  typedef struct JsVar JsVar;
  typedef int32_t JsVarInt;
  typedef enum { ARRAYBUFFERVIEW_UINT8 = 1, ARRAYBUFFERVIEW_INT32 = 20 } JsVarDataArrayBufferViewType;
  typedef enum { JSET_ERROR } JsExceptionType;
  void jsExceptionHere(JsExceptionType type, const char *format, ...);
  void jsvUnLock2(JsVar *a, JsVar *b);
  JsVar *jsvNewNativeString(char *pointer, size_t length);
  JsVar *jsvNewFromEmptyString(void);
  void jsvAppendStringBuf(JsVar *string, const char *data, size_t length);
  JsVar *jsvNewArrayBufferFromString(JsVar *string, unsigned int length);
  JsVar *jsvNewTypedArray(JsVarDataArrayBufferViewType type, JsVarInt length);
  JsVar *jswrap_typedarray_constructor(JsVarDataArrayBufferViewType type, JsVar *buffer, JsVarInt offset, JsVarInt length);
`;

describe('the native library for Espruino', () => {
  it('has comments on several lines, each for a firmware with USE_DTLS', () => {
    for (const comment of COMMENTS) assert.match(comment, /^\{\n(?:  .*\n)+\}\n/);
    for (const binding of BINDINGS) {
      assert.equal(binding.class, 'thimble');
      assert.equal(binding.ifdef, 'USE_DTLS');
      assert.ok((binding.params ?? []).length <= 4, 'Espruino passes no more');
    }
  });

  it('binds what the module dtls calls, and nothing else', (t) => {
    const board = new Espruino(t);
    (board.require('thimble') as { start(): number }).start();
    assert.deepEqual(FUNCTIONS.map(({ name }) => name).sort(), Object.keys(board.require('thimble')).sort());
  });

  it('hands every call of thimble.h on, with its parameters in their order', () => {
    const declared = [...THIMBLE.matchAll(/^int32_t thimble_(\w+)\(([^)]*)\);/gm)].filter(([, name]) => name !== 'entropy');
    assert.equal(declared.length, 17);
    for (const [, name, list] of declared) {
      const { generate_full, params = [] } = FUNCTIONS.find((one) => one.name === name)!;
      const names = list === 'void' ? [] : list!.split(', ').map((parameter) => parameter.replace('int32_t ', ''));
      assert.deepEqual(params.map(([param]) => param), names);
      if (name !== 'start') assert.equal(generate_full, `jswrap_dtls_result(thimble_${name}(${names.join(', ')}))`);
    }
  });

  it('defines and declares each function that a comment names, with its types', () => {
    for (const { generate, params = [], return: result } of FUNCTIONS) {
      if (generate === undefined) continue;
      const list = params.map(([param, type]) => `${TYPES[type]} ${param}`).join(', ') || 'void';
      const signature = `${TYPES[result![0]]} ${generate}(${list})`.replace('* ', '*');
      assert.ok(C.includes(`\n${signature} {\n`), signature);
      assert.ok(H.includes(`\n${signature};\n`), signature);
    }
  });
});

suite('cc', find('cc', ['--version'], 'gcc'), 'the C of the native library', () => {
  it('compiles without a warning, with what Espruino generates', (t: TestContext) => {
    const folder = mkdtempSync(`${tmpdir()}/thimble-`);
    t.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(`${folder}/thimble_codes.h`, ''); // which the build makes, and nothing here needs
    for (const name of ['jsvar.h', 'jsutils.h', 'jswrap_arraybuffer.h']) {
      writeFileSync(`${folder}/${name}`, '#include "espruino.h"\n');
    }
    writeFileSync(`${folder}/espruino.h`, `#ifndef ESPRUINO_H\n#define ESPRUINO_H\n${ESPRUINO_H}\n#endif\n`);
    const expressions = FUNCTIONS.filter(({ generate_full }) => generate_full !== undefined);
    const table = `void *const functions[] = { ${expressions.map(({ name }) => `(void *)gen_${name}`).join(', ')} };`;
    writeFileSync(`${folder}/all.c`, ['#include "jswrap_dtls.c"', ...expressions.map(generated), table, ''].join('\n'));
    const strict = ['-std=gnu99', '-Wall', '-Wextra', '-Wconversion', '-Werror', '-fsyntax-only'];
    const folders = [folder, library, `${top}boards/c`].map((path) => `-I${path}`);
    const { status, stderr } = spawnSync('cc', [...strict, ...folders, `${folder}/all.c`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});

suite('make', find('make', ['--version'], 'make'), 'the makefile of the native library', () => {
  /** The sources of a board of this family and chip. */
  const sources = (family: string, chip: string, ...more: string[]) => {
    const input = `include ${library}/dtls.make\nall:\n\t@echo $(SOURCES) $(WRAPPERSOURCES) $(JSMODULESOURCES) $(DEFINES)\n`;
    const { stdout, stderr } = spawnSync('make', ['-s', '-f', '-', `FAMILY=${family}`, `CHIP=${chip}`, 'ROOT=.', ...more],
      { encoding: 'utf8', input });
    assert.equal(stderr, '');
    return stdout.trim().split(' ');
  };

  it('names files that there are', () => {
    for (const path of sources('NRF52', 'NRF52840').filter((word) => word.startsWith('libs/dtls/c/'))) {
      const name = path.replace('libs/dtls/c/', '');
      if (name !== 'thimble_psk.c') read(`${top}boards/c/${name}`); // which wasm2c writes
    }
  });

  it('chooses the entropy of each chip that has some, and none for others', () => {
    const entropy = (family: string, chip: string, ...more: string[]) =>
      sources(family, chip, ...more).filter((word) => word.includes('entropy/')).join();
    const of = (chip: string) => `libs/dtls/c/entropy/thimble_${chip}.c`;
    assert.equal(entropy('NRF52', 'NRF52840'), of('nrf52840'));
    assert.equal(entropy('ESP32', 'ESP32'), of('esp32'));
    assert.equal(entropy('ESP32_IDF4', 'ESP32C3'), of('esp32'));
    assert.equal(entropy('RP2XXX', 'RP2040'), of('rp2040'));
    assert.equal(entropy('LINUX', 'LINUX'), of('linux'));
    for (const [family, chip] of [['RP2XXX', 'RP2350'], ['STM32F4', 'STM32F411CEU6'], ['ESP8266', 'ESP8266']] as const) {
      assert.equal(entropy(family, chip), '');
      assert.equal(entropy(family, chip, 'DTLS_ENTROPY=libs/entropy/own.c'), 'libs/entropy/own.c');
    }
  });

  it('puts the module dtls into the firmware unless told not to', () => {
    assert.ok(sources('LINUX', 'LINUX').includes('dtls:libs/dtls/dtls.min.js'));
    assert.ok(!sources('LINUX', 'LINUX', 'DTLS_MODULE=0').includes('dtls:libs/dtls/dtls.min.js'));
    assert.ok(sources('LINUX', 'LINUX', 'DTLS_MEMORY=8192').includes('-DTHIMBLE_MEMORY_BYTES=8192'));
  });
});
