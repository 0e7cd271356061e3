// Whom a board trusts, from what users have: root certificates and public keys in DER, names of keys (RFC 6920).
import { TrustAnchor } from '../../assembly/certificate-codes.js';
import { coordinatesOf, trustAnchor } from '../../host/core/credentials.js';
import { refusal } from './options.js';
import { sha256 } from './sha256.js';

const KEY_NAME = /^ni:\/\/[^/]*\/sha-256(?:-\d+)?;([\w-]+)={0,2}$/;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** TBSCertificate has these before its subject, and perhaps a version before them (RFC 5280 §4.1). */
const VERSION = 0xa0, BEFORE_SUBJECT = ['serialNumber', 'signature', 'issuer', 'validity'];

/** Where the content of the DER element at `at` begins, and where it ends. Throws if it is cut off. */
function element(der: Uint8Array, at: number): { start: number; end: number } {
  const first = der[at + 1]!, more = first < 0x80 ? 0 : first - 0x80;
  let length = more === 0 ? first : 0;
  for (let i = 0; i < more; i++) length = length * 256 + der[at + 2 + i]!;
  const start = at + 2 + more, end = start + length;
  if (!(end <= der.length)) throw refusal('ERR_INVALID_ARG_VALUE', 'ca holds what is no certificate in DER', 'PEM must be turned into DER.');
  return { start, end };
}

/**
 * A root certificate as an anchor: its name, and its key if that is on P-256; if not, errors will say that it is beyond the
 * profile. Nothing else of it is looked at (RFC 5280 §6.1.1). Throws ERR_INVALID_ARG_VALUE.
 */
export function rootAnchor(der: Uint8Array): Uint8Array {
  let at = element(der, element(der, 0).start).start;
  if (der[at] === VERSION) at = element(der, at).end;
  for (let i = 0; i < BEFORE_SUBJECT.length; i++) at = element(der, at).end;
  const { end } = element(der, at), name = sha256(der.slice(at, end)), key = coordinatesOf(der.slice(end, element(der, end).end));
  if (key === null) return trustAnchor(TrustAnchor.FOREIGN_ROOT, name);
  const bytes = new Uint8Array(name.length + key.length);
  bytes.set(name);
  bytes.set(key, name.length);
  return trustAnchor(TrustAnchor.ROOT, bytes);
}

/** A peer's own key as an anchor: its SubjectPublicKeyInfo in DER, or its name as ni:///sha-256;… (RFC 6920), of 120 bits or more. */
export function keyAnchor(key: Uint8Array | string): Uint8Array {
  if (typeof key !== 'string') {
    publicKey(key, 'peerKeys');
    return trustAnchor(TrustAnchor.KEY, sha256(key));
  }
  const name = KEY_NAME.exec(key);
  if (name === null) throw refusal('ERR_INVALID_ARG_VALUE', 'peerKeys holds no name of a key', 'It is ni:///sha-256;… (RFC 6920).');
  return trustAnchor(TrustAnchor.KEY, fromBase64(name[1]!));
}

/** X and Y. Throws ERR_INVALID_ARG_VALUE, naming the option. */
export function publicKey(der: Uint8Array, name: string): Uint8Array {
  const key = coordinatesOf(der);
  if (key !== null) return key;
  throw refusal('ERR_INVALID_ARG_VALUE', `${name} holds no public key on P-256 in DER`, 'A SubjectPublicKeyInfo of 91 bytes (RFC 7250).');
}

/** The bytes of base64url (RFC 4648 §5), whose digits were checked. */
function fromBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let bits = 0, count = 0;
  for (const digit of text) {
    bits = bits << 6 | DIGITS.indexOf(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push(bits >> count & 255);
    bits &= (1 << count) - 1;
  }
  return new Uint8Array(bytes);
}
