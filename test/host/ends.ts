// A client and a server endpoint with nothing between them but two queues and a clock that the test turns.
import { networkInterfaces } from 'node:os';
import { CipherSuite } from '../../assembly/codes.js';
import { Endpoint, Peer } from '../../host/core/index.js';
import type { Answer, Connection, Context, Engine, Layout, Question, Reason, Sink } from '../../host/core/index.js';
import type { Build } from '../modules.js';
import { loaderOf } from '../sim/builds.js';

export { loaderOf };

const hasIPv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1');
/** For `skip`. */
export const noIPv6: false | string = !hasIPv6 && 'this machine has no ::1';

export const KEY = Buffer.from('secretPSK');
export const IDENTITY = Buffer.from('dev1');

export const LAYOUT: Layout = { inMax: 512, outMax: 512, messageMax: 512, connections: 2, handshakes: 2, aftercares: 2,
  contexts: 2 };

export const CONTEXT: Context = { suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 512, initialMs: 1000,
  maxMs: 60_000, handshakeMs: 60_000 };

/** What a sink heard, in order, one word each. */
export type Log = string[];

/** One side, which writes down what it hears and leaves its datagrams in `out`. */
export class End {
  readonly log: Log = [];
  readonly out: { bytes: Uint8Array; peer: Peer }[] = [];
  readonly reasons: (Reason | null)[] = [];
  readonly warnings: Reason[] = [];
  readonly questions: { connection: Connection; question: Question }[] = [];
  readonly messages: string[] = [];
  readonly traces: number[] = [];
  readonly endpoint: Endpoint;
  /** To be changed by tests. */
  answer: (identity: string) => Answer | undefined = () => KEY;
  onData: (connection: Connection, bytes: Uint8Array) => void = () => {};

  constructor(engine: Engine, readonly clock: { now: number }) {
    this.endpoint = new Endpoint(engine, this.sink());
  }

  private sink(): Sink {
    return {
      datagram: (bytes, peer) => { this.log.push('datagram'); this.out.push({ bytes, peer }); },
      accepted: () => this.log.push('accepted'),
      connected: () => this.log.push('connected'),
      data: (connection, bytes) => {
        this.log.push('data');
        this.messages.push(Buffer.from(bytes).toString());
        this.onData(connection, bytes);
      },
      question: (connection, question) => {
        this.log.push('question');
        this.questions.push({ connection, question });
        const answer = this.answer(Buffer.from(question.bytes).toString());
        if (answer !== undefined) connection.answer(question.serial, answer, this.clock.now);
      },
      warning: (_, reason) => { this.log.push('warning'); this.warnings.push(reason); },
      closed: (_, reason) => { this.log.push('closed'); this.reasons.push(reason); },
      trace: (kind) => this.traces.push(kind),
    };
  }
}

export class Ends {
  readonly clock = { now: 1000 };
  readonly client: End;
  readonly server: End;
  /** The server's view of the client, and the client's of the server. */
  readonly clientPeer = new Peer(Uint8Array.of(1), 'client', null);
  readonly serverPeer = new Peer(Uint8Array.of(2), 'server', null);
  /** Every datagram that went over the wire. */
  readonly wire: Uint8Array[] = [];

  constructor(build: Build = 'node', options: { client?: Partial<Context>; server?: Partial<Context>; layout?: Partial<Layout> } = {}) {
    const engine = () => loaderOf(build).engine({ ...LAYOUT, ...options.layout });
    this.client = new End(engine(), this.clock);
    this.server = new End(engine(), this.clock);
    this.client.endpoint.define(0, { ...CONTEXT, identity: IDENTITY, key: KEY, ...options.client });
    this.server.endpoint.define(0, { ...CONTEXT, ...options.server });
    this.server.endpoint.listen(0);
  }

  /** Carries datagrams both ways until there are none. */
  pump(): void {
    while (this.client.out.length + this.server.out.length > 0) {
      for (const { bytes } of this.client.out.splice(0)) this.toServer(bytes);
      for (const { bytes } of this.server.out.splice(0)) this.toClient(bytes);
    }
  }

  toServer(bytes: Uint8Array): void {
    this.wire.push(bytes);
    this.server.endpoint.receive(bytes, this.clientPeer, this.clock.now);
  }

  toClient(bytes: Uint8Array): void {
    this.wire.push(bytes);
    this.client.endpoint.receive(bytes, this.serverPeer, this.clock.now);
  }

  connect(): Connection {
    return this.client.endpoint.connect(0, this.serverPeer, this.clock.now);
  }

  /** A finished handshake's connection, at the client. */
  connected(): Connection {
    const connection = this.connect();
    this.pump();
    return connection;
  }

  /** Turns the clock to the next deadline of either side, at most to `untilMs`; false if nothing is due by then. */
  wait(untilMs = Infinity): boolean {
    const deadlines = [this.client, this.server].map(({ endpoint }) => endpoint.deadline ?? Infinity);
    const next = Math.min(...deadlines);
    if (next > untilMs || next === Infinity) return false;
    this.clock.now = Math.max(this.clock.now, next);
    for (const { endpoint } of [this.client, this.server]) {
      if (endpoint.deadline !== null && endpoint.deadline <= this.clock.now) endpoint.timeout(this.clock.now);
    }
    return true;
  }
}
