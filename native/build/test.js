// npm test [-- words]: set-up and build where needed, then every test; with words, only what has one of them in its path
// (the types and test/unit are one thing each). Ends with what was skipped and why, and the sums. With
// THIMBLE_DEMAND_PEERS=1 a skipped test is a failed one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { buildBoards, buildWithoutC, lacksWasm2c } from '../../boards/build/board.js';
import { list } from './files.js';
import { dist, modules, native, top } from './paths.js';
import { follow, handOver, main } from './process.js';

const chosen = (words) => (path) => words.length === 0 || words.some((word) => path.includes(word));

/** One test: the host and the tests have no type error. */
async function checkTypes() {
  const { status } = await follow(process.execPath, [`${modules}/typescript/bin/tsc`, '--noEmit'], console.log, { cwd: top });
  console.log(status === 0 ? '✔ types' : '✖ types');
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] };
}

/** The engine's own units, which as-pect compiles and runs. */
async function runUnits() {
  const unit = 'test/unit';
  const args = ['--config', `${unit}/as-pect.config.js`, '--as-config', `${unit}/as-pect.asconfig.json`, '--summary'];
  const isLogo = (line) => line.includes('\u001b[47m');
  const { status, lines } = await follow(process.execPath, [`${modules}/@as-pect/cli/bin/asp.js`, ...args],
    (line) => { if (!isLogo(line) && line.trim()) console.log(line); }, { cwd: top });
  const plain = lines.join('\n').replace(/\u001b\[\d+m/g, '');
  const [, passed = 0, total = 0] = /\[Tests\]: (\d+) \/ (\d+)/.exec(plain) ?? [];
  const failed = total - passed;
  // A spec that does not compile, or traps, ends as-pect before its sums.
  return { passed: Number(passed), failed: status === 0 ? failed : Math.max(failed, 1), skipped: [] };
}

/** Every *.test.js under dist/test that is no benchmark, by node:test, one process a file. */
async function runNodeTests(words) {
  const files = list(`${dist}/test`, (path) => path.endsWith('.test.js') && !path.startsWith('bench/'))
    .filter(chosen(words)).map((path) => `${dist}/test/${path}`);
  if (files.length === 0) return { passed: 0, failed: 0, skipped: [] };
  const scratch = mkdtempSync(`${tmpdir()}/thimble-`);
  try {
    const results = `${scratch}/results`;
    const status = await handOver(process.execPath, ['--enable-source-maps', '--test',
      '--test-reporter=spec', '--test-reporter-destination=stdout',
      `--test-reporter=${native}/build/reporter.js`, `--test-reporter-destination=${results}`, ...files], { cwd: top });
    return count(readFileSync(results, 'utf8'), status);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function count(results, status) {
  const tests = results.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const of = (result) => tests.filter((test) => test.result === result);
  const failed = of('failed').length;
  return { passed: of('passed').length, failed: status === 0 ? failed : Math.max(failed, 1), skipped: of('skipped') };
}

/** Prints the skipped tests and the sums; returns the exit code. */
function summarize(sums) {
  const skipped = sums.flatMap((sum) => sum.skipped);
  const isDemanded = process.env.THIMBLE_DEMAND_PEERS === '1';
  if (skipped.length) console.log(`\nSkipped${isDemanded ? ', and demanded' : ''}:`);
  for (const { name, reason } of skipped) console.log(`  ${name}${reason ? `: ${reason}` : ''}`);
  const total = (key) => sums.reduce((sum, one) => sum + one[key], 0);
  const passed = total('passed');
  const failed = total('failed') + (isDemanded ? skipped.length : 0);
  console.log(`\n${skipped.length} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

await main(import.meta.url, async (words) => {
  await (lacksWasm2c() ? buildWithoutC() : buildBoards()); // once, before the tests that need it run side by side
  const isChosen = chosen(words);
  const sums = [];
  if (isChosen('types')) sums.push(await checkTypes());
  if (isChosen('unit')) sums.push(await runUnits());
  sums.push(await runNodeTests(words));
  return summarize(sums);
});
