// Certificate  ::=  SEQUENCE  {
//   tbsCertificate       TBSCertificate,
//   signatureAlgorithm   AlgorithmIdentifier,
//   signatureValue       BIT STRING  }
//
// TBSCertificate  ::=  SEQUENCE  {
//   version         [0]  EXPLICIT Version DEFAULT v1,
//   serialNumber         CertificateSerialNumber,
//   signature            AlgorithmIdentifier,
//   issuer               Name,
//   validity             Validity,
//   subject              Name,
//   subjectPublicKeyInfo SubjectPublicKeyInfo,
//   …
//   extensions      [3]  EXPLICIT Extensions OPTIONAL  }                   RFC 5280 §4.1
//
// The elements of RFC 7925's table 1 (7925-4.4.4-1); others may stand there where they are not critical.
import { CertificateCheck } from "../certificate-codes";
import { HAS_CERTIFICATES } from "../features";
import { SERIAL_NUMBER_MAX } from "../limits";
import { Reader } from "../wire";
import { BIT_STRING, SEQUENCE, open, readPositive, refuse, skip, skipIf, skipRest } from "./der";
import { Extensions, readExtensions } from "./extensions";
import { readKeyInfo } from "./key";
import { readTime } from "./time";

const VERSION_3: usize = HAS_CERTIFICATES ? memory.data<u8>([0xa0, 0x03, 0x02, 0x01, 0x02]) : 0;
const ECDSA_WITH_SHA256: usize = HAS_CERTIFICATES ? memory.data<u8>([
  0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
]) : 0;
/** Head and nothing else: a Name without a single attribute. */
const EMPTY_NAME: u32 = 2;

/** The certificate read last: pointers into it. What extensions say is in `Extensions`. */
export class Certificate {
  /** tbsCertificate, with its head. */
  static signed: usize = 0;
  static signedLength: u32 = 0;
  /** signatureAlgorithm is ecdsa-with-SHA256; otherwise the signature says nothing to us. */
  static hasKnownSignature: bool = false;
  /** The ECDSA-Sig-Value. */
  static signature: usize = 0;
  static signatureLength: u32 = 0;
  /** Names, with their heads. */
  static issuer: usize = 0;
  static issuerLength: u32 = 0;
  static subject: usize = 0;
  static subjectLength: u32 = 0;
  /** Seconds since 1970, both included. */
  static notBefore: u32 = 0;
  static notAfter: u32 = 0;
  /** SubjectPublicKeyInfo, with its head, and in it X and Y of a P-256 key, otherwise 0. */
  static keyInfo: usize = 0;
  static keyInfoLength: u32 = 0;
  static key: usize = 0;
}

/** Reads the certificate of exactly these bytes; NONE, ENCODING, VERSION or CRITICAL_EXTENSION. */
export function readCertificate(at: usize, length: u32): CertificateCheck {
  Reader.start(at, length);
  let certificate = open(SEQUENCE);
  Certificate.signed = Reader.at;
  let signed = open(SEQUENCE);
  if (!skipIf(VERSION_3, 5)) return Reader.left() ? CertificateCheck.VERSION : CertificateCheck.ENCODING;
  readPositive(SERIAL_NUMBER_MAX);
  let algorithm = Reader.at;
  Certificate.hasKnownSignature = skipIf(ECDSA_WITH_SHA256, 12);
  if (!Certificate.hasKnownSignature) skip(SEQUENCE);
  let algorithmLength = <u32>(Reader.at - algorithm);
  readNamesAndKey();
  readExtensions();
  Reader.close(signed);
  Certificate.signedLength = <u32>(Reader.at - Certificate.signed);
  if (!skipIf(algorithm, algorithmLength)) refuse(); // RFC 5280 §4.1.1.2: the same as inside
  readSignatureValue();
  Reader.close(certificate);
  if (!Reader.done()) return CertificateCheck.ENCODING;
  return Extensions.hasUnknownCritical ? CertificateCheck.CRITICAL_EXTENSION : CertificateCheck.NONE;
}

/** From the issuer to the key. */
function readNamesAndKey(): void {
  Certificate.issuer = Reader.at;
  skip(SEQUENCE);
  Certificate.issuerLength = <u32>(Reader.at - Certificate.issuer);
  if (Certificate.issuerLength <= EMPTY_NAME) refuse(); // RFC 5280 §4.1.2.4
  let validity = open(SEQUENCE);
  Certificate.notBefore = readTime();
  Certificate.notAfter = readTime();
  Reader.close(validity);
  Certificate.subject = Reader.at;
  skip(SEQUENCE);
  Certificate.subjectLength = <u32>(Reader.at - Certificate.subject);
  Certificate.keyInfo = Reader.at;
  Certificate.key = readKeyInfo();
  Certificate.keyInfoLength = <u32>(Reader.at - Certificate.keyInfo);
}

function readSignatureValue(): void {
  let bits = open(BIT_STRING);
  if (Reader.u8() != 0) refuse();
  Certificate.signature = Reader.at;
  skipRest();
  Certificate.signatureLength = <u32>(Reader.at - Certificate.signature);
  Reader.close(bits);
}
