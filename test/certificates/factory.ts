// Certificates in the profile of RFC 7925 §4.4, each element of which a test can break before it is signed.
import { createHash } from 'node:crypto';
import { bits, boolean, der, integer, octets, oid, sequence, SET, utcTime, utf8 } from './der.js';
import type { Key, P256Key } from './keys.js';

/** A certificate's elements in DER (RFC 5280 §4.1), each whole. */
export interface Draft {
  version: Buffer;
  serial: Buffer;
  algorithm: Buffer;
  issuer: Buffer;
  validity: Buffer;
  subject: Buffer;
  info: Buffer;
  /** One after the other; none, and the field is not there. */
  extensions: Buffer[];
  /** The second AlgorithmIdentifier; as the first one if absent. */
  outerAlgorithm?: Buffer;
  /** Changes the signature's bytes. */
  damage?: (signature: Buffer) => Buffer;
}

/** Who signs: a name and its key. */
export interface Issuer {
  name: Buffer;
  key: Key;
}

/** A Name of one common name. */
export const named = (commonName: string) => sequence(der(SET, sequence(oid('2.5.4.3'), utf8(commonName))));
/** From and to, as UTCTime's text. */
export const validity = (from: string, to: string) => sequence(utcTime(from), utcTime(to));
/** Of all certificates, unless a test says otherwise. */
export const VALIDITY = validity('260101000000Z', '360101000000Z');
/** Seconds since 1970 of a moment within. */
export const MEANTIME = Date.UTC(2026, 10, 22) / 1_000;

export function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}
/** Bits of KeyUsage, the first one 0x80; the zeros behind the last one are not written (X.690 §11.2.2). */
export const keyUsage = (usage: number) => extension('2.5.29.15', bits(Buffer.from([usage]), Math.log2(usage & -usage)), true);
export const DIGITAL_SIGNATURE = 0x80, KEY_CERT_SIGN = 0x04;
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1', CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const purposes = (...ids: string[]) => extension('2.5.29.37', sequence(...ids.map(oid)));
export const authority = (pathLength?: number) => extension('2.5.29.19',
  sequence(boolean(true), ...(pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))])), true);
export const dnsNames = (...names: string[]) =>
  extension('2.5.29.17', sequence(...names.map((name) => der(0x82, Buffer.from(name)))));

/** The certificate of this draft, signed by this key. */
export function signed(draft: Draft, key: Key): Buffer {
  const list = draft.extensions.length === 0 ? [] : [der(0xa3, sequence(...draft.extensions))];
  const content = sequence(draft.version, draft.serial, draft.algorithm, draft.issuer, draft.validity, draft.subject, draft.info, ...list);
  const signature = key.sign(content);
  return sequence(content, draft.outerAlgorithm ?? draft.algorithm, bits(draft.damage?.(signature) ?? signature));
}

/** A version 3 certificate for this subject and key by this issuer. */
export function certificate(subject: Buffer, key: { info: Buffer }, issuer: Issuer, changes: Partial<Draft> = {}): Buffer {
  return signed({
    version: der(0xa0, integer(Buffer.from([2]))), serial: integer(createHash('sha256').update(subject).digest().subarray(0, 8)),
    algorithm: issuer.key.algorithm, issuer: issuer.name, validity: VALIDITY, subject, info: key.info, extensions: [], ...changes,
  }, issuer.key);
}

/** An end's certificate: its key signs, for this purpose, under this name. */
export function endCertificate(
  name: string, key: { info: Buffer }, issuer: Issuer, purpose = SERVER_AUTH, changes: Partial<Draft> = {},
): Buffer {
  return certificate(named(name), key, issuer,
    { extensions: [keyUsage(DIGITAL_SIGNATURE), purposes(purpose), dnsNames(name)], ...changes });
}

/** An authority's certificate by another one, or by itself. */
export function authorityCertificate(subject: Issuer, issuer: Issuer = subject, changes: Partial<Draft> = {}): Buffer {
  return certificate(subject.name, subject.key, issuer, { extensions: [authority(), keyUsage(KEY_CERT_SIGN)], ...changes });
}

/** The body of a Certificate message (RFC 5246 §7.4.2). */
export const listOf = (certificates: readonly Uint8Array[]) => vector(...certificates.map((one) => vector(one)));

function vector(...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts), length = Buffer.alloc(3);
  length.writeUIntBE(contents.length, 0, 3);
  return Buffer.concat([length, contents]);
}

/** The engine's record of an authority that it trusts (TrustAnchor.ROOT). */
export function rootAnchor(name: Buffer, key: P256Key): Buffer {
  return Buffer.concat([Buffer.from([1, 96]), sha256(name), key.point]);
}
/** Of one whose key is of another kind (TrustAnchor.FOREIGN_ROOT). */
export const foreignAnchor = (name: Buffer) => Buffer.concat([Buffer.from([2, 32]), sha256(name)]);
/** Of a peer's own key (TrustAnchor.KEY), by so many bytes of its hash. */
export const keyAnchor = (info: Uint8Array, bytes = 32) => Buffer.concat([Buffer.from([3, bytes]), sha256(info).subarray(0, bytes)]);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
