// A client that offers to resume (RFC 5246 §7.3, RFC 5077), what it is told to resume with, and what both directions cost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Context } from '../../host/core/index.js';
import type { Duel, DuelOptions } from './duel.js';
import type { Item, PeerOptions } from './peer/options.js';
import { CCM, CCM_8 } from './peer/keys.js';
import type { Session } from './peer/sessions.js';
import * as Wire from './peer/wire.js';
import {
  KINDS, LAYOUT, NO_COOKIE, SESSIONS, TICKETS, WEEK, again, assertFull, assertResumed, clientAgain, duelOf, isResumed, serverWith,
  typesHeard,
} from './reunion.js';
for (const kind of KINDS) {
  const fresh = { tickets: kind === 'ticket', sessionId: Buffer.alloc(32, 9) };
  /** A client that was told a session, and the server's account of it. */
  const clientWith = (options: Partial<DuelOptions> = {}): { duel: Duel; session: Session } => {
    const duel = duelOf('client', { ...options, peer: { ...fresh, ...options.peer } }).handshake();
    assert.equal(duel.sessions.length, 1);
    const { session } = duel.peer;
    return { duel, session: kind === 'id' ? session : { ...session, id: NO_COOKIE } };
  };

  describe(`a client, by ${kind}`, () => {
    // 7925-7-1, 7925-7-2, 5077-3.4-1
    it('resumes with three flights', () => {
      const { duel, session } = clientWith();
      assertResumed(clientAgain(duel, { session }));
      assert.deepEqual(typesHeard(duel), [Wire.CLIENT_HELLO, Wire.FINISHED]);
      assert.equal(duel.sessions.length, 1, 'the session that was resumed is still the one to resume');
    });

    // 9146-3-7: the peer finds fault with a record that has another CID than it asked for in this handshake
    it('agrees on connection IDs anew', () => {
      const { duel, session } = clientWith({ layout: { ...LAYOUT, cidMax: 20 }, context: { cidLength: 4 }, peer: { cid: Buffer.from('old') } });
      const before = Buffer.from(duel.peer.theirCid);
      for (const cid of [Buffer.from('a new one'), undefined]) {
        assertResumed(clientAgain(duel, { session, cid } as Partial<PeerOptions>));
        assert.equal(duel.peer.theirCid.length, cid === undefined ? 0 : 4, 'of a server that knows of none any more, too');
        assert.notDeepEqual(Buffer.from(duel.peer.theirCid), before);
      }
    });

    // 7925-4.2-2, 6347-5-1: and the second hello is the first one but for the cookie
    it('answers a cookie exchange on the way', () => {
      const { duel, session } = clientWith();
      assertResumed(clientAgain(duel, { session, cookie: Buffer.alloc(20, 3) }));
      const hellos = duel.peer.messages.filter(({ type }) => type === Wire.CLIENT_HELLO);
      const [first, second] = hellos.map(({ body }) => Wire.readClientHello(body));
      assert.deepEqual({ ...second, cookie: NO_COOKIE }, first);
      assert.equal(second!.cookie.length, 20);
    });

    it('goes on in full with a server that does not know it', () => {
      const { duel } = clientWith();
      assertFull(clientAgain(duel, { sessionId: Buffer.alloc(16, 8) }));
      assert.equal(duel.sessions.length, 2, 'and is told the new one');
    });

    // 7627-5.2-1: the client's rows of the matrix
    it('refuses to resume without extended_master_secret', () => {
      const { duel, session } = clientWith();
      clientAgain(duel, { session, extended: false });
      assert.equal(duel.connected.length, 1);
      assert.equal(duel.ends.at(-1)!.alert, 'handshake_failure');
    });

    it('is told no session that has none', () => {
      const duel = duelOf('client', { peer: { ...fresh, extended: false } }).handshake();
      assert.equal(duel.connected.length, 1);
      assert.equal(duel.sessions.length, 0);
    });

    // 5246-7.4.1.3-1
    it('refuses another suite than the session\'s', () => {
      const { duel, session } = clientWith();
      clientAgain(duel, { session: { ...session, suite: CCM } });
      assert.equal(duel.ends.at(-1)!.alert, 'illegal_parameter');
    });

    it('offers none that was altered, cut, or is of another key, name or suite', () => {
      const { duel, session } = clientWith();
      const blob = duel.sessions[0]!;
      const altered = blob.map((byte, i) => (i === blob.length - 1 ? byte ^ 1 : byte));
      const contexts: Partial<Context>[] = [
        { session: altered }, { session: blob.subarray(1) }, { session: new Uint8Array(0) }, { session: blob, suites: [CCM] },
        { session: blob, key: Buffer.from('another key') },
      ];
      for (const context of contexts) {
        clientAgain(duel, { session, suites: [CCM_8, CCM], ...(context.key && { key: context.key }) }, context);
        assertFull(duel);
        const hello = Wire.readClientHello(duel.peer.messages[0]!.body);
        assert.equal(hello.sessionId.length, 0); // 7925-7-4
        assert.equal(Wire.extensionIn(hello.extensions, Wire.SESSION_TICKET)!.length, 0);
      }
    });

    // 6066-3-2
    it('offers none to a server of another name', () => {
      const name = Buffer.from('a.example');
      const { duel, session } = clientWith({ context: { name } });
      const offers = [name, Buffer.from('b.example')].map((other) => {
        clientAgain(duel, { session }, { session: duel.sessions[0]!, name: other });
        return Wire.readClientHello(duel.peer.messages[0]!.body).sessionId.length > 0;
      });
      assert.deepEqual(offers, [true, false]);
    });

    it('offers none that is older than a week', () => {
      for (const [later, resumed] of [[WEEK, true], [WEEK + 1, false]] as const) {
        const duel = duelOf('client', { peer: fresh });
        duel.endpoint.engine.setSeconds(1_800_000_000);
        const { session } = duel.handshake().peer;
        duel.endpoint.engine.setSeconds(1_800_000_000 + later);
        assert.equal(isResumed(clientAgain(duel, { session: kind === 'id' ? session : { ...session, id: NO_COOKIE } })), resumed);
      }
    });

    // 5077-3.3-1
    it('is told a session once the server\'s Finished verified, and not before', () => {
      const edit = (flight: Item[]) => flight.map((item) =>
        (item.type === Wire.FINISHED ? { ...item, make: () => Buffer.alloc(12) } : item));
      const duel = duelOf('client', { peer: { ...fresh, edit } }).handshake();
      assert.equal(duel.connected.length, 0);
      assert.equal(duel.ends.at(-1)!.alert, 'decrypt_error');
      assert.equal(duel.sessions.length, 0);
    });

    // 6347-4.2.4-4: the client's flight is the last one, for twice the segment's lifetime
    it('answers a repeated Finished with its last flight, for 240 s', () => {
      const { duel, session } = clientWith();
      assertResumed(clientAgain(duel, { session }));
      const last = duel.sent.at(-2)!; // the last one is the application's
      for (const ms of [1_000, 238_000]) {
        duel.pass(ms);
        const [repeated] = duel.give(duel.peer.repeat()[0]!);
        assert.equal(repeated!.length, last.length);
        duel.peer.receive(repeated!);
        assert.equal(duel.peer.fault, '');
      }
      duel.pass(2_000);
      assert.deepEqual(duel.give(duel.peer.repeat()[0]!), []);
    });

    it('takes the server\'s flight in any order', () => {
      const { duel, session } = clientWith();
      duel.connection!.discard();
      duel.define({ session: duel.sessions[0]! });
      duel.peer = duel.newPeer({ seed: 77, session, apart: true });
      const records = duel.peer.receive(duel.begin()[0]!).reverse();
      assert.equal(records.length, 3);
      duel.settle(records);
      assertResumed(duel);
    });
  });
}

