// dist/c: a module as C for any toolchain. wasm2c translates it; what it prints round the functions (a machine for all of
// WebAssembly, of which a small module needs little) is left out, and boards/c/thimble_runtime.h stands in its place.
import { readFileSync } from 'node:fs';
import { apt } from '../../native/build/apt.js';
import { inScratch, list, replace } from '../../native/build/files.js';
import { dist, native, top } from '../../native/build/paths.js';
import { Failure, run, which } from '../../native/build/process.js';
import { ABI, BUILDS } from '../../native/build/wasm.js';

/** What it prints differs from version to version, and only this one's was read. */
const WASM2C = '1.0.32';
const HOW_TO_GET_WASM2C = `install Debian 12's package wabt (wasm2c ${WASM2C})`;

/** Where the generated text has its parts; null where wasm2c says something else than it did. */
const PARTS = {
  globals: /static void init_globals\([^)]*\) \{\n([^}]*)\}/,
  segments: /((?:static const u8 data_segment_data_\w+\[\] = \{[^}]*\};\s*)+)/,
  loads: /static void init_memories\([^)]*\) \{\n([^}]*)\}/,
  declarations: /\n((?:static (?:void|u32|u64) w2c_\w+\(Z_\w+_instance_t\*[^)]*\);\n)+)/,
  functions: /static void init_data_instances\([^)]*\) \{\n\}\n\n([^]*?)\/\* export: /,
  start: /init_data_instances\(instance\);\n(?:  (w2c_\w+)\(instance\);\n)?\}/,
};

/** The module's functions. */
export const EXPORTS = ABI.filter((name) => name !== 'INFO');

