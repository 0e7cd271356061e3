// npm run board:bill [-- --update]: what the module costs on microcontrollers: flash, RAM, instructions. Compares it with
// boards/bill.txt, or writes it there.
import { existsSync, readFileSync } from 'node:fs';
import { replace } from '../../native/build/files.js';
import { top } from '../../native/build/paths.js';
import { Failure, main } from '../../native/build/process.js';
import { buildBoards } from './board.js';
import { measure } from './emulator.js';
import { compilerOf, countsOf, missing, selfTest, sizeOf, TARGETS } from './targets.js';

export const BILL = `${top}/boards/bill.txt`;

const number = (value, width = 9) => value.toLocaleString('en-US').padStart(width);
const milliseconds = (instructions, megahertz) => (instructions / megahertz / 1000).toFixed(2).padStart(9);

function flashTable(build) {
  const rows = TARGETS.map((target) => {
    const { module, runtime, ram } = sizeOf(target, build);
    return `${target.name.padEnd(12)}${number(module + runtime)}${number(module)}${number(runtime)}${number(ram)}   gcc ${compilerOf(target)}`;
  });
  return [`Flash and RAM of thimble_${build}.c and thimble_runtime.c, -Os, bytes (RAM without the memory below)`,
    '               flash   module  runtime      RAM', ...rows];
}

/** What a client needs of RAM in all, on the Cortex-M4. */
function ramTable(counts) {
  const { ram } = sizeOf(TARGETS.find(({ name }) => name === 'Cortex-M4'));
  const row = (name, datagram) => `${name.padEnd(12)}${number(counts[`memory ${datagram}`])}${number(ram)}${number(counts.stack)}` +
    `${number(counts[`memory ${datagram}`] + ram + counts.stack)}`;
  return ['RAM of one client on the Cortex-M4, bytes, beside the JavaScript engine\'s own heap',
    'datagrams      memory variables    stack   in all', row('512 bytes', 512), row('1,280 bytes', 1280)];
}

const COUNTED = [
  ['PSK handshake, client', 'handshake client'], ['PSK handshake, server', 'handshake server'],
  ['64-byte record, seal', 'seal 64'], ['64-byte record, open', 'open 64'],
  ['1,024-byte record, seal', 'seal 1024'], ['1,024-byte record, open', 'open 1024'],
];

const COUNTED_RAW_KEYS = [
  ['raw keys, mutual, client', 'raw key client'], ['raw keys, mutual, server', 'raw key server'],
];

function instructionTable({ name }, build, counted, counts) {
  const rows = counted.map(([what, key]) =>
    `${what.padEnd(26)}${number(counts[key], 12)}${milliseconds(counts[key], 64)}${milliseconds(counts[key], 160)}`);
  return [`Instructions inside thimble_${build}.c, ${name} (QEMU, -icount), and milliseconds at one instruction a cycle`,
    '                          instructions   64 MHz  160 MHz', ...rows];
}

/** The module's part and all of the firmware's, with Moddable's XS engine and the adapter round it. */
function firmwareTable(steps) {
  const about = (value) => Number(value.toPrecision(2));
  const row = (what, { module, firmware }) => `${what.padEnd(26)}${number(module, 12)}${number(about(firmware), 12)}`;
  return ['Instructions with Moddable\'s XS engine on the emulated Cortex-M4, adapter included',
    '                             in module about in all',
    ...['client', 'server'].map((role) => row(`PSK handshake, ${role}`, steps.handshake[role])),
    row('64-byte record, write', steps.up.client), row('64-byte record, read', steps.up.server)];
}

/** The bill as text. */
export async function bill() {
  const emulated = TARGETS.filter((target) => target.run?.command.length);
  const counts = new Map(emulated.map((target) => [target.name, countsOf(selfTest(target))]));
  const tables = [flashTable('psk'), flashTable('full'), ramTable(counts.get('Cortex-M4')),
    ...emulated.map((target) => instructionTable(target, 'psk', COUNTED, counts.get(target.name))),
    ...emulated.map((target) => instructionTable(target, 'full', COUNTED_RAW_KEYS, countsOf(selfTest(target, [], 'full')))),
    firmwareTable(await measure())];
  return `${tables.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Writes the bill to boards/bill.txt and where the README shows it. */
function update(text) {
  const readme = readFileSync(`${top}/README.md`, 'utf8');
  const begin = readme.indexOf(text.split('\n')[0]), end = readme.indexOf('```', begin);
  if (begin >= 0) replace(`${top}/README.md`, readme.slice(0, begin) + text + readme.slice(end));
  console.log(replace(BILL, text) ? 'boards/bill.txt and the README have it.' : 'boards/bill.txt says the same.');
}

/** What the bill needs and this machine has not; '' if nothing. */
export const billLacks = () => [...new Set(TARGETS.map(missing).filter(Boolean))].join('; ');

await main(import.meta.url, async (args) => {
  if (billLacks()) throw new Failure(`The bill needs compilers and emulators: ${billLacks()}.`);
  await buildBoards();
  console.log('Compiling for five processors, running in two emulators, and XS (half a minute the first time) …\n');
  const text = await bill();
  console.log(text);
  if (args.includes('--update')) {
    update(text);
    return 0;
  }
  if (existsSync(BILL) && readFileSync(BILL, 'utf8') === text) return 0;
  throw new Failure('This is not what boards/bill.txt says: compare, and `npm run board:bill -- --update` if it is meant.');
});
