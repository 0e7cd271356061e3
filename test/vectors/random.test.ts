// The same answers as node:crypto, on seeded random input of every size that a record may have.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Random } from '../../host/fleet/random.js';
import { algorithmsOf, CCM, CCM_8, Crypto, GCM, KINDS } from './crypto.js';

const SEED = Number(process.env.THIMBLE_SEED ?? 20260101);

/** By algorithm. node:crypto's types tell the modes apart by name, its functions do not: here GCM passes for CCM. */
type Mode = { name: 'aes-128-ccm'; tag: number };
const OPENSSL: { [algorithm: number]: Mode } = {
  [CCM_8]: { name: 'aes-128-ccm', tag: 8 },
  [CCM]: { name: 'aes-128-ccm', tag: 16 },
  [GCM]: { name: 'aes-128-gcm' as Mode['name'], tag: 16 },
};

/** What node:crypto makes of it. */
function expected(algorithm: number, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, text: Uint8Array): Buffer {
  const { name, tag } = OPENSSL[algorithm];
  const cipher = createCipheriv(name, key, nonce, { authTagLength: tag });
  cipher.setAAD(additional, { plaintextLength: text.length });
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

for (const kind of KINDS) {
  const crypto = new Crypto(kind);
  const random = (label: string) => new Random(SEED, `${kind} ${label}`);
  const bytes = (source: Random, length: number) => source.fill(new Uint8Array(length));

  test(`${kind}: SHA-256 in pieces of any size (seed ${SEED})`, () => {
    const source = random('sha256');
    for (let length = 0; length < 300; length++) {
      const message = bytes(source, length);
      const cut = source.below(length + 1);
      const other = cut + source.below(length - cut + 1);
      const hash = crypto.sha256(message.subarray(0, cut), message.subarray(cut, other), message.subarray(other));
      assert.deepEqual(hash, createHash('sha256').update(message).digest(), `length ${length}, cut ${cut} and ${other}`);
    }
  });

  test(`${kind}: HMAC with keys to 200 bytes (seed ${SEED})`, () => {
    const source = random('hmac');
    for (let length = 0; length <= 200; length++) {
      const key = bytes(source, length);
      const message = bytes(source, source.below(200));
      assert.deepEqual(crypto.hmac(key, message, 2), createHmac('sha256', key).update(message).digest(), `key of ${length}`);
    }
  });

  for (const algorithm of algorithmsOf(kind)) {
    const { name, tag } = OPENSSL[algorithm];

    test(`${kind}: ${name} with a tag of ${tag}, both ways, lengths 0 to 130 and some to 16,384 (seed ${SEED})`, () => {
      const source = random(`${name} ${tag}`);
      const lengths = [...Array(131).keys(), 255, 256, 257, 1024, 1280, 4095, 4096, 16383, 16384];
      for (const length of lengths) {
        const [key, nonce, additional, text] = [16, 12, source.below(60), length].map((n) => bytes(source, n));
        const sealed = expected(algorithm, key, nonce, additional, text);
        const skew = source.below(8);
        assert.deepEqual(crypto.seal(algorithm, key, nonce, additional, text, skew), sealed, `length ${length}`);
        const opened = crypto.open(algorithm, key, nonce, additional, sealed, skew);
        assert.deepEqual(opened, { verified: true, text: Buffer.from(text) }, `length ${length}`);
      }
    });

    test(`${kind}: ${name} with a tag of ${tag} refuses any flipped bit and leaves no plaintext (seed ${SEED})`, () => {
      const source = random(`forgery ${name} ${tag}`);
      const [key, nonce, additional, text] = [16, 12, 13, 40].map((n) => bytes(source, n));
      const sealed = crypto.seal(algorithm, key, nonce, additional, text);
      for (const input of [key, nonce, additional, sealed]) {
        for (let bit = 0; bit < input.length * 8; bit++) {
          input[bit >> 3] ^= 1 << (bit & 7);
          const opened = crypto.open(algorithm, key, nonce, additional, sealed);
          input[bit >> 3] ^= 1 << (bit & 7);
          assert.deepEqual(opened, { verified: false, text: Buffer.alloc(text.length) }, `bit ${bit}`);
        }
      }
    });
  }
}
