// The module as C does what the module as WebAssembly does: the fuzz's campaigns, call for call, with every byte of memory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, it } from 'node:test';
import { Campaign } from '../fuzz/campaign.js';
import { find, suite } from '../interop/peers.js';
import { loaderOf } from '../sim/builds.js';
import { keepJournals, type Journal } from './journal.js';

const CAMPAIGNS = 40;
const STEPS = 300;
/** The two pages that the largest layouts of the campaigns take. */
const MEMORY = 131_072;
const SANITIZERS = ['-fsanitize=undefined', '-fno-sanitize-recover=all'];

const path = (relative: string): string => new URL(`../../../${relative}`, import.meta.url).pathname;
const { lacksWasm2c } = await import(new URL('../../../boards/build/c.js', import.meta.url).href) as { lacksWasm2c(): string };
const gcc = find('gcc', ['--version'], 'build-essential');
const needs = { ...gcc, missing: [lacksWasm2c(), gcc.missing].filter(Boolean).join('; ') };

suite('gcc', needs, 'the module as C beside WebAssembly', () => {
  let folder: string, journals: Journal[];
  before(() => {
    folder = mkdtempSync(`${tmpdir()}/thimble-`);
    journals = record();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Campaigns between engines of WebAssembly, which get somewhere. */
  function record(): Journal[] {
    const { journals: kept, stop } = keepJournals(loaderOf('psk'));
    let connected = 0;
    for (let seed = 0; seed < CAMPAIGNS; seed++) connected += new Campaign(seed, ['psk']).run(STEPS).connected;
    stop();
    assert.ok(connected > CAMPAIGNS / 2, `${connected} handshakes`);
    return kept;
  }

  function play(input: Buffer, name: string, flags: string[]): string {
    const program = `${folder}/${name}`;
    const sources = ['dist/c/thimble_psk.c', 'dist/c/thimble_runtime.c', 'test/boards/c/differential.c'];
    const options = ['-Wall', '-Wextra', '-Werror', `-I${path('dist/c')}`, `-DTHIMBLE_MEMORY_BYTES=${MEMORY}`, ...flags];
    const { status, stderr } = spawnSync('gcc', [...options, ...sources.map(path), '-o', program], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const result = spawnSync(program, { input, encoding: 'utf8' });
    return `${result.stdout}${result.stderr}${result.status}`;
  }

  const cases: [what: string, name: string, flags: string[]][] = [
    ['optimized', 'optimized', ['-O2']],
    ['where words are put together of bytes, without undefined behaviour', 'apart',
      ['-O1', '-DTHIMBLE_STRICT_ALIGNMENT', ...SANITIZERS]],
  ];
  for (const [what, name, flags] of cases) {
    it(`${CAMPAIGNS} campaigns of ${STEPS} steps: ${what}`, () => {
      const calls = journals.reduce((sum, journal) => sum + journal.calls, 0);
      assert.ok(calls > CAMPAIGNS * STEPS, `${calls} calls`);
      assert.equal(play(Buffer.concat(journals.flatMap(({ entries }) => entries)), name, flags), '0');
    });
  }

  it('notices one wrong byte', () => {
    const entries = journals[0]!.entries.map((entry) => Buffer.from(entry));
    entries[3 * 30]!.writeInt32LE(entries[3 * 30]!.readInt32LE(24) ^ 1, 24);
    assert.match(play(Buffer.concat(entries), 'wrong', ['-O0']), /^entry 30, .*memory differs\n1$/);
  });
});
