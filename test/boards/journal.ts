// Everything that engines of WebAssembly were asked and did, for test/boards/c/differential.c to do again.
import { Bound } from '../../assembly/codes.js';
import { InfoField } from '../../assembly/records.js';
import type { Engine, Layout, RandomSource } from '../../host/core/index.js';
import type { Loader } from '../../host/core/index.js';

/** The order of the enum in differential.c, behind its START. */
const CALLS = ['init', 'context', 'listen', 'connect', 'receive', 'send', 'answer', 'timeout', 'close', 'discard', 'seals',
  'save', 'stored', 'restore', 'exporter', 'poll'] as const;
const PAGE = 65_536;

type Call = (...args: number[]) => number;

/** As the C has it: every word has its place in it. */
function checksumOf(bytes: Buffer): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ words[i]!, 16_777_619);
  return sum;
}

/** One engine's journal. */
export class Journal {
  readonly entries: Buffer[] = [];
  calls = 0;
  #random: Buffer[] = [];
  #hasFailed = false;
  /** The memory as the last call left it, and as it is. */
  #before: Buffer = Buffer.alloc(0);
  #now: Buffer = Buffer.alloc(0);

  /** A source of random bytes that is written down. */
  source(random: RandomSource): RandomSource {
    return (bytes) => {
      this.#hasFailed = true;
      random(bytes);
      this.#hasFailed = false;
      this.#random.push(Buffer.from(bytes));
    };
  }

  /** Writes down how the engine was made, and from here on every call. */
  follow(engine: Engine): void {
    const { module, layout } = engine, pages = Math.ceil(layout.bytes! / PAGE);
    this.#now = Buffer.from(module.bytes(0, pages * PAGE).buffer);
    const fields = [layout.bytes!, layout.inMax, layout.outMax, layout.messageMax, layout.connections, layout.handshakes,
      layout.aftercares, layout.contexts, layout.contextBytes ?? Bound.IDENTITY + Bound.KEY, layout.sessions ?? 0,
      layout.lobbies ?? 0, layout.cidMax ?? Bound.CID, layout.exporters ? 1 : 0, layout.ticketMax ?? 0];
    this.#write(0, [], module.INFO, 0, Buffer.alloc(0), 0);
    this.#enter(1, [], 0, module.INFO + 4 * InfoField.BYTES, Buffer.from(Int32Array.from(fields).buffer));
    const calls = module as unknown as { [name: string]: Call };
    CALLS.forEach((name, index) => calls[name] = this.#followed(index + 1, calls[name]!));
  }

  #followed(number: number, call: Call): Call {
    return (...args) => {
      const from = this.#firstChange(), to = this.#lastChange(from), written = Buffer.from(this.#now.subarray(from, to));
      const result = call(...args);
      this.#enter(number, args, result, from, written);
      this.calls++;
      return result;
    };
  }

  #firstChange(): number {
    if (this.#now.equals(this.#before)) return this.#now.length;
    let at = 0;
    while (this.#now[at] === this.#before[at]) at++;
    return at;
  }

  #lastChange(from: number): number {
    let at = this.#now.length;
    while (at > from && this.#now[at - 1] === this.#before[at - 1]) at--;
    return at;
  }

  /** After a call. */
  #enter(number: number, args: number[], result: number, at: number, written: Buffer): void {
    this.#write(number, args, result, at, written, this.#now.length / PAGE);
    this.#before = Buffer.from(this.#now);
  }

  #write(number: number, args: number[], result: number, at: number, written: Buffer, pages: number): void {
    const [a = 0, b = 0, c = 0] = args, random = Buffer.concat(number === 0 ? [] : this.#random);
    const sum = checksumOf(this.#now.subarray(0, pages * PAGE));
    const words = Int32Array.of(number, a, b, c, result, pages, sum, at, written.length, random.length, this.#hasFailed ? 1 : 0);
    this.entries.push(Buffer.from(words.buffer), written, random);
    if (number === 0) return;
    this.#random = [];
    this.#hasFailed = false;
  }
}

/** Makes the loader keep a journal of each engine that it makes, until `stop` is called. */
export function keepJournals(loader: Loader): { journals: Journal[]; stop(): void } {
  const journals: Journal[] = [], make = loader.engine;
  loader.engine = (layout: Layout, random?: RandomSource): Engine => {
    const journal = new Journal(), engine = make.call(loader, layout, journal.source(random!));
    journal.follow(engine);
    journals.push(journal);
    return engine;
  };
  return { journals, stop: () => { loader.engine = make; } };
}
