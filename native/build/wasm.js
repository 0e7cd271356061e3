// npm run build:wasm [psk|full|node|trace]: crypto (C) and engine (AssemblyScript) into one module over one imported memory.
//
//   memory.wat ─ wasm-as ──┐
//   *.c ─ emcc ─ crypto ───┼─ wasm-merge ─ wasm-metadce ─ wasm-opt ─ dist/thimble*.wasm
//   assembly/ ─ asc ───────┘
//
// The C stack stands first, so that an overflow runs below address 0 and traps; then C's data, then the engine's.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { contents, prune, step } from './cache.js';
import { emscripten } from './emscripten.js';
import { list, replace } from './files.js';
import { findMbedtls, HOW_TO_GET_IT } from './mbedtls.js';
import { dist, modules, native, top } from './paths.js';
import { main, run, runNode, Failure } from './process.js';

const PAGES_MAX = 1024; /* 64 MiB: the host's memory may have any size up to this */
export const ABI = [
  'INFO', 'init', 'context', 'listen', 'connect', 'receive', 'send', 'answer', 'timeout', 'close', 'discard', 'seals', 'save', 'stored',
  'restore', 'exporter', 'poll',
];

const OURS = ['crypto', 'ccm', 'memory'];
const SHA = 'library/sha256';
const AES = 'library/aes'; /* the cipher itself where speed counts; for size aes128.c takes its place, and GCM finds the rest here */
const P256 = '3rdparty/p256-m/p256-m/p256-m';
const GCM = ['library/gcm', 'library/block_cipher', 'library/constant_time'];
/** Unless told that a 64-bit multiplication takes constant time, p256-m goes without, which is several times slower. */
const HAS_EVERYTHING = ['-DTHIMBLE_GCM', '-DTHIMBLE_P256', '-DMUL64_IS_CONSTANT_TIME'];
/** The cryptography, for size (without AES-GCM and P-256, and with) and for speed. Tests see how deep a stack gets. */
const CRYPTO = {
  psk: { flags: ['-Oz'], stackBytes: 512, ours: [...OURS, 'aes128'], mbedtls: [SHA] },
  full: {
    flags: ['-Oz', ...HAS_EVERYTHING], stackBytes: 640, ours: [...OURS, 'aes128', 'gcm', 'p256'], mbedtls: [AES, SHA, ...GCM, P256],
  },
  node: {
    flags: ['-O2', '-DTHIMBLE_FAST', ...HAS_EVERYTHING], stackBytes: 768,
    ours: [...OURS, 'gcm', 'p256'], mbedtls: [AES, SHA, ...GCM, P256],
  },
};

/** What one file gets alone. p256-m's loops over eight words stay loops: as memory.copy they take half as long again in V8. */
const ALONE = { 'p256-m.c': ['-fno-builtin'] };

/** MVP and bulk memory, which wasm2c takes; newer compilers would use more if they were let. */
const COMPILE = [
  '-mcpu=mvp', '-mbulk-memory', '-mmutable-globals', '-ffunction-sections', '-fdata-sections', '-Wall', '-Wextra', '-Werror',
];

/** The modules; each name is also that of a target in asconfig.json. */
export const BUILDS = {
  psk: { file: 'thimble-psk', crypto: 'psk', entries: ['assembly/index.ts'], abi: ABI, optimize: ['-Oz', '--converge'] },
  full: { file: 'thimble', crypto: 'full', entries: ['assembly/index.ts'], abi: ABI, optimize: ['-Oz', '--converge'] },
  node: { file: 'thimble-node', crypto: 'node', entries: ['assembly/index.ts'], abi: ABI, optimize: ['-O3', '--converge'] },
  trace: {
    file: 'thimble-trace',
    crypto: 'node',
    entries: ['assembly/index.ts', 'assembly/trace/index.ts'],
    abi: [...ABI, 'TRACE'],
    optimize: ['-O3', '--converge'],
  },
};

const FEATURES = ['--mvp-features', '--enable-mutable-globals', '--enable-bulk-memory', '--enable-bulk-memory-opt'];
const binaryen = (tool, args) => runNode(`${modules}/binaryen/bin/${tool}`, args);
const lockFile = () => readFileSync(`${top}/package-lock.json`);

