// The bill of a client with mutual certificates: certificates of 400 bytes on both sides and datagrams of 1,280 bytes, everything in
// 17 KiB of linear memory. What is above is painted, and found as it was. Not counted, as in memory.test.ts: what a host keeps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextBytes } from '../../host/core/context.js';
import { Engine, type Context, type Layout } from '../../host/core/index.js';
import { VirtualClock } from '../../host/fleet/clock.js';
import { PERFECT, type Conditions } from '../../host/fleet/impairment.js';
import { Network } from '../../host/fleet/network.js';
import { Random } from '../../host/fleet/random.js';
import { CLIENT_AUTH, DIGITAL_SIGNATURE, dnsNames, endCertificate, extension, keyUsage, MEANTIME, purposes,
  SERVER_AUTH } from '../certificates/factory.js';
import * as People from '../certificates/people.js';
import { loaderOf } from './builds.js';
import { contextOf, shown, WIDE } from './meeting.js';
import { X509, type Credential } from './peer/options.js';
import { TIMERS } from './scenario.js';
import { Station } from './station.js';

const BYTES = 17 * 1_024, PAGE = 65_536, PAINT = 0x5a;
const MTU = 1_280, CHAIN = 400;
const CLIENT = '192.0.2.1:40001', SERVER = '192.0.2.2:5684';

/** The same with a certificate of just so many bytes, by an extension that means nothing. */
function of400Bytes({ key }: Credential, name: string, purpose: string): Credential {
  for (let bytes = 1, filler = 0; filler < 256; bytes = bytes % 100 + 1, filler += bytes === 1 ? 1 : 0) {
    const padding = extension('2.5.29.99', Buffer.alloc(bytes, filler));
    const der = endCertificate(name, key, People.root, purpose,
      { extensions: [keyUsage(DIGITAL_SIGNATURE), purposes(purpose), dnsNames(name), padding] });
    if (der.length === CHAIN) return { key, certificates: [der] };
  }
  throw new Error('no certificate has 400 bytes');
}

const client = of400Bytes(People.client, People.CLIENT_NAME, CLIENT_AUTH);
const server = of400Bytes(People.server, People.SERVER_NAME, SERVER_AUTH);
const both = { type: X509, isMutual: true };
const CLIENT_CONTEXT = { ...contextOf({ role: 'client', ...both }), ...shown(client, X509), ...TIMERS, mtu: MTU } as Context;
const SERVER_CONTEXT = { ...contextOf({ role: 'server', ...both }), ...shown(server, X509), ...TIMERS, mtu: MTU } as Context;

const LAYOUT: Layout = { bytes: BYTES, inMax: MTU, outMax: MTU, messageMax: 1_024, connections: 1, handshakes: 1, aftercares: 1,
  contexts: 1, contextBytes: contextBytes(CLIENT_CONTEXT), cidMax: 20 };

/** A client in all of its memory and a server in plenty, on this network. */
function ends(seed: number, conditions: Partial<Conditions>) {
  const clock = new VirtualClock(), network = new Network(clock, { ...PERFECT, delayMs: 20, mtu: MTU, ...conditions }, seed);
  const entropy = new Random(seed, 'entropy'), random = (bytes: Uint8Array) => void entropy.fill(bytes);
  const plain = loaderOf('full').engine(LAYOUT, random);
  plain.module.bytes(BYTES, PAGE - BYTES).fill(PAINT);
  const engine = new Engine(plain.module, LAYOUT); // laid out anew
  const station = (one: Engine, address: string) => {
    one.setSeconds(MEANTIME);
    return new Station({ engine: one, clock, network, address, answer: () => null,
      data: (connection, bytes) => { if (address === SERVER) connection.send(bytes); } });
  };
  const here = station(engine, CLIENT), there = station(loaderOf('node').engine({ ...WIDE, inMax: MTU, outMax: MTU }, random), SERVER);
  here.endpoint.define(0, CLIENT_CONTEXT);
  there.endpoint.define(0, SERVER_CONTEXT);
  there.endpoint.listen(0);
  return { clock, engine, here, there };
}

test('one client with mutual certificates of 400 bytes: 17 KiB, whatever the network does', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { clock, engine, here, there } = ends(seed, seed === 1 ? {} : { loss: 0.15, duplicate: 0.1, reorder: 0.1, jitterMs: 20 });
    const connection = here.connect(0, SERVER);
    clock.run(TIMERS.handshakeMs, () => here.connected.length + there.connected.length === 2);
    assert.equal(connection.state, 'connected', `seed ${seed}: ${here.ends[0]?.reason?.message}`);
    for (const length of [0, 1, connection.maxPayload]) connection.send(Buffer.alloc(length, 1));
    clock.run(clock.now() + 2_000);
    if (seed === 1) assert.equal(here.received.map(({ text }) => text.length).join(), `0,1,${connection.maxPayload}`);
    connection.close();
    clock.run(clock.now() + TIMERS.handshakeMs);
    assert.ok(engine.bill.used <= BYTES, `${engine.bill.used} bytes`);
    assert.ok(engine.module.bytes(BYTES, PAGE - BYTES).every((byte) => byte === PAINT), `seed ${seed} wrote above`);
  }
});

test('what is said to be used is all it needs', () => {
  const { used } = ends(1, {}).engine.bill;
  assert.throws(() => loaderOf('full').engine({ ...LAYOUT, bytes: used - 1 }), { code: 'ERR_DTLS_BAD_LAYOUT' });
  assert.equal(loaderOf('full').engine({ ...LAYOUT, bytes: used }).bill.used, used);
});
