// node boards/build/firmware.js: XS, the module as C, Moddable's binding and the emulated board's own C as one ELF for
// QEMU's mps2-an386. boards/emulator/README.md says what it is.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { step } from '../../native/build/cache.js';
import { list } from '../../native/build/files.js';
import { dist, top } from '../../native/build/paths.js';
import { Failure, main, run, which } from '../../native/build/process.js';
import { EXPORTS } from './c.js';
import { hostNames } from './hosts.js';
import { withXs, XS } from './xs.js';

const GCC = 'arm-none-eabi-gcc';
export const HOW_TO_GET_GCC = 'install gcc-arm-none-eabi and libnewlib-arm-none-eabi (on Debian, with apt-get)';

const CORTEX_M4 = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-Os', '-std=gnu11',
  '-ffunction-sections', '-fdata-sections', '-fno-common'];
/** XS with its parser, as scripts come as text. */
const XS_FLAGS = ['-DINCLUDE_XSPLATFORM', '-DXSPLATFORM="platform.h"', '-DmxParse=1', '-DmxRun=1', '-DmxBoundsCheck=1',
  '-DmxNoConsole=1'];
const OUR_FLAGS = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];

/** The linker puts counters.c in front of the module's functions. */
const WRAPS = ['start', ...EXPORTS].map((name) => `-Wl,--wrap=thimble_${name}`);

const emulator = `${top}/boards/emulator`;
const headersIn = (folder) => list(folder, (path) => /\.(h|ld)$/.test(path)).map((path) => `${folder}/${path}`);

/** The compiler's version; throws if there is none. */
function compilerVersion() {
  if (!which(GCC)) throw new Failure(`There is no ${GCC}: ${HOW_TO_GET_GCC}.`);
  return run(GCC, ['--version']).split('\n')[0];
}

const includes = (xs) => [emulator, `${xs}/includes`, `${xs}/platforms`, `${xs}/sources`].map((folder) => `-I${folder}`);

/** Compiles each source into an object in `folder`, two at a time. */
function compile(folder, flags, sources) {
  mkdirSync(folder, { recursive: true });
  const input = sources.map((path) => `'${path}'`).join('\n');
  run('xargs', ['-P', '2', '-n', '1', GCC, ...CORTEX_M4, ...flags, '-c'], { cwd: folder, input });
  return list(folder, (path) => path.endsWith('.o')).map((path) => `${folder}/${path}`);
}

/** XS as a library; it takes half a minute, once. */
function buildXs(version) {
  const inputs = [XS, version, ...CORTEX_M4, ...XS_FLAGS, readFileSync(`${emulator}/platform.h`)];
  return step('xs-m4', 'a', inputs, (path) => withXs((xs) => {
    const sources = list(`${xs}/sources`, (name) => name.endsWith('.c')).map((name) => `${xs}/sources/${name}`);
    const objects = compile(`${dirname(path)}/objects`, ['-w', ...XS_FLAGS, ...includes(xs)], sources);
    run('arm-none-eabi-ar', ['rcs', path, ...objects]);
  }));
}

/** Bytes of code and constants, and of variables. */
function sizesOf(elf) {
  const [text, data, bss] = run('arm-none-eabi-size', [elf]).split('\n')[1].trim().split(/\s+/).map(Number);
  return { flash: text + data, ram: data + bss };
}

/**
 * The firmware: {elf, flash, ram}. `memoryBytes`: of the module; `chunkBytes` and `slots` (16 bytes each): of the
 * JavaScript heap, which never grows. `module`: of those in dist/c.
 */
export function buildFirmware({ memoryBytes = 16384, chunkBytes = 160 * 1024, slots = 16384, module = 'psk' } = {}) {
  const library = buildXs(compilerVersion());
  const sources = [...list(emulator, (path) => path.endsWith('.c')).map((path) => `${emulator}/${path}`),
    `${top}/boards/moddable/thimble.c`, `${dist}/c/thimble_runtime.c`, `${dist}/c/thimble_${module}.c`];
  const read = [`${top}/boards/build/firmware.js`, ...sources, ...headersIn(emulator), ...headersIn(`${dist}/c`)];
  const hosts = hostNames().map((name) => `HOST(${name})\n`).join('');
  const defines = [`-DTHIMBLE_MEMORY_BYTES=${memoryBytes}`, `-DXS_CHUNK_BYTES=${chunkBytes}`, `-DXS_SLOTS=${slots}`];
  const inputs = [library, hosts, ...defines, ...read.map((path) => readFileSync(path))];
  const elf = step('firmware', 'elf', inputs, (path) => withXs((xs) => {
    const folder = dirname(path);
    writeFileSync(`${folder}/hosts.inc`, hosts);
    const flags = [...OUR_FLAGS, ...defines, ...XS_FLAGS, `-I${folder}`, `-I${dist}/c`, ...includes(xs)];
    const objects = compile(`${folder}/objects`, flags, sources);
    const layout = ['-nostartfiles', '-T', `${emulator}/board.ld`, '-Wl,--gc-sections'];
    run(GCC, [...CORTEX_M4, ...layout, ...WRAPS, ...objects, library, '-lm', '-o', path]);
  }));
  return { elf, ...sizesOf(elf) };
}

await main(import.meta.url, () => {
  const { elf, flash, ram } = buildFirmware();
  console.log(`${elf}: ${flash} bytes of flash, ${ram} of RAM`);
});
