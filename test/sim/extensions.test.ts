// What hellos say of names and application protocols. The engine against the peer that misbehaves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { Duel, IDENTITY, ROOMY } from './duel.js';
import type { PeerOptions } from './peer/options.js';
import { CCM_8 } from './peer/keys.js';
import * as Wire from './peer/wire.js';
import { refuses, said, saying } from './saying.js';

const SERVER_NAME = 0, PROTOCOLS = 16;

const hostName = (name: string) => Buffer.concat([Buffer.from([0]), Wire.vector(2, Buffer.from(name))]);
const serverName = (...names: string[]) => Wire.vector(2, ...names.map(hostName));
const protocolList = (...names: string[]) => Buffer.concat(names.map((name) => Wire.vector(1, Buffer.from(name))));
const protocols = (...names: string[]) => Wire.vector(2, protocolList(...names));

describe('server_name', () => {
  const names = ['a.example', 'b.example'];

  /** A server with a default context, and one for each name. */
  function server(peer: Partial<PeerOptions>, fallback: Partial<Context> = {}, extra = names): Duel {
    const duel = new Duel({ role: 'server', peer, context: fallback, answer: () => undefined,
      layout: { ...ROOMY, contexts: 1 + extra.length } });
    for (const [i, name] of extra.entries()) {
      duel.endpoint.define(1 + i, { suites: [CCM_8], mtu: 1400, name: Buffer.from(name), flags: ContextFlag.SERVES_NAME });
    }
    return duel;
  }

  /** The context whose key the server asks for. */
  function contextOf(duel: Duel): number | undefined {
    duel.handshake();
    return duel.serials[0]?.connection.context;
  }

  // 6066-3-1, 7925-14-1, 7252-9.1.3-1
  it('is one name in a client\'s hello, and absent without one', () => {
    const duel = new Duel({ role: 'client', context: { name: Buffer.from('a.example') } }).handshake();
    assert.equal(said(duel, SERVER_NAME), serverName('a.example').toString('hex'));
    assert.equal(said(new Duel({ role: 'client' }).handshake(), SERVER_NAME), undefined);
  });

  // 7925-4.2-6, 6066-3-2
  it('chooses the context: the same identity has a key under each name', () => {
    for (const [i, name] of names.entries()) {
      const key = Buffer.from(`the key under ${name}`);
      const duel = server({ ...saying([SERVER_NAME, serverName(name)]), key });
      assert.equal(contextOf(duel), 1 + i);
      const { connection, serial, bytes } = duel.serials[0]!;
      assert.deepEqual(bytes, IDENTITY);
      connection.answer(serial, key, duel.now);
      duel.hear(duel.flush());
      assert.ok(duel.peer.connected && duel.exchanges());
      assert.equal(connection.context, 1 + i);
      assert.equal(said(duel, SERVER_NAME), '', 'and the answer is empty');
    }
  });

  it('stands anywhere among the extensions, and in capitals', () => {
    const duel = server({ extend: (list) => [[SERVER_NAME, serverName('B.Example')], ...list] });
    assert.equal(contextOf(duel), 2);
  });

  it('of a handshake that was given up says nothing of the next one', () => {
    const duel = server(saying([SERVER_NAME, serverName('a.example')]));
    const [verify] = duel.give(duel.begin()[0]!);
    assert.ok(duel.give(duel.peer.receive(verify!)[0]!).length > 0, 'half open');
    duel.peer = duel.newPeer({ seed: 9, extend: (list) => list });
    assert.equal(contextOf(duel), 0);
    duel.connection!.discard();
    duel.endpoint.listen(-1);
    duel.endpoint.define(0, { suites: [CCM_8], mtu: 1400 }); // nobody uses either any more
    duel.endpoint.define(1, { suites: [CCM_8], mtu: 1400 });
  });

  it('is not needed: the listening context serves hellos without it', () => {
    const duel = server({});
    assert.equal(contextOf(duel), 0);
    assert.equal(said(duel, SERVER_NAME), undefined);
  });

  // 9325-3.7-1
  it('that nobody serves ends the handshake with unrecognized_name', () => {
    for (const name of ['c.example', 'a.example.', 'a.exampl', 'a', 'xa.example']) {
      const duel = server(saying([SERVER_NAME, serverName(name)])).handshake();
      assert.deepEqual([duel.ends[0]?.alert, duel.ends[0]?.code], ['unrecognized_name', 'ERR_DTLS_UNKNOWN_NAME'], name);
      const heard = duel.peer.received[duel.peer.received.length - 1]!;
      assert.deepEqual([heard.type, ...heard.body], [Wire.ALERT, 2, 112]);
    }
  });

  it('that nobody serves is the listening context\'s, if that one serves any', () => {
    const duel = server(saying([SERVER_NAME, serverName('c.example')]), { flags: ContextFlag.SERVES_NAME });
    assert.equal(contextOf(duel), 0);
  });

  it('says nothing to a server that serves no name', () => {
    const duel = server(saying([SERVER_NAME, serverName('a.example')]), {}, []);
    assert.equal(contextOf(duel), 0);
    assert.equal(said(duel, SERVER_NAME), undefined);
  });

  // 6066-3-1
  it('must be a list of one name', () => {
    const none = Buffer.alloc(0), one = serverName('a.example');
    const cases: [Buffer, string][] = [
      [none, 'decode_error'], [Wire.vector(2), 'decode_error'], [serverName(''), 'decode_error'],
      [one.subarray(0, -1), 'decode_error'], [Buffer.concat([one, Buffer.from([0])]), 'decode_error'],
      [Wire.vector(2, Buffer.from([0, 0, 200, 1])), 'decode_error'],
      [serverName('a.example', 'b.example'), 'illegal_parameter'],
    ];
    for (const [data, alert] of cases) refuses('server', {}, SERVER_NAME, data, alert);
    const other = Wire.vector(2, Buffer.from([9]), Wire.vector(2, Buffer.from('?')), hostName('a.example'));
    assert.equal(contextOf(server(saying([SERVER_NAME, other]))), 1, 'a name of another type is passed over');
  });

  it('is answered with nothing in it, and to nobody who did not ask', () => {
    const context = { name: Buffer.from('a.example') };
    assert.ok(new Duel({ role: 'client', context, peer: saying([SERVER_NAME, Buffer.alloc(0)]) }).handshake().peer.connected);
    refuses('client', context, SERVER_NAME, serverName('a.example'), 'decode_error');
    refuses('client', {}, SERVER_NAME, Buffer.alloc(0), 'unsupported_extension');
  });
});

