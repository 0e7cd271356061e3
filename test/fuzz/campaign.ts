// A client and a server that talk to each other over a malicious network, while their hosts call every export with any argument. One
// seed is one campaign, call for call.
import { EventKind, Misuse, PathChange } from '../../assembly/codes.js';
import { InfoField } from '../../assembly/records.js';
import type { Layout } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import { MEANTIME } from '../certificates/factory.js';
import type { Build } from '../modules.js';
import { anyFeatures, CONTEXT_BYTES, contextRecord, PLAIN, rightAnswer, type Credentials, type Features } from './contexts.js';
import { Keeping } from './keeping.js';
import { fragmentAround, mutated } from './mutate.js';
import { anyHandle, forget, move, type Side } from './side.js';
import { Subject, type Event } from './subject.js';

const PEERS = 3;
/** Datagrams that are kept to be sent again, changed, or to somebody else. */
const KEPT = 60;
const UNDER_WAY = 12;

export interface Sums {
  calls: number;
  polls: number;
  connected: number;
  accepted: number;
}

export class Campaign {
  readonly sums: Sums = { calls: 0, polls: 0, connected: 0, accepted: 0 };
  private readonly random: Random;
  private readonly sides: [Side, Side];
  private readonly kept: Buffer[] = [];
  private readonly credentials: Credentials;
  private readonly features: [Features, Features];
  /** A network that lets more handshakes through, so that more comes behind them. */
  private readonly isGentle: boolean;
  private now = 0;

  constructor(readonly seed: number, builds: readonly Build[]) {
    this.random = new Random(seed, 'campaign');
    this.credentials = this.credentialsOf(builds);
    this.features = this.random.chance(0.4) ? [PLAIN, PLAIN] : [anyFeatures(this.random), anyFeatures(this.random)];
    if (this.random.chance(0.5)) this.features[1] = { ...this.features[0] };
    this.isGentle = this.features[0] !== PLAIN && this.random.chance(0.6);
    this.now = this.pick([0, 1_000_000, 2 ** 31 - 20_000, 2 ** 32 - 20_000]);
    this.sides = [this.side('client', this.pick(builds)), this.side('server', this.pick(builds))];
    for (const side of this.sides) this.prepare(side);
  }

