import { lookup } from 'node:dns/promises';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { Loader } from '../core/index.js';
import type { Target } from '../fleet/node.js';
import { DEFAULT_PLAN, type Plan } from '../fleet/plan.js';
import { reportHtml } from '../fleet/report.js';
import type { Results } from '../fleet/results.js';
import type { Fleet } from '../fleet/run.js';
import { SHARES, type Shares } from '../fleet/shares.js';
import { liveText, progressText, summaryText } from '../fleet/text.js';
import { parsePeerAddress } from './address.js';
import { credentialsOf, parseShares, sharesText } from './fleet-credentials.js';
import { interruption } from './interruption.js';
import { readPskFile } from './keys.js';
import { duration, integer, rate } from './numbers.js';
import { Output } from './output.js';
import { recordPcap } from './record.js';
import { Exit, UsageError } from './usage.js';

interface FleetOptions {
  nodes: number;
  loss: number;
  delay: number;
  jitter: number;
  reorder: number;
  duplicate: number;
  seed: number;
  for: number;
  credentials?: Shares;
  target?: string;
  pskFile?: string;
  report?: string;
  json?: string;
  pcap?: string;
}

/** Nodes are switched on at most so fast. */
const MS_A_NODE = 8;

/** Every node needs a file descriptor, and some memory. */
const NODES_MAX = 5_000;

const { conditions: USUAL } = DEFAULT_PLAN;

/** What a gateway of somebody else's is asked for. */
const PSK_ALONE: Shares = { psk: 1, raw: 0, certificate: 0 };

/** `thimble fleet`, which is also `npm start`. */
export function addFleet(program: Command): void {
  program.command('fleet')
    .description('simulated sensor nodes on real UDP sockets report CoAP readings to a gateway over a bad network')
    .option('--nodes <n>', 'how many nodes', integer('--nodes', 1, NODES_MAX), DEFAULT_PLAN.nodes)
    .addOption(new Option('--loss <rate>', 'datagrams lost, each way')
      .argParser(rate('--loss')).default(USUAL.loss, '5%'))
    .addOption(new Option('--delay <ms>', 'time on the way, each way')
      .argParser(duration('--delay', 'ms')).default(USUAL.delayMs, `${USUAL.delayMs}ms`))
    .addOption(new Option('--jitter <ms>', 'up to this much more')
      .argParser(duration('--jitter', 'ms')).default(USUAL.jitterMs, `${USUAL.jitterMs}ms`))
    .addOption(new Option('--reorder <rate>', 'datagrams overtaken')
      .argParser(rate('--reorder')).default(USUAL.reorder, '2%'))
    .addOption(new Option('--duplicate <rate>', 'datagrams that arrive twice')
      .argParser(rate('--duplicate')).default(USUAL.duplicate, '1%'))
    .option('--seed <n>', 'what happens to which datagram', integer('--seed', 0, 2 ** 32 - 1), DEFAULT_PLAN.seed)
    .addOption(new Option('--for <time>', 'how long nodes report')
      .argParser(duration('--for', 's')).default(DEFAULT_PLAN.forMs, `${DEFAULT_PLAN.forMs / 1_000}s`))
    .addOption(new Option('--credentials <shares>', 'parts of the nodes with psk, raw (public keys) and certificate')
      .argParser(parseShares).default(undefined, sharesText(SHARES)))
    .option('--target <host:port>', 'a gateway of your own, that takes PUT /readings/node-1 and so on')
    .option('--psk-file <file>', 'with --target: the keys it knows, used by the nodes in turn')
    .option('--report <file>', 'write the figures as an HTML page')
    .option('--json <file>', 'write the figures as JSON')
    .option('--pcap <file>', 'write what passes the gateway as pcapng, its keys inside, for thimble explain')
    .addHelpText('after', '\nExamples:\n  thimble fleet --nodes 1000 --loss 20% --for 30s --report fleet.html\n' +
      '  thimble fleet --credentials psk=70,raw=20,certificate=10\n  thimble fleet --credentials certificate\n' +
      '  thimble fleet --nodes 50 --target 127.0.0.1:5684 --psk-file keys.txt')
    .action(async (options: FleetOptions) => { process.exitCode = await run(options); });
}

