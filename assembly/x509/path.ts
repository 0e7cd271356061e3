// Whether the peer's Certificate message can be trusted: a chain of X.509 certificates up to a trust anchor (RFC 5280 §6 within
// the profile of RFC 7925 §4.4, 7252-9.1.3.3-3), or a raw public key (RFC 7250).
//
//   leaf ──issued by──► second ──issued by──► third ──issued by──► a ROOT among the anchors. The list need not hold it; what
//   usage, purpose,     authority, path length, usage,             stands in the list behind the last certificate that was
//   names, time         purpose, time, signature                   needed is not read.
//
// A peer's own KEY among the anchors needs none of that: whoever holds it is the peer, whatever its certificate says besides,
// if only it can be read.
// What the profile has no answer to (`isBeyond`), a host that knows more may decide; all that could be checked before was.
import { CertificateAlert, CertificateCheck, NameFlag, TrustAnchor } from "../certificate-codes";
import { Alert, CodeClass } from "../codes";
import { HASHING, SHA256_HASH, constantTimeEqual, p256Verify, sha256Finish, sha256Start, sha256Update } from "../crypto";
import { HAS_CERTIFICATES } from "../features";
import { CHAIN_MAX } from "../limits";
import { OK } from "../outcome";
import { Reader, get24 } from "../wire";
import { Certificate, readCertificate } from "./certificate";
import { CLIENT_AUTH, DIGITAL_SIGNATURE, Extensions, KEY_CERT_SIGN } from "./extensions";
import { SIGNATURE, readKeyInfo, readSignature } from "./key";
import { isNamed, nameCount } from "./name";

/** Bytes of a list's length, and of each certificate's. */
const LENGTH: u32 = 3;
const HASH: usize = HAS_CERTIFICATES ? memory.data(SHA256_HASH, 16) : 0;

/** What was found, and at which certificate. */
export class Path {
  static check: CertificateCheck = CertificateCheck.NONE;
  /** Position in the list, 0 for the peer's own certificate. */
  static index: u32 = 0;
  /** That certificate, in the message, and its length in bytes; 0 if there is none. */
  static certificate: usize = 0;
  static length: u32 = 0;
  /** X and Y of the peer's key, in the message; 0 if no such was read. Not to be trusted unless all is well. */
  static key: usize = 0;

  /** A host may decide otherwise: it knows other algorithms, longer chains, or the time. */
  static isBeyond(): bool {
    return Path.check >= CertificateCheck.SIGNATURE_ALGORITHM;
  }
}

/** The certificate whose issuer is looked for; ranges in the message, but for the two that are computed. */
class Issued {
  static issuer: usize = 0;
  static issuerLength: u32 = 0;
  static hasKnownSignature: bool = false;
  /** r and s were read. */
  static hasSignature: bool = false;
}
/** The hash of what is signed, and r and s. */
const SIGNED_HASH: usize = HAS_CERTIFICATES ? memory.data(SHA256_HASH, 16) : 0;
const R_AND_S: usize = HAS_CERTIFICATES ? memory.data(SIGNATURE, 16) : 0;

/** What the chain is measured by. */
class Wanted {
  static anchors: usize = 0;
  static anchorsEnd: usize = 0;
  static purpose: u32 = 0;
  static seconds: u32 = 0;
}

/**
 * Verifies the certificate_list that is the body of a Certificate message (RFC 5246 §7.4.2).
 * @param purpose SERVER_AUTH for a server's, CLIENT_AUTH for a client's
 * @param nameLength 0 if any name will do
 * @param nameFlags bits of NameFlag
 * @param seconds since 1970; 0 if unknown
 * @returns OK, or the code to abort with; `Path` says why, and moves on with each call
 */
export function verifyChain(
  body: usize, length: u32, anchors: usize, anchorsLength: u32, purpose: u32, name: usize, nameLength: u32, nameFlags: u32,
  seconds: u32,
): i32 {
  start(anchors, anchorsLength);
  Wanted.purpose = purpose;
  Wanted.seconds = seconds;
  if (!isList(body, length)) return end(CertificateCheck.LIST);
  if (length == LENGTH) return end(purpose == CLIENT_AUTH ? CertificateCheck.ABSENT : CertificateCheck.LIST);
  return end(walk(body + LENGTH, body + length, name, nameLength, nameFlags));
}

