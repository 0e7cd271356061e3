// host/core: does an endpoint carry a handshake, deliver in order, and stay whole whatever its users and peers do?
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite, Drop } from '../../assembly/codes.js';
import { Endpoint, Peer } from '../../host/core/index.js';
import type { Connection } from '../../host/core/index.js';
import { CONTEXT, End, Ends, KEY, LAYOUT, loaderOf } from './ends.js';
import type { Build } from './ends.js';

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

for (const build of ['psk', 'node', 'trace'] as Build[]) {
  describe(`a session on thimble-${build}.wasm`, () => {
    const ends = new Ends(build);
    const connection = ends.connect();

    it('handshakes in 6 datagrams', () => {
      ends.pump();
      assert.equal(ends.wire.length, 6);
      assert.equal(connection.state, 'connected');
      assert.equal(connection.cipherSuite, CipherSuite.TLS_PSK_WITH_AES_128_CCM_8);
      assert.equal(connection.extendedMasterSecret, true);
      assert.deepEqual(ends.server.log, ['datagram', 'accepted', 'datagram', 'question', 'datagram', 'connected']);
    });

    it('carries data of 0 to maxPayload bytes, and not one more (6347-4.1.1.1-1)', () => {
      const max = connection.maxPayload();
      for (const length of [0, 1, max]) connection.send(Buffer.alloc(length, 'x'));
      ends.pump();
      assert.deepEqual(ends.server.messages.map((message) => message.length), [0, 1, max]);
      assert.equal(Math.max(...ends.wire.map((datagram) => datagram.length)), CONTEXT.mtu);
      assert.throws(() => connection.send(Buffer.alloc(max + 1)), code('ERR_DTLS_EXCEEDS_MTU'));
    });

    it('closes on both sides and leaves no route', () => {
      connection.close();
      ends.pump();
      assert.deepEqual([ends.client.reasons, ends.server.reasons], [[null], [null]]);
      assert.deepEqual(ends.server.endpoint.associations.all, []);
      assert.deepEqual(Object.keys(ends.server.endpoint.associations.peers), []);
      assert.equal(ends.clientPeer.connection, null);
      assert.throws(() => connection.send(Buffer.alloc(1)), code('ERR_INVALID_STATE'));
      assert.throws(() => connection.close(), code('ERR_INVALID_STATE'));
    });
  });
}

it('the trace build tells of its secrets, the others do not', () => {
  const traced = new Ends('trace'), plain = new Ends('node');
  traced.connected();
  plain.connected();
  assert.ok(traced.server.traces.length > 0);
  assert.deepEqual(plain.server.traces, []);
});

