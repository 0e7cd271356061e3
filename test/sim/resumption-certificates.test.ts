// Sessions and certificates: what a certificate proved holds for who looked at it, so no session stands in for a client's,
// nor for a server's under other trust anchors (RFC 5246 §F.1.4).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import { rootAnchor } from '../certificates/factory.js';
import * as People from '../certificates/people.js';
import type { Duel } from './duel.js';
import { WIDE, contextOf, duelOf, type Meeting } from './meeting.js';
import { RAW_KEY, X509 } from './peer/options.js';
import { KINDS, SESSIONS, TICKETS, again, assertFull, assertResumed, secrets } from './reunion.js';

const { PEER_CERTIFICATE, PEER_RAW_KEY, REQUEST_CERTIFICATE, REQUIRE_CERTIFICATE } = ContextFlag;
const ASKS = REQUEST_CERTIFICATE | REQUIRE_CERTIFICATE;
const LAYOUT = { ...WIDE, sessions: 3, ticketMax: 255 };

function firstMeeting(meeting: Meeting): Duel {
  const duel = duelOf({ ...meeting, duel: { layout: LAYOUT } });
  duel.endpoint.seal(secrets(1));
  duel.handshake();
  assertFull(duel);
  return duel;
}

for (const kind of KINDS) {
  describe(`a server, by ${kind}`, () => {
    const serverOf = (type: number, asks: number) => firstMeeting({ role: 'server', type, isMutual: asks !== 0,
      context: { flags: (type === X509 ? PEER_CERTIFICATE : PEER_RAW_KEY) | asks | SESSIONS | TICKETS },
      peer: { tickets: kind === 'ticket' } });

    for (const [name, type] of [['certificate', X509], ['raw public key', RAW_KEY]] as const) {
      it(`makes no session of a client's ${name}`, () => {
        const duel = serverOf(type, ASKS), { session } = duel.peer;
        assert.equal(session.ticket?.length ?? 0, 0);
        assertFull(again(duel, { session }));
        assert.ok(duel.peer.certificates.isProven, 'the client proved again who it is');
      });
    }

    it('resumes a session without a client\'s certificate, but not where it requires one', () => {
      const duel = serverOf(X509, 0), { session } = duel.peer;
      assertResumed(again(duel, { session }));
      duel.connection!.discard();
      duel.endpoint.listen(-1);
      duel.define({ flags: PEER_CERTIFICATE | ASKS | SESSIONS | TICKETS });
      duel.endpoint.listen(0);
      assertFull(again(duel, { session, credential: People.client }));
      assert.ok(duel.peer.certificates.isProven);
    });
  });

  it(`a client, by ${kind}: offers the session under the trust anchors it was made under, and no others`, () => {
    const meeting: Meeting = { role: 'client', context: { flags: PEER_CERTIFICATE | SESSIONS | TICKETS },
      peer: { tickets: kind === 'ticket', sessionId: Buffer.alloc(32, 9) } };
    const ours = contextOf(meeting).anchors!, other = rootAnchor(People.middle.name, People.middle.key);
    for (const [anchors, isResumed] of [[ours, true], [Buffer.concat([other, ours]), false]] as const) {
      const duel = firstMeeting(meeting), { session } = duel.peer;
      duel.connection!.discard();
      duel.define({ anchors, session: duel.sessions.at(-1)! });
      again(duel, { session: kind === 'id' ? session : { ...session, id: Buffer.alloc(0) } });
      if (isResumed) assertResumed(duel);
      else assertFull(duel);
    }
  });
}
