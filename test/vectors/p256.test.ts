// P-256: what standards print, the same answers as node:crypto, and all that must be refused.
import assert from 'node:assert/strict';
import { createECDH, createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { Random } from '../../host/fleet/random.js';
import { Crypto, hex, KINDS_WITH_P256 } from './crypto.js';

const SEED = Number(process.env.THIMBLE_SEED ?? 20260102);
const ROUNDS = 20;
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const PRIME = BigInt('0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff');

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest();
const number = (value: bigint) => hex(value.toString(16).padStart(64, '0'));
const value = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const ecdsa = (key: ReturnType<typeof createPublicKey>) => ({ key, dsaEncoding: 'ieee-p1363' as const });

/** X and Y of the point that belongs to a private key, by node:crypto. */
function publicOf(privateKey: Uint8Array): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(privateKey);
  return ecdh.getPublicKey().subarray(1);
}

/** The key as node:crypto has it: {public, private}. */
function keysOf(publicKey: Uint8Array, privateKey?: Uint8Array) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: text(publicKey.subarray(0, 32)), y: text(publicKey.subarray(32)) };
  const key = { format: 'jwk' as const, key: privateKey ? { ...jwk, d: text(privateKey) } : jwk };
  return privateKey ? createPrivateKey(key) : createPublicKey(key);
}

/** The first number in range from HMAC_DRBG (SP 800-90A §10.1.2, RFC 6979 §3.2) with this seed. */
function drawn(...seed: Uint8Array[]): Buffer {
  const hmac = (key: Uint8Array, ...data: Uint8Array[]) => createHmac('sha256', key).update(Buffer.concat(data)).digest();
  let key = Buffer.alloc(32), state = Buffer.alloc(32, 1);
  const update = (separator: number, data: Uint8Array[]) => {
    key = hmac(key, state, Buffer.of(separator), ...data);
    state = hmac(key, state);
  };
  update(0, seed);
  update(1, seed);
  for (;;) {
    state = hmac(key, state);
    if (value(state) > 0n && value(state) < ORDER) return state;
    update(0, []);
  }
}

