// The module as C: built by every compiler, run on a PC and in two emulators, and its bill.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { execFileSync, spawnSync } from 'node:child_process';
import { listen } from '../../host/node/index.js';
import { KEY, find, start, suite } from '../interop/peers.js';

interface Target { name: string; run?: { command: string[] } }
interface Targets {
  TARGETS: Target[];
  missing(target: Target): string;
  sizeOf(target: Target, module?: string): { module: number; runtime: number; ram: number };
  selfTest(target: Target, flags?: string[], module?: string): string;
  countsOf(output: string): { [name: string]: number };
}
interface Bill { bill(): Promise<string>; BILL: string }

const top = new URL('../../../', import.meta.url);
const path = (relative: string): string => new URL(relative, top).pathname;
const load = async <T>(relative: string): Promise<T> => await import(new URL(relative, top).href) as T;

const { TARGETS, missing, sizeOf, selfTest, countsOf } = await load<Targets>('boards/build/targets.js');
const { bill, BILL } = await load<Bill>('boards/build/bill.js');
const { buildBoards, lacksWasm2c } = await load<{ buildBoards(): Promise<void>; lacksWasm2c(): string }>('boards/build/board.js');

const wasm2c = { path: 'wasm2c', version: '', missing: lacksWasm2c() };
const everything = { path: '', version: '', missing: [wasm2c.missing, ...TARGETS.map(missing)].filter(Boolean).join('; ') };
const gcc = find('gcc', ['--version'], 'build-essential');
const needs = (...programs: { missing: string }[]) =>
  ({ path: '', version: '', missing: programs.map((program) => program.missing).filter(Boolean).join('; ') });
const byName = (name: string): Target => TARGETS.find((target) => target.name === name)!;

let folder: string;
before(async () => {
  folder = mkdtempSync(`${tmpdir()}/thimble-`);
  if (wasm2c.missing === '') await buildBoards();
});
after(() => rmSync(folder, { recursive: true }));