describe('a client\'s ticket', () => {
  const given = { tickets: true };
  const start = (options: Partial<DuelOptions> = {}) =>
    duelOf('client', { ...options, peer: { ...given, ...options.peer } });

  it('is replaced by the one that comes as it is resumed', () => {
    const duel = start().handshake();
    const session = { ...duel.peer.session, id: NO_COOKIE };
    assertResumed(clientAgain(duel, { session, tickets: true, renews: true, ticket: Buffer.from('another one') }));
    assert.equal(duel.sessions.length, 2);
    assertResumed(clientAgain(duel, { session: { ...session, ticket: Buffer.from('another one') } }));
  });

  it('may be empty, and is none then (5077-3.2-1)', () => {
    const duel = start({ peer: { ticket: Buffer.alloc(0) } }).handshake();
    assert.equal(duel.connected.length, 1);
    assert.equal(duel.sessions.length, 0);
  });

  it('is forgotten, not the connection, where it is longer than there is room', () => {
    for (const [length, told] of [[900, 1], [1_020, 0]] as const) {
      const duel = start({ peer: { ticket: Buffer.alloc(length, 3) } }).handshake();
      assert.equal(duel.connected.length, 1);
      assert.equal(duel.sessions.length, told);
    }
  });

  it('is not asked for without TICKETS, nor told without SESSIONS', () => {
    const quiet = duelOf('client', { context: { flags: SESSIONS }, peer: { tickets: true } }).handshake();
    assert.equal(quiet.peer.sessions.isPromised, false);
    const deaf = duelOf('client', { context: { flags: TICKETS }, peer: { tickets: true } }).handshake();
    assert.equal(deaf.connected.length, 1);
    assert.equal(deaf.sessions.length, 0);
  });

  const editing = (type: number, change: (item: Item) => Item[]) => (flight: Item[]) =>
    flight.flatMap((item) => (item.type === type ? change(item) : [item]));
  const extension = (data: string) => [[Wire.SESSION_TICKET, Buffer.from(data, 'hex')]] as Wire.Extension[];
  const refused: [string, Partial<DuelOptions>, string][] = [
    ['that was not promised', { peer: { extend: (list) => list.filter(([type]) => type !== Wire.SESSION_TICKET) } },
      'unexpected_message'],
    ['with a ServerHello that has one in its extension',
      { peer: { extend: (list) => [...list.slice(0, -1), ...extension('00')] } }, 'decode_error'],
    ['that nobody asked for', { context: { flags: SESSIONS }, peer: { extend: (list) => [...list, ...extension('')] } },
      'unsupported_extension'],
    ['longer than its message', { peer: { edit: editing(Wire.NEW_SESSION_TICKET, (item) =>
      [{ ...item, make: () => Buffer.from('00000000000501020304', 'hex') }]) } }, 'decode_error'],
    ['shorter than its message', { peer: { edit: editing(Wire.NEW_SESSION_TICKET, (item) =>
      [{ ...item, make: () => Buffer.from('00000000000301020304', 'hex') }]) } }, 'decode_error'],
    ['twice', { peer: { edit: editing(Wire.NEW_SESSION_TICKET, (item) => [item, item]) } }, 'unexpected_message'],
  ];
  for (const [what, options, alert] of refused) {
    it(`is refused ${what}`, () => {
      const duel = start(options).handshake();
      assert.equal(duel.connected.length, 0);
      assert.equal(duel.ends.at(-1)!.alert, alert);
    });
  }

  it('cannot be left out where it was promised', () => {
    const duel = start({ peer: { edit: editing(Wire.NEW_SESSION_TICKET, () => []) } }).handshake();
    assert.equal(duel.connected.length, 0);
    duel.pass(400_000);
    assert.equal(duel.connected.length, 0);
  });
});

