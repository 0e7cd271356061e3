// Connection IDs (RFC 9146): who sends which to whom, and what happens to a record that has none, a foreign one, or nothing in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { Drop } from '../../host/core/index.js';
import { Duel, ROOMY, waiting, type DuelOptions } from './duel.js';
import { CCM_8, ECDHE_PSK_CCM_8 } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import { leftovers } from './pools.js';

const ROLES = ['client', 'server'] as const;
const RRC = ContextFlag.RETURN_ROUTABILITY;
/** A CID of so many bytes that has no zeros and is not the same twice. */
const cidOf = (length: number) => Buffer.from(Array.from({ length }, (_, i) => 0x42 + i));

function duelOf(role: 'client' | 'server', own: number, theirs: number, more: Partial<DuelOptions> = {}): Duel {
  return new Duel({ role, layout: { ...ROOMY, cidMax: 255 }, ...more,
    context: { cidLength: own, ...more.context }, peer: { cid: cidOf(theirs), ...more.peer } });
}

/** The extensions of the engine's hello: type and data in hex. */
function said(duel: Duel): string[] {
  const message = duel.peer.messages.find(({ type }) => type === Wire.CLIENT_HELLO || type === Wire.SERVER_HELLO)!;
  const { extensions } = message.type === Wire.CLIENT_HELLO ? Wire.readClientHello(message.body) : Wire.readServerHello(message.body);
  return Wire.extensionsOf(extensions).map(([type, data]) => `${type} ${data.toString('hex')}`);
}