/** Compiles for this PC; returns the program's path. Throws what the compiler said. */
function compile(name: string, sources: string[], flags: string[] = []): string {
  const program = `${folder}/${name}`;
  const result = spawnSync('gcc', ['-Os', '-Wall', '-Wextra', '-Werror', `-I${path('dist/c')}`, ...flags, ...sources, '-o', program],
    { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return program;
}

const MODULE = ['thimble_psk.c', 'thimble_runtime.c'].map((file) => path(`dist/c/${file}`));
const output = (program: string): string => execFileSync(program, { encoding: 'utf8' });

for (const target of TARGETS) {
  suite(target.name, needs(wasm2c, { missing: missing(target) }), 'the module as C', () => {
    it('compiles without a warning', () => assert.equal(sizeOf(target).module > 10_000, true));
    it('compiles with certificates without a warning', () => assert.equal(sizeOf(target, 'full').module > 20_000, true));
    if (target.run === undefined) return;
    it('passes its self-test with raw public keys', () => {
      const printed = selfTest(target, ['-DTHIMBLE_MEMORY_BYTES=20480'], 'full');
      assert.match(printed, /^ok client and server shake hands with raw public keys\r?$/m);
      assert.match(printed, /^0 failed/m);
    });
    for (const bytes of [12_288, 16_384, 16_387, 65_536]) {
      it(`passes its self-test in ${bytes.toLocaleString('en')} bytes`, () => {
        assert.match(selfTest(target, [`-DTHIMBLE_MEMORY_BYTES=${bytes}`]), /^ok and shakes hands\r?\n0 failed/m);
      });
    }
  });
}

suite('', everything, 'the bill of the module as C', () => {
  it('is that of boards/bill.txt', async () => assert.equal(await bill(), readFileSync(BILL, 'utf8')));

  it('stands in the READMEs', () => {
    for (const readme of ['dist/c/README.md', 'README.md']) {
      assert.equal(readFileSync(path(readme), 'utf8').includes(readFileSync(BILL, 'utf8')), true, readme);
    }
  });

  it('stays within its figures on the Cortex-M4: 38 kB of flash, 16 KiB of RAM, 1.5 M and 50 k instructions', () => {
    const { module, runtime, ram } = sizeOf(byName('Cortex-M4'));
    const counts = countsOf(selfTest(byName('Cortex-M4')));
    assert.equal(module + runtime <= 38_000, true);
    assert.equal(counts['memory 1280']! + ram + counts['stack']! <= 16_384, true);
    for (const side of ['client', 'server']) assert.equal(counts[`handshake ${side}`]! <= 1_500_000, true);
    for (const step of ['seal', 'open']) assert.equal(counts[`${step} 64`]! <= 50_000, true);
  });
});

suite('gcc', needs(wasm2c, gcc), 'the module as C on a PC', () => {
  const SELFTEST = ['selftest.c', 'pc.c'].map((file) => path(`dist/c/selftest/${file}`));

  it('touches nothing it should not (address and undefined behaviour sanitizers)', () => {
    const flags = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-DTHIMBLE_MEMORY_BYTES=12288'];
    assert.match(output(compile('sanitized', [...MODULE, ...SELFTEST], flags)), /^0 failed$/m);
  });

  for (const bytes of ['12290', '65536', '12<<10']) {
    it(`lets no access end beyond a memory of ${bytes}, nor wrap`, () => {
      const sources = [path('dist/c/thimble_psk.c'), path('test/boards/c/bounds.c')];
      assert.equal(output(compile(`bounds-${parseInt(bytes)}`, sources, [`-DTHIMBLE_MEMORY_BYTES=${bytes}`, '-Wno-parentheses'])), '0 wrong\n');
    });
  }

  it('does the same where words must be put together of bytes', () => {
    const program = compile('apart', [...MODULE, ...SELFTEST], ['-DTHIMBLE_STRICT_ALIGNMENT', '-fsanitize=alignment', '-fno-sanitize-recover=all']);
    assert.match(output(program), /^0 failed$/m);
  });

  it('refuses to start without an entropy source (7925-12-2)', () => {
    const main = `${folder}/main.c`;
    writeFileSync(main, `#include "thimble.h"
      #include <string.h>
      int main(void) {
        int32_t info = thimble_start(), layout[] = {0, 512, 512, 512, 1, 1, 1, 1, 192, 0};
        memcpy(thimble_memory + info, layout, sizeof layout);
        return thimble_init() == -THIMBLE_MISUSE_NO_ENTROPY && thimble_poll() == -THIMBLE_MISUSE_NOT_READY ? 0 : 1;
      }`);
    output(compile('no-entropy', [...MODULE, main]));
  });

  it('is not built for a memory that does not hold its own data', () => {
    assert.throws(() => compile('small', MODULE, ['-DTHIMBLE_MEMORY_BYTES=2048']), /THIMBLE_MEMORY_BYTES/);
  });

  it('does not start where its objects were compiled for two sizes of memory', () => {
    const main = `${folder}/two-sizes.c`, object = `${folder}/two-sizes.o`;
    writeFileSync(main, '#include "thimble.h"\n#include <stdio.h>\nint main(void) { return thimble_start() != THIMBLE_TRAPPED || puts(thimble_trap()) < 0; }\n');
    execFileSync('gcc', ['-Os', `-I${path('dist/c')}`, '-DTHIMBLE_MEMORY_BYTES=12288', '-c', MODULE[0]!, '-o', object]);
    assert.equal(output(compile('two-sizes', [object, MODULE[1]!, main])), 'compiled for two sizes of memory\n');
  });

  it('has a header that C++ reads', () => {
    execFileSync('g++', ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-x', 'c++', path('dist/c/thimble.h')], { stdio: 'pipe' });
  });

  it('runs the client of its README against a gateway', async (t) => {
    const [, client] = /```c\n([^]*?)```/.exec(readFileSync(path('dist/c/README.md'), 'utf8'))!;
    writeFileSync(`${folder}/client.c`, client!);
    const sources = [...MODULE, path('dist/c/entropy/thimble_linux.c'), `${folder}/client.c`, path('test/boards/c/udp.c')];
    const program = compile('client', sources);
    const gateway = listen(async (session) => {
      for await (const message of session) {
        session.send(`got ${message}`);
        break;
      }
      await session.close();
    }, { host: '127.0.0.1', port: 0, psk: () => KEY });
    t.after(() => gateway.close());
    const peer = start(t, { path: program, version: '', missing: '' }, [String(gateway.address!.port)]);
    await peer.says(/^got 21\.5\nended with 0x200, cause 0$/m);
    assert.equal(await peer.ends(), 0);
  });
});

suite('gcc', needs(wasm2c, gcc), 'the module as C beside others', () => {
  it('has no names in a firmware but its own', () => {
    const symbols = execFileSync('nm', ['--extern-only', '--defined-only', '--format=just-symbols', compile('object', MODULE, ['-r', '-nostdlib'])],
      { encoding: 'utf8' }).trim().split('\n');
    assert.equal(symbols.includes('thimble_start'), true);
    assert.deepEqual(symbols.filter((name) => !name.startsWith('thimble_')), []);
  });

  it('says in its header what each number means', () => {
    const header = readFileSync(path('dist/c/thimble_codes.h'), 'utf8');
    for (const name of ['ALERT_DECRYPT_ERROR = 51', 'ALERT_UNKNOWN_CA = 48', 'CHECK_SIGNATURE_ALGORITHM = 20', 'ANCHOR_KEY = 3']) {
      assert.ok(header.includes(`THIMBLE_${name},`), name);
    }
    assert.match(header, /Longest datagram to receive, in bytes\. \*\/\n  THIMBLE_INFO_IN_MAX = 1,/);
  });
});

suite('gcc', needs(wasm2c, gcc), 'entropy sources, each with a stand-in for its SDK', () => {
  const cases: [what: string, source: string, flags: string[], said: string][] = [
    ['Linux', 'linux', [], '0 10 within'],
    ['ESP32, radio on', 'esp32', ['-DRADIO=1'], '0 10 within'],
    ['ESP32, radio off: none', 'esp32', ['-DRADIO=0'], '1 0 within'],
    ['nRF52840', 'nrf52840', ['-DANSWERS=1'], '0 10 within'],
    ['nRF52840 that does not answer: none', 'nrf52840', ['-DANSWERS=0'], '1 0 within'],
    ['nRF52840 with a SoftDevice', 'nrf52840', ['-DANSWERS=1', '-DSOFTDEVICE_PRESENT', '-DSOFTDEVICE=1'], '0 10 within'],
    ['nRF52840 with a SoftDevice that runs dry: none', 'nrf52840', ['-DANSWERS=0', '-DSOFTDEVICE_PRESENT', '-DSOFTDEVICE=1'], '1 0 within'],
    ['nRF52840 with a SoftDevice that does not run', 'nrf52840', ['-DANSWERS=1', '-DSOFTDEVICE_PRESENT', '-DSOFTDEVICE=0'], '0 10 within'],
    ['RP2040', 'rp2040', ['-DMOVES=1'], '0 10 within'],
    ['RP2040 whose oscillator stands still: none', 'rp2040', ['-DMOVES=0'], '1 0 within'],
    ['RP2040 whose oscillator is locked to its clock: none', 'rp2040', ['-DMOVES=2'], '1 0 within'],
  ];
  cases.forEach(([what, source, flags, said], index) => {
    it(what, () => {
      const sources = [path(`dist/c/entropy/thimble_${source}.c`), path('test/boards/c/entropy.c')];
      assert.equal(output(compile(`entropy-${index}`, sources, [`-I${path(`test/boards/c/sdk/${source}`)}`, ...flags])).trim(), said);
    });
  });
});

describe('the C that wasm2c prints', () => {
  it('is refused where it is not what was read', async () => {
    const { translate } = await load<{ translate(name: string, text: string): string }>('boards/build/c.js');
    assert.throws(() => translate('psk', 'static void other(void) {}'), /wasm2c prints its globals otherwise/);
  });

  it('is not asked of another version, which skips tests instead of ending them', (t) => {
    const { PATH } = process.env;
    t.after(() => { process.env.PATH = PATH; });
    writeFileSync(`${folder}/wasm2c`, '#!/bin/sh\necho 1.0.36\n', { mode: 0o755 });
    process.env.PATH = `${folder}:${PATH}`;
    assert.match(lacksWasm2c(), /^this wasm2c is 1\.0\.36, which prints other C: install Debian 12's package wabt/);
  });
});
