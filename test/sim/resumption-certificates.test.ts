// Sessions and certificates: what a certificate or raw public key proved holds on for who looked at it, under the same trust
// anchors and names, and for nobody else (RFC 5246 §F.1.4).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { TrustAnswer } from '../../assembly/certificate-codes.js';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { MEANTIME, rootAnchor } from '../certificates/factory.js';
import * as People from '../certificates/people.js';
import type { Duel } from './duel.js';
import { WIDE, contextOf, duelOf, type Meeting, type Role } from './meeting.js';
import { CCM_8, ECDHE_ECDSA_CCM_8 } from './peer/keys.js';
import { RAW_KEY, X509, type PeerOptions } from './peer/options.js';
import type { Session } from './peer/sessions.js';
import * as Wire from './peer/wire.js';
import { KINDS, NO_COOKIE, SESSIONS, TICKETS, WEEK, again, assertFull, assertResumed, secrets } from './reunion.js';

const { PEER_CERTIFICATE, PEER_RAW_KEY, REQUEST_CERTIFICATE, REQUIRE_CERTIFICATE, ASK_TRUST, SERVES_NAME } = ContextFlag;
const ASKS = REQUEST_CERTIFICATE | REQUIRE_CERTIFICATE;
const LAYOUT = { ...WIDE, sessions: 3, ticketMax: 255 };
const TYPES = [['certificate', X509], ['raw public key', RAW_KEY]] as const;
const other = rootAnchor(People.middle.name, People.middle.key);

/** A first meeting in full, and what the peer has of it. */
interface Reunion {
  duel: Duel;
  session: Session;
}

type Kind = typeof KINDS[number];

function meetOnce(kind: Kind, meeting: Meeting, flags = 0): Reunion {
  const { role, type = X509, isMutual } = meeting, isServer = role === 'server';
  const takes = type === X509 ? PEER_CERTIFICATE : PEER_RAW_KEY;
  const duel = duelOf({ ...meeting, duel: { layout: LAYOUT, ...meeting.duel },
    context: { flags: takes | (isServer && isMutual ? ASKS : 0) | SESSIONS | TICKETS | flags, ...meeting.context },
    peer: { tickets: kind === 'ticket', sessionId: Buffer.alloc(32, 9), ...meeting.peer } });
  duel.endpoint.seal(secrets(1));
  duel.handshake();
  assertFull(duel);
  const { session } = duel.peer;
  return { duel, session: isServer || kind === 'id' ? session : { ...session, id: NO_COOKIE } };
}

/** They meet again, after the engine's context was changed so; a client has the session it was told last. */
function meetAgain({ duel, session }: Reunion, context?: Partial<Context>, peer: Partial<PeerOptions> = {}): Duel {
  const isServer = duel.options.role === 'server';
  duel.connection?.discard();
  if (isServer && context !== undefined) duel.endpoint.listen(-1);
  if (!isServer || context !== undefined) duel.define({ ...context, ...(isServer ? {} : { session: duel.sessions.at(-1)! }) });
  if (isServer && context !== undefined) duel.endpoint.listen(0);
  return again(duel, { session, ...peer });
}

/** What CONNECTED told of the peer, last. */
const known = (duel: Duel) => {
  const { identity, provedKey } = duel.connected.at(-1)!;
  return { identity, provedKey: provedKey && Buffer.from(provedKey) };
};
const hashOf = (info: Uint8Array) => createHash('sha256').update(info).digest();
const NOBODY = { identity: null, provedKey: null };

for (const role of ['server', 'client'] as Role[]) {
  const peer = role === 'server' ? People.client : People.server;
  for (const kind of KINDS) {
    describe(`a ${role}, by ${kind}`, () => {
      for (const [name, type] of TYPES) {
        it(`knows again whose ${name} it was, twice, and nobody shows or signs anything`, () => {
          const met = meetOnce(kind, { role, type, isMutual: true });
          assert.deepEqual(known(met.duel), NOBODY);
          for (let time = 0; time < 2; time++) {
            const duel = meetAgain(met);
            assertResumed(duel);
            assert.deepEqual(known(duel), { identity: null, provedKey: hashOf(peer.key.info) });
            assert.ok(!duel.peer.messages.some(({ type: sent }) => sent === Wire.CERTIFICATE));
          }
        });
      }

      it('resumes under the trust anchors that the session was made under, and no others', () => {
        const meeting: Meeting = { role, isMutual: true }, ours = contextOf(meeting).anchors!;
        for (const anchors of [Buffer.concat([other, ours]), Buffer.concat([ours, other])]) {
          const met = meetOnce(kind, meeting);
          assertFull(meetAgain(met, { anchors }));
          assert.deepEqual(known(met.duel), NOBODY);
        }
        assertResumed(meetAgain(meetOnce(kind, meeting), { anchors: Buffer.from(ours) }));
      });

      it('is asked about the peer in each handshake where the host does not want it remembered', () => {
        for (const [answer, isRemembered] of [[TrustAnswer.TRUSTED, true], [TrustAnswer.PASSING, false]] as const) {
          let asked = 0;
          const met = meetOnce(kind, { role, isMutual: true, duel: { layout: LAYOUT, answer: () => {
            asked++;
            return Uint8Array.of(answer);
          } } }, ASK_TRUST);
          if (role === 'server') assert.equal((met.duel.peer.session.ticket?.length ?? 0) > 0, kind === 'ticket' && isRemembered);
          else assert.equal(met.duel.sessions.length, isRemembered ? 1 : 0);
          met.duel.connection!.discard();
          if (role === 'client' && !isRemembered) continue;
          const duel = again(met.duel, { session: met.session });
          if (role === 'server') (isRemembered ? assertResumed : assertFull)(duel);
          assert.equal(asked, isRemembered && role === 'server' ? 1 : 2);
        }
      });
    });
  }
}