/** One module, one instance: nothing is passed round that can be named. */
function plain(text) {
  return text
    .replace(/^ *FUNC_(PRO|EPI)LOGUE;\n/gm, '')
    .replace(/\(\*instance->Z_hostZ_memory\)\.pages/g, 'MEMORY_PAGES')
    .replace(/\bmemory_(fill|copy)\(/g, 'thimble_memory_$1(')
    .replace(/\(\*Z_hostZ_random\)/g, 'thimble_random')
    .replace(/instance->Z_hostZ_memory, \(u64\)\((\w+)\)(?: \+ (\d+u))?/g, (_, address, offset = '0u') => `${address}, ${offset}`)
    .replace(/instance->Z_hostZ_memory, /g, '')
    .replace(/\(instance->Z_host_instance, /g, '(')
    .replace(/instance->w2c_/g, 'globals.')
    .replace(/\(Z_\w+_instance_t\*(?: instance)?, /g, '(')
    .replace(/\(Z_\w+_instance_t\*(?: instance)?\)/g, '(void)')
    .replace(/\(instance, /g, '(')
    .replace(/\(instance\)/g, '()')
    .replace(/\bw2c_f(\d+)\(/g, 'function$1(')
    .replace(new RegExp(`\\bw2c_(${EXPORTS.join('|')})\\(`, 'g'), 'thimble_module_$1(')
    .replace(/\bw2c_/g, '')
    .replace(new RegExp(`^static (u32 thimble_module_(?:${EXPORTS.join('|')})\\()`, 'gm'), '$1');
}

/** Whatever of wasm2c's machine is still named would be left undefined: better said here than by a linker. */
function checkPlain(text) {
  const left = /\b(?:instance|wasm_rt_\w+|Z_\w+|w2c_\w+|CALL_INDIRECT|f32|f64|TRAP)\b/.exec(text);
  if (left) throw new Failure(`The module uses what boards/c/thimble_runtime.h has not: ${left[0]}. Was wasm2c changed, or the engine?`);
}

/** The C of one module from what wasm2c printed of it. */
export function translate(name, text) {
  const part = {};
  for (const [key, pattern] of Object.entries(PARTS)) {
    part[key] = pattern.exec(text)?.[1];
    if (part[key] === undefined) throw new Failure(`wasm2c prints its ${key} otherwise than version ${WASM2C}: ${HOW_TO_GET_WASM2C}.`);
  }
  const globals = [...part.globals.matchAll(/w2c_(\w+) = (\d+)(ull|u);/g)]
    .map(([, global, value, suffix]) => ({ global, value, suffix, type: suffix === 'ull' ? 'u64' : 'u32' }));
  const loads = [...part.loads.matchAll(/, (\d+)u, data_segment_data_w2c_(\w+), (\d+)\);/g)]
    .map(([, address, segment, length]) => ({ address: Number(address), segment, length: Number(length) }));
  if (loads.length !== part.loads.split('LOAD_DATA').length - 1 || globals.length !== part.globals.match(/ = /g).length) {
    throw new Failure('The module has a global or data that begin with no plain number, which boards/build/c.js does not translate.');
  }
  const end = Math.max(...loads.map(({ address, length }) => address + length));
  const out = [
    `/* ${BUILDS[name].file}.wasm as C, by wasm2c ${WASM2C} and boards/build/c.js. Not for reading or editing: the source is assembly/. */`,
    '#include "thimble_runtime.h"', '',
    '#pragma GCC diagnostic ignored "-Wunused-variable"', '#pragma GCC diagnostic ignored "-Wunused-label"', '',
    'static struct {', ...globals.map(({ global, type }) => `  ${type} ${global};`), '} globals;', '',
    part.segments.replace(/data_segment_data_w2c_/g, '').trim(), '',
    plain(part.declarations).replace(/^u32 thimble_module_.*\n/gm, '').trim(), '',
    plain(part.functions).trim(), '',
    `_Static_assert(THIMBLE_MEMORY_BYTES >= ${end}, "the module's own data do not fit THIMBLE_MEMORY_BYTES");`, '',
    'u32 thimble_module_start(void) {',
    '  if (thimble_memory_bytes != MEMORY_BYTES) thimble_raise(thimble_two_sizes);',
    '  memset(&globals, 0, sizeof globals);',
    ...globals.filter(({ value }) => value !== '0').map(({ global, value, suffix }) => `  globals.${global} = ${value}${suffix};`),
    ...loads.map(({ address, segment, length }) => `  memcpy(thimble_memory + ${address}, ${segment}, ${length});`),
    ...(part.start ? [`  ${part.start.replace('w2c_f', 'function')}();`] : []),
    '  return globals.INFO;',
    '}', '',
  ].join('\n');
  checkPlain(out);
  return out;
}

/** Why there is no module as C on this machine; '' if nothing is missing. */
export function lacksWasm2c() {
  const tool = which('wasm2c');
  if (!tool) return 'no wasm2c: apt-get install wabt';
  const version = run(tool, ['--version']).trim();
  return version === WASM2C ? '' : `this wasm2c is ${version}, which prints other C: ${HOW_TO_GET_WASM2C}`;
}

/** The tool, of the version that was read; installs it where there is none. */
async function wasm2c() {
  if (!which('wasm2c')) {
    console.log('Installing wasm2c with apt: 2 MB …');
    await apt(['update'], HOW_TO_GET_WASM2C);
    await apt(['install', '--yes', '--no-install-recommends', 'wabt'], HOW_TO_GET_WASM2C);
  }
  if (lacksWasm2c()) throw new Failure(`The module as C needs wasm2c: ${lacksWasm2c()}.`);
  return which('wasm2c');
}

/** dist/thimble-<name>.wasm as the text of a C file. */
function moduleAsC(tool, name) {
  return inScratch((folder) => {
    const path = `${folder}/module.c`;
    run(tool, [`${dist}/${BUILDS[name].file}.wasm`, '--module-name=thimble', '-o', path]);
    return translate(name, readFileSync(path, 'utf8'));
  });
}

/** What the engine shares with every host. */
const SHARED = ['codes', 'records', 'certificate-codes'];

/** Names in the header for the enums of SHARED that a C host needs, and what they begin with. */
const ENUMS = {
  InfoField: 'INFO', EventKind: 'EVENT', EventField: 'EVENT', ContextField: 'CONTEXT', ContextFlag: 'CONTEXT', ConnectedFlag: 'CONNECTED', CodeClass: 'CODE',
  Alert: 'ALERT', CertificateAlert: 'ALERT', Misuse: 'MISUSE', Ended: 'ENDED', Cause: 'CAUSE', CertificateCheck: 'CHECK', TrustAnchor: 'ANCHOR',
  TrustAnswer: 'TRUST', Question: 'QUESTION', PathChange: 'PATH', Drop: 'DROP', Bound: 'BOUND', CipherSuite: '',
};

/** thimble_codes.h: the numbers that the engine shares with every host, and what it says of them. */
function codesHeader() {
  const paragraphs = SHARED.flatMap((name) => readFileSync(`${top}/assembly/${name}.ts`, 'utf8').trim().split('\n\n'));
  const enums = Object.entries(ENUMS).map(([name, prefix]) => {
    const begin = `export enum ${name} {`;
    return `${paragraphs.find((paragraph) => paragraph.includes(begin))};`
      .replace(begin, `enum { /* ${name} */`)
      .replace(/^  (?=[A-Z])/gm, prefix ? `  THIMBLE_${prefix}_` : '  THIMBLE_');
  });
  return [`/* Made of ${SHARED.map((name) => `assembly/${name}.ts`).join(', ')}. */`, '#ifndef THIMBLE_CODES_H', '#define THIMBLE_CODES_H', '',
    enums.join('\n\n'), '', '#endif', ''].join('\n');
}

/** Writes dist/c; returns the names of its modules. */
export async function buildC(names = ['psk', 'full']) {
  const source = `${top}/boards/c`;
  for (const path of list(source, (path) => path !== 'README.md')) replace(`${dist}/c/${path}`, readFileSync(`${source}/${path}`));
  const readme = readFileSync(`${source}/README.md`, 'utf8');
  replace(`${dist}/c/README.md`, readme.replace('\nBILL\n', () => `\n${readFileSync(`${top}/boards/bill.txt`, 'utf8')}`));
  replace(`${dist}/c/thimble_codes.h`, codesHeader());
  const tool = await wasm2c();
  for (const name of names) replace(`${dist}/c/thimble_${name}.c`, moduleAsC(tool, name));
  replace(`${dist}/c/NOTICE`, readFileSync(`${native}/NOTICE`));
  replace(`${dist}/c/LICENSE`, readFileSync(`${top}/LICENSE`));
  return names;
}
