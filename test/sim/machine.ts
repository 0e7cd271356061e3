// Two machines with one association between them, which may sleep and wake, crash and come back.
import assert from 'node:assert/strict';
import { Endpoint, Peer, restore, TraceKind, type Connection, type Layout, type Sink } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import type { Build } from '../modules.js';
import { loaderOf } from './builds.js';
import { CCM_8 } from './peer/keys.js';

const KEY = Buffer.from('a pre-shared key'), IDENTITY = Buffer.from('dev1');
export const STATE_KEY = Buffer.alloc(16, 7);
const LAYOUT: Layout = {
  inMax: 1_024, outMax: 1_024, messageMax: 512, connections: 2, handshakes: 2, aftercares: 2, contexts: 2,
};
export interface MachineOptions {
  role: 'client' | 'server';
  build?: Build;
  seed?: number;
  suites?: number[];
  key?: Uint8Array;
  layout?: Partial<Layout>;
  /** Absent: none, so that a client seals with its own key. */
  stateKey?: Uint8Array | undefined;
  /** An import jumps ahead by a random number; without it, only the lease keeps numbers from coming twice. */
  jumps?: boolean;
  nonce?: (nonce: string) => void;
}

/** One life of a device or gateway with one association. */
export class Machine {
  readonly endpoint: Endpoint;
  readonly peer = new Peer(Buffer.from('the other'), 'the other', null);
  readonly out: Uint8Array[] = [];
  readonly messages: string[] = [];
  readonly due: Connection[] = [];
  readonly ends: unknown[] = [];

  constructor(readonly options: MachineOptions) {
    const { role, build = 'trace', seed = 1, suites = [CCM_8], key = KEY, stateKey, jumps = false } = options;
    const entropy = new Random(seed, role);
    const random = (bytes: Uint8Array) => { bytes.length === 4 && !jumps ? bytes.fill(0) : entropy.fill(bytes); };
    const engine = loaderOf(build).engine({ ...LAYOUT, ...options.layout }, random);
    this.endpoint = new Endpoint(engine, this.sink());
    if (stateKey !== undefined) this.endpoint.seal([stateKey]);
    this.endpoint.define(0, { suites, mtu: 1_024, ...(role === 'client' ? { identity: IDENTITY, key } : {}) });
    if (role === 'server') this.endpoint.listen(0);
  }

  private sink(): Sink {
    return {
      datagram: (bytes) => { this.out.push(bytes); },
      accepted: () => {}, connected: () => {}, warning: () => {},
      data: (_, bytes) => { this.messages.push(Buffer.from(bytes).toString()); },
      question: (connection, { serial }) => { connection.answer(serial, KEY, 0); },
      closed: (_, reason) => { this.ends.push(reason); },
      saveDue: (connection) => { this.due.push(connection); },
      trace: (kind, bytes) => {
        if (kind === TraceKind.NONCE) this.options.nonce?.(Buffer.from(bytes).toString('hex', 0, 20));
      },
    };
  }

  get connection(): Connection {
    return this.peer.connection!;
  }

  /** In a new life: the same credentials, nothing else. */
  again(seed: number): Machine {
    return new Machine({ ...this.options, seed });
  }

  restore(state: Uint8Array): Connection {
    return restore(this.endpoint, 0, this.options.role, state, 0, { peer: () => this.peer });
  }
}

/** Delivers until both are silent. */
export function settle(a: Machine, b: Machine): void {
  while (a.out.length + b.out.length > 0) {
    for (const bytes of a.out.splice(0)) b.endpoint.receive(bytes, b.peer, 0);
    for (const bytes of b.out.splice(0)) a.endpoint.receive(bytes, a.peer, 0);
  }
}

/** A client and a server that are connected, and have said something to each other. */
export function pair(options: Partial<MachineOptions> = {}): { client: Machine; server: Machine } {
  const client = new Machine({ role: 'client', ...options }), server = new Machine({ role: 'server', stateKey: STATE_KEY, ...options });
  client.endpoint.connect(0, client.peer, 0);
  settle(client, server);
  speak(client, server, 'hello');
  speak(server, client, 'hi');
  return { client, server };
}

export function speak(from: Machine, to: Machine, text: string): void {
  const before = to.messages.length;
  from.connection.send(Buffer.from(text));
  settle(from, to);
  assert.equal(to.messages[before], text);
}
