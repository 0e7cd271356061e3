// Values that standards print, and one DTLS 1.2 record computed by an independent implementation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CCM, CCM_8, Crypto, GCM, hex, KINDS } from './crypto.js';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const from = (first: number, length: number) => Buffer.from(Array.from({ length }, (_, i) => first + i));

for (const kind of KINDS) {
  const crypto = new Crypto(kind);

  test(`${kind}: SHA-256 of the messages of FIPS 180-2, appendix B, and of nothing`, () => {
    assert.equal(crypto.sha256().toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    assert.equal(crypto.sha256(ascii('abc')).toString('hex'),
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(crypto.sha256(ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toString('hex'),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1');
  });

  test(`${kind}: HMAC-SHA-256, RFC 4231 test cases 1, 2 and 6 (a key longer than a block)`, () => {
    assert.equal(crypto.hmac(Buffer.alloc(20, 0x0b), ascii('Hi There')).toString('hex'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7');
    assert.equal(crypto.hmac(ascii('Jefe'), ascii('what do ya want for nothing?')).toString('hex'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    assert.equal(crypto.hmac(Buffer.alloc(131, 0xaa), ascii('Test Using Larger Than Block-Size Key - Hash Key First')).toString('hex'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  });

  test(`${kind}: CCM_8, NIST SP 800-38C example 3`, () => {
    const sealed = hex('e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5 484392fbc1b09951');
    const inputs = [from(0x40, 16), from(0x10, 12), from(0x00, 20)] as const;
    assert.deepEqual(crypto.seal(CCM_8, ...inputs, from(0x20, 24)), sealed);
    assert.deepEqual(crypto.open(CCM_8, ...inputs, sealed), { verified: true, text: from(0x20, 24) });
  });

  test(`${kind}: a TLS_PSK_WITH_AES_128_CCM_8 record (RFC 6655 §3: nonce of salt, epoch and sequence number)`, () => {
    const record = hex('17fefd0001000000000005001600010000000000054a5292635ff6066502ba4aa9b2c6');
    const explicit = record.subarray(13, 21);
    const additional = Buffer.concat([record.subarray(3, 11), record.subarray(0, 3), hex('0006')]);
    const nonce = Buffer.concat([hex('a0a1a2a3'), explicit]);
    assert.deepEqual(crypto.seal(CCM_8, from(0x10, 16), nonce, additional, ascii('hello!')), record.subarray(21));
  });

  test(`${kind}: the same with a connection ID (RFC 9146 §5.3)`, () => {
    const record = hex('19fefd000100000000000542001700010000000000054a5292635ff62866281dbfbd150ab3');
    const additional = hex('ffffffffffffffff190119fefd0001000000000005420007');
    const nonce = hex('a0a1a2a3 0001000000000005');
    assert.deepEqual(crypto.seal(CCM_8, from(0x10, 16), nonce, additional, hex('68656c6c6f21 17')), record.subarray(22));
  });

  test(`${kind}: tag lengths say what a build has`, () => {
    const lengths = [0, CCM_8, CCM, GCM, 4, -1].map((algorithm) => crypto.exports.aead_tag_length(algorithm));
    assert.deepEqual(lengths, [0, 8, 16, kind === 'psk' ? 0 : 16, 0, 0]);
  });

  test(`${kind}: an algorithm that a build lacks verifies nothing`, () => {
    const missing = kind === 'psk' ? GCM : 4;
    assert.equal(crypto.open(missing, from(0, 16), from(0, 12), from(0, 13), from(0, 32)).verified, false);
  });
}
