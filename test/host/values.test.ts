// Small parts of the Node host that need no engine.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CipherSuite } from '../../assembly/codes.js';
import { ContextField } from '../../assembly/records.js';
import { writeContext } from '../../host/core/context.js';
import { addressBytes, packAddress } from '../../host/core/index.js';
import { canonicalAddress, isGroupAddress } from '../../host/node/address.js';
import { cipherInfo, defaultSuites, parseCiphers } from '../../host/node/ciphers.js';
import { parseSend } from '../../host/node/dgram-options.js';
import { Inbox } from '../../host/node/inbox.js';
import { keyLogLine } from '../../host/node/keylog.js';
import { explainSendError } from '../../host/node/udp.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('addresses', () => {
  it('are 20 bytes: IPv6 or mapped IPv4, port, zone', () => {
    assert.equal(hex(packAddress('192.0.2.1', 5684)), '00000000000000000000ffffc00002011634' + '0000');
    assert.equal(hex(packAddress('2001:db8::1', 1)), '20010db8000000000000000000000001' + '0001' + '0000');
    assert.notEqual(hex(packAddress('fe80::1%eth0', 1)), hex(packAddress('fe80::1%eth1', 1)));
  });

  it('of every form of IPv6 are read', () => {
    const forms = { '::': '0'.repeat(32), '::1': '1'.padStart(32, '0'), '1:2:3:4:5:6:7:8': '00010002000300040005000600070008',
      '1::': '1'.padStart(4, '0').padEnd(32, '0'), '::ffff:10.1.2.3': 'ffff0a010203'.padStart(32, '0'),
      'fe80::1:2': 'fe80' + '00010002'.padStart(28, '0') };
    for (const [text, bytes] of Object.entries(forms)) assert.equal(hex(addressBytes(text)), bytes, text);
  });

  it('have one form, the system\'s', () => {
    assert.deepEqual(['0:0:0:0:0:0:0:1', '2001:DB8::0001', '127.0.0.1', 'fe80::1%eth0'].map(canonicalAddress),
      ['::1', '2001:db8::1', '127.0.0.1', 'fe80::1%eth0']);
  });

  it('of groups are told', () => {
    const groups = ['224.0.1.187', '239.1.1.1', '255.255.255.255', 'ff02::fd'], single = ['127.0.0.1', '240.0.0.1', '::1', 'host'];
    assert.ok(groups.every(isGroupAddress));
    assert.ok(!single.some(isGroupAddress));
  });
});

