// A server that is asked to resume (RFC 5246 §7.3, RFC 5077): what it resumes, what it answers in full, what it refuses.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Duel } from './duel.js';
import type { Item } from './peer/options.js';
import { CCM, CCM_8 } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import {
  KINDS, LAYOUT, RESUMED, SESSIONS, TICKETS, WEEK, again, assertFull, assertResumed, duelOf, isResumed, secrets, serverWith,
  typesHeard,
} from './reunion.js';
for (const kind of KINDS) {
  describe(`a server, by ${kind}`, () => {
    // 7925-7-3, 5077-3.2-1, 5077-3.4-1
    it('resumes with three flights, asks for no key, and knows whose session it is', () => {
      const { duel, session } = serverWith(kind);
      for (const seed of [2, 3]) {
        assertResumed(again(duel, { session, seed }));
        assert.equal(Buffer.from(duel.connected.at(-1)!.identity!).toString(), 'dev1');
        assert.deepEqual(typesHeard(duel), RESUMED);
      }
    });

    // 9146-3-7, 7925-22-1: the peer finds fault with a record that has another CID than it asked for in this handshake
    it('agrees on connection IDs anew', () => {
      const { duel, session } = serverWith(kind, { layout: { ...LAYOUT, cidMax: 20 }, context: { cidLength: 4 }, peer: { cid: Buffer.from('old') } });
      const before = Buffer.from(duel.peer.theirCid);
      assertResumed(again(duel, { session, cid: Buffer.from('a new one') }));
      assert.equal(duel.peer.theirCid.length, 4);
      assert.notDeepEqual(Buffer.from(duel.peer.theirCid), before);
    });

    // 7925-4.2-2
    it('asks for a cookie as ever', () => {
      const { duel, session } = serverWith(kind);
      again(duel, { session });
      assert.deepEqual(duel.sent.slice(-2).map((datagram) => datagram[13]), [Wire.HELLO_VERIFY_REQUEST, Wire.SERVER_HELLO]);
    });

    // 7627-5.2-1: the server's two rows of the matrix that a session can have
    it('refuses a hello that has lost its extended_master_secret', () => {
      const { duel, session } = serverWith(kind);
      again(duel, { session, extended: false });
      assert.equal(duel.connected.length, 1);
      assert.equal(duel.ends.at(-1)!.alert, 'handshake_failure');
    });

    it('makes no session without extended_master_secret: whatever the next hello says, the handshake is full', () => {
      for (const extended of [false, true]) {
        const duel = duelOf('server', { peer: { tickets: kind === 'ticket', extended: false } }).handshake();
        assert.equal(duel.peer.sessions.id.length, 0);
        assert.equal(duel.peer.sessions.isPromised, false);
        const session = { ...duel.peer.session, id: Buffer.alloc(16, 1) };
        if (kind === 'ticket') session.ticket = Buffer.alloc(130, 1);
        assertFull(again(duel, { session, extended }));
      }
    });

    it('does not resume with a suite that the hello or the context has no more', () => {
      const { duel, session } = serverWith(kind);
      assertFull(again(duel, { session, suites: [CCM] }));
      const other = serverWith(kind);
      other.duel.connection!.discard();
      other.duel.endpoint.listen(-1);
      other.duel.define({ suites: [CCM] });
      other.duel.endpoint.listen(0);
      assertFull(again(other.duel, { session: other.session, suites: [CCM_8, CCM] }));
    });

    it('resumes with the session\'s suite, though it would choose another', () => {
      const { duel, session } = serverWith(kind, { peer: { suites: [CCM] } });
      assertResumed(again(duel, { session, suites: [CCM_8, CCM] }));
      assert.equal(duel.connected.at(-1)!.cipherSuite, CCM);
    });

    // 6066-3-2
    it('resumes under the name it was made under and no other, and says nothing of it again', () => {
      const named = (name: string) => ({ extend: (list: Wire.Extension[]): Wire.Extension[] => (name === '' ? list : [...list,
        [Wire.SERVER_NAME, Wire.vector(2, Buffer.from([0]), Wire.vector(2, Buffer.from(name)))]]) });
      const context = { name: Buffer.from('a.example'), flags: TICKETS | SESSIONS | ContextFlag.SERVES_NAME };
      const { duel, session } = serverWith(kind, { context, peer: named('a.example') });
      const answers = () => Wire.extensionTypes(Wire.readServerHello(duel.peer.messages[1]!.body).extensions).includes(Wire.SERVER_NAME);
      assert.equal(answers(), true);
      assertResumed(again(duel, { session, ...named('a.example') }));
      assert.equal(answers(), false);
      for (const made of ['', 'b.example', 'c.example']) {
        const other = serverWith(kind, { peer: named(made) });
        for (const asked of ['', 'b.example', 'c.example']) {
          assert.equal(isResumed(again(other.duel, { session: other.session, ...named(asked) })), asked === made);
        }
      }
    });

    // 5077-5-1
    it('forgets it after a week', () => {
      for (const [later, resumed] of [[WEEK, true], [WEEK + 1, false]] as const) {
        const duel = duelOf('server', { peer: { tickets: kind === 'ticket' } });
        duel.endpoint.engine.setSeconds(1_800_000_000);
        const { session } = duel.handshake().peer;
        duel.endpoint.engine.setSeconds(1_800_000_000 + later);
        assert.equal(isResumed(again(duel, { session })), resumed);
      }
    });

    it('keeps nothing of a handshake that the client did not finish', () => {
      const edit = (flight: Item[]) => flight.filter(({ type }) => type !== Wire.FINISHED);
      const duel = duelOf('server', { peer: { tickets: kind === 'ticket', edit } }).handshake();
      assert.equal(duel.connected.length, 0);
      assert.equal(duel.peer.sessions.ticket, undefined); // 5077-3.3-1
      if (kind === 'id') assertFull(again(duel, { session: duel.peer.session, edit: (flight) => flight }));
    });

    it('takes the Finished messages for what they are: a wrong master secret resumes nothing', () => {
      const { duel, session } = serverWith(kind);
      again(duel, { session: { ...session, master: Buffer.alloc(48, 7) } });
      assert.equal(duel.connected.length, 1);
      assert.match(duel.peer.fault, /does not open/);
    });

    it('repeats its flight until the client\'s Finished is here, and then no more', () => {
      const { duel, session } = serverWith(kind);
      duel.connection!.discard();
      duel.peer = duel.newPeer({ seed: 77, session });
      const [verify] = duel.give(duel.begin()[0]!);
      const [flight] = duel.give(duel.peer.receive(verify!)[0]!);
      const [repeated] = duel.pass(1_500);
      assert.equal(repeated!.datagram.length, flight!.length);
      const [finished] = duel.peer.receive(repeated!.datagram);
      duel.settle([finished!]);
      assertResumed(duel);
      assert.deepEqual(duel.give(duel.peer.repeat()[0]!), []);
      assert.deepEqual(duel.pass(300_000), []);
    });

    it('begins nothing for a late copy of a resumed handshake\'s hello', () => {
      const { duel, session } = serverWith(kind);
      duel.connection!.discard();
      duel.peer = duel.newPeer({ seed: 77, session });
      const [verify] = duel.give(duel.begin()[0]!);
      const hello = duel.peer.receive(verify!)[0]!;
      duel.settle([hello]);
      assertResumed(duel);
      assert.deepEqual(duel.give(hello), []);
    });
  });
}

