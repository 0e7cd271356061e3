// What a client says in its hello, and what a server says to one: the profile of RFC 7925, no more and no less.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { MEANTIME } from '../certificates/factory.js';
import { Duel } from './duel.js';
import { CCM_8 } from './peer/keys.js';
import * as Wire from './peer/wire.js';

const ECDHE_ECDSA_CCM_8 = 0xc0ae, ECDHE_PSK_CCM_8 = 0xd003;
const SIGNATURE_ALGORITHMS = 13;
/** RFC 6066's certificate URLs, CA lists, short MACs and OCSP; SRTP, heartbeat; MAC-then-encrypt's repair; cached certificates. */
const NEVER = [2, 3, 4, 5, 14, 15, 17, 22, 25];

/** The extensions of a client's first hello, by type. */
function extensionsOf(context: Partial<Context>): Map<number, Buffer> {
  const [hello] = new Duel({ role: 'client', context }).begin();
  const { extensions } = Wire.readClientHello(Wire.fragmentsOf(Wire.recordsOf(hello!)[0]!.body)[0]!.body);
  const found = new Map<number, Buffer>();
  for (let at = 2; at < extensions.length;) {
    const length = extensions.readUInt16BE(at + 2);
    found.set(extensions.readUInt16BE(at), extensions.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

const SIGNED: Partial<Context> = {
  suites: [ECDHE_ECDSA_CCM_8], flags: ContextFlag.PEER_CERTIFICATE | ContextFlag.PEER_RAW_KEY | ContextFlag.ASK_TRUST,
};

// 7925-4.3-1, 7925-4.4-1, 7925-5-1, 7925-4.3-3, 7925-4.4-3, 7251-2-1, 7252-9.1.3.2-1, 9325-4.5-1: figure 14 of RFC 7252
test('with certificates and raw keys a client says P-256, uncompressed points, ECDSA with SHA-256, and nothing else', () => {
  const extensions = extensionsOf(SIGNED);
  assert.equal(extensions.get(Wire.SUPPORTED_GROUPS)?.toString('hex'), '00020017');
  assert.equal(extensions.get(Wire.EC_POINT_FORMATS)?.toString('hex'), '0100');
  assert.equal(extensions.get(SIGNATURE_ALGORITHMS)?.toString('hex'), '00020403');
});

// 7925-5-2, 9146-8-1: nor of connection IDs, unless it is asked to
test('with pre-shared keys alone it says nothing of signatures, with plain ones nothing of curves', () => {
  assert.deepEqual([...extensionsOf({ suites: [CCM_8] }).keys()], [Wire.EXTENDED_MASTER_SECRET]);
  assert.equal(extensionsOf({ suites: [ECDHE_PSK_CCM_8] }).has(SIGNATURE_ALGORITHMS), false);
});

// 7925-4.4.3-1, 7925-4.4.5-2, 7925-4.4.6-1, 7925-13-2
test('what the profile forbids or leaves out is never offered, and never answered', () => {
  for (const context of [SIGNED, { suites: [CCM_8] }, { suites: [ECDHE_PSK_CCM_8] }]) {
    assert.deepEqual([...extensionsOf(context).keys()].filter((type) => NEVER.includes(type)), []);
  }
  const duel = new Duel({ role: 'server' });
  const [first] = duel.newPeer().start();
  const hello = Wire.readClientHello(Wire.fragmentsOf(Wire.recordsOf(first!)[0]!.body)[0]!.body);
  const extensions = Wire.vector(2, ...NEVER.map((type) => Wire.extension(type, Buffer.from([1]))));
  const say = (cookie: Buffer, sequence: number) => duel.give(Wire.record(Wire.HANDSHAKE, 0, sequence,
    Wire.whole(Wire.CLIENT_HELLO, sequence, Wire.clientHello({ ...hello, extensions, cookie }))));
  const [verify] = say(Buffer.alloc(0), 0);
  const [flight] = say(Wire.readVerifyRequest(Wire.fragmentsOf(Wire.recordsOf(verify!)[0]!.body)[0]!.body).cookie, 1);
  const { type, body } = Wire.fragmentsOf(Wire.recordsOf(flight!)[0]!.body)[0]!;
  assert.equal(type, Wire.SERVER_HELLO);
  assert.deepEqual(Wire.extensionTypes(Wire.readServerHello(body).extensions).filter((one) => NEVER.includes(one)), []);
});

// 7925-12-1: those of 1970, of 2106, of today
test('the first bytes of a hello\'s random tell no time', () => {
  for (const role of ['client', 'server'] as const) {
    for (const seconds of ['00000000', 'ffffffff', '6ab3b1b5']) {
      const duel = new Duel({ role, seconds: MEANTIME });
      duel.peer.random.write(seconds, 0, 'hex');
      assert.ok(duel.handshake().peer.connected && duel.exchanges(), `${role}, ${seconds}`);
    }
  }
});

// 7925-9-1
test('each handshake has an ephemeral key of its own', () => {
  const points = [1, 2, 3].map((seed) => {
    const suites = { suites: [ECDHE_PSK_CCM_8] };
    const { peer } = new Duel({ role: 'server', seed, context: suites, peer: suites }).handshake();
    return peer.messages.find(({ type }) => type === Wire.SERVER_KEY_EXCHANGE)!.body.subarray(-65).toString('hex');
  });
  assert.equal(new Set(points).size, points.length);
});
