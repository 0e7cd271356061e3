// Mistake 9: an answer that comes late finds its own handshake or none, however slots were used again; and no secret outlives the
// connection that it belongs to, anywhere in linear memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Peer as Address } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import { Duel, IDENTITY, KEY, ROOMY } from './duel.js';
import { CCM, CCM_8, GCM } from './peer/keys.js';
import type { Peer } from './peer/peer.js';
import { FINISHED } from './peer/wire.js';
import { leftovers, poolsOf, taken } from './pools.js';
import { found, secretsOf, type Secret } from './secrets.js';

/** Somebody with an identity and a key of its own, at an address of its own. */
interface Client {
  address: Address;
  identity: Buffer;
  key: Buffer;
  peer: Peer;
  /** The open question of its latest handshake. */
  serial: number | undefined;
}

class Crowd {
  readonly duel = new Duel({ role: 'server', answer: () => undefined,
    layout: { ...ROOMY, connections: 6, handshakes: 3, aftercares: 2 }, context: { handshakeMs: 60_000 } });
  readonly clients: Client[];
  readonly asked: { serial: number; client: Client; at: Client['peer'] }[] = [];
  answered = 0;
  stale = 0;
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed, 'crowd');
    this.clients = Array.from({ length: 12 }, (_, i) => {
      const identity = Buffer.from(`device ${i}`), key = Buffer.from(new Random(seed, `key ${i}`).fill(new Uint8Array(16)));
      return { address: this.duel.stranger(`client ${i}`), identity, key, serial: undefined, peer: this.peer(identity, key, i) };
    });
  }

  private peer(identity: Buffer, key: Buffer, seed: number): Peer {
    return this.duel.newPeer({ identity, key, seed });
  }

  private of(address: Address): Client {
    return this.clients.find((client) => client.address === address)!;
  }

  /** Delivers what is under way until all is quiet, and notes new questions. */
  private settle(): void {
    for (let all = this.duel.flushAddressed(); all.length > 0; all = this.duel.flushAddressed()) {
      for (const { datagram, to } of all) this.send(this.of(to), this.of(to).peer.receive(datagram));
    }
    for (const { connection, serial, bytes } of this.duel.serials.splice(0)) {
      const client = this.of(connection.peer);
      assert.deepEqual(bytes, client.identity, 'the question is about the one who asked');
      client.serial = serial;
      this.asked.push({ serial, client, at: client.peer });
    }
  }

  private send(client: Client, datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) this.duel.endpoint.receive(datagram, client.address, this.duel.now);
  }

  step(): void {
    const { duel, random } = this;
    const client = this.clients[random.below(this.clients.length)]!;
    const choice = random.below(10);
    if (choice < 4) this.start(client);
    else if (choice < 8) this.answer();
    else if (choice === 8) client.address.connection?.discard();
    else {
      duel.now += random.below(20_000);
      duel.endpoint.timeout(duel.now);
    }
    this.settle();
    this.forgetEnded();
  }

  /** A first handshake, or one after a reboot, though the one before may still be under way. */
  private start(client: Client): void {
    client.peer = this.peer(client.identity, client.key, this.random.next());
    this.send(client, client.peer.start());
  }

  /** Any question ever asked, most of them long gone, with the key of whoever it was about. */
  private answer(): void {
    const question = this.asked[this.random.below(this.asked.length)];
    if (question === undefined) return;
    const { serial, client } = question;
    const isOpen = client.serial === serial;
    const connection = client.address.successor ?? client.address.connection ?? this.duel.connected[0];
    if (connection === undefined) return;
    const isTaken = connection.answer(serial, client.key, this.duel.now);
    assert.equal(isTaken, isOpen, 'an answer is taken if its question is open, and only then');
    if (!isTaken) return void this.stale++;
    this.answered++;
    client.serial = undefined;
    this.settle();
    assert.ok(client.peer === question.at && client.peer.connected && client.peer.fault === '', 'it was the right key for this handshake');
  }

  /** A question dies with its handshake: by a timeout, a discard, or another hello of the same client. */
  private forgetEnded(): void {
    for (const client of this.clients) {
      const { connection, successor } = client.address;
      const isHandshaking = connection?.state === 'handshaking' || successor?.state === 'handshaking';
      const latest = [...this.asked].reverse().find((one) => one.client === client);
      if (!isHandshaking || latest?.at !== client.peer) client.serial = undefined;
    }
  }
}

