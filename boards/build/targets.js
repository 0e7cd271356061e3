// The processors that the module as C is built for, and the emulators that run its self-test.
import { inScratch } from '../../native/build/files.js';
import { dist } from '../../native/build/paths.js';
import { run, which } from '../../native/build/process.js';

const c = `${dist}/c`;
const selftest = `${c}/selftest`;
/** The modules as C, and what the self-test of each is told. */
export const MODULES = { psk: [], full: ['-DSELFTEST_CERTIFICATES'] };
const sources = (module) => [`${c}/thimble_${module}.c`, `${c}/thimble_runtime.c`];
const WARNINGS = ['-Wall', '-Wextra', '-Werror'];
const SEMIHOSTING = ['-nographic', '-monitor', 'none', '-serial', 'none', '-semihosting-config', 'enable=on,target=native'];

const ARM = { prefix: 'arm-none-eabi-', from: 'gcc-arm-none-eabi libnewlib-arm-none-eabi' };
const RISCV = { prefix: 'riscv64-unknown-elf-', from: 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf' };

/** `run`: how the self-test is linked and started; none where there is no emulator for it. */
export const TARGETS = [
  { name: 'x86-64', prefix: '', from: 'build-essential', flags: [], run: { link: [`${selftest}/pc.c`], command: [] } },
  { name: 'Cortex-M0+', ...ARM, flags: ['-mthumb', '-mcpu=cortex-m0plus'] },
  {
    name: 'Cortex-M4', ...ARM, flags: ['-mthumb', '-mcpu=cortex-m4'],
    run: {
      link: [`${selftest}/cortex-m4.c`, `-T${selftest}/cortex-m4.ld`, '-specs=rdimon.specs'], from: 'qemu-system-arm',
      command: ['qemu-system-arm', '-M', 'mps2-an386', ...SEMIHOSTING, '-icount', 'shift=6', '-kernel'],
    },
  },
  { name: 'Cortex-M33', ...ARM, flags: ['-mthumb', '-mcpu=cortex-m33'] },
  {
    name: 'rv32imc', ...RISCV, flags: ['-march=rv32imc', '-mabi=ilp32', '--specs=picolibc.specs'],
    run: {
      link: [`${selftest}/rv32.c`, '--oslib=semihost', '--crt0=hosted', '-Tpicolibc.ld',
        '-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=4M,--defsym=__ram=0x80400000,--defsym=__ram_size=4M'],
      from: 'qemu-system-misc',
      command: ['qemu-system-riscv32', '-M', 'virt', '-bios', 'none', ...SEMIHOSTING, '-icount', 'shift=0', '-kernel'],
    },
  },
];

/** What a target lacks on this machine, in words; '' if nothing. */
export function missing({ prefix, from, run: runner }) {
  if (!which(`${prefix}gcc`)) return `no ${prefix}gcc: apt-get install ${from}`;
  const emulator = runner?.command[0];
  return emulator && !which(emulator) ? `no ${emulator}: apt-get install ${runner.from}` : '';
}

/**
 * Bytes of module and runtime at -Os: in flash (code, constants, what variables begin with), and in RAM besides the module's
 * memory. What they call of the C library (memcpy, memmove, memset, setjmp, longjmp) every firmware has.
 */
export function sizeOf({ prefix, flags }, module = 'psk') {
  return inScratch((folder) => {
    const objects = sources(module).map((file, index) => {
      run(`${prefix}gcc`, [...flags, '-Os', ...WARNINGS, '-DTHIMBLE_MEMORY_BYTES=16384', `-I${c}`, '-c', file, '-o', `${folder}/${index}.o`]);
      return `${folder}/${index}.o`;
    });
    const rows = run(`${prefix}size`, objects).trim().split('\n').slice(1).map((row) => row.trim().split(/\s+/).map(Number));
    const sum = (column) => rows.reduce((total, row) => total + row[column], 0);
    return { module: rows[0][0] + rows[0][1], runtime: rows[1][0] + rows[1][1], ram: sum(1) + sum(2) - 16384 };
  });
}

/** The version of a target's compiler: sizes are compared with those of the same one only. */
export const compilerOf = ({ prefix }) => run(`${prefix}gcc`, ['-dumpfullversion']).trim();

/** Builds a module's self-test with `flags` beside the target's and runs it; returns what it printed. Throws if a case fails. */
export function selfTest({ prefix, flags: own, run: { link, command } }, flags = [], module = 'psk') {
  return inScratch((folder) => {
    const program = `${folder}/selftest`;
    run(`${prefix}gcc`, [...own, '-Os', ...WARNINGS, ...flags, ...MODULES[module], `-I${c}`, ...sources(module), `${selftest}/selftest.c`, ...link, '-o', program]);
    const [first, ...rest] = [...command, program];
    return run('sh', ['-c', 'exec "$0" "$@" 2>&1', first, ...rest], { timeout: 120_000 });
  });
}

/** The figures that a self-test printed, by their names. */
export function countsOf(output) {
  const lines = [...output.matchAll(/^count (.+) (\d+)\r?$/gm)];
  return Object.fromEntries(lines.map(([, name, count]) => [name, Number(count)]));
}
