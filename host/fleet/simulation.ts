import { generate } from 'coap-packet';
import { CipherSuite, type Connection, type Loader, type Reason } from '../core/index.js';
import { VirtualClock } from './clock.js';
import { Device, type DeviceEvents } from './device.js';
import type { Conditions } from './impairment.js';
import { Network, type Sighting } from './network.js';
import { MOTE } from './plan.js';
import { Random } from './random.js';

/** A client and a server in virtual time: what one seed means. */
export interface SimulationPlan {
  seed: number;
  conditions: Conditions;
  /** Messages that the client sends once connected; each is answered. */
  messages: number;
  /** Largest datagram of both sides, bytes. */
  mtu: number;
  suites: number[];
  /** To the first retransmission, and until a handshake is given up, milliseconds. */
  initialMs: number;
  handshakeMs: number;
  /** The server has another key than the client. */
  hasWrongKey: boolean;
}

export const DEFAULT_SIMULATION: Readonly<Omit<SimulationPlan, 'seed' | 'conditions'>> = {
  messages: 3, mtu: 512, suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], initialMs: 1_000, handshakeMs: 300_000,
  hasWrongKey: false,
};

/** Addresses for documentation (RFC 5737), since nothing leaves the process. */
export const CLIENT_ADDRESS = '192.0.2.1:40001';
export const SERVER_ADDRESS = '192.0.2.2:5684';

export type Side = 'client' | 'server';

/** What an observer may want to write down; every one may be left out. */
export interface Observer {
  /** A datagram left, with the copies that will arrive, or arrived. */
  datagram?(sighting: Sighting): void;
  /** After each thing that happened to a side, when its engine is at rest again; also when there was nothing to do. */
  rested?(side: Side, device: Device, atMs: number): void;
  said?(side: Side, text: string, atMs: number): void;
  trace?(side: Side, kind: number, bytes: Uint8Array, atMs: number): void;
}

/** What became of it. */
export interface Outcome {
  isConnected: boolean;
  /** When the later of the two sides was connected, virtual milliseconds. */
  connectedMs?: number;
  /** Messages that the client got answered. */
  answered: number;
  /** Why a side gave up; null if none did. */
  reason: Reason | null;
  /** When the last thing happened, virtual milliseconds. */
  endMs: number;
}

const IDENTITY = new TextEncoder().encode('dev1');
const GAP_MS = 100;
/** After the last message: room for what is late. */
const LINGER_MS = 5_000;

/** Plays one seed from the first ClientHello to the close, as fast as the machine can. */
export function simulate(loader: Loader, plan: SimulationPlan, observer: Observer = {}): Outcome {
  return new Simulation(loader, plan, observer).play();
}

class Simulation {
  private readonly clock = new VirtualClock();
  private readonly network: Network;
  private readonly sides: Record<Side, Device>;
  private readonly connectedSides = new Set<Side>();
  private readonly outcome: Outcome = { isConnected: false, answered: 0, reason: null, endMs: 0 };
  private connection: Connection | undefined;

  constructor(loader: Loader, private readonly plan: SimulationPlan, private readonly observer: Observer) {
    this.network = new Network(this.clock, plan.conditions, plan.seed);
    this.network.observe = (sighting) => {
      this.outcome.endMs = this.clock.now();
      observer.datagram?.(sighting);
    };
    this.sides = {
      client: this.device(loader, 'client', CLIENT_ADDRESS, SERVER_ADDRESS),
      server: this.device(loader, 'server', SERVER_ADDRESS, CLIENT_ADDRESS),
    };
  }

  play(): Outcome {
    this.sides.server.listen();
    this.clock.after(0, () => {
      this.connection = this.sides.client.connect(SERVER_ADDRESS);
      this.rest('client');
    });
    this.clock.run(this.plan.handshakeMs + LINGER_MS + this.plan.messages * GAP_MS * 2);
    return this.outcome;
  }

