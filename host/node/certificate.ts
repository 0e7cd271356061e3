// What of an X.509 certificate (RFC 5280 §4.1) node:crypto does not show: its names in DER, and its extensions' limits.
import type { X509Certificate } from 'node:crypto';
import { BIT_STRING, BOOLEAN, CONTEXT, INTEGER, readElements, readInside, SEQUENCE } from './der.js';
import type { Element } from './der.js';

/** Object identifiers as they stand in DER, in hex: 2.5.29 id-ce with its last arc, and 1.3.6.1.5.5.7.3 id-kp. */
const KEY_IDENTIFIER = '551d0e', KEY_USAGE = '551d0f', SUBJECT_ALT_NAME = '551d11', BASIC_CONSTRAINTS = '551d13', POLICIES = '551d20', PURPOSES = '551d25';
const KNOWN = new Set([KEY_USAGE, SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, POLICIES, PURPOSES]);
const ANY_PURPOSE = '551d2500';
const ID_KP = '2b060105050703';

/** Last arcs of id-kp. */
export const SERVER_AUTH = 1;
export const CLIENT_AUTH = 2;

/** Bit 5 of KeyUsage, the first being the most significant. */
const KEY_CERT_SIGN = 0x04;

export interface Parts {
  /** Name, in DER. */
  issuer: Buffer;
  subject: Buffer;
  /** SubjectPublicKeyInfo, in DER. */
  keyInfo: Buffer;
  /** The object identifier of the signature's algorithm, in hex. */
  signatureAlgorithm: string;
  hasUnknownCritical: boolean;
  /** Of its own key (RFC 5280 §4.2.1.2); undefined if it does not say. */
  keyIdentifier: Buffer | undefined;
  isAuthority: boolean;
  /** Authorities that may stand below it, but for the last certificate; Infinity if any number may. */
  pathLength: number;
  /** What it does not mention is allowed. */
  maySignCertificates: boolean;
  /** Last arcs of id-kp; null if all are allowed. */
  purposes: number[] | null;
}

const parts = new WeakMap<X509Certificate, Parts>();

/** Of a certificate that node:crypto could read; read once. Throws ERR_OUT_OF_RANGE where it is no DER after all. */
export function partsOf(certificate: X509Certificate): Parts {
  let known = parts.get(certificate);
  if (known === undefined) parts.set(certificate, known = readParts(certificate.raw));
  return known;
}

function readParts(raw: Buffer): Parts {
  const [signed, algorithm] = readInside(SEQUENCE, raw);
  const fields = readElements(signed!.content);
  if (fields[0]?.tag === CONTEXT) fields.shift();
  const [, , issuer, , subject, keyInfo, ...rest] = fields;
  const extensions = rest.find(({ tag }) => tag === (CONTEXT | 3));
  const read: Parts = {
    issuer: issuer!.whole, subject: subject!.whole, keyInfo: keyInfo!.whole,
    signatureAlgorithm: readElements(algorithm!.content)[0]!.content.toString('hex'),
    hasUnknownCritical: false, keyIdentifier: undefined, isAuthority: false, pathLength: Infinity, maySignCertificates: true, purposes: null,
  };
  if (extensions === undefined) return read;
  for (const { content } of readInside(SEQUENCE, extensions.content)) readExtension(readElements(content), read);
  return read;
}

function readExtension([id, ...rest]: Element[], into: Parts): void {
  const name = id!.content.toString('hex'), value = rest.at(-1)!.content;
  if (rest[0]!.tag === BOOLEAN && rest[0]!.content[0] !== 0 && !KNOWN.has(name)) into.hasUnknownCritical = true;
  if (name === KEY_IDENTIFIER) {
    into.keyIdentifier = readElements(value)[0]?.content;
  } else if (name === BASIC_CONSTRAINTS) {
    const [isAuthority, pathLength] = readInside(SEQUENCE, value);
    into.isAuthority = isAuthority?.tag === BOOLEAN && isAuthority.content[0] !== 0;
    if (pathLength?.tag === INTEGER) into.pathLength = pathLength.content.readUIntBE(0, Math.min(pathLength.content.length, 6));
  } else if (name === KEY_USAGE) {
    const [bits] = readElements(value);
    into.maySignCertificates = bits?.tag === BIT_STRING && ((bits.content[1] ?? 0) & KEY_CERT_SIGN) !== 0;
  } else if (name === PURPOSES) {
    const purposes = readInside(SEQUENCE, value).map(({ content }) => content);
    if (purposes.some((purpose) => purpose.toString('hex') === ANY_PURPOSE)) return;
    into.purposes = purposes.filter((purpose) => purpose.length === 8 && purpose.toString('hex', 0, 7) === ID_KP)
      .map((purpose) => purpose[7]!);
  }
}
