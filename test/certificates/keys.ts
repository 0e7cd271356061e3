// Key pairs for certificates and handshakes. Those of P-256 come from their names and sign the same bytes alike each time, so that a
// test's bytes are the same in every run; never so outside of tests.
import {
  createECDH, createHash, createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject,
} from 'node:crypto';
import { integer, oid, sequence } from './der.js';

/** A private key, and what certificates say of it. */
export interface Key {
  /** SubjectPublicKeyInfo. */
  info: Buffer;
  private: KeyObject;
  /** AlgorithmIdentifier of its signatures. */
  algorithm: Buffer;
  sign: (content: Uint8Array) => Buffer;
}

/** A P-256 key: the engine's form, too. */
export interface P256Key extends Key {
  /** 32 bytes. */
  scalar: Buffer;
  /** X and Y, 64 bytes. */
  point: Buffer;
  /** r and s over a hash, 64 bytes: what a secure element answers. */
  signHash: (hash: Uint8Array) => Buffer;
}

/** The order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
export const ECDSA_WITH_SHA1 = sequence(oid('1.2.840.10045.4.1'));
export const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
export const ECDSA_WITH_SHA384 = sequence(oid('1.2.840.10045.4.3.3'));
export const RSA_WITH_SHA256 = sequence(oid('1.2.840.113549.1.1.11'), Buffer.from([5, 0]));

const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  for (let square = base % N, left = exponent; left > 0n; left >>= 1n, square = square * square % N) {
    if (left & 1n) result = result * square % N;
  }
  return result;
};

/** r and s over a hash; the nonce is made of key and hash. */
function ecdsa(scalar: Buffer, digest: Uint8Array): [Buffer, Buffer] {
  const nonce = createHmac('sha256', scalar).update(digest).digest();
  const ephemeral = createECDH('prime256v1');
  ephemeral.setPrivateKey(nonce);
  const r = number(ephemeral.getPublicKey().subarray(1, 33)) % N;
  const s = power(number(nonce), N - 2n) * (number(digest) + r * number(scalar)) % N;
  return [bytes(r), bytes(s)];
}

/** The signature in DER over a hash that is given. */
export const signDigest = (scalar: Buffer, digest: Buffer) => sequence(...ecdsa(scalar, digest).map(integer));

/** The P-256 key that belongs to this name. */
export function p256(name: string, hash = 'sha256'): P256Key {
  const scalar = createHash('sha256').update(`key of ${name}`).digest();
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey().subarray(1);
  const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', d: scalar.toString('base64url'), x: part(0), y: part(32) };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const algorithm = hash === 'sha256' ? ECDSA_WITH_SHA256 : hash === 'sha1' ? ECDSA_WITH_SHA1 : ECDSA_WITH_SHA384;
  const digestOf = (content: Uint8Array) => createHash(hash).update(content).digest().subarray(0, 32);
  return {
    scalar, point, private: key, info: infoOf(key), algorithm, signHash: (digest) => Buffer.concat(ecdsa(scalar, digest)),
    sign: (content) => signDigest(scalar, digestOf(content)),
  };
}

/** A key of another kind, another one each time. */
export function foreign(kind: 'P-384' | 'RSA'): Key {
  const { privateKey } = kind === 'RSA' ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
    : generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const hash = kind === 'RSA' ? 'sha256' : 'sha384';
  return { private: privateKey, info: infoOf(privateKey), algorithm: kind === 'RSA' ? RSA_WITH_SHA256 : ECDSA_WITH_SHA384,
    sign: (content) => sign(hash, content, privateKey) };
}

function infoOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}
