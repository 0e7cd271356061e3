import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { Agent, type OutgoingMessage } from 'coap';
import type { Bill, Connection, Reason } from '../core/index.js';
import { realClock, type Timer } from './clock.js';
import { CoapSocket } from './coap-socket.js';
import { Device } from './device.js';
import { Impairment, type Tally } from './impairment.js';
import { mote, type Modules } from './mote.js';
import type { CredentialKind, Credentials, Plan } from './plan.js';
import { Random } from './random.js';

/** What a node has done so far. */
export interface NodeRecord {
  name: string;
  kind: CredentialKind;
  /** What its memory is used for. */
  bill: Bill;
  /** Milliseconds from the first ClientHello to the server's Finished; undefined until then. */
  handshakeMs?: number;
  /** Both directions, as they pass the node's socket, until the handshake was done. */
  handshakeDatagrams: number;
  handshakeBytes: number;
  /** Datagrams of the handshake sent again. */
  retransmissions: number;
  readingsSent: number;
  /** Readings that the gateway answered with success. */
  readingsAcknowledged: number;
  /** Milliseconds from a reading's first sending to its answer. */
  answerMs: number[];
  /** Why it has no connection, in one line. */
  problem?: string;
}

/** Where a node finds its gateway. */
export interface Target {
  address: string;
  port: number;
}

/** CoAP's Content-Format for SenML in JSON (RFC 8428 §12.3). */
const SENML_JSON = 'application/senml+json';

/**
 * A simulated sensor: a board's module in the memory of a mote, a real UDP socket behind a bad radio, and readings that go
 * out as confirmable CoAP PUTs until it is told to stop.
 */
export class SensorNode {
  readonly record: NodeRecord;
  private readonly socket: Socket;
  private readonly device: Device;
  private readonly coap: CoapSocket;
  private readonly agent: Agent;
  private readonly up: Impairment;
  private readonly down: Impairment;
  private readonly random: Random;
  private readonly timers = new Set<Timer>();
  private connection: Connection | undefined;
  private startedMs = 0;
  private isReporting = true;
  private isClosing = false;
  /** Without a connection, and without a way to get one. */
  private isOver = false;

  constructor(
    modules: Modules, credentials: Credentials, name: string, private readonly target: Target,
    private readonly plan: Plan, tally: Tally,
  ) {
    const { engine, context } = mote(modules, credentials, plan.initialMs);
    this.record = {
      name, kind: credentials.kind, bill: engine.bill, handshakeDatagrams: 0, handshakeBytes: 0, retransmissions: 0, readingsSent: 0, readingsAcknowledged: 0,
      answerMs: [],
    };
    this.random = new Random(plan.seed, `${name} weather`);
    this.up = new Impairment(plan.conditions, new Random(plan.seed, `${name} up`), tally);
    this.down = new Impairment(plan.conditions, new Random(plan.seed, `${name} down`), tally);
    this.device = new Device(engine, context, realClock, (datagram) => this.transmit(datagram), {
      connected: () => this.connected(),
      data: (_, bytes) => this.coap.deliver(bytes),
      closed: (_, reason) => this.closed(reason),
    });
    const family = isIPv6(target.address) ? 'IPv6' : 'IPv4';
    this.socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4');
    this.coap = new CoapSocket((message) => this.seal(message), { ...target, family, size: 0 });
    this.agent = new Agent({ socket: this.coap as unknown as Socket });
    this.agent.on('error', () => {});
  }

  /** Switches the node on: it opens its socket and says hello. */
  start(): void {
    this.socket.on('message', (datagram) => this.arrive(datagram));
    // What a full buffer or an absent gateway refuses is lost, as on a radio.
    this.socket.on('error', (error) => { this.record.problem ??= error.message; });
    const begin = (error?: Error) => {
      if (error !== undefined) return this.fail(error.message);
      this.startedMs = realClock.now();
      this.connection = this.device.connect(`${this.target.address}:${this.target.port}`);
    };
    this.socket.connect(this.target.port, this.target.address, begin as () => void);
  }

  /** No more readings, but for a first one; those under way still count. */
  stopReporting(): void {
    this.isReporting = false;
  }

  /** True if it has got a reading through, or never will. */
  get isDecided(): boolean {
    return this.isOver || this.record.readingsAcknowledged > 0;
  }

  /** True if no reading waits for its answer. */
  get isSettled(): boolean {
    return this.isOver || this.record.readingsSent === this.record.readingsAcknowledged;
  }

  /** Says close_notify, past the radio, and frees everything. */
  close(): void {
    this.isClosing = true;
    this.agent.close();
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.device.close();
    this.socket.close();
  }

  private transmit(datagram: Uint8Array): void {
    if (this.isClosing) return this.socket.send(datagram);
    this.count(datagram);
    for (const { afterMs, datagram: copy } of this.up.pass(datagram, realClock.now())) {
      this.later(afterMs, () => this.socket.send(copy, () => {}));
    }
  }

  private arrive(datagram: Uint8Array): void {
    for (const { afterMs, datagram: copy } of this.down.pass(datagram, realClock.now())) {
      this.later(afterMs, () => {
        this.count(copy);
        this.device.receive(copy, `${this.target.address}:${this.target.port}`);
      });
    }
  }

  /** Until the node is closed; at once where there is nothing to wait for. */
  private later(afterMs: number, action: () => void): void {
    if (afterMs < 1) return action();
    const timer = realClock.after(afterMs, () => {
      this.timers.delete(timer);
      action();
    });
    this.timers.add(timer);
  }

  private count(datagram: Uint8Array): void {
    this.record.retransmissions = this.connection?.retransmissions ?? 0;
    if (this.record.handshakeMs !== undefined) return;
    this.record.handshakeDatagrams++;
    this.record.handshakeBytes += datagram.length;
  }

  private connected(): void {
    this.record.handshakeMs = realClock.now() - this.startedMs;
    this.later(this.random.fraction() * 1_000, () => this.report());
  }

  private closed(reason: Reason | null): void {
    this.fail(reason === null ? 'the gateway closed the connection' : reason.message);
  }

  private fail(problem: string): void {
    this.record.problem ??= problem;
    this.isOver = true;
  }

  private seal(message: Uint8Array): void {
    if (this.connection === undefined) throw new Error('not connected');
    this.connection.send(message);
  }

  private report(): void {
    const isWanted = this.isReporting || this.record.readingsSent === 0;
    if (!isWanted || this.isClosing || this.connection?.state !== 'connected') return;
    this.put(this.reading());
    this.later(this.plan.intervalMs, () => this.report());
  }

  /** RFC 8428 §5: one number with its name and unit. */
  private reading(): string {
    const celsius = Math.round(180 + this.random.fraction() * 80) / 10;
    return JSON.stringify([{ n: `${this.record.name}/temperature`, u: 'Cel', v: celsius }]);
  }

  private put(payload: string): void {
    const sentMs = realClock.now();
    this.record.readingsSent++;
    const request: OutgoingMessage = this.agent.request({
      hostname: this.target.address, port: this.target.port, method: 'PUT',
      pathname: `/readings/${this.record.name}`, contentFormat: SENML_JSON,
    });
    request.on('error', () => {});
    request.on('response', ({ code }: { code: string }) => {
      if (!code.startsWith('2.')) {
        this.record.problem ??= `the gateway answered ${code}`;
        return;
      }
      this.record.readingsAcknowledged++;
      this.record.answerMs.push(realClock.now() - sentMs);
    });
    request.end(payload);
  }
}
