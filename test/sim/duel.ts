// An engine against the peer that misbehaves: what one says the other hears at once, in order; time passes when the test says so.
import { InfoField } from '../../assembly/records.js';
import { Endpoint, Peer as Address, type PathChange } from '../../host/core/index.js';
import type { Answer, Connection, Context, Engine, Layout, Question, Reason } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import type { Build } from '../modules.js';
import { loaderOf } from './builds.js';
import type { PeerOptions } from './peer/options.js';
import { Peer } from './peer/peer.js';
import { CCM, CCM_8, GCM } from './peer/keys.js';

export const KEY = Buffer.from('a pre-shared key');
export const IDENTITY = Buffer.from('dev1');
const CONTEXT = 0;

/** Room for whatever a test sends. */
export const ROOMY: Layout = {
  inMax: 2_048, outMax: 2_048, messageMax: 1_024, connections: 4, handshakes: 3, aftercares: 2, contexts: 1,
};

export interface DuelOptions {
  /** What the engine is; the peer is the other. */
  role: 'client' | 'server';
  build?: Build;
  layout?: Layout;
  context?: Partial<Context>;
  peer?: Partial<PeerOptions>;
  seed?: number;
  /** What time the engine believes it is, in seconds since 1970; 0 if it does not know. */
  seconds?: number;
  /** What the engine's question is answered with; undefined: later, by the test. */
  answer?: (bytes: Uint8Array, kind: number) => Answer | undefined;
  trace?: (kind: number, bytes: Uint8Array) => void;
  /** Sees what the engine draws from its random source. */
  draws?: (bytes: Uint8Array) => void;
  /** Around the engine's exports, say to poison its windows. */
  wrap?: (engine: Engine) => Engine;
}

export class Duel {
  readonly endpoint: Endpoint;
  readonly address: Address;
  peer: Peer;
  now = 0;
  /** What the engine sent, ever; `flush` takes those that nobody has heard yet. */
  readonly sent: Buffer[] = [];
  readonly data: { text: string; epoch: number }[] = [];
  readonly ends: (Reason | null)[] = [];
  readonly warnings: Reason[] = [];
  /** Questions that nobody answered yet. */
  readonly serials: { connection: Connection; serial: number; bytes: Buffer }[] = [];
  readonly connected: Connection[] = [];
  /** What a client was told to resume with. */
  readonly sessions: Uint8Array[] = [];
  /** What became of the peer's addresses. */
  readonly paths: { change: PathChange; to: string }[] = [];
  private unheard: { datagram: Buffer; to: Address }[] = [];