async function run(options: FleetOptions): Promise<Exit> {
  const plan = planOf(options);
  for (const path of [options.json, options.report]) if (path !== undefined) checkWritable(path);
  const signal = interruption();
  const credentials = credentialsOf(plan, options.pskFile === undefined ? undefined : readPskFile(options.pskFile));
  // Their libraries are slow to load.
  const [{ Gateway }, { Fleet }] = await Promise.all([import('../fleet/gateway.js'), import('../fleet/run.js')]);
  const modules = { psk: loader('thimble-psk'), full: loader('thimble') };
  const pcap = options.pcap === undefined ? undefined : recordPcap(options.pcap, new Output(false, false));
  const watch = pcap === undefined ? {} : { capture: pcap.capture, keylog: pcap.keys };
  const gateway = plan.target === undefined ? await Gateway.start(credentials.gateway, watch) : undefined;
  try {
    const target = gateway?.target ?? await resolved(plan.target!);
    const fleet = new Fleet(plan, modules, credentials.nodes, target);
    const results = await show(fleet, () => fleet.run(signal));
    if (signal.aborted) process.stdout.write('interrupted; so far:\n');
    process.stdout.write(`${summaryText(results)}\n`);
    write(options, fleet, results);
    return results.reported === results.nodes ? Exit.DONE : Exit.FAILED;
  } finally {
    await gateway?.close();
    pcap?.close();
  }
}

const loader = (module: string) => new Loader(readFileSync(new URL(`../../${module}.wasm`, import.meta.url)));

function planOf(options: FleetOptions): Plan {
  const { loss, delay, jitter, reorder, duplicate, nodes, seed, credentials, target, pskFile, pcap } = options;
  if ((target === undefined) !== (pskFile === undefined)) {
    throw new UsageError('--target and --psk-file go together: the keys must be ones that the gateway knows');
  }
  if (target !== undefined && pcap !== undefined) {
    throw new UsageError('--pcap is taken at our own gateway: leave out --target, or capture at yours');
  }
  if (target !== undefined && credentials !== undefined) {
    throw new UsageError('--credentials are known to our own gateway alone: leave out --target, or use its keys with --psk-file alone');
  }
  const plan: Plan = {
    ...DEFAULT_PLAN, nodes, seed, shares: credentials ?? (target === undefined ? SHARES : PSK_ALONE), forMs: options.for, bootMs: bootMs(nodes, options.for),
    conditions: { ...USUAL, loss, reorder, duplicate, delayMs: delay, jitterMs: jitter },
  };
  if (target !== undefined) plan.target = parsePeerAddress(target);
  return plan;
}

/** Milliseconds from the first node to the last: not long, and no flood that would be the machine's limit. */
function bootMs(nodes: number, forMs: number): number {
  return Math.max(Math.min(DEFAULT_PLAN.bootMs, forMs / 4), nodes * MS_A_NODE);
}

async function resolved({ host, port }: { host: string; port: number }): Promise<Target> {
  const { address } = await lookup(host, { verbatim: false }); // IPv4 first
  return { address, port };
}

const REDRAW_MS = 200;
const PROGRESS_MS = 5_000;

/** Redraws on a terminal; elsewhere a line now and then. */
async function show(fleet: Fleet, run: () => Promise<Results>): Promise<Results> {
  const live = process.stdout.isTTY === true ? (await import('log-update')).default : undefined;
  const draw = () => {
    if (live !== undefined) live(liveText(fleet.results));
    else process.stdout.write(`${progressText(fleet.results)}\n`);
  };
  draw();
  const timer = setInterval(draw, live === undefined ? PROGRESS_MS : REDRAW_MS);
  try {
    return await run();
  } finally {
    clearInterval(timer);
    draw();
    live?.done();
  }
}

/** Better before the run than after it. */
function checkWritable(path: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function write({ report, json }: FleetOptions, fleet: Fleet, results: Results): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  if (report !== undefined) writeFileSync(report, reportHtml(results, fleet.handshakeTimes, fleet.answerTimes));
}
