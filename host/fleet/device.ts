import { Endpoint, Peer, type Connection, type Context, type Engine, type Question, type Reason } from '../core/index.js';
import type { Clock, Timer } from './clock.js';

/** What a device tells whoever runs it; every one may be left out. */
export interface DeviceEvents {
  accepted?(connection: Connection): void;
  connected?(connection: Connection): void;
  data?(connection: Connection, bytes: Uint8Array): void;
  warning?(connection: Connection, reason: Reason): void;
  closed?(connection: Connection, reason: Reason | null): void;
  /** Asked by a server: the key of this identity, null if there is none. */
  keyOf?(identity: Uint8Array): Uint8Array | null;
  trace?(kind: number, bytes: Uint8Array): void;
}

/** The one context a device has. */
const CONTEXT = 0;

/**
 * One engine with a clock and a way to send: a sensor node or a gateway, on a virtual network or a real socket alike.
 * It keeps the timer at the endpoint's deadline; that is all an adapter has to do.
 */
export class Device {
  readonly endpoint: Endpoint;
  private timer: Timer | undefined;

  /** @param send sends a datagram to the address. */
  constructor(
    engine: Engine,
    context: Context,
    private readonly clock: Clock,
    send: (datagram: Uint8Array, to: string) => void,
    private readonly events: DeviceEvents,
  ) {
    this.endpoint = new Endpoint(engine, {
      datagram: (bytes, peer) => send(bytes, peer.key),
      accepted: (connection) => events.accepted?.(connection),
      connected: (connection) => events.connected?.(connection),
      data: (connection, bytes) => events.data?.(connection, bytes),
      question: (connection, question) => this.answer(connection, question),
      warning: (connection, reason) => events.warning?.(connection, reason),
      closed: (connection, reason) => events.closed?.(connection, reason),
      trace: (kind, bytes) => events.trace?.(kind, bytes),
    });
    this.endpoint.define(CONTEXT, context);
  }

  /** From now on new peers are served. */
  listen(): void {
    this.endpoint.listen(CONTEXT);
  }

  /** Starts a handshake with the peer at this address. */
  connect(address: string): Connection {
    const connection = this.endpoint.connect(CONTEXT, this.peer(address), this.clock.now());
    this.arm();
    return connection;
  }

  /** Takes a datagram that arrived from this address. */
  receive(datagram: Uint8Array, from: string): void {
    this.endpoint.receive(datagram, this.peer(from), this.clock.now());
    this.arm();
  }

  /** Says close_notify on every connection, then is silent for ever. */
  close(): void {
    for (const connection of [...this.endpoint.associations.all]) connection.close();
    this.timer?.cancel();
    this.timer = undefined;
  }

  private answer(connection: Connection, question: Question): void {
    connection.answer(question.serial, this.events.keyOf?.(question.bytes) ?? null, this.clock.now());
  }

  /** The endpoint keeps peers that have a connection; one without costs nothing but this object. */
  private peer(address: string): Peer {
    return this.endpoint.associations.peers[address] ?? new Peer(opaque(address), address, null);
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    const { deadline } = this.endpoint;
    if (deadline !== null) this.timer = this.clock.after(deadline - this.clock.now(), () => this.due());
  }

  private due(): void {
    this.endpoint.timeout(this.clock.now());
    this.arm();
  }
}

/** The engine wants at most 20 bytes that tell one peer from another: the last 20 of the text do. */
function opaque(address: string): Uint8Array {
  return new TextEncoder().encode(address).slice(-20);
}
