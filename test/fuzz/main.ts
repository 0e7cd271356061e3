// npm run fuzz [-- --seconds N --seed N]: campaign after campaign, from a seed upwards, until the time is over, Ctrl-C or a failure.
import { parseArgs } from 'node:util';
import { performance } from 'node:perf_hooks';
import { Campaign } from './campaign.js';
import { fuzzLayouts } from './layouts.js';
import { BUILDS } from '../modules.js';

const HELP = `Usage: npm run fuzz [-- --seconds N --seed N]
  --seconds N   how long, 1 to 86400 (60)
  --seed N      the first campaign, 0 to 4294967295 (from the clock); each later one is the next number
A failure prints its seed; --seconds 1 --seed N plays it again. Exit codes: 0 nothing found, 1 something found, 2 wrong usage.`;
const STEPS = 1_000;

class UsageError extends Error {}

function whole(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw new UsageError(`--${name} '${text}': write a whole number from ${lowest} to ${highest}`);
}

function options(): { seconds: number; seed: number; help: boolean } {
  const now = Math.floor(performance.timeOrigin) % 2 ** 32;
  try {
    const { values } = parseArgs({ options: {
      seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: `${now}` }, help: { type: 'boolean', default: false },
    } });
    return { help: values.help, seconds: whole('seconds', values.seconds, 1, 86_400), seed: whole('seed', values.seed, 0, 2 ** 32 - 1) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}

/** One seed, in every mixture of builds that it draws; throws what it finds. */
function play(seed: number): { calls: number; connected: number } {
  const { calls, connected } = new Campaign(seed, BUILDS).run(STEPS);
  fuzzLayouts(seed, BUILDS[seed % BUILDS.length]!, 20);
  return { calls, connected };
}

async function fuzz(seconds: number, first: number): Promise<number> {
  let isOver = false;
  process.once('SIGINT', () => { isOver = true; });
  const end = performance.now() + seconds * 1_000;
  const sums = { calls: 0, connected: 0 };
  let seed = first;
  for (; !isOver && performance.now() < end; seed = (seed + 1) % 2 ** 32) {
    try {
      const { calls, connected } = play(seed);
      sums.calls += calls;
      sums.connected += connected;
    } catch (error) {
      console.error(`seed ${seed}: ${(error as Error).stack}\nAgain: npm run fuzz -- --seconds 1 --seed ${seed}`);
      return 1;
    }
    await new Promise(setImmediate); // lets Ctrl-C through
  }
  console.log(`seeds ${first} to ${seed - 1}: ${sums.calls} calls, ${sums.connected} handshakes, nothing found`);
  return 0;
}

try {
  const { seconds, seed, help } = options();
  if (help) console.log(HELP);
  else process.exitCode = await fuzz(seconds, seed);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`fuzz: ${error.message}\n${HELP}`);
  process.exitCode = 2;
}
