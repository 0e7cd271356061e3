// A new certificate on P-256, in the form that RFC 7925 §4.4 and its successor for DTLS 1.3 want of devices: to try things with.
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject, X509Certificate } from 'node:crypto';
import { partsOf } from '../node/certificate.js';
import { BIT_STRING, BOOLEAN, CONTEXT, GENERALIZED_TIME, INTEGER, OCTET_STRING, SEQUENCE, SET, UTC_TIME, UTF8_STRING, writeElement,
  writeOid, writePositive } from '../node/der.js';
import { keyInfo } from '../node/keys.js';

export interface Issuer {
  certificate: X509Certificate;
  key: KeyObject;
}

export interface CertificateOptions {
  /** A host name, the EUI-64 of a device (00-11-22-33-44-55-66-77), or what an authority is called. */
  name: string;
  days: number;
  isAuthority: boolean;
  /** Undefined: it is its own. */
  issuer: Issuer | undefined;
}

const DAY_MS = 86_400_000;
/** Bytes of a serial number, below 2^127 so that it stays positive (iot13-cert-1). */
const SERIAL = 16;
/** Bytes of a key identifier (RFC 7093 §2), and of a subject's serial number. */
const KEY_IDENTIFIER = 20, DEVICE = 8;
const EUI_64 = /^(?:[0-9a-f]{2}-){7}[0-9a-f]{2}$/i;

const ECDSA_WITH_SHA256 = writeElement(SEQUENCE, writeOid('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3', SERIAL_NUMBER = '2.5.4.5';
/** KeyUsage in a BIT STRING: how many bits of the last byte are unused, and the byte. */
const DIGITAL_SIGNATURE = Buffer.of(7, 0x80), KEY_CERT_SIGN = Buffer.of(2, 0x04);
/** GeneralName [2]. */
const DNS_NAME = 0x82;

/** Makes a key pair and its certificate. A host name stands in subjectAltName and nowhere else (7925-4.4.1-2, 7925-4.4.1-3). */
export function newCertificate({ name, days, isAuthority, issuer }: CertificateOptions): { der: Buffer; key: KeyObject } {
  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  const info = keyInfo(key), identifier = createHash('sha256').update(info.subarray(-65)).digest().subarray(0, KEY_IDENTIFIER);
  const isHostName = !isAuthority && !EUI_64.test(name);
  const subject = isHostName ? nameOf(SERIAL_NUMBER, identifier.toString('hex', 0, DEVICE)) : nameOf(COMMON_NAME, name);
  const issuerId = issuer === undefined ? identifier : partsOf(issuer.certificate).keyIdentifier;
  const from = new Date(Math.floor(Date.now() / 1000) * 1000);
  const serial = randomBytes(SERIAL);
  serial[0]! &= 0x7f;
  const signed = writeElement(SEQUENCE,
    writeElement(CONTEXT, writeElement(INTEGER, Buffer.of(2))), // version 3
    writePositive(serial), ECDSA_WITH_SHA256, issuer === undefined ? subject : partsOf(issuer.certificate).subject,
    writeElement(SEQUENCE, time(from), time(new Date(from.getTime() + days * DAY_MS))), subject, info,
    writeElement(CONTEXT | 3, writeElement(SEQUENCE, ...(isAuthority ? authorityExtensions(identifier) :
      leafExtensions(isHostName ? name : undefined)), ...keyIdentifierOf(issuerId))));
  const signature = sign('sha256', signed, issuer?.key ?? key);
  return { der: writeElement(SEQUENCE, signed, ECDSA_WITH_SHA256, writeElement(BIT_STRING, Buffer.of(0), signature)), key };
}

/** iot13-cert-4, iot13-cert-5. */
function authorityExtensions(identifier: Buffer): Buffer[] {
  return [
    extension('2.5.29.19', true, writeElement(SEQUENCE, writeElement(BOOLEAN, Buffer.of(0xff)))),
    extension('2.5.29.15', true, writeElement(BIT_STRING, KEY_CERT_SIGN)),
    extension('2.5.29.14', false, writeElement(OCTET_STRING, identifier)),
  ];
}

/** For servers and clients alike, as a device is often both (iot13-cert-6). */
function leafExtensions(hostName: string | undefined): Buffer[] {
  const purposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(writeOid);
  const names = hostName === undefined ? [] :
    [extension('2.5.29.17', false, writeElement(SEQUENCE, writeElement(DNS_NAME, Buffer.from(hostName))))];
  return [extension('2.5.29.15', true, writeElement(BIT_STRING, DIGITAL_SIGNATURE)),
    extension('2.5.29.37', false, writeElement(SEQUENCE, ...purposes)), ...names];
}

function keyIdentifierOf(issuer: Buffer | undefined): Buffer[] {
  return issuer === undefined ? [] : [extension('2.5.29.35', false, writeElement(SEQUENCE, writeElement(0x80, issuer)))];
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [writeElement(BOOLEAN, Buffer.of(0xff))] : [];
  return writeElement(SEQUENCE, writeOid(id), ...critical, writeElement(OCTET_STRING, value));
}

function nameOf(attribute: string, value: string): Buffer {
  return writeElement(SEQUENCE, writeElement(SET, writeElement(SEQUENCE, writeOid(attribute), writeElement(UTF8_STRING, Buffer.from(value)))));
}

/** UTCTime up to 2049, then GeneralizedTime (RFC 5280 §4.1.2.5, 7925-4.4.4-5). */
function time(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? writeElement(UTC_TIME, Buffer.from(text.slice(2))) :
    writeElement(GENERALIZED_TIME, Buffer.from(text));
}

/** A key pair for a raw public key (RFC 7250). */
export function newKey(): { key: KeyObject; publicKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { key: privateKey, publicKey: createPublicKey(privateKey) };
}
