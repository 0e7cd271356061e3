// Connection IDs through a bad network, behind a NAT that forgets: handshakes, records, and the client's address that changes twice
// in the middle (RFC 9146 §6, RFC 9853).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { VirtualClock } from '../../host/fleet/clock.js';
import { PERFECT } from '../../host/fleet/impairment.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';
import { loaderOf } from './builds.js';
import { IDENTITY, KEY, ROOMY } from './duel.js';
import { CCM_8 } from './peer/keys.js';
import { TIMERS } from './scenario.js';
import { Station } from './station.js';

const SEEDS = 60, SEED = Number(process.env['THIMBLE_SEED'] ?? 0);
const SERVER = '192.0.2.2:5684';
/** As the NAT shows the client, one after the other. */
const CLIENT = ['192.0.2.1:40001', '192.0.2.1:50002', '198.51.100.7:1024'] as const;
const MESSAGES = 30, GAP_MS = 1_000, MOVES: readonly number[] = [10, 20];
const { RETURN_ROUTABILITY: ENHANCED, BASIC_PATH_CHECK, NEWEST_PATH } = ContextFlag;
/** How a server treats a client that speaks from elsewhere, and whether it then goes on there. */
const POLICIES: [string, number, boolean][] = [
  ['asks at both addresses', ENHANCED, true], ['asks at the new address', ENHANCED | BASIC_PATH_CHECK, true],
  ['goes where the newest record came from', NEWEST_PATH, true], ['stays where the client was', 0, false],
];

class Scene {
  readonly clock = new VirtualClock();
  readonly network: Network;
  readonly client: Station;
  readonly server: Station;
  readonly conditions;

  constructor(readonly seed: number, flags: number) {
    const random = new Random(seed, 'rebinding');
    this.conditions = { ...PERFECT, loss: 0.1, duplicate: 0.05, reorder: 0.05, delayMs: 20 + random.below(180), jitterMs: 30 };
    this.network = new Network(this.clock, this.conditions, seed);
    const lengths = [1, 2, 8, 20], clientLength = random.below(3) * 4;
    this.client = this.station('client', CLIENT[0], { identity: IDENTITY, key: KEY, flags: flags & ENHANCED, cidLength: clientLength });
    this.server = this.station('server', SERVER, { flags, cidLength: lengths[random.below(lengths.length)]! });
    this.server.endpoint.listen(0);
  }

  private station(name: string, address: string, more: Partial<Context>): Station {
    const { clock, network, seed } = this, entropy = new Random(seed, `${name} entropy`);
    const engine = loaderOf(seed % 2 === 0 ? 'psk' : 'node').engine(ROOMY, (bytes) => void entropy.fill(bytes));
    const station: Station = new Station({ engine, clock, network, address, answer: () => KEY,
      data: (connection, bytes) => { if (address === SERVER) connection.send(bytes); } });
    station.endpoint.define(0, { suites: [CCM_8], mtu: 512, ...TIMERS, ...more });
    return station;
  }

  /** From then on some bits flip, too: in a handshake they may end it. */
  handshake(): void {
    this.client.connect(0, SERVER);
    this.clock.run(TIMERS.handshakeMs, () => this.client.connected.length + this.server.connected.length === 2);
    assert.equal(this.client.connected.length + this.server.connected.length, 2, this.replay());
    this.conditions.corrupt = 0.02;
  }

  /** The NAT gives the client another address; the old one leads nowhere. */
  move(to: string): void {
    const { client, network } = this;
    network.detach(client.options.address);
    client.options.address = to;
    network.attach(to, (datagram, from) => client.receive(datagram, from));
  }

  /** Sends a message, waits, and returns how many echoes came meanwhile. */
  say(text: string, ms = GAP_MS): number {
    const before = this.client.received.length;
    this.client.connected[0]!.send(Buffer.from(text));
    this.client.arm();
    this.clock.run(this.clock.now() + ms);
    return this.client.received.length - before;
  }

  replay(): string {
    return `THIMBLE_SEED=${this.seed} npm test -- sim/rebinding`;
  }
}

for (const [what, flags, follows] of POLICIES) {
  test(`a session outlives two changes of address over a bad network: a server that ${what}`, () => {
    for (let seed = SEED || 1; seed <= (SEED || SEEDS); seed++) {
      const scene = new Scene(seed, flags), { client, server } = scene;
      scene.handshake();
      for (let number = 0; number < MESSAGES; number++) {
        if (MOVES.includes(number)) scene.move(CLIENT[MOVES.indexOf(number) + 1]!);
        scene.say(`reading ${number}`);
      }
      Object.assign(scene.conditions, { loss: 0, duplicate: 0, reorder: 0, corrupt: 0 });
      for (let i = 0; i < 3; i++) scene.say('settle', 5_000);
      assert.equal(scene.say('the last one', 5_000) > 0, follows, `${scene.replay()}: an answer`);
      assert.equal(server.connected[0]!.peer.key, CLIENT[follows ? 2 : 0], scene.replay());

      const heard = server.received.map(({ text }) => text).filter((text) => text.startsWith('reading'));
      assert.equal(new Set(heard).size, heard.length, `${scene.replay()}: nothing is heard twice`);
      assert.ok(heard.length > MESSAGES / 2 && heard.some((text) => Number(text.slice(8)) >= 20), scene.replay());
      assert.ok(server.received.some(({ text }) => text === 'the last one'), scene.replay());
      assert.deepEqual([client.connected.length, server.connected.length, client.ends, server.ends], [1, 1, [], []], scene.replay());
    }
  });
}