describe('what resumption costs', () => {
  // requirements S.3: 107 + 173 + 67 with a session_id of 32 bytes
  it('is 347 bytes with a session_id of 32', () => {
    const context = { flags: SESSIONS, suites: [CCM_8] };
    const client = duelOf('client', { context, peer: { sessionId: Buffer.alloc(32, 9) } }).handshake();
    const first = client.sent.length;
    assertResumed(clientAgain(client, { session: client.peer.session }));
    assert.deepEqual(client.sent.slice(first, first + 2).map(({ length }) => length), [107, 67]);
    const { duel, session } = serverWith('ticket', { peer: { tickets: true } });
    assertResumed(again(duel, { session: { ...session, id: Buffer.alloc(32, 5) } }));
    assert.equal(duel.sent.at(-2)!.length, 173);
  });

  // 400 bytes are said again: the id of 8 behind its length, and the ticket
  it('is as much as a ticket of 391 bytes takes, behind a cookie of 255; a context with a longer one is refused', () => {
    const layout = { ...LAYOUT, contextBytes: 768, messageMax: 1024, inMax: 1024, outMax: 1024 };
    for (const [length, fits] of [[332, true], [391, true], [392, false]] as const) {
      const peer = { tickets: true, ticket: Buffer.alloc(length, 7) };
      const duel = duelOf('client', { layout, context: { mtu: 1024 }, peer }).handshake();
      const { session } = duel.peer;
      if (!fits) {
        assert.throws(() => clientAgain(duel, {}, { mtu: 1024, session: duel.sessions.at(-1)! }), { code: 'ERR_DTLS_BAD_CONTEXT' });
        continue;
      }
      assertResumed(clientAgain(duel, { session: { ...session, id: NO_COOKIE }, cookie: Buffer.alloc(255, 3) }));
    }
  });

  it('is 315 with one of ours', () => {
    const { duel, session } = serverWith('id');
    assert.equal(session.id.length, 16); // mbedTLS's clients offer no shorter one
    assertResumed(again(duel, { session }));
    assert.equal(duel.sent.at(-2)!.length, 173 - 16);
  });
});
