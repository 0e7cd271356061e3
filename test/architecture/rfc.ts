// npm run rfc: which requirements are met and where, which ones this project deviates from and why, which are open.
import { faultOf, LEFT_OUT, places, rows } from './requirements.js';
import type { Row } from './requirements.js';

const USAGE = `npm run rfc [-- --json | --short]
  every requirement of the RFCs that Thimble answers to, and where code and tests name it
  --short   without the places
  --json    for programs`;

const isColoured = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const colour = (code: number) => (text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
const bold = colour(1), dim = colour(2), red = colour(31), green = colour(32), yellow = colour(33), cyan = colour(36);

const STATES: { [state in Row['state']]: { mark: string; paint: (text: string) => string } } = {
  met: { mark: '✔', paint: green }, deviates: { mark: '≠', paint: yellow }, open: { mark: '○', paint: cyan },
};
const where = places(), table = rows();
const faults = table.map((row) => `${row.id} ${faultOf(row, where)}`).filter((fault) => !fault.endsWith(' '));

/** The first place and how many more there are. */
function first(all: readonly string[] = []): string {
  return all.length > 1 ? `${all[0]} +${all.length - 1}` : all[0] ?? '–';
}

function print(row: Row, isShort: boolean): void {
  const { mark, paint } = STATES[row.state];
  const isFaulty = faultOf(row, where) !== '';
  const name = `${row.id.padEnd(20)} ${dim(row.level.padEnd(10))}`;
  console.log(`${isFaulty ? red('✘') : paint(mark)} ${name} ${row.text}${row.reason && paint(`  ${row.state}: ${row.reason}`)}`);
  if (isShort || (row.state !== 'met' && !where.code.has(row.id))) return;
  console.log(dim(`${' '.repeat(34)}${first(where.code.get(row.id))} · ${first(where.tests.get(row.id))}`));
}

/** Met, deviating and open rows, as one line. */
function summary(of: readonly Row[]): string {
  const count = (state: Row['state']) => of.filter((row) => row.state === state).length;
  const parts = Object.entries(STATES).map(([state, { mark, paint }]) => {
    const number = count(state as Row['state']);
    return number === 0 ? '' : paint(`${mark} ${number} ${state}`);
  });
  return parts.filter(Boolean).join(', ');
}

function printAll(isShort: boolean): void {
  const headings = [...new Set(table.map(({ heading }) => heading))];
  for (const heading of headings) {
    const own = table.filter((row) => row.heading === heading);
    console.log(`\n${bold(heading)}  ${summary(own)}`);
    for (const row of own) print(row, isShort);
  }
  console.log(`\n${bold(`${table.length} requirements`)}: ${summary(table)}`);
  console.log(`Left out by name: ${LEFT_OUT.join(', ')}.`);
  for (const fault of faults) console.log(red(`✘ ${fault}`));
}

function printJson(): void {
  const all = table.map((row) => ({ ...row, code: where.code.get(row.id) ?? [], tests: where.tests.get(row.id) ?? [] }));
  console.log(JSON.stringify({ rows: all, leftOut: LEFT_OUT, faults }, null, 1));
}

const options = process.argv.slice(2);
if (options.some((option) => !['--json', '--short', '--help'].includes(option))) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (options.includes('--help')) {
  console.log(USAGE);
} else {
  if (options.includes('--json')) printJson();
  else printAll(options.includes('--short'));
  process.exitCode = faults.length === 0 ? 0 : 1;
}
