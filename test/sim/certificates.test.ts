// ECDHE_ECDSA (RFC 8422, RFC 7251, RFC 5289) against the independent peer: both roles, certificates and raw public keys, one-sided and
// mutual, every suite and build, every size of datagram; who proved what, and how many bytes it takes.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { CipherSuite } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import { authorityCertificate, listOf, named } from '../certificates/factory.js';
import { p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import { assertMet, changed, duelOf, meet, ROLES, type Meeting } from './meeting.js';
import { CCM_8, ECDHE_ECDSA_CCM, ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_GCM } from './peer/keys.js';
import { RAW_KEY, X509 } from './peer/options.js';
import * as Wire from './peer/wire.js';

const TYPES = { 'X.509 certificates': X509, 'raw public keys': RAW_KEY };

/** The peer heard this message of the engine's. */
const heard = (meeting: Meeting, type: number) => meet(meeting).peer.messages.find((message) => message.type === type)?.body;

for (const role of ROLES) {
  describe(`ECDHE_ECDSA, the engine is the ${role}`, () => {
    for (const [name, type] of Object.entries(TYPES)) {
      for (const isMutual of [false, true]) {
        const how = `${name}, ${isMutual ? 'mutual' : 'one-sided'}`;
        for (const suite of [ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_CCM, ECDHE_ECDSA_GCM]) {
          // 7925-4.3-1, 7925-4.4-1, 7925-4.3-2, 7250-3-1, 7627-4-1
          it(`${how}, ${CipherSuite[suite]}`, () => {
            for (const build of ['full', 'node', 'trace'] as const) {
              const duel = meet({ role, type, isMutual, suite, build });
              assertMet(duel);
              assert.equal(duel.connected[0]!.cipherSuite, suite);
              const { received, isProven } = duel.peer.certificates;
              const own = role === 'client' ? People.client : People.server;
              const expected = role === 'client' && !isMutual ? [] : type === RAW_KEY ? [own.key.info] : own.certificates;
              assert.deepEqual(received, expected, 'the peer saw what the context holds');
              assert.equal(isProven, expected.length > 0);
            }
          });
        }

        it(`${how}, without an extended master secret`, () => assertMet(meet({ role, type, isMutual, peer: { extended: false } })));

        // 6347-4.2.3-1, 6347-4.2.3-2, 6347-4.1.1-3
        it(`${how}, datagrams of 128 to 1,400 bytes at most, and the peer's in as small pieces`, () => {
          for (const mtu of [128, 160, 256, 400, 512, 1_024, 1_400]) {
            const cut = (message: { body: Buffer }): [number, number][] => {
              const size = mtu - 25 - 16, pieces: [number, number][] = [];
              for (let at = 0; at === 0 || at < message.body.length; at += size) pieces.push([at, Math.min(size, message.body.length - at)]);
              return pieces;
            };
            const duel = meet({ role, type, isMutual, context: { mtu }, peer: { apart: true, ...(role === 'client' ? { cut } : {}) } });
            assertMet(duel);
            assert.deepEqual(duel.sent.filter((datagram) => datagram.length > mtu), [], `MTU ${mtu}`);
          }
        });
      }
    }

    it('makes another key pair for each handshake, and other signatures (7925-9-1)', () => {
      const type = role === 'client' ? Wire.CLIENT_KEY_EXCHANGE : Wire.SERVER_KEY_EXCHANGE;
      const points = [1, 2].map((seed) => heard({ role, duel: { seed } }, type)!.subarray(role === 'client' ? 1 : 4, 69).toString('hex'));
      assert.notEqual(points[0], points[1]);
    });

    // ECDSA with another nonce for each repetition would be another message under the same message_seq
    it('repeats a flight with its signature byte for byte', () => {
      const duel = duelOf({ role, isMutual: true });
      const flight = role === 'server' ? duel.give(duel.peer.receive(duel.give(duel.begin()[0]!)[0]!)[0]!)
        : duel.give(duel.peer.receive(duel.give(duel.peer.receive(duel.begin()[0]!)[0]!)[0]!)[0]!);
      // messages that come again have records of their own, and fragments, once they were repeated in vain
      const messages = (datagrams: readonly Buffer[]) => datagrams.flatMap((datagram) => Wire.recordsOf(datagram))
        .filter(({ type, epoch }) => type === Wire.HANDSHAKE && epoch === 0)
        .flatMap(({ body }) => Wire.fragmentsOf(body).map((fragment) => fragment.body.toString('hex'))).join('');
      assert.ok(messages(flight).includes(listOf((role === 'client' ? People.client : People.server).certificates).toString('hex')));
      for (let round = 0; round < 5; round++) {
        assert.deepEqual(messages(duel.pass(1_000 << round).map(({ datagram }) => datagram)), messages(flight), `round ${round}`);
      }
    });
  });
}

describe('ECDHE_ECDSA: the client', () => {
  const hello = (meeting: Partial<Meeting>) => Wire.readClientHello(heard({ role: 'client', ...meeting }, Wire.CLIENT_HELLO)!).extensions;

  // 7925-5-1, 7925-5-2, 8422-5.1-1
  it('offers ecdsa with sha256, its curve and form; with no ECDHE_ECDSA suite, nothing of signatures', () => {
    const extensions = hello({});
    assert.equal(Wire.extensionIn(extensions, Wire.SIGNATURE_ALGORITHMS)?.toString('hex'), '00020403');
    assert.equal(Wire.extensionIn(extensions, Wire.SUPPORTED_GROUPS)?.toString('hex'), '00020017');
    assert.equal(Wire.extensionIn(extensions, Wire.EC_POINT_FORMATS)?.toString('hex'), '0100');
    const plain = hello({ context: { suites: [CCM_8], key: Buffer.from('key'), identity: Buffer.from('me') }, peer: { suites: [CCM_8] } });
    assert.equal(Wire.extensionIn(plain, Wire.SIGNATURE_ALGORITHMS), undefined);
  });

  // 7250-3-2, 7250-4.1-1
  it('offers the certificate types that it has and takes, and none where X.509 is all', () => {
    const types = (meeting: Partial<Meeting>) => [Wire.CLIENT_CERTIFICATE_TYPE, Wire.SERVER_CERTIFICATE_TYPE]
      .map((type) => Wire.extensionIn(hello(meeting), type)?.toString('hex'));
    assert.deepEqual(types({}), [undefined, undefined]);
    assert.deepEqual(types({ isMutual: true }), [undefined, undefined]);
    assert.deepEqual(types({ type: RAW_KEY, isMutual: true }), ['0102', '0102']);
    assert.deepEqual(types({ type: RAW_KEY }), [undefined, '0102']);
  });

  it('sends an empty Certificate and no CertificateVerify where it has none (5246-7.4.6-1)', () => {
    for (const type of [X509, RAW_KEY]) {
      const duel = meet({ role: 'client', type, peer: { asks: true, peerTypes: [X509] } });
      assertMet(duel);
      assert.deepEqual(duel.peer.messages.find(({ type: one }) => one === Wire.CERTIFICATE)?.body, Buffer.alloc(3));
      assert.equal(duel.peer.messages.some(({ type: one }) => one === Wire.CERTIFICATE_VERIFY), false);
    }
  });

  // 7925-4.4.4-3
  it('shows a chain of four, in whole messages and in pieces', () => {
    const own = [...People.client.certificates, ...['A', 'B', 'C'].map((name) => authorityCertificate({ name: named(name), key: p256(name) }))];
    for (const mtu of [256, 1_400]) {
      const duel = meet({ role: 'client', isMutual: true, context: { mtu, certificates: listOf(own) } });
      assertMet(duel);
      assert.deepEqual(duel.peer.certificates.received, own);
      assert.ok(duel.peer.certificates.isProven);
    }
  });

  // 5246-7.4.6-1
  it('sends an empty Certificate to a server that wants RSA, SHA-384 or nothing at all', () => {
    for (const body of ['0101' + '00020403' + '0000', '0140' + '00020503' + '0000', '0140' + '0000' + '0000']) {
      const edit = changed(Wire.CERTIFICATE_REQUEST, () => Buffer.from(body, 'hex'));
      const duel = meet({ role: 'client', isMutual: true, peer: { edit } });
      assertMet(duel);
      assert.deepEqual(duel.peer.certificates.received, [], body);
    }
  });
});

describe('ECDHE_ECDSA: the server', () => {
  // 7250-3-2, 7250-4.2-1
  it('answers certificate types with a byte each, and that of the client only where it asks for one', () => {
    const answers = (isMutual: boolean) => {
      const { extensions } = Wire.readServerHello(heard({ role: 'server', type: RAW_KEY, isMutual, peer: { credential: People.client } },
        Wire.SERVER_HELLO)!);
      return [Wire.CLIENT_CERTIFICATE_TYPE, Wire.SERVER_CERTIFICATE_TYPE].map((type) => Wire.extensionIn(extensions, type)?.toString('hex'));
    };
    assert.deepEqual(answers(true), ['02', '02']);
    assert.deepEqual(answers(false), [undefined, '02']);
  });

  it('asks for ecdsa_sign with ecdsa and sha256, and names no authorities', () => {
    assert.equal(heard({ role: 'server', isMutual: true }, Wire.CERTIFICATE_REQUEST)?.toString('hex'), '0140' + '00020403' + '0000');
  });

  it('serves a client without a certificate where it asks, and does not insist (5246-7.4.6-1)', () => {
    const flags = ContextFlag.PEER_CERTIFICATE | ContextFlag.REQUEST_CERTIFICATE;
    const duel = meet({ role: 'server', context: { flags } });
    assertMet(duel);
    assert.ok(duel.peer.certificates.isAsked);
  });
});

// requirements S.3: mutual raw public keys, CCM_8, no cookie, no session id; a signature is taken as 71 bytes
test('a handshake with mutual raw public keys takes as many bytes as computed', () => {
  const near = (lengths: number[], expected: number[], signatures: number[]) => lengths.forEach((length, i) => {
    assert.ok(Math.abs(length - expected[i]!) <= 2 * signatures[i]!, `${lengths} for ${expected}`);
  });
  const both = { type: RAW_KEY, isMutual: true };
  const client = meet({ role: 'client', ...both, peer: { cookie: Buffer.alloc(0) } });
  near(client.sent.map((datagram) => datagram.length), [109, 351], [0, 1]);
  const server = meet({ role: 'server', ...both });
  near(server.sent.slice(1).map((datagram) => datagram.length), [384, 67], [1, 0]);
});

// … and with a connection ID of one byte for each side: 927
test('connection IDs of one byte add 16 bytes to it', () => {
  const both = { type: RAW_KEY, isMutual: true, context: { cidLength: 1 } }, cid = Buffer.of(7);
  const client = meet({ role: 'client', ...both, peer: { cookie: Buffer.alloc(0), cid } });
  const server = meet({ role: 'server', ...both, peer: { cid } });
  const bytes = [...client.sent, ...server.sent.slice(1)].reduce((sum, { length }) => sum + length, 0);
  assert.ok(Math.abs(bytes - 927) <= 4, String(bytes));
});