  /** Signed suites are where P-256 is, and take their time. */
  private credentialsOf(builds: readonly Build[]): Credentials {
    if (builds.includes('psk') || this.random.chance(0.7)) return 'pre-shared';
    return this.pick<Credentials>(['raw keys', 'certificates']);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)]!;
  }

  private side(name: string, build: Build): Side {
    const isSigned = this.credentials !== 'pre-shared', isPlain = this.features[0] === PLAIN;
    const windows = isSigned || !isPlain ? 1_500 : this.pick([256, 512, 1_500]);
    const layout: Layout = {
      bytes: isSigned ? 65_536 + 1_000 : this.pick([40_000, 50_000, 65_536 + 1_000]), inMax: windows, outMax: this.pick(this.isGentle ? [512, 1_500] : [128, 512]),
      messageMax: isSigned ? 1_000 : this.pick([256, 512, 1_000]), connections: 1 + this.random.below(4), handshakes: 1 + this.random.below(3),
      aftercares: 1 + this.random.below(2), contexts: 2, lobbies: this.random.below(3),
      ...(isSigned || !isPlain ? { contextBytes: CONTEXT_BYTES } : {}),
      ...(isPlain ? {} : { sessions: this.random.below(3), cidMax: this.pick([0, 3, 20, 20, 255]), exporters: this.random.below(2) === 1,
        ticketMax: this.pick([0, 100, 255]) }),
    };
    const isServer = name === 'server';
    const subject = new Subject(build, layout, this.seed, `seed ${this.seed}, ${name}`);
    const keeping = new Keeping(subject, this.random, isServer);
    subject.hasCids = this.features[isServer ? 1 : 0].cidLength > 0;
    return { subject, isServer, keeping, handles: Array<number>(PEERS).fill(0), peers: new Map(), inbox: [], connected: new Set() };
  }

  private prepare(side: Side): void {
    const { module } = side.subject;
    module.words(module.INFO, InfoField.COUNT)[InfoField.SECONDS] = MEANTIME;
    if (this.features[0] !== PLAIN && this.random.chance(0.8)) side.keeping.seal();
    for (const id of [0, 1]) {
      const length = this.writeContext(side);
      const { code } = side.subject.call('context', [id, length]);
      if (code !== 0) side.subject.fail(`a good context was refused with ${code}`);
    }
    if (side.isServer || this.random.chance(0.3)) side.subject.call('listen', [0]);
  }

  private writeContext({ subject, isServer, keeping }: Side): number {
    const features = this.features[isServer ? 1 : 0], session = this.random.chance(0.7) ? keeping.sessions[0] : undefined;
    const wanted = { ...features, isGentle: this.isGentle, ...(session === undefined ? {} : { session }) };
    const record = contextRecord(this.random, isServer, this.credentials, wanted);
    subject.put(record);
    return record.length;
  }

  // ── one step ─────────────────────────────────────────────────────────────────────────────────────────────────────

  step(): void {
    this.sums.calls++;
    this.now += this.random.chance(0.2) ? this.random.below(this.isGentle ? 300 : 3_000) : this.random.below(3);
    const [first, second] = this.sides;
    const isServer = this.random.below(first.inbox.length + second.inbox.length + 2) > first.inbox.length;
    const side = this.sides[isServer ? 1 : 0]!, other = this.sides[side.isServer ? 0 : 1]!;
    side.subject.hasEntropy = !this.random.chance(0.01);
    if (this.random.chance(0.4) && side.subject.serials.length > 0) return this.answer(side, other);
    const choice = this.random.below(100);
    if (choice < (this.isGentle ? 62 : 55)) this.deliver(side, other);
    else if (choice < 58) this.inject(side, other);
    else if (choice < 62) this.storm(side, other);
    else if (choice < 68) this.connect(side, other);
    else if (choice < 76) this.answer(side, other);
    else if (choice < 84) this.send(side, other);
    else if (choice < 91) this.take(side, other, 0, side.subject.call('timeout', [this.time()], this.between(side)).events);
    else if (choice < (this.isGentle ? 92 : 93)) this.end(side, other);
    else if (choice < 97 && this.features[0] !== PLAIN) this.keep(side, other);
    else this.misuse(side, other);
    if (this.sums.calls % 50 === 0) for (const { subject } of this.sides) subject.checkMemory();
  }

  /** The time as a host tells it: an i32 that wraps. */
  private time(): number {
    return this.now | 0;
  }

  /** Between two polls: sometimes what must be refused, sometimes an answer. */
  private between(side: Side): () => void {
    return () => {
      if (this.random.chance(0.05)) side.subject.checkBusy();
      if (this.random.chance(0.2)) this.tryAnswer(side);
    };
  }

  /** What the network owes this side, as it was sent or not quite. */
  private deliver(side: Side, other: Side): void {
    const at = this.random.below(side.inbox.length), one = side.inbox[at];
    if (one === undefined) return;
    if (!this.random.chance(0.1)) side.inbox.splice(at, 1); // else it comes again
    if (this.random.chance(this.isGentle ? 0.01 : 0.05)) return; // lost
    this.receive(side, other, this.random.chance(this.isGentle ? 0.01 : 0.08) ? mutated(one.bytes, this.random, this.kept) : one.bytes,
      this.random.chance(0.05) ? this.random.below(PEERS) : one.peer);
  }

  /** Something old, something random, or its own words. */
  private inject(side: Side, other: Side): void {
    const bytes = this.kept.length > 0 && this.random.chance(0.7) ? this.pick(this.kept)
      : Buffer.from(this.random.fill(new Uint8Array(this.random.below(side.subject.in.length + 1))));
    this.receive(side, other, this.random.chance(0.7) ? mutated(bytes, this.random, this.kept) : bytes, this.random.below(PEERS));
  }

  /** Fragments that all claim to be of the handshake under way. */
  private storm(side: Side, other: Side): void {
    const busy = side.handles.findIndex((handle) => handle !== 0 && !side.connected.has(handle));
    const peer = busy >= 0 ? busy : this.random.below(PEERS);
    const content = this.kept.length > 0 ? this.pick(this.kept) : Buffer.alloc(30);
    for (let i = this.random.below(8); i >= 0; i--) {
      this.receive(side, other, fragmentAround(content.subarray(0, this.random.below(content.length + 1)), this.random), peer);
    }
  }

  private receive(side: Side, other: Side, bytes: Buffer, peer: number): void {
    const handle = this.random.chance(0.03) ? anyHandle(side, this.random) : side.handles[peer]!, { in: window } = side.subject;
    this.take(side, other, peer, side.subject.receive(handle, bytes.subarray(0, window.length), peer, this.time(), this.between(side)));
  }

  /** Sends what came out on its way, and keeps the host's table of handles. */
  private take(side: Side, other: Side, peer: number, events: readonly Event[]): void {
    side.keeping.take(events);
    for (const { kind, handle, bytes, code, path } of events) {
      if (handle > 0 && !side.peers.has(handle)) {
        side.peers.set(handle, peer);
        this.sums.accepted++;
        if (side.handles[peer] === 0) side.handles[peer] = handle;
      }
      const to = side.peers.get(handle) ?? peer;
      if (kind === EventKind.DATAGRAM) this.post(other, bytes, path < 0 ? to : path);
      if (kind === EventKind.PATH_CHANGED && code === PathChange.MOVED) move(side, handle, to, path);
      if (kind === EventKind.CONNECTED) {
        this.sums.connected++;
        side.connected.add(handle);
      }
      if (kind === EventKind.CLOSED) forget(side, handle, to);
    }
  }

  private post(to: Side, bytes: Buffer, peer: number): void {
    to.inbox.push({ bytes, peer });
    if (to.inbox.length > UNDER_WAY) to.inbox.shift();
    if (this.kept.length < KEPT) this.kept.push(bytes);
    else this.kept[this.random.below(KEPT)] = bytes;
  }

  private connect(side: Side, other: Side): void {
    const peer = this.random.below(PEERS);
    if (side.isServer || side.handles[peer] !== 0) return;
    side.subject.engine.peer.fill(peer + 1);
    const { code, events } = side.subject.call('connect', [this.random.below(2), this.time()], this.between(side));
    if (code > 0) side.handles[peer] = code;
    if (code > 0) side.peers.set(code, peer);
    this.take(side, other, peer, events);
  }

  private answer(side: Side, other: Side): void {
    const { code, events } = side.subject.call('answer', this.anyAnswer(side));
    this.checkAnswered(side, code);
    this.take(side, other, 0, events);
  }

  /** In the middle of a drain, which goes on behind it. */
  private tryAnswer(side: Side): void {
    const [serial, length, now] = this.anyAnswer(side);
    const code = side.subject.module.answer(serial, length, now);
    this.checkAnswered(side, code);
    if (code === 0) side.subject.hasAnswered = true;
  }

  private checkAnswered({ subject }: Side, code: number): void {
    if (code !== 0 && code !== -Misuse.STALE && code !== -Misuse.BAD_LENGTH) subject.fail(`answer returned ${code}`);
    if (!subject.engine.answer.every((byte) => byte === 0)) subject.fail('an answer, a key perhaps, is still in its window');
  }

  /** A right answer, a wrong one, none; to an open question, an old one, or one that was never asked. Serial, length, now. */
  private anyAnswer({ subject, isServer }: Side): [number, number, number] {
    const at = this.random.below(subject.serials.length);
    const serial = this.random.chance(0.1) ? this.random.next() | 0 : subject.serials[at] ?? 0;
    if (this.random.chance(0.8)) subject.serials.splice(at, 1);
    const right = rightAnswer(this.random, isServer, this.credentials);
    const wrong = () => this.random.fill(new Uint8Array(this.random.below(subject.engine.answer.length + 1)));
    const given = this.random.chance(this.isGentle ? 0.98 : 0.85) ? right : Buffer.from(wrong());
    subject.engine.answer.set(given);
    const length = this.random.chance(0.9) ? given.length : this.pick([-1, -(2 ** 31), 2 ** 31 - 1, 194, 0]);
    return [serial, length, this.time()];
  }

  private send(side: Side, other: Side): void {
    const handle = this.random.chance(0.8) ? this.pick(side.handles) : anyHandle(side, this.random);
    const { length: inMax } = side.subject.in;
    const length = this.random.chance(0.9) ? this.random.below(60) : this.pick([0, -1, inMax, inMax + 1, 2 ** 31 - 1]);
    side.subject.in.fill(7);
    this.take(side, other, 0, side.subject.call('send', [handle, length], this.between(side)).events);
  }

  private end(side: Side, other: Side): void {
    const handle = this.random.chance(0.7) ? this.pick(side.handles) : anyHandle(side, this.random);
    this.take(side, other, 0, side.subject.call(this.pick(['close', 'discard'] as const), [handle], this.between(side)).events);
  }

  /** What is kept of an engine for later, and what it goes on with then. */
  private keep(side: Side, other: Side): void {
    if (this.random.chance(0.3)) return void side.subject.call('context', [this.random.below(2), this.writeContext(side)]);
    const connected = [...side.connected].filter((handle) => side.subject.live.has(handle));
    const handle = this.random.chance(0.8) && connected.length > 0 ? this.pick(connected) : anyHandle(side, this.random);
    this.take(side, other, this.random.below(PEERS), side.keeping.step(handle, 2));
  }

  /** Calls no sane host makes. */
  private misuse(side: Side, other: Side): void {
    const { subject } = side;
    const any = () => this.pick([-(2 ** 31), -1, 0, 1, 2, 43, 44, 64, 65_535, 2 ** 31 - 1, this.random.next() | 0]);
    switch (this.random.below(6)) {
      case 0: { // a context of random fields, or of a good one with one of them changed
        const length = this.changeField(side);
        if (this.random.chance(0.5)) this.random.fill(subject.in);
        subject.call('context', [this.pick([1, any()]), this.pick([length, length, any()])]);
        return;
      }
      case 1: {
        if (side.isServer) subject.call('listen', [any()]);
        if (side.isServer) subject.call('listen', [this.random.chance(0.9) ? 0 : -1]);
        return;
      }
      case 2: { // beyond the window
        const length = this.pick([-1, -(2 ** 31), subject.in.length + 1, 2 ** 31 - 1]);
        if (subject.call('receive', [any(), length, any()]).code !== -Misuse.BAD_LENGTH) subject.fail(`received ${length} bytes`);
        return;
      }
      case 3: return void this.take(side, other, 0, subject.call('connect', [any(), this.time()]).events);
      case 4: return void this.take(side, other, 0, subject.call('timeout', [any()]).events);
      default: if (subject.module.poll() !== EventKind.NONE) subject.fail('an event out of nothing');
    }
  }

  private changeField(side: Side): number {
    const length = this.writeContext(side);
    side.subject.in[this.random.below(length)] = this.random.below(256);
    return length;
  }

  /** Plays so many steps and cleans up; throws if anything is not as it must be. */
  run(steps: number): Sums {
    for (let i = 0; i < steps; i++) this.step();
    for (const { subject } of this.sides) {
      subject.hasEntropy = true;
      subject.finish();
      this.sums.polls += subject.polls;
    }
    return this.sums;
  }
}
