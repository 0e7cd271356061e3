// Certificates for the specs, composed in hex, element by element, so that each may be wrong where a spec wants it, and
// signed with keys of the specs' own.
import {
  SHA256_CONTEXT, SHA256_HASH, p256Public, p256Sign, sha256Finish, sha256Start, sha256Update,
} from "../../assembly/crypto";
import { KEY, SIGNATURE, writeKeyInfo, writeSignature } from "../../assembly/x509/key";
import { Writer } from "../../assembly/wire";
import { read, write } from "./support";

const CONTEXT: usize = memory.data(SHA256_CONTEXT, 16);
const HASH: usize = memory.data(SHA256_HASH, 16);
const PRIVATE: usize = memory.data(32, 16);
const PUBLIC: usize = memory.data(KEY, 16);
const RS: usize = memory.data(SIGNATURE, 16);
const BYTES: usize = memory.data(4096, 16);

export const ECDSA_WITH_SHA256 = "300a06082a8648ce3d040302";
export const ECDSA_WITH_SHA384 = "300a06082a8648ce3d040303";
export const DIGITAL_SIGNATURE = "03020780";
export const KEY_CERT_SIGN = "03020204";
export const SERVER = "06082b06010505070301";
export const CLIENT = "06082b06010505070302";

function byte(value: u32): string {
  return "0123456789abcdef".charAt(value >> 4) + "0123456789abcdef".charAt(value & 15);
}

/** An element in DER: its tag and contents, both in hex. */
export function der(tag: string, contents: string): string {
  let length: u32 = contents.length >> 1;
  if (length < 0x80) return tag + byte(length) + contents;
  if (length < 0x100) return tag + "81" + byte(length) + contents;
  return tag + "82" + byte(length >> 8) + byte(length & 0xff) + contents;
}

/** ASCII in hex. */
export function text(letters: string): string {
  let hex = "";
  for (let i = 0; i < letters.length; i++) hex += byte(letters.charCodeAt(i));
  return hex;
}

export function sequence(contents: string): string {
  return der("30", contents);
}
/** A Name of one common name. */
export function named(commonName: string): string {
  return sequence(der("31", sequence("0603550403" + der("0c", text(commonName)))));
}
export function utc(time: string): string {
  return der("17", text(time));
}
export function generalized(time: string): string {
  return der("18", text(time));
}
/** An extension of 2.5.29.arc, the arc in hex. */
export function extension(arc: string, value: string, isCritical: bool = false): string {
  return sequence("0603551d" + arc + (isCritical ? "0101ff" : "") + der("04", value));
}
export function keyUsage(bits: string): string {
  return extension("0f", bits, true);
}
export function authority(pathLength: string = ""): string {
  return extension("13", sequence("0101ff" + pathLength), true);
}
export function purposes(ids: string): string {
  return extension("25", sequence(ids));
}
export function alternativeNames(names: string): string {
  return extension("11", sequence(names));
}
export function dnsName(name: string): string {
  return der("82", text(name));
}
export function uri(name: string): string {
  return der("86", text(name));
}

/** X and Y, in hex, of the specs' key of this number. */
export function publicKey(number: u8): string {
  memory.fill(PRIVATE, number, 32);
  p256Public(PUBLIC, PRIVATE);
  return read(PUBLIC, KEY);
}
/** Its SubjectPublicKeyInfo. */
export function keyInfo(number: u8): string {
  publicKey(number);
  Writer.start(BYTES);
  writeKeyInfo(PUBLIC);
  return read(BYTES, <u32>(Writer.at - BYTES));
}
export function sha256(hex: string): string {
  sha256Start(CONTEXT);
  sha256Update(CONTEXT, BYTES, write(BYTES, hex));
  sha256Finish(CONTEXT, HASH);
  return read(HASH, SHA256_HASH);
}
/** The ECDSA-Sig-Value over these bytes by the key of this number. */
export function signed(hex: string, number: u8): string {
  sha256(hex);
  memory.fill(PRIVATE, number, 32);
  p256Sign(RS, PRIVATE, HASH, 0);
  Writer.start(BYTES);
  writeSignature(RS);
  return read(BYTES, <u32>(Writer.at - BYTES));
}

/** A certificate before it is signed; each part is whole elements in hex. */
export class Draft {
  version: string = "a003020102";
  serial: string = "020101";
  algorithm: string = ECDSA_WITH_SHA256;
  outerAlgorithm: string = "";
  issuer: string = named("root");
  notBefore: string = utc("260101000000Z");
  notAfter: string = utc("360101000000Z");
  subject: string = named("leaf");
  key: string = "";
  /** Extensions one after the other; none, and the field is not there. */
  extensions: string = "";
  /** Instead of what the extensions would make. */
  tail: string = "";
  /** Instead of a good signature. */
  signature: string = "";

  constructor(key: u8) {
    this.key = keyInfo(key);
  }
  toSign(): string {
    let tail = this.extensions == "" ? "" : der("a3", sequence(this.extensions));
    return sequence(this.version + this.serial + this.algorithm + this.issuer + sequence(this.notBefore + this.notAfter) +
      this.subject + this.key + (this.tail == "" ? tail : this.tail));
  }
  /** The certificate, signed with the key of this number. */
  by(number: u8): string {
    let tbs = this.toSign();
    let signature = this.signature == "" ? "00" + signed(tbs, number) : this.signature;
    return sequence(tbs + (this.outerAlgorithm == "" ? this.algorithm : this.outerAlgorithm) + der("03", signature));
  }
}

/** The list of these certificates: the body of a Certificate message. */
export function list(certificates: string[]): string {
  let all = "";
  for (let i = 0; i < certificates.length; i++) all += vector(certificates[i]);
  return vector(all);
}
/** Bytes behind their length in three bytes. */
export function vector(hex: string): string {
  let length: u32 = hex.length >> 1;
  return byte(length >> 16) + byte((length >> 8) & 0xff) + byte(length & 0xff) + hex;
}
/** A trust anchor's record. */
export function rootAnchor(name: string, key: u8): string {
  return "0160" + sha256(name) + publicKey(key);
}
export function foreignAnchor(name: string): string {
  return "0220" + sha256(name);
}
/** A peer's own key, known by the first bytes of its hash. */
export function keyAnchor(key: u8, bytes: u32 = 32): string {
  return "03" + byte(bytes) + sha256(keyInfo(key)).slice(0, bytes << 1);
}
