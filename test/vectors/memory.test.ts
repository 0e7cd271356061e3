// What the cryptography does to memory: how deep its stack goes, what it leaves behind, what it touches.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { algorithmsOf, CCM, Crypto, KINDS, KINDS_WITH_P256, type Kind } from './crypto.js';

declare namespace WebAssembly {
  class RuntimeError extends Error {}
}

const MARGIN = 128; /* of C's stack, bytes: nothing gets nearer to its end */
const PAINT = 0xa5;
const LENGTHS = [0, 1, 15, 16, 17, 64, 100, 1000];

const pattern = (length: number, salt: number) => Uint8Array.from({ length }, (_, i) => (i * 37 + salt * 101 + 11) & 255);
const KEY = pattern(16, 1);
const NONCE = pattern(12, 2);
const ADDITIONAL = pattern(13, 3);
const PRIVATE = pattern(32, 8);
const HASH = pattern(32, 9);

/** Calls every function on texts of many lengths; `after` sees the module after each call. */
function exercise(crypto: Crypto, algorithms: number[], after: (what: string) => void): void {
  for (const length of LENGTHS) {
    const text = pattern(length, 4);
    crypto.sha256(text);
    after(`sha256 ${length}`);
    for (const key of [KEY, pattern(100, 5)]) crypto.hmac(key, text);
    after(`hmac ${length}`);
    for (const algorithm of algorithms) {
      const sealed = crypto.seal(algorithm, KEY, NONCE, ADDITIONAL, text);
      after(`seal ${algorithm} ${length}`);
      assert.ok(crypto.open(algorithm, KEY, NONCE, ADDITIONAL, sealed).verified);
      after(`open ${algorithm} ${length}`);
      sealed[sealed.length - 1] ^= 1;
      assert.ok(!crypto.open(algorithm, KEY, NONCE, ADDITIONAL, sealed).verified);
      after(`refuse ${algorithm} ${length}`);
    }
  }
}

/** Calls what P-256 has, with secrets and without, well and in vain. */
function exerciseP256(crypto: Crypto, after: (what: string) => void): void {
  const say = <T>(what: string, result: T): T => {
    after(what);
    return result;
  };
  const { publicKey } = say('generate', crypto.p256Generate(pattern(48, 10)))!;
  const own = say('public', crypto.p256Public(PRIVATE))!;
  say('ecdh', crypto.p256Ecdh(PRIVATE, publicKey));
  assert.equal(say('ecdh off the curve', crypto.p256Ecdh(PRIVATE, pattern(64, 11))), null);
  for (const random of [null, pattern(32, 12)]) {
    const signature = say(`sign, ${random ? 'hedged' : 'plain'}`, crypto.p256Sign(PRIVATE, HASH, random))!;
    assert.ok(crypto.p256Verify(signature, own, HASH));
    assert.ok(!crypto.p256Verify(signature, publicKey, HASH));
  }
  const beyond = Buffer.alloc(32, 255);
  assert.equal(say('public of what is no key', crypto.p256Public(beyond)), null);
  assert.equal(say('ecdh with what is no key', crypto.p256Ecdh(beyond, publicKey)), null);
  assert.equal(say('sign with what is no key', crypto.p256Sign(beyond, HASH, pattern(32, 12))), null);
}

/** Bytes of stack, in steps of 16, without which a call runs below address 0, where it traps. */
function depthOf(kind: Kind): number {
  const suffices = (bytes: number): boolean => {
    const crypto = new Crypto(kind);
    crypto.exports.__stack_pointer.value = bytes;
    try {
      exercise(crypto, algorithmsOf(kind), () => {});
      if (kind !== 'psk') exerciseP256(crypto, () => {});
      return true;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return false;
      throw error;
    }
  };
  let depth = new Crypto(kind).stack;
  while (suffices(depth - 16)) depth -= 16;
  return depth;
}

/** Where a secret stands in C's stack and data, or -1. */
const find = (crypto: Crypto, secret: Uint8Array) => Buffer.from(crypto.bytes(0, crypto.end)).indexOf(secret);

