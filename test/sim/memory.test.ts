// The bill of a mote: one client, datagrams and messages of 512 bytes, everything in 12,288 bytes of linear memory. What is above is
// painted, and found as it was after all that a connection does. Not counted: what a host keeps, and WebAssembly's own stack.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine, type Layout } from '../../host/core/index.js';
import { BUILDS } from '../modules.js';
import { loaderOf } from './builds.js';
import { Duel, IDENTITY, KEY, ROOMY } from './duel.js';
import { CCM, CCM_8 } from './peer/keys.js';

const BYTES = 12_288;
const MOTE: Layout = {
  bytes: BYTES, inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1,
};
const PAGE = 65_536;
const PAINT = 0x5a;

/** Paints all that is not the layout's, then lays it out anew. */
function painted(bytes: number, memory: number): (engine: Engine) => Engine {
  return (engine) => {
    engine.module.bytes(bytes, memory - bytes).fill(PAINT);
    return new Engine(engine.module, engine.layout);
  };
}

const isUntouched = (engine: Engine, bytes: number, memory: number) =>
  engine.module.bytes(bytes, memory - bytes).every((byte) => byte === PAINT);

/** A handshake with every repetition and a question, data of every length, forgeries, a renegotiation, the close; then once more. */
function live(duel: Duel): void {
  const { role } = duel.options;
  for (let round = 0; round < 2; round++) {
    if (round > 0) duel.peer = duel.newPeer({ seed: 7 });
    duel.begin();
    duel.pass(8_000);
    if (role === 'client') duel.hear([duel.sent[duel.sent.length - 1]!]);
    else duel.settle(duel.peer.start());
    assert.ok(duel.peer.connected, `round ${round}`);
    for (let i = 0; i < 3; i++) for (const datagram of duel.peer.repeat()) duel.give(datagram);
    const longest = duel.connection!.maxPayload;
    for (let length = 0; length <= longest; length++) {
      duel.connection!.send(Buffer.alloc(length, 1));
      duel.give(duel.peer.data(Buffer.alloc(length, 2)));
    }
    for (let i = 0; i < 100; i++) duel.give(Buffer.alloc(512, i));
    duel.give(duel.peer.sealed(22, Buffer.from([role === 'client' ? 0 : 1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0])));
    duel.connection!.close();
    duel.flush();
  }
}

for (const role of ['client', 'server'] as const) {
  for (const suite of [CCM_8, CCM]) {
    test(`the psk build as a ${role}, suite ${suite.toString(16)}, needs no byte above 12,288`, () => {
      const identity = role === 'client' ? IDENTITY : Buffer.alloc(128, 104);
      const duel = new Duel({ role, build: 'psk', layout: MOTE, wrap: painted(BYTES, PAGE),
        peer: { suites: [suite], hint: Buffer.alloc(128, 9) },
        context: { suites: [suite], mtu: 512, identity, ...(role === 'client' ? { key: KEY } : {}) } });
      live(duel);
      assert.ok(duel.engine.bill.used <= BYTES, `${duel.engine.bill.used} bytes`);
      assert.ok(isUntouched(duel.engine, BYTES, PAGE));
    });
  }
}

test('the layout takes what it says and no byte less or more, in every build', () => {
  for (const build of BUILDS) {
    for (const layout of [MOTE, ROOMY]) {
      const { used } = loaderOf(build).engine({ ...layout, bytes: PAGE }).bill;
      assert.throws(() => loaderOf(build).engine({ ...layout, bytes: used - 1 }), { code: 'ERR_DTLS_BAD_LAYOUT' });
      const duel = new Duel({ role: 'client', build, layout: { ...layout, bytes: used }, wrap: painted(used, PAGE) });
      live(duel);
      assert.ok(isUntouched(duel.engine, used, PAGE), build);
    }
  }
});

test('the bill: at most 256 bytes a connection, 160 its aftercare, 2.5 KiB a handshake', () => {
  const { bill } = loaderOf('psk').engine(MOTE);
  assert.ok(bill.connection <= 256, `${bill.connection} bytes a connection`);
  assert.ok(bill.aftercare <= 160, `${bill.aftercare} bytes an aftercare`);
  assert.ok(bill.handshake <= 2_560, `${bill.handshake} bytes a handshake`);
});
