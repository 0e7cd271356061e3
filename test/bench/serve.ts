// The child's side of a lane: requests come in as lines, each is answered by one line of JSON.
import { createInterface } from 'node:readline';

/** What was done in how long; the same shape the native program prints. */
export interface Measurement {
  count: number;
  wallNs: number;
  cpuNs: number;
  /** Where it is about handshakes: the mean of their bytes. Of states: the length of one. */
  bytes?: number;
}

/** What a lane can be asked: the words of the request after its name come as numbers. */
export type Tasks = { readonly [name: string]: (...numbers: number[]) => unknown };

/** Answers requests until standard input ends. A failure ends the process, with its reason on standard error. */
export async function serve(tasks: Tasks): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = '', ...numbers] = line.split(' ');
    const task = tasks[name];
    if (!task) throw new Error(`no such request: ${line}`);
    console.log(JSON.stringify(await task(...numbers.map(Number))));
  }
}

/** Repeats `batch`, which does `size` things, for at least `ms` milliseconds. */
export function repeat(ms: number, size: number, batch: () => void): Measurement {
  const stop = stopwatch();
  let count = 0;
  for (const until = performance.now() + ms; performance.now() < until; count += size) batch();
  return stop(count);
}

/** The same for a batch that has to wait. */
export async function repeatAsync(ms: number, size: number, batch: () => Promise<void>): Promise<Measurement> {
  const stop = stopwatch();
  let count = 0;
  for (const until = performance.now() + ms; performance.now() < until; count += size) await batch();
  return stop(count);
}

/** Starts measuring; the CPU time is that of the whole process, compilation and garbage collection included. */
function stopwatch(): (count: number) => Measurement {
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  return (count) => {
    const wallNs = Number(process.hrtime.bigint() - wall);
    const { user, system } = process.cpuUsage(cpu);
    return { count, wallNs, cpuNs: (user + system) * 1000 };
  };
}