for (const role of ROLES) {
  // 9146-3-1, 9146-3-2, 9146-3-3, 9146-3-4, 9146-3-6: the peer finds fault with a protected record that has no CID of its own, or has
  // one that it did not ask for, and with a CID in clear
  test(`${role}: CIDs of any length in both directions, in one, in none`, () => {
    for (const own of [0, 1, 2, 3, 8, 20]) {
      for (const theirs of [0, 1, 2, 20, 21, 254, 255]) {
        const duel = duelOf(role, own, theirs).handshake();
        assert.ok(duel.peer.connected && duel.exchanges(), `${own} and ${theirs}: ${duel.peer.fault}`);
        assert.equal(duel.peer.theirCid.length, own);
        assert.deepEqual(duel.sent.flatMap((datagram) => Wire.recordsOf(datagram, theirs))
          .filter(({ epoch, type }) => (type === Wire.TLS12_CID) !== (epoch === 1 && theirs > 0)), []);
        duel.connection!.close();
        assert.deepEqual(leftovers(duel.engine), []);
      }
    }
  });

  // 6347-4.1.1.1-1, 9146-5-1
  test(`${role}: maxPayload fills a datagram, whatever the CID`, () => {
    for (const mtu of [300, 1_400]) {
      for (const theirs of [0, 1, 20]) {
        const duel = duelOf(role, 1, theirs, { context: { mtu } }).handshake();
        duel.connection!.send(Buffer.alloc(duel.connection!.maxPayload, 1));
        assert.equal(duel.flush()[0]!.length, mtu);
        assert.throws(() => duel.connection!.send(Buffer.alloc(duel.connection!.maxPayload + 1)), { code: 'ERR_DTLS_EXCEEDS_MTU' });
      }
    }
    const duel = duelOf(role, 1, 1, { context: { mtu: 17_000 }, layout: { ...ROOMY, inMax: 17_000, outMax: 17_000 } }).handshake();
    assert.equal(duel.connection!.maxPayload, 16_383);
  });

  // 9146-3-2: who does not speak of CIDs is spoken to as if there were none
  test(`${role}: a peer without CIDs`, () => {
    const duel = new Duel({ role, context: { cidLength: 4, flags: RRC } }).handshake();
    assert.ok(duel.exchanges());
    assert.equal(duel.connection!.pathChecks, false);
  });

  // 9146-3-5: a plain record whose tag is right all the same, and one made plain by cutting out its CID
  test(`${role}: a record without the CID that is due is dropped`, () => {
    const duel = duelOf(role, 3, 2).handshake();
    const { theirCid } = duel.peer;
    const data = duel.peer.data(Buffer.from('stripped'));
    const stripped = Buffer.concat([data.subarray(0, 11), data.subarray(11 + theirCid.length)]);
    stripped[0] = Wire.DATA;
    assert.deepEqual(duel.give(stripped), []);
    duel.peer.theirCid = Buffer.alloc(0);
    assert.deepEqual(duel.give(duel.peer.data(Buffer.from('plain'))), []);
    assert.deepEqual(duel.give(duel.peer.alert(2, 40)), []);
    assert.equal(duel.engine.dropped(Drop.MISSING_CID), 3);
    duel.peer.theirCid = theirCid;
    assert.deepEqual([duel.data, duel.ends], [[], []]);
    assert.ok(duel.exchanges());
  });

  // 9146-4-2, 9146-6-2
  test(`${role}: a record that hides nothing, or a CID record, is dropped`, () => {
    const duel = duelOf(role, 2, 2).handshake();
    const before = duel.engine.dropped(Drop.MALFORMED_RECORD);
    for (const inner of ['', '00', '0000000000', '19', 'aabb19', '1900']) duel.give(duel.peer.wrapped(Buffer.from(inner, 'hex')));
    assert.equal(duel.engine.dropped(Drop.MALFORMED_RECORD) - before, 6);
    duel.give(duel.peer.wrapped(Buffer.from('6869 17 000000'.replace(/ /g, ''), 'hex'))); // padding
    assert.deepEqual(duel.data.map(({ text }) => text), ['hi']);
    assert.ok(duel.exchanges());
  });

  test(`${role}: a record with another's CID, a shorter or a longer one, belongs to nobody`, () => {
    const duel = duelOf(role, 4, 1).handshake();
    const { theirCid } = duel.peer;
    const others = [...theirCid.keys()].map((at) => theirCid.map((byte, i) => (i === at ? byte ^ 1 : byte)));
    const wrong = [...others, theirCid.subarray(0, 3), Buffer.concat([theirCid, Buffer.from([0])]), Buffer.alloc(4)];
    for (const cid of wrong) {
      const inner = Buffer.from('wrong\x17');
      duel.give(duel.peer.wrapped(inner, undefined, Buffer.from(cid)));
      duel.give(duel.peer.wrapped(inner, undefined, Buffer.from(cid)), duel.stranger('elsewhere'));
    }
    assert.deepEqual([duel.data, duel.ends], [[], []]);
    assert.ok(duel.exchanges());
  });

  // 9146-4-1: nothing of a record may change, and forging costs the association nothing
  test(`${role}: each bit of a record with a CID counts`, () => {
    const duel = duelOf(role, 2, 2).handshake();
    const record = duel.peer.data(Buffer.from('hello'));
    for (let bit = 0; bit < record.length * 8; bit++) {
      const changed = Buffer.from(record);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      duel.give(changed);
    }
    assert.deepEqual([duel.data, duel.ends], [[], []]);
    duel.give(record);
    assert.deepEqual(duel.data, [{ text: 'hello', epoch: 1 }]);
    assert.ok(duel.exchanges());
  });

  // 9853-3-1, 9853-3-2
  test(`${role}: rrc only where both sides offer it, and only with CIDs`, () => {
    const cases = [{ flags: RRC, rrc: true, cid: true }, { flags: RRC, rrc: false, cid: true }, { flags: 0, rrc: true, cid: true },
      { flags: RRC, rrc: true, cid: false }];
    for (const { flags, rrc, cid } of cases) {
      const peer = cid ? { cid: cidOf(1), rrc } : { rrc };
      const duel = new Duel({ role, context: { cidLength: 1, flags }, peer }).handshake();
      const isAgreed = flags !== 0 && rrc && cid;
      const offers = role === 'client' ? flags !== 0 : isAgreed;
      assert.equal(said(duel).includes('61 '), offers);
      if (!duel.peer.connected) { // a server that answers rrc without CIDs breaks RFC 9853 §3
        assert.deepEqual([role, cid], ['client', false]);
        continue;
      }
      assert.equal(duel.connection!.pathChecks, isAgreed);
      const [answer] = duel.give(duel.peer.check(0, Buffer.from('a cookie')));
      if (isAgreed) assert.ok(duel.exchanges());
      else assert.equal(duel.ends[0]!.alert, 'unexpected_message', `an answer of ${answer?.length} bytes`);
    }
  });

  test(`${role}: data that overtakes Finished waits, though only its plaintext tells what it is`, () => {
    const duel = duelOf(role, 2, 2, { peer: { cid: cidOf(2), apart: true } });
    const toEngine: Buffer[] = role === 'server' ? duel.begin() : duel.begin().flatMap((hello) => duel.peer.receive(hello));
    for (;;) {
      const last = toEngine.findIndex((datagram) => datagram[0] === Wire.TLS12_CID);
      if (last >= 0) {
        const data = [duel.peer.data(Buffer.from('one')), duel.peer.data(Buffer.from('two'))];
        for (const datagram of [...toEngine.slice(0, last), ...data]) duel.give(datagram);
        assert.deepEqual(duel.data, []);
        duel.settle(toEngine.slice(last));
        break;
      }
      for (const datagram of toEngine.splice(0)) {
        for (const answer of duel.give(datagram)) toEngine.push(...duel.peer.receive(answer));
      }
    }
    assert.deepEqual(duel.data.map(({ text }) => text), ['one', 'two']);
    assert.equal(duel.engine.dropped(Drop.FORGED) + duel.engine.dropped(Drop.MISSING_CID), 0);
    assert.ok(duel.exchanges());
  });
}

// 9146-3-1
test('the hello says what its sender wants to be sent, under the number 54', () => {
  for (const [own, form] of [[0, /^54 00$/], [1, /^54 01..$/], [5, /^54 05.{10}$/]] as const) {
    const client = duelOf('client', own, 0);
    client.handshake();
    assert.equal(said(client).filter((one) => form.test(one)).length, 1, said(client).join());
    assert.deepEqual(said(client).filter((one) => one.startsWith('53 ')), []);
    const server = duelOf('server', own, 0).handshake();
    assert.equal(said(server).filter((one) => form.test(one)).length, 1);
  }
  const silent = new Duel({ role: 'client' }).handshake();
  assert.deepEqual(said(silent).filter((one) => /^(53|54|61) /.test(one)), []);
  const unasked = new Duel({ role: 'server', context: { cidLength: 2 } }).handshake();
  assert.deepEqual(said(unasked).filter((one) => /^(53|54|61) /.test(one)), []);
});