/** Verifies the one SubjectPublicKeyInfo that is the body of a Certificate message (7250-3-1, 7925-4.3-2). */
export function verifyRawKey(body: usize, length: u32, anchors: usize, anchorsLength: u32): i32 {
  start(anchors, anchorsLength);
  if (length < LENGTH || get24(body) != length - LENGTH) return end(CertificateCheck.RAW_KEY_ENCODING);
  Reader.start(body + LENGTH, length - LENGTH);
  let key = readKeyInfo();
  if (!Reader.done()) return end(CertificateCheck.RAW_KEY_ENCODING);
  if (key == 0) return end(CertificateCheck.RAW_KEY_ALGORITHM);
  Path.key = key;
  return end(isTrustedKey(body + LENGTH, length - LENGTH) ? CertificateCheck.NONE : CertificateCheck.RAW_KEY);
}

function start(anchors: usize, length: u32): void {
  Wanted.anchors = anchors;
  Wanted.anchorsEnd = anchors + length;
  Path.index = 0;
  Path.certificate = 0;
  Path.length = 0;
  Path.key = 0;
}

function end(check: CertificateCheck): i32 {
  Path.check = check;
  return check == CertificateCheck.NONE ? OK : CodeClass.WE_ABORTED + alertOf(check);
}

/** RFC 5246 §7.2.2; never an alert about certificates where a raw public key is at fault (7925-6-2, requirements C-11). */
function alertOf(check: CertificateCheck): i32 {
  switch (check) {
    case CertificateCheck.LIST:
    case CertificateCheck.RAW_KEY_ENCODING:
      return Alert.DECODE_ERROR;
    case CertificateCheck.ABSENT: // 5246-7.4.6-1
    case CertificateCheck.RAW_KEY_ALGORITHM:
    case CertificateCheck.RAW_KEY:
      return Alert.HANDSHAKE_FAILURE;
    case CertificateCheck.VERSION:
    case CertificateCheck.CRITICAL_EXTENSION:
    case CertificateCheck.KEY:
    case CertificateCheck.KEY_USAGE:
    case CertificateCheck.PURPOSE:
    case CertificateCheck.SIGNATURE_ALGORITHM: // 7925-4.4.4-4
      return CertificateAlert.UNSUPPORTED_CERTIFICATE;
    case CertificateCheck.NOT_YET_VALID:
    case CertificateCheck.EXPIRED:
      return CertificateAlert.CERTIFICATE_EXPIRED;
    case CertificateCheck.ISSUER:
    case CertificateCheck.CHAIN_LENGTH:
      return CertificateAlert.UNKNOWN_CA;
    case CertificateCheck.TIME_UNKNOWN:
      return CertificateAlert.CERTIFICATE_UNKNOWN;
    default: // 7925-4.4.1-1
      return CertificateAlert.BAD_CERTIFICATE;
  }
}

/** True if the lengths fit: ASN.1Cert<1..2^24-1> certificate_list<0..2^24-1>. */
function isList(at: usize, length: u32): bool {
  if (length < LENGTH || get24(at) != length - LENGTH) return false;
  let end = at + length;
  for (at += LENGTH; at != end;) {
    if (end - at <= LENGTH) return false;
    let certificate = get24(at);
    at += LENGTH;
    if (certificate == 0 || certificate > <u32>(end - at)) return false;
    at += certificate;
  }
  return true;
}

function walk(at: usize, end: usize, name: usize, nameLength: u32, nameFlags: u32): CertificateCheck {
  let check = CertificateCheck.NONE;
  let authorities: u32 = 0;
  for (let index: u32 = 0; at != end; index++) {
    if (index == CHAIN_MAX) return CertificateCheck.CHAIN_LENGTH;
    let length = get24(at);
    let failure = readCertificate(at + LENGTH, length);
    if (index && failure == CertificateCheck.NONE && !isIssuer()) return check;
    Path.index = index;
    Path.certificate = at + LENGTH;
    Path.length = length;
    if (failure) return failure;
    if (index == 0) {
      Path.key = Certificate.key;
      if (Certificate.key == 0) return CertificateCheck.KEY;
      if (isTrustedKey(Certificate.keyInfo, Certificate.keyInfoLength)) return CertificateCheck.NONE;
      failure = checkLeaf(name, nameLength, nameFlags);
    } else {
      failure = checkAuthority(authorities);
      if (!isSelfIssued()) authorities++;
    }
    if (failure == CertificateCheck.NONE) failure = checkPurposeAndTime();
    if (failure == CertificateCheck.NONE && index) failure = checkSignature(Certificate.key);
    if (failure) return failure;
    keep();
    check = checkAnchors();
    if (check == CertificateCheck.NONE) return Wanted.seconds ? check : CertificateCheck.TIME_UNKNOWN;
    at += LENGTH + length;
  }
  return check;
}

