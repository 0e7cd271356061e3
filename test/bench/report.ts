// From measurements to what is printed and what is written as JSON.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { Absent, Competitor, Facts, Memory } from './competitors.js';
import { HANDSHAKES, KINDS } from './kinds.js';
import { median, MORE, ratio, TASKS, type More, type Results, type Task } from './rounds.js';
import { shareTable, type SharesOf } from './shares.js';
import { align, number } from './table.js';

/** Raw and gzipped size of a module, in bytes. */
export interface Size {
  raw: number;
  gzip: number;
}

/** One competitor's line of the report. */
export interface Line {
  key: string;
  name: string;
  field: Competitor['field'];
  /** Medians, a second. */
  rates: Record<Task, number>;
  /** How many times as fast Thimble is in the same field: by the clock on the wall and by CPU time. */
  ratios: Record<Task, { wall: number; cpu: number }>;
  handshake: Facts;
  memory: Memory | null;
}

/** What not everyone can do, of one competitor in memory. */
export interface Extra {
  rate: number;
  /** How many times as fast Thimble is. */
  ratio: number;
  /** Of a handshake, or of a state. */
  bytes?: number;
}

export interface Report {
  node: string;
  processor: string;
  rounds: number;
  sliceMs: number;
  lines: Line[];
  /** By task, then by competitor's key. */
  extras: Record<More, Record<string, Extra>>;
  /** How many times as fast a record without a connection ID is. */
  cidCost: number;
  shares: SharesOf;
  modules: Record<string, Size>;
  absent: Absent[];
}

/** tinydtls has no build here: its module's size is quoted from an earlier measurement of it (emcc -Oz and wasm-opt). */
const TINYDTLS_QUOTED = 36_202;

/** Asks each competitor for what does not change from round to round, and sums the rounds up. */
export async function summarize(competitors: readonly Competitor[], results: Results): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { key, field, lane, memory } of competitors) {
    const handshake = await lane.ask<Facts>('facts');
    const ours = results[competitors.find((other) => other.field === field)!.key]!;
    const theirs = results[key]!;
    const byTask = <Value>(value: (task: Task) => Value) =>
      Object.fromEntries(TASKS.map((task) => [task, value(task)])) as Record<Task, Value>;
    lines.push({
      key, field, handshake,
      name: handshake.version ? lane.name.replace(',', ` ${handshake.version},`) : lane.name,
      rates: byTask((task) => median(theirs[task].wall)),
      ratios: byTask((task) => ({
        wall: ratio(ours[task].wall, theirs[task].wall),
        cpu: ratio(ours[task].cpu, theirs[task].cpu),
      })),
      memory: memory ? await memory() : null,
    });
  }
  return lines;
}

/** Sums up what not everyone can do. */
export function summarizeMore(competitors: readonly Competitor[], results: Results): Pick<Report, 'extras' | 'cidCost'> {
  const ours = results[competitors[0]!.key]!;
  const extras = Object.fromEntries(MORE.map((task) => [task, Object.fromEntries(competitors.flatMap(({ key }) => {
    const rates = results[key]![task];
    return rates === undefined ? [] : [[key, { rate: median(rates.wall), ratio: ratio(ours[task]!.wall, rates.wall), bytes: rates.bytes }]];
  }))])) as Report['extras'];
  return { extras, cidCost: ratio(ours['records 64'].wall, ours['records-cid 64']!.wall) };
}

