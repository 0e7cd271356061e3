// Nothing of an ECDHE_ECDSA handshake that is secret stands in memory once it is over: not the ephemeral key, the shared X, the master
// secret, the record keys, the hedge of a signature's nonce; and the private key no longer than its context.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as People from '../certificates/people.js';
import { CCM_8 } from './peer/keys.js';
import { RAW_KEY, X509 } from './peer/options.js';
import type { Duel } from './duel.js';
import { assertMet, meet, ROLES, without, type Meeting } from './meeting.js';
import { CERTIFICATE_VERIFY, SERVER_KEY_EXCHANGE } from './peer/wire.js';
import { found, secretsOf, type Secret } from './secrets.js';

const ALL = 65_536;
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap32();
const reversed = (bytes: Buffer) => Buffer.from(bytes).reverse();
/** In their order, as words and as numbers of the curve's own form. */
const forms = (name: string, bytes: Buffer): Secret[] => [bytes, swapped(bytes), reversed(bytes)].map((form) => ({ name, bytes: form.subarray(0, 16) }));

const DESPITE: Record<string, Partial<Meeting>> = {
  'a handshake that went well': {},
  'a peer without a proof': { peer: { edit: without(CERTIFICATE_VERIFY, SERVER_KEY_EXCHANGE) } },
  'a peer with a wrong proof': { peer: { sign: People.root.key.sign } },
  'a peer that is not trusted': { anchors: Buffer.alloc(0) },
  'a point that is none': { peer: { point: Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]) } },
};

/** Ends what there is, and forgets the context. */
function finish(duel: Duel): void {
  if (duel.options.role === 'server') duel.endpoint.listen(-1);
  for (const connection of [...duel.endpoint.associations.all]) connection.close();
  duel.endpoint.define(0, { suites: [CCM_8], mtu: 512, initialMs: 1, maxMs: 1, handshakeMs: 1 });
}

for (const role of ROLES) {
  for (const type of [X509, RAW_KEY]) {
    for (const [what, more] of Object.entries(DESPITE)) {
      test(`${role}, ${type === X509 ? 'certificates' : 'raw public keys'}: nothing is left of ${what}`, () => {
        for (const build of ['full', 'node', 'trace'] as const) {
          const drawn: Buffer[] = [];
          const duel = meet({ role, type, isMutual: true, build, ...more,
            duel: { draws: (bytes) => drawn.push(Buffer.from(bytes)) } });
          if (what.startsWith('a handshake')) assertMet(duel);
          else assert.equal(duel.connected.length, 0);
          const own = (role === 'client' ? People.client : People.server).key.scalar;
          const secrets = [...secretsOf(duel.peer, Buffer.alloc(16, 1)), ...forms('private key', own)];
          // what an engine draws after its own random is a key or a hedge; a server's secret for cookies stays, and is drawn before
          const isPublic = (bytes: Buffer) => duel.sent.some((datagram) => datagram.includes(bytes));
          const first = drawn.findIndex(isPublic);
          const late = drawn.slice(first + 1).filter((bytes) => bytes.length >= 16 && !isPublic(bytes));
          assert.ok(found(duel.engine, ALL, secrets).length > 0, 'the search finds what is there');
          finish(duel);
          assert.deepEqual(found(duel.engine, ALL, [...secrets, ...late.flatMap((bytes) => forms('a draw', bytes))]), [], build);
        }
      });
    }
  }
}
