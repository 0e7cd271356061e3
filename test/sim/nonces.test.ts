// Mistakes 1 and 4, by what the trace build writes down: no nonce is sealed twice under a key, whatever crashes and whatever slots
// are used again; and a message that goes out again is the same, byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TraceKind, type Connection, type Layout } from '../../host/core/index.js';
import { VirtualClock } from '../../host/fleet/clock.js';
import { PERFECT } from '../../host/fleet/impairment.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';
import { loaderOf } from './builds.js';
import { Pair } from './pair.js';
import { CCM_8, GCM } from './peer/keys.js';
import { recordsOf } from './peer/wire.js';
import { leftovers } from './pools.js';
import { replayOf, scenarioOf } from './scenario.js';
import { Station } from './station.js';

/** Every nonce sealed so far, with a hash of its key. */
class NonceLog {
  private readonly seen = new Set<string>();

  add(kind: number, bytes: Uint8Array, where: string): void {
    if (kind !== TraceKind.NONCE) return;
    const nonce = Buffer.from(bytes).toString('hex', 0, 20);
    assert.ok(!this.seen.has(nonce), `a nonce used twice: ${where}`);
    this.seen.add(nonce);
  }

  get size(): number {
    return this.seen.size;
  }
}

// 6347-4.1-3, 6347-4.2.2-1, 6347-4.2.4-1 (resent in its epoch and under its keys)
test('a repeated message is the same, and every record has a number of its own: 300 handshakes with loss to 30 %', () => {
  const log = new NonceLog();
  let repeated = 0, sealed = 0;
  for (let i = 0; i < 300; i++) {
    const seed = [30_000, 50_000, 60_000][i % 3]! + i;
    const messages = new Map<string, string>();
    const pair = new Pair(scenarioOf(seed), { build: 'trace', trace: (side, kind, bytes) => {
      log.add(kind, bytes, replayOf(seed));
      if (kind !== TraceKind.MESSAGE) return;
      const content = Buffer.from(bytes), [handle, epoch, sequence] = [0, 4, 8].map((at) => content.readInt32LE(at));
      const name = `${side} ${handle} epoch ${epoch} message ${sequence}`, hash = content.toString('hex', 12, 48);
      if (messages.has(name)) repeated++;
      assert.equal(messages.get(name) ?? hash, hash, `${name}, sent again, is another: ${replayOf(seed)}`);
      messages.set(name, hash);
    } });
    const observe = pair.network.observe;
    pair.network.observe = (sighting) => {
      observe(sighting);
      if (sighting.kind === 'sent') sealed += recordsOf(sighting.datagram).filter(({ epoch }) => epoch === 1).length;
    };
    if (pair.handshake().connectedMs !== undefined) pair.exchange();
    pair.close();
  }
  assert.ok(repeated > 1_000, `${repeated} messages went out again`);
  assert.equal(log.size, sealed, 'every protected record is in the log');
});

const SMALL: Layout = {
  inMax: 1_024, outMax: 1_024, messageMax: 512, connections: 4, handshakes: 3, aftercares: 2, contexts: 1,
};
const TIMERS = { initialMs: 1_000, maxMs: 60_000, handshakeMs: 60_000 };
const SERVER = '192.0.2.1:5684';
const KEY = Buffer.from('one key for all, so that only the randoms differ').subarray(0, 32);

/** Devices that connect, speak, close, crash and come back, all by chance, and a server with too few slots for them. */
class Town {
  readonly clock = new VirtualClock();
  readonly network: Network;
  readonly server: Station;
  sealed = 0;
  lives = 0;
  private readonly random: Random;

  constructor(private readonly seed: number, private readonly log: NonceLog) {
    this.random = new Random(seed, 'town');
    this.network = new Network(this.clock, { ...PERFECT, loss: 0.1, duplicate: 0.1, reorder: 0.1, delayMs: 30, jitterMs: 20 }, seed);
    this.network.observe = ({ kind, datagram }) => {
      if (kind === 'sent') this.sealed += recordsOf(datagram).filter(({ epoch }) => epoch === 1).length;
    };
    this.server = this.station(SERVER, (connection, bytes) => connection.send(bytes));
    this.server.endpoint.define(0, { ...TIMERS, suites: [GCM, CCM_8], mtu: 600 });
    this.server.endpoint.listen(0);
  }

  private station(address: string, data: (connection: Connection, bytes: Uint8Array) => void): Station {
    const entropy = new Random(this.seed, `${address} life ${this.lives++}`);
    const { clock, network, random } = this;
    return new Station({
      engine: loaderOf('trace').engine(SMALL, (bytes) => entropy.fill(bytes)), clock, network, address, data,
      answer: () => KEY, lateMs: () => (random.chance(0.3) ? random.below(3_000) : 0),
      trace: (kind, bytes) => this.log.add(kind, bytes, `seed ${this.seed} at ${clock.now()} ms`),
    });
  }

  /** A device with one address; each second it does something. */
  inhabit(address: string, untilMs: number): void {
    let station: Station | undefined;
    const live = () => {
      if (this.clock.now() > untilMs) {
        for (const one of [...station?.endpoint.associations.all ?? []]) one.close();
        return;
      }
      if (station === undefined || this.random.chance(0.03)) {
        station?.vanish(); // a crash: what it knew is gone
        station = this.station(address, () => {});
        const suites = [this.random.chance(0.5) ? GCM : CCM_8];
        station.endpoint.define(0, { ...TIMERS, suites, mtu: 600, identity: Buffer.from('one'), key: KEY });
      }
      this.act(station);
      station.arm();
      this.clock.after(200 + this.random.below(1_500), live);
    };
    this.clock.after(this.random.below(3_000), live);
  }

  private act(station: Station): void {
    const connection = station.endpoint.associations.all[0];
    if (connection === undefined) station.connect(0, SERVER);
    else if (connection.state !== 'connected') return;
    else if (this.random.chance(0.15)) connection.close();
    else if (this.random.chance(0.1)) connection.discard();
    else for (let i = this.random.below(4); i >= 0; i--) connection.send(Buffer.from('reading'));
  }

  /** The server, too, ends an association now and then. */
  tidy(untilMs: number): void {
    this.clock.after(2_000, () => {
      const all = this.server.endpoint.associations.all;
      const one = all[this.random.below(Math.max(1, all.length))];
      if (one !== undefined && this.random.chance(0.3)) one.close();
      this.server.arm();
      if (this.clock.now() < untilMs) this.tidy(untilMs);
    });
  }
}

test('no nonce is used twice, by nobody: five towns of devices that crash and come back, and a server with four slots', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const log = new NonceLog();
    const town = new Town(seed, log);
    for (let i = 0; i < 8; i++) town.inhabit(`192.0.2.${10 + i}:40000`, 400_000);
    town.tidy(400_000);
    town.clock.run(470_000);
    assert.equal(log.size, town.sealed, `seed ${seed}: every protected record is in the log`);
    assert.ok(town.server.connected.length > 50, `seed ${seed}: ${town.server.connected.length} handshakes`);
    for (const one of [...town.server.endpoint.associations.all]) one.discard();
    assert.deepEqual(leftovers(town.server.endpoint.engine), [], `seed ${seed}`);
  }
});