/** The key does nothing but sign (iot13-cert-3, requirements C-16), and belongs to whom we meant to reach (7925-4.4.1-1). */
function checkLeaf(name: usize, length: u32, flags: u32): CertificateCheck {
  if (!(Extensions.keyUsage & DIGITAL_SIGNATURE)) return CertificateCheck.KEY_USAGE;
  if (length == 0) return CertificateCheck.NONE;
  if (!isNamed(name, length, flags)) return CertificateCheck.NAME;
  if (nameCount > 1 && flags & NameFlag.STRICT) return CertificateCheck.SEVERAL_NAMES; // 7925-4.4.1-5
  return CertificateCheck.NONE;
}

/** RFC 5280 §6.1.4 k to n; below it stand this many authorities that did not issue themselves. */
function checkAuthority(authorities: u32): CertificateCheck {
  if (!Extensions.isAuthority) return CertificateCheck.AUTHORITY;
  if (Extensions.pathLength < authorities) return CertificateCheck.PATH_LENGTH;
  return Extensions.keyUsage & KEY_CERT_SIGN ? CertificateCheck.NONE : CertificateCheck.KEY_USAGE;
}

/** An authority's purposes bind those it issues for as well. Both ends of a validity belong to it (iot13-cert-2, 7252-9.1.3.3-2). */
function checkPurposeAndTime(): CertificateCheck {
  if (!(Extensions.purposes & Wanted.purpose)) return CertificateCheck.PURPOSE;
  if (Wanted.seconds == 0) return CertificateCheck.NONE;
  if (Wanted.seconds < Certificate.notBefore) return CertificateCheck.NOT_YET_VALID;
  return Wanted.seconds > Certificate.notAfter ? CertificateCheck.EXPIRED : CertificateCheck.NONE;
}

/** The certificate read last issued the one before it, by its name. */
function isIssuer(): bool {
  return Certificate.subjectLength == Issued.issuerLength &&
    constantTimeEqual(Certificate.subject, Issued.issuer, Issued.issuerLength) != 0;
}

function isSelfIssued(): bool {
  return Certificate.subjectLength == Certificate.issuerLength &&
    constantTimeEqual(Certificate.subject, Certificate.issuer, Certificate.issuerLength) != 0;
}

/** The certificate read last is now the one whose issuer is looked for. */
function keep(): void {
  Issued.issuer = Certificate.issuer;
  Issued.issuerLength = Certificate.issuerLength;
  Issued.hasKnownSignature = Certificate.hasKnownSignature;
  Issued.hasSignature = readSignature(Certificate.signature, Certificate.signatureLength, R_AND_S);
  hash(Certificate.signed, Certificate.signedLength, SIGNED_HASH);
}

/** The certificate that we keep was signed by this key; 0 for one of another kind. */
function checkSignature(key: usize): CertificateCheck {
  if (key == 0 || !Issued.hasKnownSignature) return CertificateCheck.SIGNATURE_ALGORITHM;
  return Issued.hasSignature && p256Verify(R_AND_S, key, SIGNED_HASH) ? CertificateCheck.NONE : CertificateCheck.SIGNATURE;
}

/** The certificate that we keep was issued by a trust anchor; if not, how near it came. */
function checkAnchors(): CertificateCheck {
  let check = CertificateCheck.ISSUER;
  hash(Issued.issuer, Issued.issuerLength, HASH);
  for (let at = Wanted.anchors; at != Wanted.anchorsEnd; at += 2 + <u32>load<u8>(at, 1)) {
    let kind = load<u8>(at);
    if (kind == TrustAnchor.KEY || !constantTimeEqual(at + 2, HASH, SHA256_HASH)) continue;
    check = checkSignature(kind == TrustAnchor.ROOT ? at + 2 + SHA256_HASH : 0);
    if (check == CertificateCheck.NONE) break;
  }
  return check;
}

/** This SubjectPublicKeyInfo is one of the peers' own keys (7252-9.1.3.2.1-1, iot13-cred-5). */
function isTrustedKey(keyInfo: usize, length: u32): bool {
  hash(keyInfo, length, HASH);
  for (let at = Wanted.anchors; at != Wanted.anchorsEnd; at += 2 + <u32>load<u8>(at, 1)) {
    if (load<u8>(at) == TrustAnchor.KEY && constantTimeEqual(at + 2, HASH, load<u8>(at, 1))) return true;
  }
  return false;
}

function hash(data: usize, length: u32, to: usize): void {
  sha256Start(HASHING);
  sha256Update(HASHING, data, length);
  sha256Finish(HASHING, to);
}
