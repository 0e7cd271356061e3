// One engine under attack by its exports, with everything that must be true of it checked after each call.
import assert from 'node:assert/strict';
import { Drop, Ended, EventKind, Misuse } from '../../assembly/codes.js';
import { EventField, InfoField } from '../../assembly/records.js';
import type { Engine, EngineModule, Layout } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import type { Build } from '../modules.js';
import { loaderOf } from '../sim/builds.js';
import { leftovers, poolsOf, type Pools } from '../sim/pools.js';

export interface Event {
  kind: number;
  handle: number;
  code: number;
  bytes: Buffer;
  serial: number;
  /** The peer whose address the event names; -1 for none. */
  path: number;
}

const PAGE = 65_536;
const PAINT = 0xc3;
/** Bytes of a peer's that are remembered. */
const HEARD_MAX = 20_000;
/** Far above what one call can bring about with the pools and windows used here. */
const POLLS_MAX = 3_000;
const PEER_BYTES = 20;

/** What a call may return besides 0 and handles: misuses, and that the numbers are used up. */
const CODES = new Set([...Object.values(Misuse), Ended.SEQUENCE_EXHAUSTED].filter((code) => typeof code === 'number').map((code) => -code));

export class Subject {
  readonly engine: Engine;
  readonly module: EngineModule;
  readonly pools: Pools;
  readonly live = new Set<number>();
  /** Open questions, by serial. */
  readonly serials: number[] = [];
  private readonly heard = new Map<number, { bytes: Buffer; credit: number }>();
  /** Whether the host's random source works. */
  hasEntropy = true;
  polls = 0;
  /** In the middle of the drain under way an answer was taken: its connection speaks, too. */
  hasAnswered = false;
  /** Whether records find their connection from any address, by a CID. */
  hasCids = false;
  private readonly info: Int32Array;
  private readonly cookies = new Set<string>();

  constructor(readonly build: Build, readonly layout: Layout, seed: number, private readonly name: string) {
    const random = new Random(seed, name);
    this.engine = loaderOf(build).engine(layout, (bytes) => {
      if (!this.hasEntropy) throw new Error('no entropy');
      random.fill(bytes);
    });
    this.module = this.engine.module;
    this.info = this.module.words(this.module.INFO, InfoField.COUNT);
    this.pools = poolsOf(this.engine);
    this.beyond().fill(PAINT);
  }

  /** The memory behind the last slot: no part of the layout, or none that it needed. */
  private beyond(): Uint8Array {
    const { end } = this.pools;
    return this.module.bytes(end, Math.ceil(this.info[InfoField.BYTES]! / PAGE) * PAGE - end);
  }

  get in(): Uint8Array {
    return this.engine.in;
  }

  fail(what: string): never {
    throw new assert.AssertionError({ message: `${this.name} (${this.build}): ${what}` });
  }

  private check(isTrue: boolean, what: string): void {
    if (!isTrue) this.fail(what);
  }

  /** Puts a peer's address and a datagram where `receive` finds them. */
  put(bytes: Uint8Array, peer?: number): void {
    this.in.set(bytes.subarray(0, this.in.length));
    if (peer !== undefined) this.engine.peer.fill(peer + 1, 0, PEER_BYTES);
  }

  /** Makes a call that may start a drain, checks what it returns, and drains. `during` runs between two polls. */
  call(name: 'connect' | 'receive' | 'send' | 'answer' | 'timeout' | 'close' | 'discard' | 'context' | 'listen'
    | 'seals' | 'save' | 'stored' | 'restore' | 'exporter',
    args: number[], during: () => void = () => {}): { code: number; events: Event[] } {
    const code = (this.module[name] as (...args: number[]) => number)(...args);
    const begins = (name === 'connect' || name === 'restore') && code > 0;
    this.check(Number.isInteger(code) && (code === 0 || CODES.has(code) || begins), `${name}(${args}) returned ${code}`);
    if (begins) this.begin(code);
    const events = this.drain(during);
    if (code !== 0 && !begins && code !== -Ended.SEQUENCE_EXHAUSTED) {
      this.check(events.length === 0, `${name}(${args}) was refused with ${code}, and yet something happened`);
    }
    this.checkSlots();
    return { code, events };
  }