/** A module's size; gzip at its best. */
export function sizeOf(path: string): Size {
  const bytes = readFileSync(path);
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

/** What the bench ran on. */
export function processor(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}`;
}

/** The report as text. */
export function print(report: Report): string {
  const { node, processor: chip, rounds, sliceMs, lines, modules, absent } = report;
  return [
    `PSK_CCM_8 over DTLS 1.2, cookie and extended master secret; Node ${node}, ${chip}`,
    `medians of ${rounds} interleaved rounds of ${sliceMs} ms; "×": how many times as fast Thimble is, median of the rounds' ratios`,
    '', 'In memory, both ends in one thread', ...speedTable(lines, 'memory'),
    '', 'Other handshakes in memory, AES_128_CCM_8', ...handshakeTable(report),
    '', 'Where the time of a handshake goes: P-256, and all else (engine, SHA-256, AES, host/core)', ...shareTable(report.shares),
    '', 'Connection IDs and states, in memory', ...otherTable(report),
    '', 'Over UDP on loopback, both ends in one process, Thimble serving', ...speedTable(lines, 'loopback'),
    '', 'A handshake, and the memory an end takes (client / server)', ...costTable(lines),
    ...costNotes(lines),
    '', 'Modules, client and server in one', ...sizeTable(modules),
    ...absent.flatMap(({ name, reason }) => ['', `Not measured: ${name}: ${reason}`]),
  ].join('\n');
}

function speedTable(lines: readonly Line[], field: Competitor['field']): string[] {
  const mine = lines.filter((line) => line.field === field);
  const head = ['', 'handshakes/s', '×', '64 B records/s', '×', '1,024 B records/s', '×'];
  return align([head, ...mine.map(({ name, rates, ratios }, row) =>
    [name, ...TASKS.flatMap((task) => [number(rates[task]), row === 0 ? '' : ratios[task].wall.toFixed(2)])])]);
}

function handshakeTable({ extras, lines }: Report): string[] {
  const mine = lines.filter(({ key }) => KINDS.some((kind) => extras[kind][key] !== undefined));
  const head = ['', ...mine.flatMap(({ name }, index) => [`${name}: a second`, 'bytes', ...(index === 0 ? [] : ['×'])])];
  return align([head, ...KINDS.map((kind) => [HANDSHAKES[kind], ...mine.flatMap(({ key }, index) => {
    const extra = extras[kind][key];
    if (extra === undefined) return ['', '', ''];
    return [number(extra.rate), number(extra.bytes!), ...(index === 0 ? [] : [extra.ratio.toFixed(2)])];
  })])]);
}

function otherTable({ extras, cidCost }: Report): string[] {
  const of = (task: More) => Object.values(extras[task])[0]!;
  const [save, load] = [of('state-save'), of('state-load')];
  return align([['', 'a second', ''],
    ['64 B records with connection IDs of 8 bytes', number(of('records-cid 64').rate), `one without is ${cidCost.toFixed(2)} × as fast`],
    ['a live connection saved', number(save.rate), `${number(save.bytes!)} bytes, sealed`],
    ['restored from that', number(load.rate), '']]);
}

function costTable(lines: readonly Line[]): string[] {
  const both = (held: Memory | null, what: 'connection' | 'handshake') =>
    held ? `${number(held.client[what])} / ${number(held.server[what])}` : '';
  return align([['', 'bytes', 'datagrams', 'RAM connected', 'more in a handshake'],
    ...lines.map(({ name, field, handshake, memory }) => [field === 'loopback' ? `${name}, loopback` : name,
      number(handshake.bytes), number(handshake.datagrams), both(memory, 'connection'), both(memory, 'handshake')])]);
}

function costNotes(lines: readonly Line[]): string[] {
  const { aftercare, javascript } = lines[0]!.memory!;
  return [
    `Thimble: linear memory of the psk build, with windows of 512 bytes that all connections share (mbedTLS has its own in each);`,
    `  ${number(aftercare!)} bytes more for a while after a handshake; in Node, ${number(javascript!)} bytes of JavaScript objects an end.`,
    'node-dtls-client has no extended master secret, so its handshake is shorter, and no retransmission.',
  ];
}

function sizeTable(modules: Report['modules']): string[] {
  const rows = Object.entries(modules).map(([name, { raw, gzip }]) => [name, number(raw), number(gzip)]);
  return align([['', 'bytes', 'gzip'], ...rows, ['tinydtls in WASM, PSK (quoted, not measured here)', number(TINYDTLS_QUOTED), '']]);
}