test('a prefix stands first in every CID, the slot behind it, and the rest is never the same', () => {
  const prefix = Buffer.from('beef', 'hex');
  const seen = new Set<string>();
  const duel = duelOf('server', 8, 1, { context: { cidLength: 8, cidPrefix: prefix } });
  for (let i = 0; i < 3; i++) {
    duel.peer = duel.newPeer({ seed: 10 + i });
    duel.handshake();
    const { theirCid } = duel.peer;
    assert.equal(theirCid.toString('hex', 0, 2), 'beef');
    assert.equal(theirCid.readUInt16BE(2), duel.connection!.handle & 0xfff);
    seen.add(theirCid.toString('hex', 4));
  }
  assert.equal(seen.size, 3);
  const fixed = duelOf('client', 2, 1, { context: { cidLength: 2, cidPrefix: prefix } }).handshake();
  assert.deepEqual(fixed.peer.theirCid, prefix);
  assert.ok(fixed.exchanges());
});

// 9146-3-6 asks for all lengths of who has the memory; the others say no
test('a CID for which there is no room: a server does without, a client ends it and says why', () => {
  const server = duelOf('server', 1, 21, { layout: { ...ROOMY, cidMax: 20 } }).handshake();
  assert.ok(server.peer.connected);
  assert.deepEqual(said(server).filter((one) => one.startsWith('54 ')), []);
  const client = duelOf('client', 1, 21, { layout: { ...ROOMY, cidMax: 20 } }).handshake();
  assert.deepEqual([client.ends[0]?.code, client.ends[0]?.alert], ['ERR_DTLS_CID_TOO_LONG', 'handshake_failure']);
  const narrow = duelOf('client', 1, 40, { context: { mtu: 100 } }).handshake();
  assert.equal(narrow.ends[0]?.code, 'ERR_DTLS_CID_TOO_LONG');
  const fits = duelOf('client', 1, 36, { context: { mtu: 100 } }).handshake();
  assert.ok(fits.peer.connected && fits.exchanges());
});

test('a CID that cannot be read', () => {
  for (const data of ['', '0142aa', '0242']) {
    const extend = (list: Wire.Extension[]) => [...list, [54, Buffer.from(data, 'hex')] as Wire.Extension];
    for (const role of ROLES) {
      const duel = new Duel({ role, context: { cidLength: 1 }, peer: { extend } }).handshake();
      const [end] = duel.ends;
      assert.equal(end?.alert, 'decode_error', `${role} ${data}`);
    }
  }
});

// requirements S.3: an identity of one byte; the server's HelloVerifyRequest of 44 bytes is counted out
test('handshakes with CIDs of one byte are as long as RFC 9146 makes them: 339 and 508 bytes', () => {
  for (const [suite, client, server] of [[CCM_8, 81 + 97, 92 + 69], [ECDHE_PSK_CCM_8, 95 + 163, 181 + 69]] as const) {
    const options = { context: { suites: [suite] }, peer: { cid: cidOf(1), suites: [suite], identity: Buffer.from('x') } };
    const key = Buffer.from('a pre-shared key');
    const asClient = duelOf('client', 1, 1, { context: { ...options.context, identity: Buffer.from('x'), key },
      peer: { ...options.peer, cookie: Buffer.alloc(0) } }).handshake();
    const asServer = duelOf('server', 1, 1, options).handshake();
    const sizeOf = ({ sent }: Duel) => sent.reduce((sum, { length }) => sum + length, 0);
    assert.ok(asClient.peer.connected && asServer.peer.connected);
    assert.deepEqual([sizeOf(asClient), sizeOf(asServer) - asServer.sent[0]!.length], [client, server]);
  }
});

// requirements C-12: the third Finished that does not open says that the key is wrong, with a CID too
test('a server with CIDs tells a wrong key by the third Finished', () => {
  const duel = duelOf('server', 2, 2, { peer: { cid: cidOf(2), key: Buffer.from('another key') } }).handshake();
  for (let i = 0; i < 2; i++) for (const datagram of duel.peer.repeat()) duel.give(datagram);
  assert.deepEqual([duel.ends[0]?.code, duel.ends[0]?.alert], ['ERR_DTLS_WRONG_KEY', 'decrypt_error']);
});

test('the hello that begins anew draws a CID anew', () => {
  const duel = waiting('server', { layout: { ...ROOMY, cidMax: 20 }, context: { cidLength: 6 }, peer: { cid: cidOf(1) } });
  const first = duel.peer.theirCid;
  duel.peer = duel.newPeer({ seed: 3 });
  duel.handshake();
  assert.ok(duel.peer.connected && duel.exchanges());
  assert.notDeepEqual(duel.peer.theirCid, first);
});
