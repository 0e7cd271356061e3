// One endpoint on the seeded network: a timer at its deadline, and answers that may come late.
import { Endpoint, Peer } from '../../host/core/index.js';
import type { Answer, Connection, Engine, Question, Reason, Sink } from '../../host/core/index.js';
import type { Timer, VirtualClock } from '../../host/fleet/clock.js';
import type { Network } from '../../host/fleet/network.js';

export interface StationOptions {
  engine: Engine;
  clock: VirtualClock;
  network: Network;
  address: string;
  /** What to answer to a question with these bytes (an identity, or a hint). */
  answer: (bytes: Uint8Array) => Answer;
  /** How long the answer takes, milliseconds; 0: it is there before the call returns. */
  lateMs?: () => number;
  data?: (connection: Connection, bytes: Uint8Array) => void;
  connected?: (connection: Connection) => void;
  trace?: (kind: number, bytes: Uint8Array) => void;
}

/** How a connection ended: null if in order. */
export interface End {
  connection: Connection;
  reason: Reason | null;
  atMs: number;
}

export class Station {
  readonly endpoint: Endpoint;
  readonly connected: Connection[] = [];
  readonly ends: End[] = [];
  readonly warnings: Reason[] = [];
  /** What clients were told to resume with. */
  readonly sessions: Uint8Array[] = [];
  readonly received: { connection: Connection; text: string }[] = [];
  /** Answers that came after their question was gone. */
  staleAnswers = 0;
  private timer: Timer | undefined;

  constructor(readonly options: StationOptions) {
    this.endpoint = new Endpoint(options.engine, this.sink());
    options.network.attach(options.address, (datagram, from) => this.receive(datagram, from));
  }

  get now(): number {
    return this.options.clock.now();
  }

  connect(context: number, to: string): Connection {
    const connection = this.endpoint.connect(context, this.peer(to), this.now);
    this.arm();
    return connection;
  }

  receive(datagram: Uint8Array, from: string): void {
    this.endpoint.receive(datagram, this.peer(from), this.now);
    this.arm();
  }

  /** The machine is switched off: no timer, nothing received, nothing said. */
  vanish(): void {
    this.timer?.cancel();
    this.options.network.detach(this.options.address);
  }

  private sink(): Sink {
    const { options } = this;
    const sink: Sink = {
      datagram: (bytes, peer) => options.network.send(options.address, peer.key, bytes),
      accepted: () => {},
      connected: (connection) => {
        this.connected.push(connection);
        options.connected?.(connection);
      },
      session: (_, bytes) => { this.sessions.push(bytes); },
      data: (connection, bytes) => {
        this.received.push({ connection, text: Buffer.from(bytes).toString('latin1') });
        options.data?.(connection, bytes);
      },
      question: (connection, question) => this.answer(connection, question),
      warning: (_, reason) => { this.warnings.push(reason); },
      closed: (connection, reason) => { this.ends.push({ connection, reason, atMs: this.now }); },
    };
    if (options.trace !== undefined) sink.trace = options.trace;
    return sink;
  }

  private answer(connection: Connection, question: Question): void {
    const answer = this.options.answer(question.bytes);
    const lateMs = this.options.lateMs?.() ?? 0;
    if (lateMs === 0) return this.give(connection, question.serial, answer);
    this.options.clock.after(lateMs, () => {
      this.give(connection, question.serial, answer);
      this.arm();
    });
  }

  private give(connection: Connection, serial: number, answer: Answer): void {
    if (!connection.answer(serial, answer, this.now)) this.staleAnswers++;
  }

  private peer(address: string): Peer {
    const { peers } = this.endpoint.associations;
    return peers[address] ?? new Peer(new TextEncoder().encode(address).slice(-20), address, null);
  }

  /** The timer stands at the endpoint's deadline; whoever calls the endpoint directly calls this after it. */
  arm(): void {
    this.timer?.cancel();
    const { deadline } = this.endpoint;
    if (deadline === null) return;
    this.timer = this.options.clock.after(deadline - this.now, () => {
      this.endpoint.timeout(this.now);
      this.arm();
    });
  }
}
