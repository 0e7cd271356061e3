// ECDHE_PSK (RFC 5489, RFC 8442) against a peer with node:crypto's curve, in both roles, and what must be refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite } from '../../assembly/codes.js';
import { Duel, type DuelOptions } from './duel.js';
import { CCM_8, ECDHE_PSK_CCM, ECDHE_PSK_CCM_8, ECDHE_PSK_GCM } from './peer/keys.js';
import * as Wire from './peer/wire.js';

const SUITES = [ECDHE_PSK_CCM_8, ECDHE_PSK_CCM, ECDHE_PSK_GCM];
const ROLES = ['client', 'server'] as const;

/** An engine that has these suites against such a peer, as far as they come. */
function play(role: 'client' | 'server', options: Partial<DuelOptions> = {}, suites = [ECDHE_PSK_CCM_8]): Duel {
  const duel = new Duel({
    role, build: 'full', ...options, context: { suites, ...options.context }, peer: { suites, ...options.peer },
  }).handshake();
  if (duel.connected.length === 0) duel.pass(400_000);
  return duel;
}

/** It ended so, and never connected. */
function assertRefused(duel: Duel, alert: string): void {
  assert.equal(duel.connected.length, 0);
  assert.equal(duel.ends[0]?.alert, alert);
}

// 7925-19-1: suites that differ in nothing but their row
for (const role of ROLES) {
  describe(`ECDHE_PSK, the engine is the ${role}`, () => {
    for (const build of ['full', 'node', 'trace'] as const) {
      for (const suite of SUITES) {
        // 5489-2-1: both sides come to the same keys, so the premaster secret is right
        it(`${CipherSuite[suite]} on ${build}`, () => {
          const duel = play(role, { build }, [suite]);
          assert.equal(duel.connected[0]?.cipherSuite, suite);
          assert.equal(duel.peer.connected, true);
          assert.equal(duel.exchanges(), true);
        });
      }
    }

    it('without an extended master secret, and with a hint', () => {
      const context = role === 'server' ? { identity: Buffer.from('hint') } : {};
      const duel = play(role, { peer: { extended: false, hint: Buffer.from('which?') }, context });
      assert.equal(duel.connected.length, 1);
    });

    it('makes another key pair for each handshake', () => {
      const type = role === 'client' ? Wire.CLIENT_KEY_EXCHANGE : Wire.SERVER_KEY_EXCHANGE;
      const pointOf = (seed: number) =>
        play(role, { seed }).peer.messages.find((message) => message.type === type)!.body.subarray(-64).toString('hex');
      const points = [1, 2].map(pointOf);
      assert.notEqual(points[0], points[1]);
    });

    // 8422-5-1: the point is on the curve, uncompressed, of the right length
    const good = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]);
    const bad = {
      'off the curve': good, 'zero': Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]),
      'compressed': Buffer.concat([Buffer.from([2]), Buffer.alloc(64, 1)]),
    };
    for (const [what, point] of Object.entries(bad)) {
      it(`refuses a point that is ${what}`, () => assertRefused(play(role, { peer: { point } }), 'illegal_parameter'));
    }
    for (const point of [Buffer.alloc(0), good.subarray(0, 33), Buffer.concat([good, Buffer.alloc(1)])]) {
      it(`refuses a point of ${point.length} bytes`, () => {
        const duel = play(role, { peer: { point } });
        assert.equal(duel.connected.length, 0);
        assert.match(duel.ends[0]!.alert, /^(illegal_parameter|decode_error)$/);
      });
    }

    it('does not connect with another key', () => {
      const duel = play(role, { peer: { key: Buffer.from('another key here') } });
      assert.equal(duel.connected.length, 0);
      assert.equal(duel.peer.connected, false);
    });

    it('is not there in the build without P-256', () => {
      assert.throws(() => new Duel({ role, build: 'psk', context: { suites: [ECDHE_PSK_CCM_8] } }), { code: 'ERR_DTLS_BAD_CONTEXT' });
    });
  });
}

describe('ECDHE_PSK: the client', () => {
  it('says which curve and form it knows with such suites, and only then (8422-5.1-1, 7925-5-2)', () => {
    const types = (suites: number[]) => Wire.extensionTypes(Wire.readClientHello(
      play('client', {}, suites).peer.messages.find((message) => message.type === Wire.CLIENT_HELLO)!.body).extensions);
    assert.deepEqual(types([ECDHE_PSK_CCM_8, CCM_8]), [Wire.EXTENDED_MASTER_SECRET, Wire.SUPPORTED_GROUPS, Wire.EC_POINT_FORMATS]);
    assert.deepEqual(types([CCM_8]), [Wire.EXTENDED_MASTER_SECRET]);
  });

  // 7925-4.4-3
  for (const [what, parameters] of Object.entries({
    'another curve': [3, 0, 24], 'explicit parameters': [1, 0, 23], 'a curve of characteristic 2': [2, 0, 23],
  })) {
    it(`refuses ${what}`, () => assertRefused(play('client', { peer: { parameters: Buffer.from(parameters) } }), 'illegal_parameter'));
  }

  it('refuses a server that leaves its ServerKeyExchange out', () => {
    const edit = (flight: { type: number; make: () => Buffer }[]) => flight.filter((item) => item.type !== Wire.SERVER_KEY_EXCHANGE);
    assertRefused(play('client', { peer: { edit } }), 'unexpected_message');
  });

  it('takes plain PSK from a server that has nothing better', () => {
    const duel = play('client', { peer: { suites: [CCM_8] } }, [ECDHE_PSK_CCM_8, CCM_8]);
    assert.equal(duel.connected[0]!.cipherSuite, CCM_8);
  });
});

describe('ECDHE_PSK: the server', () => {
  const both = [ECDHE_PSK_CCM_8, CCM_8];

  it('takes it where it stands first', () => assert.equal(play('server', {}, both).connected[0]!.cipherSuite, ECDHE_PSK_CCM_8));

  it('takes plain PSK from a client without its curve (8422-5.1-1)', () => {
    assert.equal(play('server', { peer: { groups: [24, 29] } }, both).connected[0]!.cipherSuite, CCM_8);
    assertRefused(play('server', { peer: { groups: [24, 29] } }), 'handshake_failure');
  });

  it('refuses a client that knows no uncompressed points, and serves one that does not say', () => {
    assertRefused(play('server', { peer: { formats: [1, 2] } }), 'illegal_parameter');
    assert.equal(play('server', { peer: { formats: [] } }).connected.length, 1);
  });

  it('serves a client that offers its curve among others', () => {
    assert.equal(play('server', { peer: { groups: [0x2a2a, 29, 23, 24, 256] } }).connected.length, 1);
  });
});

// requirements S.3, for an identity of one byte and no HelloVerifyRequest: 89 and 161 bytes of the client's, 175 and 67 of the server's
it('an ECDHE_PSK handshake takes as many bytes as computed', () => {
  const identity = Buffer.from('1');
  const client = play('client', { peer: { cookie: Buffer.alloc(0) }, context: { identity } });
  assert.deepEqual(client.sent.map((datagram) => datagram.length), [89, 161]);
  const server = play('server', { peer: { identity } });
  assert.deepEqual(server.sent.slice(1).map((datagram) => datagram.length), [175, 67]);
});
