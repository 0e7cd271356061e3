// One client and one server in virtual time: a handshake under a scenario, data both ways, the close, and what is left.
import { CipherSuite } from '../../assembly/codes.js';
import type { Connection, Context, Endpoint, Layout } from '../../host/core/index.js';
import { VirtualClock } from '../../host/fleet/clock.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';
import { MEANTIME } from '../certificates/factory.js';
import type { Build } from '../modules.js';
import { loaderOf } from './builds.js';
import { tell } from './duel.js';
import { contextOf } from './meeting.js';
import { leftovers } from './pools.js';
import { Station } from './station.js';
import { TIMERS, type Scenario } from './scenario.js';

export const CLIENT = '192.0.2.1:40001';
export const SERVER = '192.0.2.2:5684';
const CONTEXT = 0;

const MOTE: Layout = {
  bytes: 12_288, inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1,
};
const GATEWAY: Layout = {
  inMax: 1_500, outMax: 1_500, messageMax: 1_024, connections: 4, handshakes: 3, aftercares: 2, contexts: 1, lobbies: 2,
  contextBytes: 1_024,
};

/** What both sides did until both were connected or one gave up. */
export interface Result {
  connectedMs: number | undefined;
  datagrams: number;
  bytes: number;
  /** Why each side ended before it was connected: code and cause; '' if it did not. */
  client: string;
  server: string;
}

export interface PairOptions {
  /** Overrides the scenario's builds, say to trace both sides. */
  build?: Build;
  /** More of each side's context. */
  client?: Partial<Context>;
  server?: Partial<Context>;
  trace?: (side: 'client' | 'server', kind: number, bytes: Uint8Array) => void;
  /** One line for each thing that happens. */
  log?: (line: string) => void;
}

export class Pair {
  readonly clock = new VirtualClock();
  readonly network: Network;
  readonly client: Station;
  readonly server: Station;
  private readonly conditions;
  private datagrams = 0;
  private bytes = 0;

  constructor(readonly scenario: Scenario, private readonly options: PairOptions = {}) {
    this.conditions = { ...scenario.conditions };
    this.network = new Network(this.clock, this.conditions, scenario.seed);
    this.network.observe = ({ kind, from, datagram, copies }) => {
      if (kind === 'sent') {
        this.datagrams++;
        this.bytes += datagram.length;
      }
      const direction = from === CLIENT ? 'client → server' : 'server → client';
      this.say(`${direction} ${kind === 'sent' ? `sent ×${copies}` : 'arrived'} ${Buffer.from(datagram).toString('hex')}`);
    };
    this.client = this.station('client', options.build ?? scenario.clientBuild, CLIENT);
    this.server = this.station('server', options.build ?? scenario.serverBuild, SERVER);
    this.client.endpoint.define(CONTEXT, this.clientContext());
    this.server.endpoint.define(CONTEXT, this.serverContext());
    this.server.endpoint.listen(CONTEXT);
    for (const { endpoint } of [this.client, this.server]) tell(endpoint.engine, MEANTIME);
  }

  private say(text: string): void {
    this.options.log?.(`${this.clock.now().toFixed(1)} ms  ${text}`);
  }

  private station(name: 'client' | 'server', build: Build, address: string): Station {
    const { scenario, clock, network } = this;
    const entropy = new Random(scenario.seed, `${name} entropy`);
    const engine = loaderOf(build).engine(build === 'psk' ? MOTE : GATEWAY, (bytes) => entropy.fill(bytes));
    const { identity, key } = scenario;
    const isServer = name === 'server';
    return new Station({
      engine, clock, network, address,
      answer: isServer ? (asked) => (Buffer.from(asked).equals(identity) ? key : null) : () => ({ identity, key }),
      lateMs: () => (isServer ? scenario.serverLateMs : scenario.clientLateMs),
      data: (connection, bytes) => { if (isServer) connection.send(bytes); },
      trace: (kind, bytes) => this.options.trace?.(name, kind, bytes),
    });
  }

  private clientContext(): Context {
    const { clientAsked, clientSuites: suites, clientRequires, identity, key, mtu, signed } = this.scenario;
    const credentials = signed ? contextOf({ role: 'client', ...signed }) : clientAsked ? {} : { identity, key };
    return { ...credentials, ...TIMERS, suites, mtu, requireExtendedMasterSecret: clientRequires, ...this.options.client };
  }

  private serverContext(): Context {
    const { serverSuites: suites, serverRequires, hint: identity, mtu, signed } = this.scenario;
    const credentials = signed ? contextOf({ role: 'server', ...signed }) : { identity };
    return { ...credentials, ...TIMERS, suites, mtu, requireExtendedMasterSecret: serverRequires, ...this.options.server };
  }

  /** Plays until both sides are connected, or the client has given up and the server has nobody either. */
  handshake(): Result {
    const { client, server, clock } = this;
    const start = clock.now();
    client.connect(CONTEXT, SERVER);
    const isOver = () => (client.connected.length > 0 && server.connected.length > 0) ||
      (client.ends.length > 0 && server.endpoint.associations.all.length === 0);
    clock.run(start + 2 * TIMERS.handshakeMs, isOver);
    const isConnected = client.connected.length > 0 && server.connected.length > 0;
    return {
      connectedMs: isConnected ? clock.now() - start : undefined,
      datagrams: this.datagrams, bytes: this.bytes,
      client: endOf(client), server: endOf(server),
    };
  }

  /** Mends the network, sends a message there and its echo back; true if both arrived. */
  exchange(): boolean {
    Object.assign(this.conditions, { loss: 0, duplicate: 0, reorder: 0, corrupt: 0 });
    const connection = this.client.connected[0]!;
    const text = `reading ${this.scenario.seed}`;
    connection.send(Buffer.from(text));
    this.clock.run(this.clock.now() + 2_000);
    return this.server.received.some((one) => one.text === text) && this.client.received.some((one) => one.text === text);
  }

  /** The client says close_notify; a minute over the longest handshake later nothing may be left on either side. */
  close(): string[] {
    for (const connection of [...this.client.endpoint.associations.all]) connection.close();
    this.client.arm();
    this.clock.run(this.clock.now() + TIMERS.handshakeMs + 60_000);
    return this.left();
  }

  /** What is still there though it should not be: connections, timers, bytes in slots, users of contexts. */
  left(): string[] {
    const found: string[] = [];
    for (const name of ['client', 'server'] as const) {
      const { endpoint } = this[name];
      for (const region of leftovers(endpoint.engine)) found.push(`${name}: bytes in ${region}`);
      if (endpoint.associations.all.length > 0) found.push(`${name}: ${endpoint.associations.all.length} connections`);
      if (name === 'server') endpoint.listen(-1);
      if (isInUse(endpoint)) found.push(`${name}: a user of its context`);
    }
    return found;
  }
}

/** A context in use is immutable: that it can be written again shows that it has no users. */
function isInUse(endpoint: Endpoint): boolean {
  try {
    endpoint.define(CONTEXT, { ...TIMERS, suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 512 });
    return false;
  } catch {
    return true;
  }
}

function endOf(station: Station): string {
  const first = station.ends[0];
  if (first === undefined) return '';
  const { reason } = first;
  return reason === null ? 'closed' : `${reason.code} ${reason.cause} in ${reason.phase}`;
}

/** The suite and the binding of the keys, for a comparison of both sides. */
export function agreement(connection: Connection): string {
  return `${connection.cipherSuite} ${connection.extendedMasterSecret}`;
}