for (const kind of KINDS) {
  const algorithms = algorithmsOf(kind);
  const all = (crypto: Crypto, after: (what: string) => void): void => {
    exercise(crypto, algorithms, after);
    if (kind !== 'psk') exerciseP256(crypto, after);
  };

  test(`${kind}: the C stack is deep enough, with a margin`, (t) => {
    const { stack } = new Crypto(kind);
    const depth = depthOf(kind);
    t.diagnostic(`${depth} of ${stack} bytes`);
    assert.ok(depth > 0 && depth <= stack - MARGIN, `${depth} of ${stack} bytes`);
  });

  test(`${kind}: CCM leaves no byte of its work on the stack`, () => {
    const crypto = new Crypto(kind);
    const stack = crypto.bytes(0, crypto.stack).fill(PAINT);
    for (const length of LENGTHS) crypto.seal(CCM, KEY, NONCE, ADDITIONAL, pattern(length, 4));
    assert.deepEqual(stack.filter((byte) => byte !== PAINT), new Uint8Array(0));
  });

  test(`${kind}: contexts are zero after each call, and constants as they were`, () => {
    const crypto = new Crypto(kind);
    const data = crypto.bytes(crypto.stack, crypto.end - crypto.stack);
    const before = Buffer.from(data);
    all(crypto, (what) => assert.deepEqual(Buffer.from(data), before, what));
  });

  test(`${kind}: no key stays behind, on the stack or elsewhere`, () => {
    const crypto = new Crypto(kind);
    const padded = Uint8Array.from({ length: 16 }, (_, i) => KEY[i] ^ 0x36);
    all(crypto, (what) => {
      assert.equal(find(crypto, KEY), -1, what);
      assert.equal(find(crypto, padded), -1, what);
    });
  });

  test(`${kind}: finishing wipes a context, the key's state stays`, () => {
    const crypto = new Crypto(kind);
    crypto.reset();
    const state = crypto.place(64);
    const context = crypto.place(112);
    const mac = crypto.place(32);
    crypto.exports.hmac_key(state, crypto.put(KEY), KEY.length);
    const kept = crypto.take(state, 64);
    crypto.exports.hmac_start(context, state);
    crypto.exports.hmac_finish(context, state, mac);
    assert.deepEqual(crypto.take(context, 112), Buffer.alloc(112));
    assert.deepEqual(crypto.take(state, 64), kept);
  });

  test(`${kind}: a copied context goes on by itself`, () => {
    const crypto = new Crypto(kind);
    const message = pattern(150, 6);
    const whole = crypto.sha256(message);
    const [context, copy, hash] = [crypto.place(112), crypto.place(112), crypto.place(32)];
    const at = crypto.put(message);
    crypto.exports.sha256_start(context);
    crypto.exports.sha256_update(context, at, 70);
    crypto.bytes(copy).set(crypto.take(context, 112));
    crypto.exports.sha256_finish(context, hash);
    crypto.exports.sha256_update(copy, at + 70, 80);
    crypto.exports.sha256_finish(copy, hash);
    assert.deepEqual(crypto.take(hash, 32), whole);
  });

  test(`${kind}: seal and open write the text and the tag, and nothing around them`, () => {
    const crypto = new Crypto(kind);
    for (const algorithm of algorithms) {
      const tag = crypto.exports.aead_tag_length(algorithm);
      for (const length of LENGTHS) {
        crypto.reset();
        const inputs = [KEY, NONCE, ADDITIONAL].map((input) => crypto.put(input));
        const room = crypto.place(length + tag + 64);
        const around = crypto.bytes(room, length + tag + 64).fill(PAINT);
        crypto.exports.aead_seal(algorithm, inputs[0], inputs[1], inputs[2], ADDITIONAL.length, room + 32, length);
        crypto.exports.aead_open(algorithm, inputs[0], inputs[1], inputs[2], ADDITIONAL.length, room + 32, length);
        assert.ok([...around.subarray(0, 32), ...around.subarray(32 + length + tag)].every((byte) => byte === PAINT));
        assert.deepEqual(crypto.take(inputs[2], ADDITIONAL.length), Buffer.from(ADDITIONAL));
      }
    }
  });

  test(`${kind}: constant_time_equal tells any two bytes apart at any place, and wipe clears just what it is told`, () => {
    const crypto = new Crypto(kind);
    crypto.reset();
    const [a, b] = [crypto.put(pattern(64, 7)), crypto.put(pattern(64, 7))];
    const equal = (length: number) => crypto.exports.constant_time_equal(a, b, length);
    for (let at = 0; at < 64; at++) {
      for (let flip = 1; flip < 256; flip++) {
        crypto.bytes()[b + at] ^= flip;
        assert.equal(equal(64), 0);
        assert.equal(equal(at), 1);
        crypto.bytes()[b + at] ^= flip;
      }
    }
    assert.equal(equal(64), 1);
    crypto.exports.wipe(a + 1, 62);
    assert.deepEqual([...crypto.take(a, 64)].map((byte) => byte !== 0).indexOf(true), 0);
    assert.deepEqual(crypto.take(a + 1, 62), Buffer.alloc(62));
    assert.notEqual(crypto.bytes()[a + 63], 0);
  });
}

for (const kind of KINDS_WITH_P256) {
  test(`${kind}: P-256 leaves no byte of its work on the stack, whatever the number on it looks like`, () => {
    const crypto = new Crypto(kind);
    const stack = crypto.bytes(0, crypto.stack);
    exerciseP256(crypto, (what) => {
      assert.ok(stack.every((byte) => byte === 0), what);
      stack.fill(PAINT);
    });
  });
}
