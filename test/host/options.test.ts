// Options: is each one honoured, or refused by its name with Node's own error?
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSocket } from '../../host/node/dgram.js';
import { connect, createSecureContext, DTLSSecureContext, listen } from '../../host/node/index.js';
import { connectSettings, listenSettings } from '../../host/node/options.js';

const key = Buffer.from('secretPSK');
const psk = { identity: 'dev1', key };
const keys = { dev1: key };

type Wrong = [option: string, value: unknown, code: string, name?: string];

const TYPE = 'ERR_INVALID_ARG_TYPE', VALUE = 'ERR_INVALID_ARG_VALUE', RANGE = 'ERR_OUT_OF_RANGE',
  UNSUPPORTED = 'ERR_DTLS_UNSUPPORTED_OPTION';

const COMMON: Wrong[] = [
  ['mtu', '1200', TYPE], ['mtu', 255, RANGE], ['mtu', 65536, RANGE], ['mtu', 300.5, RANGE],
  ['handshakeTimeout', 'soon', TYPE], ['handshakeTimeout', -1, RANGE], ['handshakeTimeout', Infinity, RANGE],
  ['idleTimeout', null, TYPE], ['idleTimeout', -1, RANGE],
  ['retransmit', 9000, TYPE], ['retransmit', { initialMs: 0 }, RANGE, 'options.retransmit.initialMs'],
  ['retransmit', { initialMs: 2000, maxMs: 1000 }, RANGE, 'options.retransmit.maxMs'],
  ['retransmit', { minMs: 5 }, UNSUPPORTED, 'retransmit.minMs'],
  ['profile', 5, TYPE], ['profile', 'fast', VALUE], ['profile', 'webrtc', UNSUPPORTED, 'profile'],
  ['versions', '1.2', VALUE], ['versions', [], VALUE], ['versions', ['1.1'], VALUE], ['versions', ['1.3', '1.2'], UNSUPPORTED, 'versions'],
  ['ciphers', ['PSK-AES128-CCM8'], TYPE], ['ciphers', 'AES', VALUE],
  ['extendedMasterSecret', true, TYPE], ['extendedMasterSecret', 'never', VALUE],
  ['separateRecords', 1, TYPE],
  ['keylog', 'file', TYPE], ['capture', true, TYPE],
];

const NOT_YET = ['ecdhCurve', 'keepAlive', 'sessionIdContext', 'srtp'];

const SOCKET: Wrong[] = [
  ['cid', 'yes', TYPE], ['cid', 21, RANGE], ['cid', -1, RANGE], ['cid', Buffer.alloc(21), VALUE],
  ['pathValidation', 'fast', VALUE], ['followNewest', 1, TYPE],
  ['reusePort', 1, TYPE], ['udpReceiveBufferSize', 0, RANGE], ['udpSendBufferSize', 'big', TYPE],
  ['udpTTL', 0, RANGE], ['udpTTL', 256, RANGE], ['secureContext', {}, TYPE],
];

const CONNECT: Wrong[] = [
  ...COMMON, ...SOCKET,
  ['psk', 'secret', TYPE], ['psk', { identity: 5, key }, TYPE, 'options.psk.identity'],
  ['psk', { identity: 'dev1' }, TYPE, 'options.psk.key'], ['psk', { identity: 'dev1', key: 'secret' }, TYPE, 'options.psk.key'],
  ['psk', { identity: 'dev1', key: Buffer.alloc(0) }, RANGE, 'options.psk.key.byteLength'],
  ['psk', { identity: 'dev1', key: Buffer.alloc(65) }, RANGE, 'options.psk.key.byteLength'],
  ['psk', { identity: 'é'.repeat(65), key }, RANGE, 'options.psk.identity.byteLength'],
  ['pskIdentityHint', 'hint', VALUE], ['bindHost', 5, TYPE], ['bindHost', 'localhost', VALUE], ['bindHost', '::1', VALUE], ['bindPort', 65536, RANGE],
  ['host', '::', UNSUPPORTED, 'host'], ['port', 1, UNSUPPORTED, 'port'], ['maxSessions', 1, UNSUPPORTED, 'maxSessions'],
];