/** Every function that crypto.h declares under these flags: the C side's exports. */
function declared(flags) {
  const header = readFileSync(`${native}/crypto.h`, 'utf8').replace(/\/\*.*?\*\//gs, '')
    .replace(/#ifdef (\w+)(.*?)#endif/gs, (_, name, lines) => (flags.includes(`-D${name}`) ? lines : ''));
  return [...header.matchAll(/\b(\w+)\([^;{]*\);/g)].map((match) => match[1]);
}

/** A header of ours goes before a source of mbedTLS's where there is one of that name. */
function before(name) {
  const header = `${native}/mbedtls_${name.replace('.c', '.h')}`;
  return existsSync(header) ? ['-include', header] : [];
}

/** Compiles and links the cryptography of one kind; returns the path of crypto.wasm, which exports crypto.h. */
function buildCrypto(kind, emcc, source) {
  const { flags, stackBytes, ours, mbedtls } = CRYPTO[kind];
  const headers = contents(native, list(native, (path) => /^[\w-]+\.h$/.test(path)));
  const where = [
    `-I${native}`, ...['include', 'library', '3rdparty/p256-m'].map((folder) => `-I${source.folder}/${folder}`),
    `-DMBEDTLS_CONFIG_FILE="${native}/mbedtls_config.h"`,
  ];
  const files = [...ours.map((name) => `${native}/${name}.c`), ...mbedtls.map((name) => `${source.folder}/${name}.c`)];
  const identity = [emcc.version.join('.'), source.version, ...COMPILE, ...flags, ...headers];
  const objects = files.map((file) => {
    const name = basename(file), own = ALONE[name] ?? [];
    return step(kind, 'o', [...identity, ...own, file.split('/').slice(-2).join('/'), readFileSync(file)],
      (path) => emcc.run([...COMPILE, ...flags, ...own, ...where, ...before(name), '-c', file, '-o', path]));
  });
  const link = linkFlags(emcc.version, stackBytes, declared(flags));
  return step(`crypto-${kind}`, 'wasm', [...identity, ...link, ...objects.map((path) => readFileSync(path))],
    (path) => emcc.run([...link, ...objects, '-o', path]));
}

/** Newer emscripten says STACK_SIZE where 3.1.6 says TOTAL_STACK. Growth is allowed only so that the import has a range. */
function linkFlags([major, minor, patch], stackBytes, exported) {
  const isOld = major < 3 || (major === 3 && minor === 1 && patch < 25);
  return [
    '-Oz', '-sSTANDALONE_WASM', '--no-entry', '-sIMPORTED_MEMORY', '-sALLOW_MEMORY_GROWTH=1',
    `-sMAXIMUM_MEMORY=${PAGES_MAX * 65536}`, '-sINITIAL_MEMORY=65536', '-sMALLOC=none',
    `-s${isOld ? 'TOTAL_STACK' : 'STACK_SIZE'}=${stackBytes}`, `-sGLOBAL_BASE=${stackBytes}`,
    '-Wl,--stack-first', '-Wl,--export=__heap_base', '-Wl,--export=__stack_pointer',
    `-sEXPORTED_FUNCTIONS=${exported.map((name) => `_${name}`).join(',')}`,
  ];
}

/** Where C's data end, rounded up to 16: there the engine's begin. */
function heapBase(crypto) {
  const module = new WebAssembly.Module(readFileSync(crypto));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX });
  const { __heap_base: base } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  return (base.value + 15) & ~15;
}

/** Compiles the engine for one build; its data begin at `base`. */
function buildEngine(name, base, sources) {
  const { entries } = BUILDS[name];
  const args = [...entries, '--target', name, '--memoryBase', String(base)];
  return step(`engine-${name}`, 'wasm', [...args, readFileSync(`${top}/asconfig.json`), lockFile(), ...sources],
    (path) => runNode(`${modules}/assemblyscript/bin/asc.js`, [...args, '--outFile', path], { cwd: top }));
}

/** Merges both over the host's memory and keeps what the ABI names, nothing else. */
function link(name, crypto, engine) {
  const { abi, optimize } = BUILDS[name];
  const inputs = [...abi, ...optimize, ...FEATURES, lockFile(), readFileSync(crypto), readFileSync(engine)];
  return step(name, 'wasm', inputs, (path) => {
    const part = (suffix) => `${path}.${suffix}`;
    const memory = `(module (import "host" "memory" (memory 1 ${PAGES_MAX})) (export "memory" (memory 0)))`;
    const wanted = abi.map((one) => ({ name: one, root: true, export: one }));
    writeFileSync(part('wat'), memory);
    writeFileSync(part('json'), JSON.stringify(wanted));
    binaryen('wasm-as', [part('wat'), '-o', part('memory')]);
    binaryen('wasm-merge', [part('memory'), 'env', crypto, 'env', engine, 'engine', ...FEATURES, '-o', part('merged')]);
    binaryen('wasm-metadce', [part('merged'), '-f', part('json'), ...FEATURES, '-o', part('kept')]);
    binaryen('wasm-opt', [part('kept'), ...optimize, ...FEATURES, '--zero-filled-memory',
      '--strip-debug', '--strip-producers', '--strip-target-features', '-o', path]);
  });
}

/** Builds the modules named (all by default) into dist/; returns [{name, bytes, gzip}]. */
export function buildWasm(names = Object.keys(BUILDS)) {
  const source = findMbedtls();
  if (!source) throw new Failure(`No mbedTLS source found: run npm start or npm test once, or ${HOW_TO_GET_IT}.`);
  const emcc = emscripten();
  const sources = contents(top, list(`${top}/assembly`, (path) => path.endsWith('.ts')).map((path) => `assembly/${path}`));
  const sizes = names.map((name) => {
    const { file, crypto: kind } = BUILDS[name];
    const crypto = buildCrypto(kind, emcc, source);
    replace(`${dist}/test/crypto-${kind}.wasm`, readFileSync(crypto));
    const engine = buildEngine(name, heapBase(crypto), sources);
    if (name === 'node') replace(`${dist}/test/engine-${name}.wasm`, readFileSync(engine)); // the bench times the calls between both
    const bytes = readFileSync(link(name, crypto, engine));
    replace(`${dist}/${file}.wasm`, bytes);
    return { name: `${file}.wasm`, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
  });
  prune();
  return sizes;
}

/** One line a module. */
export function showSizes(sizes) {
  const number = (value) => value.toLocaleString('en').padStart(7);
  for (const { name, bytes, gzip } of sizes) {
    console.log(`dist/${name.padEnd(18)} ${number(bytes)} bytes ${number(gzip)} gzip`);
  }
}

await main(import.meta.url, (names) => {
  const unknown = names.find((name) => !(name in BUILDS));
  if (unknown) throw new Failure(`There is no build "${unknown}"; choose from ${Object.keys(BUILDS).join(', ')}.`);
  showSizes(buildWasm(names.length ? names : undefined));
});
