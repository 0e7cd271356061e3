// The measuring itself: short slices, interleaved, so that what else the machine does hits everyone alike.
import type { Competitor } from './competitors.js';
import { KINDS } from './kinds.js';
import type { Measurement } from './serve.js';

/** What every competitor is asked for in every round; the slice's milliseconds follow. */
export const TASKS = ['handshakes', 'records 64', 'records 1024'] as const;
export type Task = (typeof TASKS)[number];

/** What not everyone can do. */
export const MORE = [...KINDS, 'records-cid 64', 'state-save', 'state-load'] as const;
export type More = (typeof MORE)[number];

/** Of one competitor and one task: how many a second in each round, by the clock on the wall and by CPU time. */
export interface Rates {
  wall: number[];
  cpu: number[];
  /** As the lane counted them last (serve.ts). */
  bytes?: number;
}

/** By competitor's key, then by task. */
export type Results = Record<string, Record<Task, Rates> & Partial<Record<More, Rates>>>;

/** Runs `rounds` rounds of slices of `ms` milliseconds; `progress` is told before each. Every lane warms up first. */
export async function measure(
  competitors: readonly Competitor[], rounds: number, ms: number, progress: (text: string) => void,
): Promise<Results> {
  const results: Results = Object.fromEntries(competitors.map(({ key, more }) =>
    [key, Object.fromEntries([...TASKS, ...more].map((task) => [task, { wall: [], cpu: [] }])) as never]));
  for (const { lane, more } of competitors) {
    progress(`warming up ${lane.name}`);
    for (const task of [...TASKS, ...more]) await lane.ask(`${task} ${3 * ms}`);
  }
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const task of [...TASKS, ...MORE]) {
      const able = competitors.filter(({ more }) => TASKS.includes(task as Task) || more.includes(task as More));
      for (const { key, lane } of rotated(able, round)) {
        const { count, wallNs, cpuNs, bytes } = await lane.ask<Measurement>(`${task} ${ms}`);
        const rates = results[key]![task]!;
        rates.wall.push((count / wallNs) * 1e9);
        rates.cpu.push((count / cpuNs) * 1e9);
        if (bytes !== undefined) rates.bytes = bytes;
      }
    }
  }
  return results;
}

/** Everyone goes first as often as everyone else. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

/** The middle value; of an even count, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times as fast `ours` is as `theirs`: the median of the rounds' own ratios, which a slow minute does not bend. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((rate, round) => rate / theirs[round]!));
}