const LISTEN: Wrong[] = [
  ...COMMON, ...SOCKET,
  ['psk', 'secret', TYPE], ['psk', {}, VALUE], ['psk', { dev1: 'secret' }, TYPE, "options.psk['dev1']"],
  ['psk', new Map([['dev1', Buffer.alloc(65)]]), RANGE, "options.psk['dev1'].byteLength"],
  ['psk', { ['x'.repeat(129)]: key }, RANGE, 'options.psk identity.byteLength'],
  ['pskIdentityHint', 5, TYPE], ['hidePskIdentity', 1, TYPE], ['pskIdentityHint', 'x'.repeat(129), RANGE, 'options.pskIdentityHint.byteLength'],
  ['host', 5, TYPE], ['host', 'localhost', VALUE], ['port', -1, RANGE], ['port', '5684', TYPE],
  ['ipv6Only', 'yes', TYPE], ['maxSessions', -1, RANGE], ['maxSessionsPerHost', 1.5, RANGE], ['maxHandshakes', -1, RANGE], ['bindPort', 1, UNSUPPORTED, 'bindPort'],
];

/** One test for each wrong value: the code, and the option's name in the message. */
function refuses(call: (options: object) => unknown, valid: object, wrongs: Wrong[], prefix = 'options.'): void {
  for (const [option, value, code, name = code === UNSUPPORTED ? option : prefix + option] of wrongs) {
    it(`${option}: ${JSON.stringify(value) ?? String(value)} → ${code}`, () => {
      const isNamed = (error: Error) => error.message.includes(`"${name}"`) || error.message.includes(`'${name}'`);
      assert.throws(() => call({ ...valid, [option]: value }), (error: Error & { code: string }) => {
        assert.equal(error.code, code);
        assert.ok(isNamed(error), error.message);
        return true;
      });
    });
  }
}

describe('connect refuses', () => {
  const call = (options: object) => connect('127.0.0.1', 5684, options as never);
  refuses(call, { psk }, CONNECT);
  refuses(call, { psk }, [...NOT_YET, 'colour'].map((option) => [option, 1, UNSUPPORTED]));
  it('a host or port that is none', () => {
    assert.throws(() => connect(5 as never, 5684, { psk }), { code: TYPE, message: /"host" argument/ });
    for (const port of [0, 65536]) assert.throws(() => connect('::1', port, { psk }), { code: RANGE, message: /"port"/ });
  });
  it('to go without psk, or without options (7925-4.1-1)', () => {
    assert.throws(() => connect('::1', 1, {}), { code: 'ERR_MISSING_ARGS', message: /"options.psk"/ });
    assert.throws(() => connect('::1', 1, undefined as never), { code: TYPE, message: /"options"/ });
  });
});

describe('listen refuses', () => {
  const call = (options: object) => listen(() => {}, options as never);
  refuses(call, { psk: keys, port: 0 }, LISTEN);
  refuses(call, { psk: keys, port: 0 }, [...NOT_YET, 'colour'].map((option) => [option, 1, UNSUPPORTED]));
  it('to go without psk, port or a function', () => {
    assert.throws(() => listen(() => {}, { port: 0 }), { code: 'ERR_MISSING_ARGS', message: /"options.psk"/ });
    assert.throws(() => listen(() => {}, { psk: keys } as never), { code: 'ERR_MISSING_ARGS', message: /"options.port"/ });
    assert.throws(() => listen(undefined as never, { psk: keys, port: 0 }), { code: TYPE, message: /"onsession"/ });
  });
});

describe('createSocket refuses', () => {
  refuses((dtls) => createSocket({ type: 'udp4', dtls } as never), { psk }, COMMON.filter(([option]) => option !== 'reusePort'));
  const call = (options: object) => createSocket(options as never);
  it('options that dgram does not have, and none for DTLS', () => {
    assert.throws(() => call({ type: 'udp4', dtls: { psk }, cert: 1 }), { code: UNSUPPORTED, message: /'cert'/ });
    assert.throws(() => call({ type: 'udp4' }), { code: 'ERR_MISSING_ARGS', message: /"options.dtls"/ });
    assert.throws(() => call({ type: 'udp4', dtls: {} }), { code: 'ERR_MISSING_ARGS', message: /"options.dtls.psk"/ });
  });
  it('a function whose side is not said', () => {
    assert.throws(() => call({ type: 'udp4', dtls: { psk: () => key } }), { code: VALUE, message: /dtls.connect.psk or dtls.listen.psk/ });
  });
  it('what belongs to the other side', () => {
    assert.throws(() => call({ type: 'udp4', dtls: { connect: { psk, pskIdentityHint: 'x' } } }), { code: UNSUPPORTED });
    assert.throws(() => call({ type: 'udp4', dtls: { listen: {} } }), { code: 'ERR_MISSING_ARGS', message: /dtls.listen.psk/ });
  });
  it('what only a server heeds, where there is none', () => {
    for (const [name, value] of Object.entries({ pskIdentityHint: 'hint', maxSessions: 5, maxSessionsPerHost: 5, maxHandshakes: 5 })) {
      assert.throws(() => call({ type: 'udp4', dtls: { psk, [name]: value } }),
        { code: VALUE, message: new RegExp(`'options.dtls.${name}' is only meaningful with keys to listen with`) });
    }
  });
  it('what is shared, beside a context that would not heed it', () => {
    const listening = { secureContext: createSecureContext({ psk: new Map([['dev1', key]]), isServer: true }) };
    for (const [name, value] of Object.entries({ psk: keys, ciphers: 'PSK-AES128-CCM', pskIdentityHint: 'hint' })) {
      assert.throws(() => call({ type: 'udp4', dtls: { listen: listening, [name]: value } }),
        { code: VALUE, message: new RegExp(`'options.dtls.${name}' cannot be combined with listen.secureContext`) });
    }
    call({ type: 'udp4', dtls: { listen: listening, psk } }).close(); // the client's own
  });
});

