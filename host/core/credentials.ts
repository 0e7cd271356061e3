// Certificates and keys on P-256 in the forms that the engine takes (ContextField).
import type { TrustAnchor } from '../../assembly/certificate-codes.js';

/** Bytes of a Certificate message and of each certificate that their length takes (RFC 5246 §7.4.2). */
const LENGTH = 3;
/** How the SubjectPublicKeyInfo of a key on P-256 begins in DER, before X and Y (RFC 5480 §2). */
const KEY_INFO = [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
  0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04];
const COORDINATES = 64;

/** X and Y of a SubjectPublicKeyInfo in DER; null if it is none, or not of an uncompressed point on P-256. */
export function coordinatesOf(keyInfo: Uint8Array): Uint8Array | null {
  if (keyInfo.length !== KEY_INFO.length + COORDINATES) return null;
  for (let i = 0; i < KEY_INFO.length; i++) if (keyInfo[i] !== KEY_INFO[i]) return null;
  return keyInfo.slice(KEY_INFO.length);
}

/** ASN.1Cert certificate_list<0..2^24-1> of certificates in DER, our own first: the body of a Certificate message. */
export function certificateList(chain: Uint8Array[]): Uint8Array {
  const length = chain.reduce((sum, one) => sum + LENGTH + one.length, 0), list = new Uint8Array(LENGTH + length);
  let at = LENGTH;
  putLength(list, 0, length);
  for (const one of chain) {
    putLength(list, at, one.length);
    list.set(one, at + LENGTH);
    at += LENGTH + one.length;
  }
  return list;
}

function putLength(bytes: Uint8Array, at: number, length: number): void {
  bytes.set([length >> 16, length >> 8, length], at);
}

/** An entry of a context's `anchors`. */
export function trustAnchor(kind: TrustAnchor, bytes: Uint8Array): Uint8Array {
  const entry = new Uint8Array(2 + bytes.length);
  entry.set([kind, bytes.length]);
  entry.set(bytes, 2);
  return entry;
}