describe('delivery', () => {
  it('lets a callback send and close, and keeps the order', () => {
    const ends = new Ends(), connection = ends.connected();
    ends.server.onData = (from, bytes) => { from.send(bytes); from.send(bytes); from.close(); };
    connection.send(Buffer.from('echo'));
    ends.pump();
    assert.deepEqual(ends.client.messages, ['echo', 'echo']);
    assert.deepEqual(ends.client.log.filter((word) => word !== 'datagram').slice(-3), ['data', 'data', 'closed']);
  });

  it('goes on with the next call if a sink throws', () => {
    const ends = new Ends(), connection = ends.connected();
    ends.server.onData = () => { throw new Error('the user\'s'); };
    connection.send(Buffer.from('one'));
    connection.send(Buffer.from('two'));
    const [one, two] = ends.client.out.splice(0).map(({ bytes }) => bytes);
    // Both records in one datagram: the second event is there when the first delivery throws.
    assert.throws(() => ends.toServer(Buffer.concat([one!, two!])), /the user's/);
    assert.deepEqual(ends.server.messages, ['one']);
    ends.server.onData = () => {};
    ends.server.endpoint.timeout(ends.clock.now);
    assert.deepEqual(ends.server.messages, ['one', 'two']);
  });

  it('gives every message bytes of its own', () => {
    const ends = new Ends(), connection = ends.connected(), kept: Uint8Array[] = [];
    ends.server.onData = (_, bytes) => kept.push(bytes);
    for (const text of ['first', 'other', 'x'.repeat(400), 'third']) connection.send(Buffer.from(text));
    ends.pump();
    assert.deepEqual(kept.map((bytes) => Buffer.from(bytes).toString()), ['first', 'other', 'x'.repeat(400), 'third']);
  });
});

describe('questions', () => {
  it('can be answered later, without losing the rest of the datagram', () => {
    const ends = new Ends();
    ends.server.answer = () => undefined;
    const connection = ends.connected();
    assert.equal(connection.state, 'handshaking');
    const { connection: asked, question } = ends.server.questions[0]!;
    ends.clock.now += 500;
    asked.answer(question.serial, KEY, ends.clock.now);
    ends.pump();
    assert.equal(connection.state, 'connected');
    assert.equal(ends.wire.length, 6);
  });

  it('that are gone make their answer stale', () => {
    const ends = new Ends();
    ends.server.answer = () => undefined;
    ends.connected();
    const { connection, question } = ends.server.questions[0]!;
    connection.discard();
    assert.throws(() => connection.answer(question.serial, KEY, ends.clock.now), code('ERR_DTLS_STALE_ANSWER'));
  });

  it('on a client without a key give identity and key', () => {
    const ends = new Ends('node', { server: { identity: Buffer.from('hint') } });
    const client = ends.client.endpoint;
    client.define(1, CONTEXT);
    let hint = '';
    ends.client.answer = (asked) => { hint = asked; return { identity: Buffer.from('dev1'), key: KEY }; };
    const connection = client.connect(1, ends.serverPeer, ends.clock.now);
    ends.pump();
    assert.equal(hint, 'hint');
    assert.equal(connection.state, 'connected');
  });

  it('refuses an answer that fits no window', () => {
    const ends = new Ends();
    ends.server.answer = () => undefined;
    ends.connected();
    const { connection, question } = ends.server.questions[0]!;
    assert.throws(() => connection.answer(question.serial, new Uint8Array(65), 0), code('ERR_OUT_OF_RANGE'));
    assert.throws(() => connection.answer(question.serial, new Uint8Array(500), 0), code('ERR_OUT_OF_RANGE'));
  });
});

describe('the peer of a live association', () => {
  const reboot = () => {
    const ends = new Ends(), old = ends.connected();
    const reborn = new End(loaderOf('node').engine(LAYOUT), ends.clock);
    reborn.endpoint.define(0, { ...CONTEXT, identity: Buffer.from('dev1'), key: KEY });
    const peer = new Peer(Uint8Array.of(2), 'server', null);
    const connection = reborn.endpoint.connect(0, peer, ends.clock.now);
    const carry = () => {
      while (reborn.out.length + ends.server.out.length > 0) {
        for (const { bytes } of reborn.out.splice(0)) ends.toServer(bytes);
        for (const { bytes } of ends.server.out.splice(0)) reborn.endpoint.receive(bytes, peer, ends.clock.now);
      }
    };
    return { ends, old, reborn, connection, carry };
  };

  it('may reboot: its new association replaces the old one (6347-4.2.8-1)', () => {
    const { ends, connection, carry } = reboot();
    const before = ends.clientPeer.connection;
    carry();
    assert.equal(connection.state, 'connected');
    assert.deepEqual(ends.server.reasons.map((reason) => reason?.code), ['ERR_DTLS_REPLACED']);
    assert.notEqual(ends.clientPeer.connection, before);
    assert.equal(ends.clientPeer.successor, null);
    assert.equal(ends.server.endpoint.associations.peers['client'], ends.clientPeer);
    connection.send(Buffer.from('reborn'));
    carry();
    assert.deepEqual(ends.server.messages, ['reborn']);
  });

  it('is not harmed by a new hello that leads nowhere (6347-4.2.8-1)', () => {
    const { ends, old, reborn } = reboot();
    for (const { bytes } of reborn.out.splice(0)) ends.toServer(bytes);
    ends.server.out.splice(0); // the cookie goes to whoever is at that address, not to the forger
    old.send(Buffer.from('still here'));
    ends.pump();
    assert.deepEqual(ends.server.messages, ['still here']);
    assert.deepEqual(ends.server.reasons, []);
  });

  it('keeps its address if the old association ends while the new one lives', () => {
    const { ends, connection, reborn, carry } = reboot();
    ends.server.answer = () => undefined;
    carry();
    const successor = ends.clientPeer.successor!;
    ends.clientPeer.connection!.discard();
    assert.equal(ends.clientPeer.connection, successor);
    const { question } = ends.server.questions.at(-1)!;
    successor.answer(question.serial, KEY, ends.clock.now);
    carry();
    assert.equal(connection.state, 'connected');
    assert.deepEqual(reborn.reasons, []);
  });
});

describe('time', () => {
  it('retransmits and counts it, then gives up on a silent peer', () => {
    const ends = new Ends('node', { client: { handshakeMs: 8000 } });
    const connection = ends.connect();
    while (ends.wait(100_000)) ends.client.out.splice(0);
    assert.equal(connection.retransmissions, 3); // at 1, 3 and 7 s
    assert.equal(ends.clock.now, 9000);
    const [reason] = ends.client.reasons;
    assert.equal(reason?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.equal(reason?.cause, 'SILENT_PEER');
    assert.match(reason?.hint ?? '', /address and the port/);
    assert.equal(ends.client.endpoint.deadline, null);
  });

  it('closes an idle association, within half a second, and lets busy ones live', () => {
    const ends = new Ends(), { endpoint } = ends.server;
    endpoint.idleMs = 10_000;
    const connection = ends.connected();
    for (let i = 0; i < 5; i++) {
      while (ends.wait(ends.clock.now + 4000)) ends.pump();
      ends.clock.now += 4000;
      endpoint.timeout(ends.clock.now);
      connection.send(Buffer.from('alive'));
      ends.pump();
    }
    assert.equal(ends.server.messages.length, 5);
    const heardMs = ends.clock.now;
    while (ends.server.reasons.length === 0 && ends.wait()) ends.pump();
    assert.equal(ends.server.reasons[0]?.code, 'ERR_DTLS_IDLE_TIMEOUT');
    assert.ok(ends.clock.now >= heardMs + 10_000 && ends.clock.now <= heardMs + 10_500, `${ends.clock.now - heardMs}`);
    assert.deepEqual(ends.client.reasons, [null]); // it heard close_notify
  });

  it('wraps: a clock past 2^31 ms is as good as any', () => {
    const ends = new Ends('node', { client: { handshakeMs: 5000 } });
    ends.clock.now = 2 ** 31 - 1500.5;
    ends.connect();
    while (ends.wait(2 ** 32)) ends.client.out.splice(0);
    assert.equal(ends.clock.now, 2 ** 31 + 3499.5);
    assert.equal(ends.client.reasons[0]?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
  });
});

describe('failures', () => {
  it('a wrong key: both sides say that it is the key, the client by its second repeat', () => {
    const ends = new Ends('node', { client: { key: Buffer.from('wrong') } });
    ends.connected();
    while (ends.client.reasons.length === 0 && ends.wait()) ends.pump();
    for (const [reason] of [ends.client.reasons, ends.server.reasons]) {
      assert.equal(reason?.code, 'ERR_DTLS_WRONG_KEY');
      assert.equal(reason?.alert, 'decrypt_error');
      assert.match(reason?.hint ?? '', /probably the pre-shared key/);
    }
    assert.equal(ends.server.reasons[0]?.phase, 'WAIT_FINISHED');
  });

  it('a wrong key and a peer that stays silent about it: a warning, and the timeout says it too', () => {
    const ends = new Ends('node', { client: { key: Buffer.from('wrong'), handshakeMs: 30_000 } });
    ends.connect();
    for (let i = 0; i < 4; i++) { // the flights up to our Finished; nothing that the server says after it
      for (const { bytes } of ends.client.out.splice(0)) ends.toServer(bytes);
      for (const { bytes } of ends.server.out.splice(0)) if (bytes[0] === 22) ends.toClient(bytes);
    }
    while (ends.client.reasons.length === 0 && ends.wait()) ends.client.out.splice(0);
    assert.deepEqual(ends.client.warnings.map((warning) => warning.cause), ['WRONG_KEY']);
    assert.equal(ends.client.reasons[0]?.code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
    assert.match(ends.client.reasons[0]?.hint ?? '', /probably the pre-shared key/);
  });

  it('an unknown identity', () => {
    const ends = new Ends();
    ends.server.answer = () => null;
    ends.connected();
    assert.equal(ends.server.reasons[0]?.code, 'ERR_DTLS_UNKNOWN_IDENTITY');
    assert.equal(ends.client.reasons[0]?.alert, 'decrypt_error'); // 7925-6-4
  });

  it('no common cipher suite', () => {
    const ends = new Ends('node', { server: { suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM] } });
    ends.connected();
    for (const [reason] of [ends.client.reasons, ends.server.reasons]) {
      assert.equal(reason?.code, 'ERR_DTLS_NO_COMMON_CIPHER');
      assert.equal(reason?.alert, 'handshake_failure');
    }
  });

  it('a full table: silence towards new peers, an error for our own', () => {
    const ends = new Ends('node', { layout: { connections: 1, handshakes: 1 } });
    ends.connected();
    const other = new Peer(Uint8Array.of(9), 'other', null);
    assert.throws(() => ends.client.endpoint.connect(0, other, 0), code('ERR_DTLS_FULL'));
    const stranger = new Ends();
    stranger.connect();
    const hello = stranger.client.out[0]!.bytes;
    ends.server.endpoint.receive(hello, other, 0);
    const cookied = ends.server.out.splice(0);
    for (const { bytes } of cookied) stranger.client.endpoint.receive(bytes, stranger.serverPeer, 0);
    ends.server.endpoint.receive(stranger.client.out[1]!.bytes, other, 0);
    assert.deepEqual(ends.server.out, []);
    assert.equal(ends.server.endpoint.engine.dropped(Drop.FULL), 1);
  });

  it('a peer that already has a connection gets no second one from here', () => {
    const ends = new Ends();
    ends.connected();
    assert.throws(() => ends.connect(), code('ERR_INVALID_STATE'));
  });

  it('data before the handshake completed (6347-4.1-8)', () => {
    const ends = new Ends(), connection = ends.connect();
    assert.throws(() => connection.send(Buffer.from('early')), code('ERR_INVALID_STATE'));
  });

  it('contexts, layouts and random sources that cannot be', () => {
    const engine = loaderOf('node').engine(LAYOUT), { endpoint } = new End(engine, { now: 0 });
    const bad = [{ suites: [] }, { suites: [1] }, { suites: [1, 2, 3, 4, 5] }, { identity: new Uint8Array(129) },
      { key: new Uint8Array(65) }, { mtu: 0 }, { initialMs: 0 }, { maxMs: 1 }, { handshakeMs: 0 }];
    for (const change of bad) assert.throws(() => endpoint.define(0, { ...CONTEXT, ...change }), code('ERR_DTLS_BAD_CONTEXT'));
    assert.throws(() => endpoint.listen(1), code('ERR_DTLS_BAD_CONTEXT'));
    assert.throws(() => loaderOf('node').engine({ ...LAYOUT, bytes: 4096 }), code('ERR_DTLS_BAD_LAYOUT'));
    assert.throws(() => loaderOf('node').engine(LAYOUT, () => { throw new Error('no hardware'); }), code('ERR_DTLS_NO_ENTROPY'));
  });
});

describe('bad input', () => {
  it('is dropped and counted', () => {
    const ends = new Ends();
    ends.connected();
    const { engine } = ends.server.endpoint;
    ends.toServer(new Uint8Array(LAYOUT.inMax + 1));
    ends.toServer(Buffer.from('GET / HTTP/1.1\r\n'));
    ends.toServer(new Uint8Array(0));
    assert.equal(engine.dropped(Drop.TOO_LONG), 1);
    assert.equal(engine.drops()['MALFORMED_RECORD'], 1);
    assert.deepEqual(ends.server.out, []);
  });

  it('a trap ends one engine: its connections close with an error, the others live', () => {
    const ends = new Ends(), connection: Connection = ends.connected();
    const { module } = ends.server.endpoint.engine;
    module.receive = () => { throw new Error('unreachable'); };
    connection.send(Buffer.from('x'));
    ends.pump();
    assert.deepEqual(ends.server.reasons.map((reason) => reason?.code), ['ERR_DTLS_ENGINE_FAILED']);
    assert.match(String(ends.server.endpoint.failure), /unreachable/);
    assert.equal(ends.server.endpoint.deadline, null);
    ends.toServer(new Uint8Array(20));
    ends.server.endpoint.timeout(ends.clock.now);
    assert.throws(() => ends.server.endpoint.connect(0, new Peer(Uint8Array.of(7), 'new', null), 0), code('ERR_DTLS_NOT_READY'));
    assert.equal(connection.state, 'connected');
  });
});

it('endpoints of one socket share their routes', () => {
  const peers = {}, clock = { now: 0 };
  const first = new Endpoint(loaderOf('node').engine(LAYOUT), new End(loaderOf('node').engine(LAYOUT), clock)['sink'](), peers);
  assert.equal(first.associations.peers, peers);
});