describe('a secure context', () => {
  it('is for one side', () => {
    const client = createSecureContext({ psk }), server = createSecureContext({ psk: keys, isServer: true });
    assert.ok(client instanceof DTLSSecureContext && !client.isServer && server.isServer);
    assert.throws(() => connect('::1', 1, { secureContext: server }), { code: VALUE, message: /was created for a server/ });
    assert.throws(() => listen(() => {}, { secureContext: client, port: 0 }), { code: VALUE, message: /was created for a client/ });
  });
  it('does not stand beside what it holds', () => {
    const secureContext = createSecureContext({ psk });
    for (const extra of [{ psk }, { ciphers: 'PSK-AES128-CCM' }, { extendedMasterSecret: 'offer' as const }]) {
      assert.throws(() => connect('::1', 1, { secureContext, ...extra }), { code: VALUE, message: /cannot be combined/ });
      assert.throws(() => createSocket({ type: 'udp4', dtls: { connect: { secureContext, ...extra } } }),
        { code: VALUE, message: /dtls\.connect\.\w+' cannot be combined/ });
    }
  });
  it('refuses what is not its own', () => {
    const call = (options: object) => createSecureContext(options as never);
    assert.throws(() => call({ psk, mtu: 1200 }), { code: UNSUPPORTED, message: /'mtu'/ });
    assert.throws(() => call({ psk, isServer: 1 }), { code: TYPE, message: /isServer/ });
    assert.throws(() => call({}), { code: 'ERR_MISSING_ARGS' });
  });
});

describe('defaults', () => {
  it('are node:dtls\'s', () => {
    const { timing, idleMs } = connectSettings({ psk });
    assert.deepEqual(timing, { mtu: 1200, handshakeMs: 60_000, initialMs: 1000, maxMs: 60_000, cids: undefined });
    assert.equal(idleMs, 0);
    const { maxHandshakes, maxSessions, maxSessionsPerHost, host } = listenSettings({ psk: keys, port: 0 });
    assert.deepEqual({ maxHandshakes, maxSessions, maxSessionsPerHost, host },
      { maxHandshakes: 1000, maxSessions: 10_000, maxSessionsPerHost: 1000, host: '0.0.0.0' });
  });
  it('of the profile \'iot\' are RFC 7925\'s, and can be overridden', () => {
    const iot = connectSettings({ psk, profile: 'iot' }).timing;
    assert.deepEqual([iot.handshakeMs, iot.initialMs], [300_000, 9000]);
    assert.equal(connectSettings({ psk, profile: 'iot', retransmit: { initialMs: 50 } }).timing.initialMs, 50);
  });
  it('hold where a value is undefined, and 0 lifts a limit', () => {
    assert.equal(connectSettings({ psk, mtu: undefined as never }).timing.mtu, 1200);
    assert.equal(connectSettings({ psk, handshakeTimeout: 0 }).timing.handshakeMs, 0x7fffffff);
    assert.equal(listenSettings({ psk: keys, port: 0, maxSessions: 0 }).maxSessions, Infinity);
  });
});

it('no error shows a key', () => {
  const secret = '73656372657450534b';
  for (const wrong of [{ identity: 'dev1', key: secret }, secret]) {
    assert.throws(() => connect('::1', 1, { psk: wrong as never }), (error: Error) => !error.message.includes(secret));
  }
});