  private device(loader: Loader, side: Side, address: string, peer: string): Device {
    const { plan, clock, network } = this;
    const random = new Random(plan.seed, `${side} entropy`);
    const engine = loader.engine({ ...MOTE, bytes: undefined }, (bytes) => random.fill(bytes));
    const key = new Random(plan.seed, plan.hasWrongKey ? `${side} key` : 'key').fill(new Uint8Array(16));
    const context = {
      suites: plan.suites, mtu: plan.mtu, initialMs: plan.initialMs, maxMs: 60_000, handshakeMs: plan.handshakeMs,
      ...(side === 'client' ? { identity: IDENTITY, key } : {}),
    };
    const restedClock = { now: () => clock.now(), after: (ms: number, action: () => void) => clock.after(ms, () => {
      action();
      this.rest(side);
    }) };
    const send = (datagram: Uint8Array) => network.send(address, peer, datagram);
    const device = new Device(engine, context, restedClock, send, this.events(side, key));
    network.attach(address, (datagram, from) => {
      device.receive(datagram, from);
      this.rest(side);
    });
    return device;
  }

  private rest(side: Side): void {
    this.observer.rested?.(side, this.sides[side], this.clock.now());
  }

  private say(side: Side, text: string): void {
    this.outcome.endMs = this.clock.now();
    this.observer.said?.(side, text, this.clock.now());
  }

  private events(side: Side, key: Uint8Array): DeviceEvents {
    return {
      connected: () => this.connected(side),
      data: (connection, bytes) => this.data(side, connection, bytes),
      warning: (_, { message, hint }) => this.say(side, `warning: ${message} (${hint})`),
      closed: (_, reason) => this.closed(side, reason),
      keyOf: (identity) => (Buffer.from(identity).equals(IDENTITY) ? key : null),
      trace: (kind, bytes) => this.observer.trace?.(side, kind, bytes, this.clock.now()),
    };
  }

  private connected(side: Side): void {
    this.say(side, 'connected');
    this.connectedSides.add(side);
    if (this.connectedSides.size === 2) {
      this.outcome.isConnected = true;
      this.outcome.connectedMs = this.clock.now();
    }
    if (side === 'client') this.speak(0);
  }

  /** The client's messages, one after the other, then close_notify. */
  private speak(number: number): void {
    const { messages } = this.plan;
    this.clock.after(number < messages ? GAP_MS : LINGER_MS, () => {
      if (this.connection?.state !== 'connected') return;
      if (number < messages) {
        this.connection.send(request(number));
        this.speak(number + 1);
      } else {
        this.connection.close();
      }
      this.rest('client');
    });
  }

  private data(side: Side, connection: Connection, bytes: Uint8Array): void {
    if (side === 'client') this.outcome.answered++;
    else connection.send(response(bytes));
  }

  private closed(side: Side, reason: Reason | null): void {
    this.say(side, reason === null ? 'closed' : `ended: ${reason.message}${reason.hint === '' ? '' : ` (${reason.hint})`}`);
    this.outcome.reason ??= reason;
  }
}

/** A confirmable PUT (RFC 7252 §3) that nobody repeats: what is lost stays lost. */
function request(number: number): Uint8Array {
  return generate({
    code: '0.03', confirmable: true, messageId: number + 1, token: Buffer.from([number + 1]),
    options: [{ name: 'Uri-Path', value: Buffer.from('readings') }],
    payload: Buffer.from(JSON.stringify([{ n: 'temperature', u: 'Cel', v: 20 + number / 10 }])),
  });
}

/** 2.04 Changed, in the acknowledgement of the request (RFC 7252 §5.2.1): same Message ID, same token. */
function response(received: Uint8Array): Uint8Array {
  const tokenLength = received[0]! & 15;
  return Uint8Array.from([0x60 | tokenLength, 0x44, received[2]!, received[3]!, ...received.subarray(4, 4 + tokenLength)]);
}
