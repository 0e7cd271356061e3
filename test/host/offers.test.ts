// What a hello offers, as users set it: names of servers, application protocols, limits on records.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { connect, createSecureContext, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSError, DTLSSession, ListenOptions } from '../../host/node/index.js';

const identity = 'node-17', keys = { a: Buffer.from('the key under a'), b: Buffer.from('the key under b'), other: Buffer.from('another') };

/** Both sessions of a handshake on loopback. */
async function pair(t: TestContext, server: Partial<ListenOptions>, client: Partial<ConnectOptions>): Promise<{ ours: DTLSSession; theirs: DTLSSession }> {
  let heed: (session: DTLSSession) => void = () => {};
  const accepted = new Promise<DTLSSession>((resolve) => { heed = resolve; });
  const endpoint = listen((session) => heed(session), { host: '127.0.0.1', port: 0, psk: { [identity]: keys.other }, ...server } as ListenOptions);
  t.after(() => endpoint.destroy());
  const ours = connect('127.0.0.1', endpoint.address!.port, { psk: { identity, key: keys.other }, ...client } as ConnectOptions);
  t.after(() => ours.destroy());
  await ours.opened;
  const theirs = await accepted;
  await theirs.opened;
  return { ours, theirs };
}

/** The error that such a handshake ends with. */
async function failure(t: TestContext, server: Partial<ListenOptions>, client: Partial<ConnectOptions>): Promise<DTLSError> {
  return pair(t, server, client).then(() => assert.fail('it succeeded'), (error: DTLSError) => error);
}

describe('names', () => {
  const sni = { 'a.example': { psk: { [identity]: keys.a } }, 'b.example': createSecureContext({ psk: { [identity]: keys.b }, isServer: true }) };

  // 7925-4.2-6, 7925-14-1
  it('the same identity has a key under each name', async (t) => {
    for (const [servername, key] of [['a.example', keys.a], ['B.Example', keys.b]] as const) {
      const { ours, theirs } = await pair(t, { sni }, { servername, psk: { identity, key } });
      assert.equal(theirs.servername, servername.toLowerCase());
      assert.equal(ours.servername?.toLowerCase(), servername.toLowerCase());
    }
    const { ours, theirs } = await pair(t, { sni }, {});
    assert.deepEqual([ours.servername, theirs.servername], [undefined, undefined], 'an address is no name, and needs none');
  });

  // 9325-3.7-1
  it('a name that is not served is refused, unless * serves it', async (t) => {
    const error = await failure(t, { sni }, { servername: 'c.example' });
    assert.equal(error.alert, 'unrecognized_name');
    assert.match(error.hint, /servername/);
    const any = { ...sni, '*': { psk: { [identity]: keys.other } } };
    const { theirs } = await pair(t, { sni: any }, { servername: 'c.example' });
    assert.equal(theirs.servername, undefined);
  });
});

describe('alpn', () => {
  // 7301-3-1, 9952-1
  it('is what both know, by the server\'s preference', async (t) => {
    const { ours, theirs } = await pair(t, { alpn: ['co', 'coap'] }, { alpn: ['coap', 'co'] });
    assert.deepEqual([ours.alpnProtocol, theirs.alpnProtocol], ['co', 'co']);
    const wire = await pair(t, { alpn: Buffer.from('\x02co') }, { alpn: ['x', 'co'] });
    assert.equal(wire.ours.alpnProtocol, 'co');
  });

  it('is nothing where one side has none, and an error where both have others', async (t) => {
    assert.equal((await pair(t, {}, { alpn: ['co'] })).ours.alpnProtocol, undefined);
    assert.equal((await pair(t, { alpn: ['co'] }, {})).theirs.alpnProtocol, undefined);
    const error = await failure(t, { alpn: ['co'] }, { alpn: ['coap'] });
    assert.equal(error.alert, 'no_application_protocol');
    assert.match(error.hint, /'co'/);
  });

  it('of a served name is its own, or else the endpoint\'s', async (t) => {
    const psk = { [identity]: keys.a }, client = { servername: 'a.example', psk: { identity, key: keys.a }, alpn: ['x', 'y'] };
    const inherited = await pair(t, { alpn: ['x'], sni: { 'a.example': { psk } } }, client);
    const own = await pair(t, { alpn: ['x'], sni: { 'a.example': { psk, alpn: ['y'] } } }, client);
    assert.deepEqual([inherited.theirs.alpnProtocol, own.theirs.alpnProtocol], ['x', 'y']);
  });
});

describe('limits on records', () => {
  // 8449-4-1
  it('recordSizeLimit is the peer\'s maxPayload', async (t) => {
    const { ours, theirs } = await pair(t, { recordSizeLimit: 100 }, { recordSizeLimit: 64 });
    assert.deepEqual([ours.maxPayload, theirs.maxPayload], [100, 64]);
    assert.throws(() => theirs.send(Buffer.alloc(65)), { code: 'ERR_DTLS_EXCEEDS_MTU' });
  });

  // 7925-15-1
  it('maxFragmentLength holds for both, unless recordSizeLimit stands in for it', async (t) => {
    const { ours, theirs } = await pair(t, {}, { maxFragmentLength: 512 });
    assert.deepEqual([ours.maxPayload, theirs.maxPayload], [512, 512]);
    const both = await pair(t, { recordSizeLimit: 900 }, { maxFragmentLength: 512, recordSizeLimit: 600 });
    assert.deepEqual([both.ours.maxPayload, both.theirs.maxPayload], [900, 600]);
  });
});

it('wrong values are refused by name', () => {
  const client = { psk: { identity, key: keys.a } }, server = { psk: { [identity]: keys.a }, port: 0 };
  const cases: [Record<string, unknown>, string][] = [
    [{ alpn: 'co' }, 'ERR_INVALID_ARG_TYPE'], [{ alpn: [1] }, 'ERR_INVALID_ARG_TYPE'], [{ alpn: [''] }, 'ERR_INVALID_ARG_VALUE'],
    [{ alpn: [] }, 'ERR_OUT_OF_RANGE'], [{ alpn: ['x'.repeat(256)] }, 'ERR_INVALID_ARG_VALUE'], [{ alpn: ['x'.repeat(128)] }, 'ERR_OUT_OF_RANGE'],
    [{ alpn: Buffer.from([3, 1]) }, 'ERR_INVALID_ARG_VALUE'], [{ alpn: Buffer.from([0]) }, 'ERR_INVALID_ARG_VALUE'],
    [{ recordSizeLimit: 63 }, 'ERR_OUT_OF_RANGE'], [{ recordSizeLimit: 16385 }, 'ERR_OUT_OF_RANGE'],
    [{ recordSizeLimit: '64' }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [option, code] of cases) {
    const name = new RegExp(Object.keys(option)[0]!);
    assert.throws(() => connect('127.0.0.1', 1, { ...client, ...option } as ConnectOptions), { code, message: name });
    assert.throws(() => listen(() => {}, { ...server, ...option } as ListenOptions), { code, message: name });
  }
  for (const maxFragmentLength of [256, 513, 1536, 8192]) {
    assert.throws(() => connect('127.0.0.1', 1, { ...client, maxFragmentLength } as never), { code: 'ERR_OUT_OF_RANGE', message: /maxFragmentLength/ });
  }
  assert.throws(() => listen(() => {}, { ...server, maxFragmentLength: 512 } as never), { code: 'ERR_INVALID_ARG_VALUE', message: /maxFragmentLength/ });
});