for (const kind of KINDS_WITH_P256) {
  const crypto = new Crypto(kind);
  const random = new Random(SEED, `${kind} p256`);
  const bytes = (length: number) => Buffer.from(random.fill(new Uint8Array(length)));
  const pair = () => crypto.p256Generate(bytes(48))!;

  // The last message makes the first nonce too large; it is C2SP/CCTV's.
  test(`${kind}: signatures without random bytes are those of RFC 6979 A.2.5`, () => {
    const key = hex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721');
    assert.equal(crypto.p256Public(key)!.toString('hex'), '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
      '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299');
    for (const [message, signature] of [
      ['sample', 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
        'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8'],
      ['test', 'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367' +
        '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083'],
      ['wv[vnX', 'efd9073b652e76da1b5a019c0e4a2e3fa529b035a6abb91ef67f0ed7a1f21234' +
        '3db4706c9d9f4a4fe13bb5e08ef0fab53a57dbab2061c83a35fa411c68d2ba33'],
    ] as const) assert.equal(crypto.p256Sign(key, sha256(message), null)!.toString('hex'), signature, message);
  });

  // C-17
  test(`${kind}: the nonce is HMAC_DRBG's, seeded with the key, the hash below the order and the random bytes`, () => {
    const { privateKey, publicKey } = pair();
    const edges = [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n];
    for (const hash of [bytes(32), ...edges.map(number)]) {
      for (const hedge of [null, bytes(32), Buffer.alloc(32)]) {
        const signature = crypto.p256Sign(privateKey, hash, hedge)!;
        const nonce = drawn(privateKey, number(value(hash) % ORDER), ...(hedge ? [hedge] : []));
        assert.equal(value(signature.subarray(0, 32)), value(publicOf(nonce).subarray(0, 32)) % ORDER);
        assert.ok(crypto.p256Verify(signature, publicKey, hash));
      }
    }
  });

  // iot13-fault-1
  test(`${kind}: with other random bytes the signature of the same hash is another one, and good`, () => {
    const { privateKey, publicKey } = pair();
    const hash = bytes(32);
    const signatures = [bytes(32), bytes(32), null].map((hedge) => crypto.p256Sign(privateKey, hash, hedge)!);
    for (const signature of signatures) assert.ok(crypto.p256Verify(signature, publicKey, hash));
    assert.equal(new Set(signatures.map((one) => one.toString('hex', 0, 32))).size, 3, 'r tells that nonces differ');
  });

  test(`${kind}: a key pair comes from HMAC_DRBG over all 48 random bytes`, () => {
    const seed = bytes(48);
    const { privateKey, publicKey } = crypto.p256Generate(seed)!;
    assert.deepEqual(privateKey, drawn(seed));
    assert.deepEqual(publicKey, publicOf(privateKey));
    for (let i = 0; i < seed.length; i++) {
      seed[i] ^= 1;
      assert.notDeepEqual(crypto.p256Generate(seed)!.privateKey, privateKey, `byte ${i}`);
      seed[i] ^= 1;
    }
  });

  test(`${kind}: signatures, keys and secrets agree with node:crypto both ways (seed ${SEED})`, () => {
    for (let i = 0; i < ROUNDS; i++) {
      const [ours, theirs] = [pair(), createECDH('prime256v1')];
      theirs.generateKeys();
      const peer = theirs.getPublicKey().subarray(1);
      const secret = crypto.p256Ecdh(ours.privateKey, peer);
      assert.deepEqual(secret, theirs.computeSecret(Buffer.concat([Buffer.of(4), ours.publicKey])));
      const message = bytes(random.below(100));
      const signature = crypto.p256Sign(ours.privateKey, sha256(message), bytes(32))!;
      assert.ok(verify('sha256', message, ecdsa(keysOf(ours.publicKey)), signature));
      const foreign = sign('sha256', message, ecdsa(keysOf(ours.publicKey, ours.privateKey)));
      assert.ok(crypto.p256Verify(foreign, ours.publicKey, sha256(message)));
    }
  });

  test(`${kind}: a flipped bit in signature, key or hash is refused`, () => {
    const { privateKey, publicKey } = pair();
    const inputs = [crypto.p256Sign(privateKey, bytes(32), bytes(32))!, publicKey, bytes(32)];
    inputs[0] = crypto.p256Sign(privateKey, inputs[2], null)!;
    const isGood = () => crypto.p256Verify(inputs[0], inputs[1], inputs[2]);
    assert.ok(isGood());
    for (const input of inputs) {
      for (let i = 0; i < input.length; i++) {
        input[i] ^= 1 << (i & 7);
        assert.ok(!isGood(), `byte ${i} of ${input.length}`);
        input[i] ^= 1 << (i & 7);
      }
    }
  });

  test(`${kind}: private keys are from 1 to the order less 1`, () => {
    const { publicKey } = pair();
    for (const scalar of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      const key = number(scalar);
      assert.equal(crypto.p256Public(key), null);
      assert.equal(crypto.p256Ecdh(key, publicKey), null);
      assert.equal(crypto.p256Sign(key, bytes(32), bytes(32)), null);
    }
    for (const scalar of [1n, 2n, 3n, ORDER - 2n, ORDER - 1n]) {
      assert.deepEqual(crypto.p256Public(number(scalar)), publicOf(number(scalar)));
    }
  });

  // 8422-5-1: without a check, a peer learns the private key from a point of another curve
  test(`${kind}: a point that is zero, off the curve, or has a coordinate that is not below the prime is no public key`, () => {
    const { privateKey, publicKey } = pair();
    const hash = bytes(32);
    const signature = crypto.p256Sign(privateKey, hash, null)!;
    const [x, y] = [publicKey.subarray(0, 32), publicKey.subarray(32)];
    const swapped = Buffer.concat([y, x]);
    // X = 5 is on the curve, and so small that 5 + p still fits: the same point, written too large
    const five = Buffer.concat([number(5n), hex('459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc')]);
    assert.ok(crypto.p256Ecdh(privateKey, five), 'on the curve');
    const large = Buffer.concat([number(5n + PRIME), five.subarray(32)]);
    const negated = Buffer.concat([x, number(PRIME - value(y))]);
    assert.ok(crypto.p256Ecdh(privateKey, negated), 'on the curve');
    for (const point of [Buffer.alloc(64), swapped, large, Buffer.concat([x, number(PRIME)]), Buffer.alloc(64, 255),
      Buffer.concat([number(0n), number(1n)]), Buffer.concat([x, number(value(y) ^ 1n)])]) {
      assert.equal(crypto.p256Ecdh(privateKey, point), null, point.toString('hex'));
      assert.equal(crypto.p256Verify(signature, point, hash), false, point.toString('hex'));
    }
  });

  test(`${kind}: r and s are from 1 to the order less 1`, () => {
    const { privateKey, publicKey } = pair();
    const hash = bytes(32);
    const signature = crypto.p256Sign(privateKey, hash, null)!;
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    for (const other of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n].map(number)) {
      for (const forged of [[other, s], [r, other], [other, other]]) {
        assert.equal(crypto.p256Verify(Buffer.concat(forged), publicKey, hash), false);
      }
    }
    // (r, -s) is as good as (r, s): ECDSA is so
    assert.ok(crypto.p256Verify(Buffer.concat([r, number(ORDER - value(s))]), publicKey, hash));
  });
}
