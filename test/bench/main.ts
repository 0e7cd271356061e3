// npm run bench: Thimble beside OpenSSL, mbedTLS in WebAssembly and node-dtls-client, measured in one run.
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { fileURLToPath } from 'node:url';
import { startAll, type Competitor } from './competitors.js';
import { certificateFolder } from './certificates.js';
import { print, processor, sizeOf, summarize, summarizeMore, type Report } from './report.js';
import { measure } from './rounds.js';
import { shares } from './shares.js';

interface Options {
  rounds: number;
  slice: number;
  json?: string;
  quick?: boolean;
}

const command = new Command('npm run bench --')
  .description('Measures Thimble beside OpenSSL, mbedTLS in WebAssembly and node-dtls-client. ' +
    'Each is measured in short slices that take turns; the medians are printed.')
  .option('--rounds <N>', 'how many times everyone is measured', whole, 15)
  .option('--slice <MS>', 'how long each is measured in a round, in milliseconds', whole, 200)
  .option('--quick', 'one short round: shows that everything runs, not how fast')
  .option('--json <FILE>', 'write the report to FILE as JSON')
  .addHelpText('after', '\nExit codes: 0 done, 1 a competitor failed, 2 wrong usage. One that cannot run here is named with what to install.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Write a whole number, 1 or more.');
  return Number(text);
}

async function main({ rounds, slice, json, quick }: Options): Promise<void> {
  const [times, ms] = quick ? [1, 20] : [rounds, slice];
  progress('building the competitors');
  const { competitors, absent } = await startAll();
  process.once('SIGINT', () => {
    endAll(competitors);
    process.exit(130);
  });
  try {
    const results = await measure(competitors, times, ms, progress);
    progress('handshakes and memory');
    const lines = await summarize(competitors, results);
    progress('shares of P-256');
    const report = {
      ...summarizeMore(competitors, results), shares: await shares(certificateFolder(), times * ms),
      node: process.versions.node, processor: processor(), rounds: times, sliceMs: ms, lines, modules: modules(competitors), absent,
    };
    progress('');
    console.log(print(report));
    if (json) writeFileSync(json, `${JSON.stringify({ ...report, results }, null, 2)}\n`);
  } finally {
    endAll(competitors);
  }
}

/** The sizes of our modules and of the competitors that are modules. */
function modules(competitors: readonly Competitor[]): Report['modules'] {
  const dist = fileURLToPath(new URL('../..', import.meta.url));
  return Object.fromEntries([
    ['thimble-psk.wasm', sizeOf(`${dist}thimble-psk.wasm`)],
    ['thimble-node.wasm', sizeOf(`${dist}thimble-node.wasm`)],
    ...competitors.flatMap(({ lane, module }) => (module ? [[`${lane.name}, -Oz`, sizeOf(module)]] : [])),
  ]);
}

function endAll(competitors: readonly Competitor[]): void {
  for (const { lane } of competitors) lane.end();
}

/** One line that is overwritten on a terminal, a line each elsewhere; nothing of it on standard output. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}

command.parse();
main(command.opts<Options>()).catch((error: Error) => {
  progress('');
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