describe('a server\'s sessions by id', () => {
  it('are bounded, and the oldest goes first', () => {
    const duel = duelOf('server');
    const made = [1, 2, 3, 4].map((seed) => again(duel, { seed }).peer.session);
    assert.deepEqual(made.reverse().map((session) => isResumed(again(duel, { session }))), [true, true, true, false]);
  });

  it('are not there without room for them, nor without SESSIONS', () => {
    for (const options of [{ layout: { ...LAYOUT, sessions: 0 } }, { context: { flags: TICKETS } }]) {
      const duel = duelOf('server', options).handshake();
      assert.equal(duel.peer.sessions.id.length, 0);
    }
  });

  it('are found by the whole id alone', () => {
    const { duel, session } = serverWith('id');
    for (let bit = 0; bit < 64; bit++) {
      const id = Buffer.from(session.id);
      id[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(isResumed(again(duel, { session: { ...session, id } })), false);
    }
    for (const id of [session.id.subarray(0, 7), Buffer.concat([session.id, Buffer.alloc(1)]), Buffer.alloc(32)]) {
      assert.equal(isResumed(again(duel, { session: { ...session, id } })), false);
    }
    // each of those made a session of its own, and 3 of them are kept
    assertFull(again(duel, { session }));
  });

  // RFC 5246 §7.2.2
  it('end with a fatal alert of a connection of theirs, the peer\'s or our own, and with no other end', () => {
    const ENDS: [string, boolean, (duel: Duel) => void][] = [
      ['the peer\'s alert', true, (duel) => duel.give(duel.peer.alert(2, 20))],
      ['our own alert', true, (duel) => duel.give(duel.peer.sealed(99, Buffer.alloc(1)))],
      ['the peer\'s close_notify', false, (duel) => duel.give(duel.peer.alert(1, 0))],
      ['our close', false, (duel) => duel.connection!.close()],
      ['an alert in clear', false, (duel) => duel.give(Wire.record(Wire.ALERT, 0, 9, Buffer.from([2, 40])))],
      ['nothing but forgetting', false, (duel) => duel.connection!.discard()],
    ];
    for (const [what, isForgotten, end] of ENDS) {
      for (const isFirst of [true, false]) { // the connection that made it, and one that resumed it
        const { duel, session } = serverWith('id');
        const { session: other } = again(duel, { seed: 5 }).peer;
        assertResumed(again(duel, { session }));
        if (isFirst) assertFull(again(duel, { seed: 6 }));
        const ended = isFirst ? duel.peer.session : session;
        end(duel);
        assert.equal(isResumed(again(duel, { session: ended })), !isForgotten, `${what}, ${isFirst ? 'full' : 'resumed'}`);
        assertResumed(again(duel, { session: other }));
      }
    }
  });

  // 5077-3.4-1
  it('are not looked at beside a ticket', () => {
    const { duel, session } = serverWith('id');
    assertFull(again(duel, { session: { ...session, ticket: Buffer.alloc(130, 7) }, tickets: true }));
  });
});

describe('a fatal alert', () => {
  it('ends no session of another client, whose id was said beside a ticket', () => {
    const { duel, session } = serverWith('ticket');
    const other = again(duel, { seed: 5, tickets: false }).peer.session;
    assertResumed(again(duel, { session: { ...session, id: other.id } }));
    duel.give(duel.peer.alert(2, 40));
    assertResumed(again(duel, { session: other }));
  });
});

describe('a server\'s tickets', () => {
  // 5077-5-1
  it('altered in any bit, cut or foreign, lead to a full handshake with a fresh one', () => {
    const { duel, session } = serverWith('ticket');
    const ticket = session.ticket!;
    const bad: Buffer[] = Array.from({ length: ticket.length * 8 }, (_, bit) => {
      const altered = Buffer.from(ticket);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      return altered;
    });
    for (const length of [1, 33, 34, ticket.length - 1]) bad.push(ticket.subarray(0, length));
    bad.push(Buffer.concat([ticket, Buffer.alloc(1)]));
    for (const other of bad) {
      assert.equal(isResumed(again(duel, { session: { ...session, ticket: other } })), false);
      assert.equal(duel.peer.sessions.ticket!.equals(ticket), false);
    }
    assertResumed(again(duel, { session }));
  });

  // 5077-5-1: keys rotate, and what the last one sealed opens for as long as it is known
  it('are another engine\'s with the same secret, as long as it is known', () => {
    const { session } = serverWith('ticket');
    for (const [numbers, resumed] of [[[1], true], [[2, 1], true], [[3, 2, 1], true], [[3, 2], false], [[], false]] as const) {
      const duel = duelOf('server', { seed: 5 });
      duel.endpoint.seal(secrets(...numbers));
      assert.equal(isResumed(again(duel, { session })), resumed);
    }
  });

  it('are not given without secrets, room, or TICKETS; then there is an id', () => {
    const bare = duelOf('server', { peer: { tickets: true } });
    bare.endpoint.seal([]);
    const without = [{ layout: { ...LAYOUT, ticketMax: 0 } }, { context: { flags: SESSIONS } }].map((options) =>
      duelOf('server', { peer: { tickets: true }, ...options }));
    for (const duel of [bare, ...without]) {
      assert.equal(duel.handshake().peer.sessions.isPromised, false);
      assertResumed(again(duel, { session: duel.peer.session }));
    }
    assert.equal(duelOf('server', { peer: { tickets: false } }).handshake().peer.sessions.isPromised, false);
  });

  // 5077-3.2-1: what was promised comes, though empty
  it('are empty where the last flight could not be sent again in one datagram', () => {
    const lengths = [150, 300].map((mtu) => {
      const duel = duelOf('server', { context: { mtu }, peer: { tickets: true } }).handshake();
      assert.equal(duel.exchanges(), true);
      return duel.peer.sessions.ticket!.length;
    });
    assert.deepEqual(lengths, [0, 34 + 80 + 4]);
    const small = duelOf('server', { layout: { ...LAYOUT, ticketMax: 117 }, peer: { tickets: true } }).handshake();
    assert.equal(small.peer.sessions.ticket!.length, 0);
  });

  // 6347-4.2.4-4: also what was forgotten with the handshake's slot
  it('come again with the last flight, the same', () => {
    const { duel } = serverWith('ticket');
    const before = duel.sent.at(-1)!;
    duel.pass(2_000);
    const [repeated] = duel.give(duel.peer.repeat()[0]!);
    const bodies = [before, repeated!].map((datagram) =>
      Wire.recordsOf(datagram).slice(0, 2).map(({ body }) => body.toString('hex')));
    assert.deepEqual(bodies[0], bodies[1]);
    assert.deepEqual(Wire.recordsOf(repeated!).map(({ type, epoch }) => [type, epoch]), [[22, 0], [20, 0], [22, 1]]);
    duel.peer.receive(repeated!);
    assert.equal(duel.peer.fault, '');
  });
});
