// host/core: does an endpoint carry a handshake, deliver in order, and stay whole whatever its users and peers do?
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite } from '../../assembly/codes.js';
import { Endpoint, Peer } from '../../host/core/index.js';

import { BUILDS, fileName } from '../modules.js';
import { CONTEXT, End, Ends, KEY, LAYOUT, loaderOf } from './ends.js';

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

for (const build of BUILDS) {
  describe(`a session on ${fileName(build)}`, () => {
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
      const max = connection.maxPayload;
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
    assert.equal(connection.answer(question.serial, KEY, ends.clock.now), false);
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
    // 7252-9.1.1-4, 7252-9.1.1-3: what is sent in an association goes out in its one epoch, or not at all
    assert.throws(() => before!.send(Buffer.from('again')), { code: 'ERR_INVALID_STATE' });
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

it('endpoints of one socket share their routes', () => {
  const peers = {}, clock = { now: 0 };
  const first = new Endpoint(loaderOf('node').engine(LAYOUT), new End(loaderOf('node').engine(LAYOUT), clock)['sink'](), peers);
  assert.equal(first.associations.peers, peers);
});
