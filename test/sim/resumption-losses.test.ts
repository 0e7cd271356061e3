// Sessions resumed over bad networks in virtual time: both sides finish or say why, whatever is lost; what goes out again is the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { TraceKind, type Context, type Layout } from '../../host/core/index.js';
import { VirtualClock } from '../../host/fleet/clock.js';
import { PERFECT } from '../../host/fleet/impairment.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';
import { loaderOf } from './builds.js';
import { contextOf, type Role } from './meeting.js';
import { CCM_8 } from './peer/keys.js';
import { RAW_KEY } from './peer/options.js';
import { TIMERS } from './scenario.js';
import { Station } from './station.js';

const CLIENT = '192.0.2.1:40001', SERVER = '192.0.2.2:5684';
const LAYOUT: Layout = { inMax: 1_400, outMax: 1_400, messageMax: 1_024, connections: 4, handshakes: 4, aftercares: 4, contexts: 1,
  contextBytes: 512, sessions: 4, ticketMax: 255, lobbies: 2 };
const IDENTITY = Buffer.from('node-17'), KEY = Buffer.from('a pre-shared key');
const { SESSIONS, TICKETS } = ContextFlag;

/** A context of either side, that shows a raw public key, and wants to see the other's. */
const keysOf = (role: Role, flags: number): Partial<Context> => {
  const context = contextOf({ role, type: RAW_KEY, isMutual: true });
  return { ...context, flags: flags | context.flags! };
};

/** Handshakes with one session over a network that loses this share of datagrams. */
class Reunion {
  readonly clock = new VirtualClock();
  readonly conditions = { ...PERFECT, delayMs: 50, jitterMs: 40 };
  readonly client: Station;
  readonly server: Station;
  readonly #messages = new Map<string, string>();
  repeated = 0;

  constructor(readonly seed: number, flags: number, private readonly mtu: number, private readonly isSigned = false) {
    const network = new Network(this.clock, this.conditions, seed);
    const station = (name: string, address: string) => {
      const entropy = new Random(seed, name);
      return new Station({ engine: loaderOf('trace').engine(LAYOUT, (bytes) => entropy.fill(bytes)), clock: this.clock, network, address,
        answer: () => KEY, trace: (kind, bytes) => this.#compare(name, kind, bytes),
        data: (connection, bytes) => { if (name === 'server') connection.send(bytes); } });
    };
    this.client = station('client', CLIENT);
    this.server = station('server', SERVER);
    this.server.endpoint.define(0, { ...TIMERS, suites: [CCM_8], mtu, flags, ...(isSigned && keysOf('server', flags)) });
    this.server.endpoint.seal([Buffer.alloc(32, seed)]);
    this.server.endpoint.listen(0);
    this.define(flags);
  }

  define(flags: number, session: Uint8Array = new Uint8Array(0)): void {
    this.client.endpoint.define(0, { ...TIMERS, suites: [CCM_8], mtu: this.mtu, flags, identity: IDENTITY, key: KEY, session,
      ...(this.isSigned && keysOf('client', flags)) });
  }

  #compare(side: string, kind: number, bytes: Uint8Array): void {
    if (kind !== TraceKind.MESSAGE) return;
    const content = Buffer.from(bytes), name = `${side} ${content.toString('hex', 0, 12)}`, hash = content.toString('hex', 12, 48);
    if (this.#messages.has(name)) this.repeated++;
    assert.equal(this.#messages.get(name) ?? hash, hash, `seed ${this.seed}: a message that is sent again is another`);
    this.#messages.set(name, hash);
  }

  /** One handshake from an address that the server knows nothing of, data there and back; whether it came about, and how. */
  meet(): 'full' | 'resumed' | 'timeout' {
    const { client, server, clock } = this;
    const before = client.connected.length, ends = client.ends.length;
    client.connect(0, SERVER);
    const newest = () => server.connected.at(-1);
    clock.run(clock.now() + 2 * TIMERS.handshakeMs, () => client.ends.length > ends ||
      client.connected.length > before && newest()?.state === 'connected');
    if (client.connected.length === before) {
      assert.match(client.ends.at(-1)!.reason!.code, /^ERR_DTLS_HANDSHAKE_TIMEOUT$/, `seed ${this.seed}`);
      return 'timeout';
    }
    this.exchange();
    const connection = client.connected.at(-1)!;
    if (newest() !== undefined) assert.equal(newest()!.resumed, connection.resumed, `seed ${this.seed}`);
    for (const one of this.isSigned ? [connection, newest()] : []) assert.equal(one?.provedKey?.length, one?.resumed ? 32 : undefined);
    return connection.resumed ? 'resumed' : 'full';
  }

  /** Mends the network for a message and its echo. */
  exchange(): void {
    const { loss, duplicate, reorder } = this.conditions;
    Object.assign(this.conditions, { loss: 0, duplicate: 0, reorder: 0 });
    // what was lost of the client's last flight comes with the server's next repetition
    this.clock.run(this.clock.now() + TIMERS.maxMs + 1_000);
    const text = `reading ${this.client.received.length}`;
    this.client.connected.at(-1)!.send(Buffer.from(text));
    this.clock.run(this.clock.now() + 2_000);
    assert.ok(this.client.received.some((one) => one.text === text), `seed ${this.seed}: data does not flow`);
    Object.assign(this.conditions, { loss, duplicate, reorder });
  }

  end(): void {
    for (const { endpoint } of [this.client, this.server]) for (const one of [...endpoint.associations.all]) one.discard();
    this.clock.run(this.clock.now() + 1_000);
  }
}

for (const [kind, flags] of [['id', SESSIONS], ['ticket', SESSIONS | TICKETS]] as const) {
  for (const loss of [0, 0.1, 0.3]) {
    // 6347-4.2.4-1, 6347-4.2.4-4, 6347-4.2.2-1: in the order of an abbreviated handshake
    test(`by ${kind}, with ${100 * loss} % of the datagrams lost: 60 sessions, resumed twice each, every third one with raw public keys`, () => {
      const counts = { full: 0, resumed: 0, timeout: 0 };
      let repeated = 0;
      for (let seed = 0; seed < 60; seed++) {
        const reunion = new Reunion(seed, flags, [1_400, 400, 256][seed % 3]!, seed % 9 < 3);
        assert.equal(reunion.meet(), 'full', `seed ${seed}`);
        reunion.end();
        Object.assign(reunion.conditions, { loss, duplicate: 0.05, reorder: loss / 2 });
        for (let i = 0; i < 2; i++) {
          reunion.define(flags, reunion.client.sessions.at(-1)!);
          counts[reunion.meet()]++;
          reunion.end();
        }
        repeated += reunion.repeated;
      }
      assert.equal(counts.full, 0, 'no loss makes a known session unknown');
      assert.ok(counts.resumed >= (loss < 0.3 ? 120 : 116), JSON.stringify(counts));
      assert.ok(repeated >= 500 * loss, `${repeated} messages went out again`);
    });
  }
}
