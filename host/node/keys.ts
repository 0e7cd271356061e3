// P-256 keys as users give them, in PEM or DER, and as the engine wants them: X, Y and the private number, 32 bytes each.
import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import { invalidType, invalidValue } from './errors.js';
import { bytes } from './validate.js';

/** PEM as text or bytes, or DER. */
export type Encoded = string | NodeJS.ArrayBufferView;

/** SHA-256 of a key in DER, at least 15 bytes of which name it (RFC 7252 §9.1.3.2.1). */
const HASH = 32, NAME_MIN = 15;

/** Text as it is, bytes as a Buffer. Throws ERR_INVALID_ARG_TYPE, which shows nothing of what is `secret`. */
export function encoded(name: string, value: unknown, secret = false): string | Buffer {
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value)) return bytes(name, value);
  throw invalidType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', value, secret);
}

/** Whether it begins as a SEQUENCE of DER does, and no text. */
export const isDer = (value: string | Buffer): value is Buffer => typeof value !== 'string' && value[0] === 0x30;

/**
 * A private key in PEM (encrypted or not) or DER: PKCS #8, or SEC 1 as OpenSSL's ecparam writes it. Throws
 * ERR_INVALID_ARG_VALUE unless it is one, is on P-256 (7925-4.4-3, 7252-9.1.3.3-1) and opens with the passphrase.
 */
export function privateKey(name: string, value: unknown, passphrase: string | undefined): KeyObject {
  const key = value instanceof KeyObject ? value : readPrivateKey(name, encoded(name, value, true), passphrase);
  if (key.type !== 'private') throw invalidValue(name, `must be a private key, and is a ${key.type} one`);
  return onP256(name, key);
}

function readPrivateKey(name: string, key: string | Buffer, passphrase: string | undefined): KeyObject {
  const forms = isDer(key) ? [{ key, format: 'der', type: 'pkcs8' }, { key, format: 'der', type: 'sec1' }] as const :
    [{ key: withoutParameters(key), format: 'pem' }] as const;
  for (const form of forms) {
    try {
      return createPrivateKey({ ...form, ...(passphrase === undefined ? {} : { passphrase }) });
    } catch { // OpenSSL's words are about its own decoders; ours are below
    }
  }
  if (/ENCRYPTED/.test(String(key))) {
    throw invalidValue(name, passphrase === undefined ? 'is encrypted: give its options.passphrase' :
      'does not open with options.passphrase');
  }
  throw invalidValue(name, 'holds no private key in PEM or DER');
}

/** OpenSSL's ecparam writes the curve, too, in a block of its own in front. */
function withoutParameters(pem: string | Buffer): string {
  return pem.toString().replace(/-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----\s*/, '');
}

/** A public key in PEM or DER (SubjectPublicKeyInfo), a certificate's, or a private one's. Throws as `privateKey`. */
export function publicKey(name: string, value: unknown): KeyObject {
  if (value instanceof KeyObject) {
    if (value.type === 'secret') throw invalidValue(name, 'must be a public key, and is a secret one');
    return onP256(name, value.type === 'private' ? createPublicKey(value) : value);
  }
  const key = encoded(name, value, true);
  try {
    return onP256(name, isDer(key) ? createPublicKey({ key, format: 'der', type: 'spki' }) : createPublicKey(withoutParameters(key)));
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_INVALID_ARG_VALUE') throw error;
    throw invalidValue(name, 'holds no public key in PEM or DER');
  }
}

/** The key itself, if it is on P-256, as the profile has no other (7252-9.1.3.2-1). */
export function onP256(name: string, key: KeyObject): KeyObject {
  if (isP256(key)) return key;
  const { namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  throw invalidValue(name, `must be on P-256 (prime256v1), and is ${namedCurve || key.asymmetricKeyType}`);
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** X and Y of a P-256 key: 64 bytes. */
export function coordinates(key: KeyObject): Buffer {
  const { x = '', y = '' } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return Buffer.concat([x, y].map((number) => Buffer.from(number, 'base64url'))); // full length: RFC 7518 §6.2.1
}

/** The private number of a P-256 key: 32 bytes. */
export function secretNumber(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}

/** Its SubjectPublicKeyInfo in DER: what a raw public key is on the wire (RFC 7250 §3). */
export function keyInfo(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
}

/** The name of a public key in RFC 6920's form, ni:///sha-256;…, by which peers are trusted in `peerKeys`. */
export function keyName(key: KeyObject | X509Certificate): string {
  return nameOfHash(createHash('sha256').update(keyInfo(key instanceof KeyObject ? key : key.publicKey)).digest());
}

/** Of the key whose SubjectPublicKeyInfo has this SHA-256. */
export function nameOfHash(hash: Uint8Array): string {
  return `ni:///sha-256;${Buffer.from(hash).toString('base64url')}`;
}

/**
 * The hash in a key's name: ni:///sha-256;… or its shorter kinds down to sha-256-120 (7252-9.1.3.2.1-1). Throws
 * ERR_INVALID_ARG_VALUE for anything else.
 */
export function keyHash(name: string, text: string): Buffer {
  const match = /^ni:\/\/[^/]*\/sha-256(?:-(\d+))?;([\w-]+={0,2})(?:\?.*)?$/.exec(text);
  if (match === null) throw invalidValue(name, 'must name a key as ni:///sha-256;… (RFC 6920)', text);
  const hash = Buffer.from(match[2]!, 'base64url'), length = match[1] === undefined ? HASH : Number(match[1]) / 8;
  if (length < NAME_MIN) throw invalidValue(name, 'names a key by less than 120 bits of its hash', text);
  if (hash.length === length) return hash;
  throw invalidValue(name, `must have a hash of ${length} bytes, and has ${hash.length}`, text);
}
