// Extension  ::=  SEQUENCE  {
//   extnID      OBJECT IDENTIFIER,
//   critical    BOOLEAN DEFAULT FALSE,
//   extnValue   OCTET STRING  }                                           RFC 5280 §4.1, §4.2.1
//
// Four say something to the profile (7925-4.4.4-1); of the others a critical one is refused (requirements C-16), and the rest
// passed over: key identifiers, CRL and OCSP addresses (7925-4.4.3-1), policies.
import { HAS_CERTIFICATES } from "../features";
import { Reader } from "../wire";
import {
  BIT_STRING, CONTEXT, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, next, open, readFlag, refuse, skip, skipIf,
  skipRest,
} from "./der";

/** 2.5.29: id-ce, and the last arc of those that we know. */
const ID_CE: usize = HAS_CERTIFICATES ? memory.data<u8>([0x55, 0x1d]) : 0;
const KEY_USAGE: u32 = 15;
const SUBJECT_ALT_NAME: u32 = 17;
const BASIC_CONSTRAINTS: u32 = 19;
const EXT_KEY_USAGE: u32 = 37;
/** 1.3.6.1.5.5.7.3: id-kp. */
const ID_KP: usize = HAS_CERTIFICATES ? memory.data<u8>([0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03]) : 0;

/** Last arcs of id-kp, and bits of `purposes`. */
export const SERVER_AUTH: u32 = 1;
export const CLIENT_AUTH: u32 = 2;
/** Bits of `keyUsage`. */
export const DIGITAL_SIGNATURE: u32 = 0x80;
export const KEY_CERT_SIGN: u32 = 0x04;

const ANY: u32 = 0xff;

/** What the extensions of the certificate read last say; what they do not mention is allowed, but to be an authority. */
export class Extensions {
  static keyUsage: u32 = ANY;
  static purposes: u32 = ANY;
  static isAuthority: bool = false;
  /** Authorities that may stand between it and the peer. */
  static pathLength: u32 = ANY;
  /** The GeneralNames of subjectAltName, without their common head. */
  static names: usize = 0;
  static namesLength: u32 = 0;
  static hasUnknownCritical: bool = false;
}

/** Reads the extensions, where there are any, up to the end of the TBSCertificate. */
export function readExtensions(): void {
  Extensions.keyUsage = ANY;
  Extensions.purposes = ANY;
  Extensions.isAuthority = false;
  Extensions.pathLength = ANY;
  Extensions.namesLength = 0;
  Extensions.hasUnknownCritical = false;
  if (Reader.left() == 0) return;
  let tagged = open(CONTEXT | 3);
  let extensions = open(SEQUENCE);
  let seen: u32 = 0;
  do {
    let kind = readExtension();
    if (seen & kind) refuse(); // RFC 5280 §4.2: one of each
    seen |= kind;
  } while (Reader.left());
  Reader.close(extensions);
  Reader.close(tagged);
}

/** Returns a bit of its own for each that we know. */
function readExtension(): u32 {
  let extension = open(SEQUENCE);
  let id = open(OBJECT_IDENTIFIER);
  let arc = skipIf(ID_CE, 2) && Reader.left() == 1 ? Reader.u8() : 0;
  skipRest();
  Reader.close(id);
  let isCritical = readFlag();
  let value = open(OCTET_STRING);
  let isKnown = readValue(arc);
  if (!isKnown) {
    if (isCritical) Extensions.hasUnknownCritical = true;
    skipRest();
  }
  Reader.close(value);
  Reader.close(extension);
  return isKnown ? 1 << (arc & 31) : 0;
}

function readValue(arc: u32): bool {
  switch (arc) {
    case KEY_USAGE: readKeyUsage(); return true;
    case SUBJECT_ALT_NAME: readNames(); return true;
    case BASIC_CONSTRAINTS: readBasicConstraints(); return true;
    case EXT_KEY_USAGE: readPurposes(); return true;
    default: return false;
  }
}

/** KeyUsage ::= BIT STRING, one bit at least, no zeros behind the last (X.690 §11.2); the ninth bit, decipherOnly, is not ours. */
function readKeyUsage(): void {
  let bits = open(BIT_STRING);
  let unused = Reader.u8();
  Extensions.keyUsage = Reader.u8();
  let last = Reader.left() ? Reader.u8() : Extensions.keyUsage;
  if (unused > 7 || (last & ((2 << unused) - 1)) != 1 << unused) refuse();
  Reader.close(bits);
}

/** SubjectAltName ::= SEQUENCE SIZE (1..MAX) OF GeneralName, each a context-specific [0] to [8]. */
function readNames(): void {
  let names = open(SEQUENCE);
  Extensions.names = Reader.at;
  Extensions.namesLength = Reader.left();
  do {
    let tag = next();
    if ((tag & 0xdf) - 0x80 > 8) refuse();
    skip(tag);
  } while (Reader.left());
  Reader.close(names);
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
function readBasicConstraints(): void {
  let constraints = open(SEQUENCE);
  Extensions.isAuthority = readFlag();
  if (Extensions.isAuthority && Reader.left()) { // RFC 5280 §4.2.1.9: only an authority has a length
    let length = open(INTEGER);
    Extensions.pathLength = Reader.u8();
    if (Extensions.pathLength > 127) refuse(); // negative; more than one byte says nothing to a chain of three
    Reader.close(length);
  }
  Reader.close(constraints);
}

/** ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId; any purpose is no purpose of ours. */
function readPurposes(): void {
  let purposes = open(SEQUENCE);
  Extensions.purposes = 0;
  do {
    let id = open(OBJECT_IDENTIFIER);
    if (skipIf(ID_KP, 7) && Reader.left() == 1) {
      let arc = Reader.u8();
      if (arc <= CLIENT_AUTH) Extensions.purposes |= arc;
    }
    skipRest();
    Reader.close(id);
  } while (Reader.left());
  Reader.close(purposes);
}
