// The option `peerKeys`: peers that are trusted for their own key, whatever a certificate says besides (7252-9.1.3.2.1-1, -2).
import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { invalidValue } from './errors.js';
import { keyHash, keyInfo, publicKey } from './keys.js';
import type { KeyInput } from './credentials.js';
import type { Awaitable } from './psk.js';

/** Whether a raw public key is trusted: `name` is its name in RFC 6920's form. */
export type FindKey = (name: string, key: KeyObject) => Awaitable<boolean>;

/** A key in PEM or DER, its name ni:///sha-256;…, or the SHA-256 fingerprint of a certificate as OpenSSL prints it. */
export type PeerKeys = KeyInput | KeyInput[] | FindKey;

export interface TrustedKeys {
  /** SHA-256 of each key's SubjectPublicKeyInfo, or its first 15 bytes or more. */
  hashes: Buffer[];
  /** Of certificates, as X509Certificate.fingerprint256 writes them. */
  fingerprints: Set<string>;
  find: FindKey | undefined;
}

const FINGERPRINT = /^(?:sha-?256[ :=])?((?:[0-9a-f]{2}:){31}[0-9a-f]{2}|[0-9a-f]{64})$/i;

const NO_KEYS: TrustedKeys = { hashes: [], fingerprints: new Set(), find: undefined };

/** Checks the option, a list of who may come (7252-9.1.3.2.1-2). Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE. */
export function trustedKeys(value: unknown): TrustedKeys {
  if (value === undefined) return NO_KEYS;
  if (typeof value === 'function') return { ...NO_KEYS, find: value as FindKey };
  const given = Array.isArray(value) ? value as unknown[] : [value];
  if (given.length === 0) throw invalidValue('options.peerKeys', 'must have at least one key');
  const hashes: Buffer[] = [], fingerprints = new Set<string>();
  given.forEach((item, index) => {
    const name = given.length === 1 ? 'options.peerKeys' : `options.peerKeys[${index}]`;
    const fingerprint = typeof item === 'string' ? FINGERPRINT.exec(item.trim())?.[1] : undefined;
    if (fingerprint !== undefined) fingerprints.add(withColons(fingerprint));
    else hashes.push(hashOf(name, item));
  });
  return { hashes, fingerprints, find: undefined };
}

function hashOf(name: string, item: unknown): Buffer {
  if (typeof item === 'string' && item.startsWith('ni:')) return keyHash(name, item);
  return createHash('sha256').update(keyInfo(publicKey(name, item))).digest();
}

function withColons(hex: string): string {
  return hex.replaceAll(':', '').toUpperCase().match(/../g)!.join(':');
}