  constructor(readonly options: DuelOptions) {
    const { role, seed = 1 } = options;
    const entropy = new Random(seed, 'engine entropy');
    const plain = loaderOf(options.build ?? 'node').engine(options.layout ?? ROOMY, (bytes) => {
      entropy.fill(bytes);
      options.draws?.(bytes);
    });
    const engine = options.wrap?.(plain) ?? plain;
    tell(engine, options.seconds ?? 0);
    this.endpoint = new Endpoint(engine, {
      datagram: (bytes, to) => {
        this.sent.push(Buffer.from(bytes));
        this.unheard.push({ datagram: Buffer.from(bytes), to });
      },
      accepted: () => {},
      connected: (connection) => { this.connected.push(connection); },
      session: (_, bytes) => { this.sessions.push(bytes); },
      data: (_, bytes, epoch) => { this.data.push({ text: Buffer.from(bytes).toString('latin1'), epoch }); },
      question: (connection, asked) => this.question(connection, asked),
      warning: (_, reason) => { this.warnings.push(reason); },
      path: (_, change, { key }) => { this.paths.push({ change, to: key }); },
      closed: (_, reason) => { this.ends.push(reason); },
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    this.address = new Address(Buffer.from('peer'), 'peer', null);
    this.define({});
    if (role === 'server') this.endpoint.listen(CONTEXT);
    this.peer = this.newPeer();
  }

  /** Defines the context again, changed. */
  define(context: Partial<Context>): void {
    const { build, role } = this.options;
    this.endpoint.define(CONTEXT, {
      suites: [CCM_8, CCM, ...(build === 'psk' ? [] : [GCM])], mtu: 1_400, initialMs: 1_000, maxMs: 60_000,
      handshakeMs: 300_000, ...(role === 'client' ? { identity: IDENTITY, key: KEY } : {}), ...this.options.context, ...context,
    });
  }

  /** Another peer at the same address, as after a reboot. */
  newPeer(options: Partial<PeerOptions> = {}): Peer {
    const { role, peer, seed = 1 } = this.options;
    return new Peer({
      role: role === 'client' ? 'server' : 'client', seed, suites: [CCM_8], identity: IDENTITY, key: KEY,
      cookie: Buffer.from('a cookie of 16 B'), ...peer, ...options,
    });
  }

  get engine(): Engine {
    return this.endpoint.engine;
  }

  /** The engine's connection, while there is one. */
  get connection(): Connection | null {
    return this.address.connection;
  }

  private question(connection: Connection, { serial, bytes, kind }: Question): void {
    const { answer, role } = this.options;
    const given = answer === undefined ? (role === 'server' ? KEY : { identity: IDENTITY, key: KEY }) : answer(bytes, kind);
    if (given === undefined) this.serials.push({ connection, serial, bytes: Buffer.from(bytes) });
    else connection.answer(serial, given, this.now);
  }

  /** The engine's client starts, or the peer's. Nothing is delivered yet: returns the first datagrams. */
  begin(): Buffer[] {
    if (this.options.role === 'server') return this.peer.start();
    this.endpoint.connect(CONTEXT, this.address, this.now);
    return this.flush();
  }

  /** The whole handshake, as far as it goes. */
  handshake(): this {
    if (this.options.role === 'server') this.settle(this.begin());
    else this.hear(this.begin());
    return this;
  }

  /** What the engine sent and nobody has heard yet. */
  flush(): Buffer[] {
    return this.flushAddressed().map(({ datagram }) => datagram);
  }

  flushAddressed(): { datagram: Buffer; to: Address }[] {
    return this.unheard.splice(0);
  }

  /** Gives one datagram to the engine; returns what it answers. */
  give(datagram: Uint8Array, from: Address = this.address): Buffer[] {
    this.endpoint.receive(datagram, from, this.now);
    return this.flush();
  }

  /** Somebody at another address. */
  stranger(name: string): Address {
    return new Address(Buffer.from(name), name, null);
  }

  /** Gives datagrams to the engine, its answers to the peer, and so on until both are silent. */
  settle(toEngine: readonly Buffer[]): void {
    const queue = [...toEngine];
    for (let datagram = queue.shift(); datagram !== undefined; datagram = queue.shift()) {
      for (const answer of this.give(datagram)) queue.push(...this.peer.receive(answer));
    }
  }

  /** As `settle`, from the other side. */
  hear(toPeer: readonly Buffer[]): void {
    for (const datagram of toPeer) this.settle(this.peer.receive(datagram));
  }

  /** Lets time pass, with a call at every deadline on the way; returns what the engine sent, and when. */
  pass(ms: number): { atMs: number; datagram: Buffer }[] {
    const until = this.now + ms;
    const sent: { atMs: number; datagram: Buffer }[] = [];
    for (;;) {
      const { deadline } = this.endpoint;
      if (deadline === null || deadline > until) break;
      this.now = Math.max(this.now, deadline);
      this.endpoint.timeout(this.now);
      for (const datagram of this.flush()) sent.push({ atMs: this.now, datagram });
    }
    this.now = until;
    return sent;
  }

  /** Sends application data both ways; true if both arrived, and the peer has found no fault. */
  exchanges(): boolean {
    const before = this.data.length;
    this.give(this.peer.data(Buffer.from('ping')));
    if (this.data.length !== before + 1 || this.data[before]!.text !== 'ping') return false;
    this.connection!.send(Buffer.from('pong'));
    for (const datagram of this.flush()) this.peer.receive(datagram);
    return this.peer.received[this.peer.received.length - 1]!.body.toString() === 'pong' && this.peer.fault === '';
  }
}

/** Tells an engine what time it is, in seconds since 1970. */
export function tell({ module }: Engine, seconds: number): void {
  module.words(module.INFO, InfoField.COUNT)[InfoField.SECONDS] = seconds;
}

/** An engine that waits for the answer to a flight: its first hello, or what follows a ServerHello or a ClientHello. */
export function waiting(role: 'client' | 'server', options: Partial<DuelOptions> = {}): Duel {
  const duel = new Duel({ role, ...options });
  if (role === 'client') {
    duel.begin();
    return duel;
  }
  const [verify] = duel.give(duel.begin()[0]!);
  duel.give(duel.peer.receive(verify!)[0]!);
  return duel;
}