  /** A datagram from a peer, as a host gives it; only a cookie may answer a peer that has not shown one of ours. */
  receive(handle: number, bytes: Uint8Array, peer: number, now: number, during?: () => void): Event[] {
    this.put(bytes, peer);
    const isKnown = this.live.has(handle);
    this.hasAnswered = false;
    const heard = this.hear(peer, bytes);
    const before = new Set(this.live);
    const { events } = this.call('receive', [handle, bytes.length, now], during);
    let answered = 0;
    for (const { kind, handle: about, bytes: out } of events) {
      if (kind !== EventKind.DATAGRAM || about !== 0) continue;
      answered += out.length;
      this.check(out[0] === 22 && out[13] === 3, 'something else than a HelloVerifyRequest to a stranger');
      this.cookies.add(`${peer} ${out.toString('hex', 28)}`);
    }
    heard.credit -= answered;
    this.check(heard.credit >= 0, `${answered} bytes in answer to ${bytes.length} of a stranger`);
    const accepted = events.some((event) => event.handle > 0 && !before.has(event.handle));
    if (accepted) this.check(this.carriesCookie(heard.bytes, peer), 'a connection for a peer without a cookie of ours');
    if (isKnown || accepted || this.hasAnswered || this.hasCids) return events;
    this.check(events.every((event) => event.handle === 0), 'an event of a connection that the datagram did not name');
    return events;
  }

  /** What a peer has said and may be answered: this datagram alone, but where hellos may come in pieces, all before it, too. */
  private hear(peer: number, bytes: Uint8Array): { bytes: Buffer; credit: number } {
    const { bytes: before, credit } = this.heard.get(peer) ?? { bytes: Buffer.alloc(0), credit: 0 };
    const heard = { bytes: Buffer.concat([before, bytes]).subarray(-HEARD_MAX), credit: credit + bytes.length };
    if (this.engine.layout.lobbies) this.heard.set(peer, heard);
    return heard;
  }

  /** A cookie of ours is in there, or one of its halves: a hello may be cut in the middle of it. */
  private carriesCookie(bytes: Buffer, peer: number): boolean {
    for (const entry of this.cookies) {
      const [to, text] = entry.split(' ') as [string, string];
      const cookie = Buffer.from(text, 'hex'), half = cookie.length >> 1;
      const parts = this.engine.layout.lobbies ? [cookie.subarray(0, half), cookie.subarray(half)] : [cookie];
      if (Number(to) === peer && parts.some((part) => bytes.includes(part))) return true;
    }
    return false;
  }

  private begin(handle: number): void {
    this.check(!this.live.has(handle), `handle ${handle} is already in use`);
    this.live.add(handle);
  }

  /** Polls until NONE, in the order that codes.ts promises. */
  private drain(during: () => void): Event[] {
    const events: Event[] = [];
    for (let polls = 0; ; polls++) {
      if (polls > POLLS_MAX) this.fail('poll never comes to an end');
      const kind = this.module.poll();
      this.polls++;
      if (kind === EventKind.NONE) break;
      events.push(this.event(kind));
      during();
    }
    const due = this.engine.event[EventField.DUE_IN_MS]!;
    this.check(due >= -1, `due in ${due} ms`);
    return events;
  }