describe('application protocols', () => {
  const co = protocolList('co'), both = protocolList('co', 'coap');

  // 7301-3-1, 9952-1
  it('are offered in order, and the one that is answered is the connection\'s', () => {
    for (const [i, name] of ['co', 'coap'].entries()) {
      const duel = new Duel({ role: 'client', context: { protocols: both }, peer: saying([PROTOCOLS, protocols(name)]) }).handshake();
      assert.equal(said(duel, PROTOCOLS), '000802636f04636f6170');
      assert.equal(duel.connected[0]?.protocol, i + 1);
    }
    assert.equal(new Duel({ role: 'client', context: { protocols: both } }).handshake().connected[0]?.protocol, 0, 'no answer');
  });

  it('a server takes the first of its own that the client knows', () => {
    for (const [offered, chosen] of [[['coap', 'co'], 'co'], [['x', 'coap', 'coaps'], 'coap'], [['co'], 'co']] as const) {
      const duel = new Duel({ role: 'server', context: { protocols: both }, peer: saying([PROTOCOLS, protocols(...offered)]) }).handshake();
      assert.equal(said(duel, PROTOCOLS), protocols(chosen).toString('hex'));
      assert.equal(duel.connected[0]?.protocol, chosen === 'co' ? 1 : 2);
    }
  });

  it('a server without any says nothing, and one with some serves clients that say nothing', () => {
    const silent = new Duel({ role: 'server', peer: saying([PROTOCOLS, protocols('co')]) }).handshake();
    assert.equal(said(silent, PROTOCOLS), undefined);
    assert.equal(silent.connected[0]?.protocol, 0);
    assert.equal(new Duel({ role: 'server', context: { protocols: co } }).handshake().connected[0]?.protocol, 0);
  });

  // 7301-3-1
  it('none in common ends the handshake with no_application_protocol', () => {
    const duel = new Duel({ role: 'server', context: { protocols: co }, peer: saying([PROTOCOLS, protocols('coap', 'c', 'coa')]) }).handshake();
    assert.deepEqual([duel.ends[0]?.alert, duel.ends[0]?.code], ['no_application_protocol', 'ERR_DTLS_NO_COMMON_PROTOCOL']);
  });

  // 7301-3-1
  it('lists of no, empty, cut off or too many names are refused', () => {
    const bad = [Buffer.alloc(0), Wire.vector(2), protocols(''), protocols('co', ''), protocols('co').subarray(0, -1),
      Wire.vector(2, Buffer.from([3]), Buffer.from('co')), Buffer.concat([protocols('co'), Buffer.from([0])])];
    for (const data of bad) {
      refuses('server', { protocols: co }, PROTOCOLS, data, 'decode_error');
      refuses('client', { protocols: co }, PROTOCOLS, data, 'decode_error');
    }
    refuses('client', { protocols: both }, PROTOCOLS, protocols('co', 'coap'), 'decode_error');
    refuses('client', { protocols: both }, PROTOCOLS, protocols('coaps'), 'illegal_parameter');
    refuses('client', {}, PROTOCOLS, protocols('co'), 'unsupported_extension');
  });
});

describe('a context', () => {
  it('whose trust anchors cannot be read, or name a key by less than 120 bits, is refused', () => {
    const zeros = (count: number) => '00'.repeat(count);
    for (const anchors of ['02', '0200', `020e${zeros(14)}`, `0220${zeros(31)}`, `0120${zeros(32)}`, `0420${zeros(32)}`]) {
      const context = { anchors: Buffer.from(anchors, 'hex') };
      assert.throws(() => new Duel({ role: 'client', build: 'node', context }), { code: 'ERR_DTLS_BAD_CONTEXT' }, anchors);
    }
  });

  it('whose limits or protocols cannot be is refused', () => {
    const bad: Partial<Context>[] = [{ recordSizeLimit: 63 }, { recordSizeLimit: 16385 }, { maxFragmentLength: 256 },
      { maxFragmentLength: 8192 }, { maxFragmentLength: 513 }, { maxFragmentLength: 1536 }, { protocols: Buffer.from([0]) },
      { protocols: Buffer.from([3, 1, 2]) }, { protocols: Buffer.from([1, 65, 0]) }];
    for (const context of bad) {
      assert.throws(() => new Duel({ role: 'client', context }), { code: 'ERR_DTLS_BAD_CONTEXT' }, JSON.stringify(context));
    }
  });
});