test('answers shuffled among slots that are used again: each finds its own handshake or is stale', () => {
  let answered = 0, stale = 0;
  for (let seed = 1; seed <= 15; seed++) {
    const crowd = new Crowd(seed);
    for (let i = 0; i < 300; i++) crowd.step();
    answered += crowd.answered;
    stale += crowd.stale;
    const { duel } = crowd;
    for (const connection of [...duel.endpoint.associations.all]) connection.close();
    assert.deepEqual(leftovers(duel.engine), [], `seed ${seed}`);
    const secrets = crowd.clients.flatMap(({ peer, key }) => secretsOf(peer, key));
    assert.deepEqual(found(duel.engine, poolsOf(duel.engine).end, secrets), [], `seed ${seed}`);
  }
  assert.ok(answered > 150 && stale > 500, `${answered} answered, ${stale} stale`);
});

// ── secrets ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MOTE = { bytes: 12_288, inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1 };

/** How a connection may come to its end, once its keys are there. */
const ENDS: Record<string, (duel: Duel) => void> = {
  'closed by us': (duel) => duel.connection!.close(),
  'closed by the peer': (duel) => { duel.give(duel.peer.alert(1, 0)); },
  'a fatal alert': (duel) => { duel.give(duel.peer.alert(2, 80)); },
  'discarded': (duel) => duel.connection!.discard(),
  'a record that makes no sense': (duel) => { duel.give(duel.peer.sealed(99, Buffer.alloc(1))); },
};

/** Everything from address 0 to the end of the memory, wherever the layout ends. */
const ALL = 65_536;

function assertNothingLeft(duel: Duel, secrets: readonly Secret[], what: string): void {
  assert.equal(duel.endpoint.associations.all.length, 0, what);
  // a client's key is its context's for as long as that lives; another one takes its place
  duel.endpoint.define(0, { suites: [CCM_8], mtu: 512, initialMs: 1, maxMs: 1, handshakeMs: 1 });
  assert.deepEqual(found(duel.engine, ALL, secrets), [], what);
}

for (const build of ['psk', 'full', 'node'] as const) {
  for (const role of ['client', 'server'] as const) {
    for (const suite of build === 'psk' ? [CCM_8, CCM] : [CCM_8, CCM, GCM]) {
      test(`${build}, ${role}, suite ${suite.toString(16)}: no key and no secret is left in memory, however it ends`, () => {
        for (const [what, finish] of Object.entries(ENDS)) {
          for (const extended of [true, false]) {
            const duel = new Duel({ role, build, ...(build === 'psk' ? { layout: MOTE } : {}), context: { suites: [suite] },
              peer: { suites: [suite], extended } }).handshake();
            assert.ok(duel.exchanges());
            const secrets = secretsOf(duel.peer, KEY);
            assert.ok(found(duel.engine, ALL, secrets).length > 0, 'while it lives its keys are there: the search finds them');
            if (role === 'server') duel.endpoint.listen(-1);
            finish(duel);
            assertNothingLeft(duel, secrets, `${what}, extended ${extended}`);
          }
        }
      });
    }
  }
}

test('nor after a handshake that failed: a wrong Finished, a wrong key, a silent peer, an answer that came too late', () => {
  for (const role of ['client', 'server'] as const) {
    const bad = new Duel({ role, peer: { edit: (flight) => flight.map((item) => (item.type !== FINISHED ? item
      : { ...item, make: () => Buffer.alloc(12) })) } }).handshake();
    const silent = new Duel({ role, peer: { edit: (flight) => flight.filter(({ type }) => type !== FINISHED) } }).handshake();
    silent.pass(300_000);
    const wrong = new Duel({ role, answer: () => KEY, peer: { key: Buffer.from('another one') } }).handshake();
    wrong.pass(300_000);
    for (const [what, duel] of Object.entries({ bad, silent, wrong })) {
      if (role === 'server') duel.endpoint.listen(-1);
      assert.equal(duel.connected.length, 0, what);
      assertNothingLeft(duel, secretsOf(duel.peer, KEY), `${role}, ${what}`);
    }
  }
  const late = new Duel({ role: 'server', answer: () => undefined }).handshake();
  const { connection, serial } = late.serials[0]!;
  connection.discard();
  assert.equal(connection.answer(serial, KEY, late.now), false);
  late.endpoint.listen(-1);
  assertNothingLeft(late, secretsOf(late.peer, KEY), 'a late answer');
  const asked = new Duel({ role: 'client', context: { key: new Uint8Array(0), identity: new Uint8Array(0) },
    answer: () => ({ identity: IDENTITY, key: KEY }) }).handshake();
  assert.ok(asked.peer.connected);
  assert.deepEqual(found(asked.engine, ALL, secretsOf(asked.peer, KEY).filter(({ name }) => !name.includes('write_key'))), [],
    'a key that was answered is used at once and kept nowhere, even while the connection lives');
});

test('pools are whole again after all that', () => {
  const duel = new Duel({ role: 'server' }).handshake();
  const { connections, handshakes, aftercares } = poolsOf(duel.engine);
  duel.connection!.close();
  assert.deepEqual([connections, handshakes, aftercares].map((pool) => taken(duel.engine, pool)), [0, 0, 0]);
});