for (const kind of KINDS) {
  describe(`a server, by ${kind}`, () => {
    it('resumes a session without a client\'s certificate as one with nobody, and not at all where it requires one', () => {
      const anchors = contextOf({ role: 'server', isMutual: true }).anchors!, context = { anchors };
      for (const flags of [0, REQUEST_CERTIFICATE]) {
        const met = meetOnce(kind, { role: 'server', context }, flags);
        assertResumed(meetAgain(met));
        assert.deepEqual(known(met.duel), NOBODY);
        assertFull(meetAgain(met, { flags: PEER_CERTIFICATE | ASKS | SESSIONS | TICKETS }, { credential: People.client }));
        assert.ok(met.duel.peer.certificates.isProven);
      }
    });

    it('tells a client of a pre-shared key from one that showed a certificate', () => {
      const both: Partial<Context> = { suites: [ECDHE_ECDSA_CCM_8, CCM_8] }, suites = [CCM_8, ECDHE_ECDSA_CCM_8];
      const pskOnly = meetOnce(kind, { role: 'server', isMutual: true, context: both, peer: { suites: [CCM_8] },
        duel: { layout: LAYOUT, answer: () => Buffer.from('a pre-shared key') } });
      assertResumed(meetAgain(pskOnly, undefined, { suites }));
      assert.deepEqual([Buffer.from(known(pskOnly.duel).identity!).toString(), known(pskOnly.duel).provedKey], ['dev1', null]);
      // the secret of one kind under the suite of the other is none that we know
      assertFull(meetAgain(pskOnly, undefined, { suites: [ECDHE_ECDSA_CCM_8] }));
      assert.ok(pskOnly.duel.peer.certificates.isProven);
      const signed = meetOnce(kind, { role: 'server', isMutual: true, context: both });
      assertResumed(meetAgain(signed, undefined, { suites: [...suites].reverse() }));
      assert.deepEqual(known(signed.duel), { identity: null, provedKey: hashOf(People.client.key.info) });
    });

    // 6066-3-2
    it('resumes under the server name that the session was made under, and no other', () => {
      const named = (name: string) => ({ extend: (list: Wire.Extension[]): Wire.Extension[] => [...list,
        [Wire.SERVER_NAME, Wire.vector(2, Buffer.from([0]), Wire.vector(2, Buffer.from(name)))]] });
      const met = meetOnce(kind, { role: 'server', isMutual: true, peer: named('a.example') });
      assertFull(meetAgain(met, undefined, named('b.example')));
      const same = meetOnce(kind, { role: 'server', isMutual: true, context: { name: Buffer.from('a.example') }, peer: named('a.example') }, SERVES_NAME);
      assertResumed(meetAgain(same, undefined, named('a.example')));
    });
  });

  describe(`a client, by ${kind}`, () => {
    // 6066-3-2, 7925-4.4.1-1
    it('offers no session of one server to another', () => {
      const met = meetOnce(kind, { role: 'client', isMutual: true });
      const duel = meetAgain(met, { name: Buffer.from('other.example') });
      const hello = Wire.readClientHello(duel.peer.messages[0]!.body);
      assert.equal(hello.sessionId.length + Wire.extensionIn(hello.extensions, Wire.SESSION_TICKET)!.length, 0);
      assert.deepEqual([duel.connected.length, duel.ends.at(-1)!.alert], [1, 'bad_certificate']);
    });
  });
}

describe('a client\'s session', () => {
  it('grows no older by new tickets than it may: then the server shows its certificate again', () => {
    const met = meetOnce('ticket', { role: 'client', isMutual: true });
    met.duel.endpoint.engine.setSeconds(MEANTIME + WEEK - 1);
    const ticket = Buffer.from('another one');
    assertResumed(meetAgain(met, undefined, { tickets: true, renews: true, ticket }));
    assert.equal(met.duel.sessions.length, 2);
    const renewed = { ...met, session: { ...met.session, ticket } };
    assertResumed(meetAgain(renewed));
    assert.deepEqual(known(met.duel).provedKey, hashOf(People.server.key.info));
    met.duel.endpoint.engine.setSeconds(MEANTIME + WEEK + 1);
    assertFull(meetAgain(renewed));
  });
});