describe('ciphers', () => {
  it('prefer forward secrecy (9325-4.2-1)', () => {
    const all = defaultSuites({ psk: true, certificates: true }), signed = defaultSuites({ psk: false, certificates: true });
    assert.deepEqual(all.slice(0, signed.length), signed);
  });
  it('are those of RFC 7925 §4 for each credential, and of RFC 7252 §9.1.3, the mandatory one first (7925-9-2, 7252-9.1.3.1-1)', () => {
    assert.equal(defaultSuites({ psk: true, certificates: false })[0], CipherSuite.TLS_PSK_WITH_AES_128_CCM_8);
    assert.equal(defaultSuites({ psk: false, certificates: true })[0], CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8);
  });
  it('are known by OpenSSL\'s and IANA\'s names', () => {
    assert.deepEqual(parseCiphers('x', 'PSK-AES128-CCM8:TLS_PSK_WITH_AES_128_CCM:PSK-AES128-GCM-SHA256:PSK-AES128-CCM'),
      defaultSuites({ psk: true, certificates: false }));
    assert.deepEqual(parseCiphers('x', 'ECDHE-ECDSA-AES128-CCM8:TLS_ECDHE_ECDSA_WITH_AES_128_CCM:ECDHE-ECDSA-AES128-GCM-SHA256'),
      defaultSuites({ psk: false, certificates: true }));
    assert.deepEqual(parseCiphers('x', 'ECDHE-PSK-AES128-CCM8'), [CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256]);
    assert.deepEqual(parseCiphers('x', 'PSK-AES128-CCM8:@SECLEVEL=0'), [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8]);
    assert.deepEqual(parseCiphers('x', 'PSK-AES128-CCM8@SECLEVEL=0'), [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8]);
  });

  it('that are none are refused with the list of those that are', () => {
    for (const list of ['', 'ALL', 'PSK-AES128-CCM8:', '__proto__', 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV', '@SECLEVEL=0']) {
      assert.throws(() => parseCiphers('options.ciphers', list), { code: 'ERR_INVALID_ARG_VALUE', message: /PSK-AES128-CCM8, / });
    }
  });

  it('are reported as node:dtls does', () => {
    assert.deepEqual(cipherInfo(0xc0a8), { name: 'PSK-AES128-CCM8', standardName: 'TLS_PSK_WITH_AES_128_CCM_8', version: 'TLSv1.2' });
  });
});

it('a context record is little endian, its bytes behind its fields', () => {
  const window = new Uint8Array(128).fill(0xff);
  const length = writeContext(window, { suites: [0xc0a8], mtu: 1200, initialMs: 1000, maxMs: 60_000, handshakeMs: 0x7fffffff,
    identity: Buffer.from('id'), key: Buffer.from('key'), requireExtendedMasterSecret: true, separateRecords: true });
  const fields = new Int32Array(window.buffer.slice(0, ContextField.COUNT * 4));
  assert.deepEqual([...fields], [3, 0xc0a8, 0, 0, 0, 1200, 1000, 60_000, 0x7fffffff, 0, 0, -1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(Buffer.from(window.subarray(ContextField.COUNT * 4, length)).toString(), 'idkey');
});

it('a key log line is NSS\'s', () => {
  const entry = Buffer.concat([Buffer.alloc(32, 0xaa), Buffer.alloc(48, 0xbb)]);
  assert.equal(keyLogLine(entry), `CLIENT_RANDOM ${'aa'.repeat(32)} ${'bb'.repeat(48)}`);
});

it('a datagram too long for the path goes up with what to do (6347-4.1.1.1-2)', () => {
  const error = explainSendError(Object.assign(new Error('send EMSGSIZE'), { code: 'EMSGSIZE' }));
  assert.match((error as Error & { hint: string }).hint, /mtu/);
});

describe('the forms of dgram\'s send', () => {
  const callback = () => {};
  it('are all understood', () => {
    const message = Buffer.from('hello'), to = { port: 7, address: 'host', callback };
    const same = (call: unknown[], text: string, rest: object) => {
      const { message: sent, ...others } = parseSend(call, false);
      assert.deepEqual([sent.toString(), others], [text, rest]);
    };
    same([message, 7, 'host', callback], 'hello', to);
    same([message, 1, 3, 7, 'host', callback], 'ell', to);
    same(['hello', '7', 'host', callback], 'hello', to);
    same([['he', message.subarray(2)], 7, 'host', callback], 'hello', to);
    same([new DataView(message.buffer, message.byteOffset, 2), 7, callback], 'he', { port: 7, address: undefined, callback });
    same([message, 0, 5, 7], 'hello', { port: 7, address: undefined, callback: undefined });
  });

  it('of a connected socket have no address', () => {
    for (const args of [['hello', callback], ['hello'], [Buffer.from('xhello'), 1, 5, callback]]) {
      assert.equal(parseSend(args, true).message.toString(), 'hello');
    }
  });

  it('that are wrong throw dgram\'s errors', () => {
    assert.throws(() => parseSend([5, 7], false), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => parseSend(['x'], false), { code: 'ERR_SOCKET_BAD_PORT' });
    assert.throws(() => parseSend(['x', 65536], false), { code: 'ERR_SOCKET_BAD_PORT' });
    assert.throws(() => parseSend(['x', 7, 5n], false), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => parseSend([Buffer.from('x'), 0, 2, 7], false), { code: 'ERR_OUT_OF_RANGE' });
  });
});

describe('an inbox', () => {
  it('is bounded: a slow reader loses the oldest', async () => {
    const inbox = new Inbox<number>();
    let kept = 0;
    for (let i = 0; i < 1030; i++) if (inbox.push(i)) kept++;
    assert.equal(kept, 1024);
    assert.deepEqual(await inbox.next(), { done: false, value: 6 });
  });

  it('throws its error once, after what had come', async () => {
    const inbox = new Inbox<number>();
    inbox.push(1);
    inbox.end(new Error('over'));
    assert.deepEqual(await inbox.next(), { done: false, value: 1 });
    await assert.rejects(inbox.next(), /over/);
    assert.deepEqual(await inbox.next(), { done: true, value: undefined });
  });
});