  private event(kind: number): Event {
    const { event } = this.engine;
    const handle = event[EventField.HANDLE]!, pointer = event[EventField.POINTER]!, length = event[EventField.LENGTH]!;
    this.check(event[EventField.KIND] === kind && kind >= EventKind.DATAGRAM && kind <= EventKind.SAVE_DUE, `an event of kind ${kind}`);
    this.check(handle > 0 || (kind === EventKind.DATAGRAM && handle === 0), `an event of kind ${kind} for handle ${handle}`);
    if (handle > 0 && !this.live.has(handle)) this.begin(handle);
    const isBlob = kind === EventKind.SESSION || kind === EventKind.STATE;
    const hasBytes = kind === EventKind.DATAGRAM || kind === EventKind.DATA || kind === EventKind.QUESTION || isBlob;
    if (kind === EventKind.DATAGRAM || isBlob) {
      const isInOut = pointer === this.pools.out.start && length > 0 && length <= this.layout.outMax;
      this.check(isInOut, `a datagram of ${length} bytes at ${pointer}`);
    } else if (hasBytes) {
      this.check(pointer >= this.pools.in.start && length >= 0 && pointer + length <= this.pools.end, `${length} bytes at ${pointer}`);
    }
    if (kind === EventKind.CLOSED) this.live.delete(handle);
    const serial = event[EventField.SERIAL]!;
    if (kind === EventKind.QUESTION) this.serials.push(serial);
    const bytes = hasBytes ? Buffer.from(this.module.bytes(pointer, length)) : Buffer.alloc(0);
    return { kind, handle, code: event[EventField.CODE]!, bytes, serial, path: this.pathOf(kind, event[EventField.PATH]!) };
  }

  /** Whose address stands there: each byte of it says. */
  private pathOf(kind: number, pointer: number): number {
    if (pointer === 0 || (kind !== EventKind.DATAGRAM && kind !== EventKind.PATH_CHANGED)) return -1;
    const address = this.module.bytes(pointer, PEER_BYTES);
    this.check(address.every((byte) => byte === address[0]), 'an address of nobody');
    return address[0]! - 1;
  }

  /** As many slots are taken as there are connections that live, and no handshake or aftercare without one. */
  private checkSlots(): void {
    this.check(this.handlesIn('connections').join() === [...this.live].sort((a, b) => a - b).join(), 'slots and handles differ');
    for (const pool of ['handshakes', 'aftercares'] as const) {
      const handles = this.handlesIn(pool);
      this.check(handles.every((handle) => this.live.has(handle)) && new Set(handles).size === handles.length, `${pool} of nobody`);
    }
  }

  private handlesIn(pool: 'connections' | 'handshakes' | 'aftercares'): number[] {
    const { start, size, count } = this.pools[pool];
    const handles: number[] = [];
    for (let i = 0; i < count; i++) {
      const handle = this.module.words(start + i * size, 1)[0]!;
      if (handle !== 0) handles.push(handle);
    }
    return handles.sort((a, b) => a - b);
  }

  /** Every call but poll and answer is refused while a drain is under way. */
  checkBusy(): void {
    const now = 0;
    const codes = [this.module.context(0, 44), this.module.listen(0), this.module.connect(0, now), this.module.receive(0, 20, now),
      this.module.send(1, 1), this.module.timeout(now), this.module.close(1), this.module.discard(1), this.module.seals(0),
      this.module.save(1, 0, 1), this.module.stored(1), this.module.restore(0, 0, 0), this.module.exporter(1, 0, 0)];
    this.check(codes.every((code) => code === -Misuse.BUSY), `in the middle of a drain: ${codes}`);
  }

  /** What only a look at all of memory can tell. */
  checkMemory(): void {
    this.check(this.beyond().every((byte) => byte === PAINT), 'a byte behind the last slot was written');
  }

  /** Ends every connection; then every slot must be wiped and free. */
  finish(): void {
    for (const handle of [...this.live]) this.call(handle % 2 ? 'close' : 'discard', [handle]);
    this.check(this.live.size === 0, `${this.live.size} connections do not close`);
    const left = leftovers(this.engine);
    this.check(left.length === 0, `bytes left in ${left}`);
    this.checkMemory();
    for (let reason = 0; reason < Drop.COUNT; reason++) this.check(this.engine.dropped(reason) < 2 ** 31, 'a counter that ran away');
  }
}
