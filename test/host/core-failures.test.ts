// host/core: does it say in time, and in words, why a handshake or a connection cannot be?
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite, Drop } from '../../assembly/codes.js';
import { drops, Peer } from '../../host/core/index.js';
import type { Connection } from '../../host/core/index.js';
import { CONTEXT, End, Ends, LAYOUT, loaderOf } from './ends.js';

const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

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
      { key: new Uint8Array(65) }, { mtu: 0 }, { initialMs: -1 }, { maxMs: 1 }, { handshakeMs: -1 }];
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
    assert.equal(drops(engine)['MALFORMED_RECORD'], 1);
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
