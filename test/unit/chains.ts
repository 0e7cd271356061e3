// Chains that are in order, for specs to put one thing out of it, and what verifying them says.
import { CertificateCheck } from "../../assembly/certificate-codes";
import { CodeClass } from "../../assembly/codes";
import { Certificate, readCertificate } from "../../assembly/x509/certificate";
import { SERVER_AUTH } from "../../assembly/x509/extensions";
import { Path, verifyChain, verifyRawKey } from "../../assembly/x509/path";
import {
  DIGITAL_SIGNATURE, Draft, KEY_CERT_SIGN, SERVER, alternativeNames, authority, dnsName, keyUsage, list, named, purposes,
  rootAnchor, sha256, text,
} from "./certificates";
import { NEW_YEAR_2027 } from "./openssl-certificates";
import { read, write } from "./support";

export const DATA: usize = memory.data(4096, 16);
const ANCHORS: usize = memory.data(1024, 16);
const NAME: usize = memory.data(64, 16);
/** Numbers of keys. */
export const LEAF_KEY: u8 = 1;
export const ISSUER_KEY: u8 = 2;
export const SECOND_KEY: u8 = 3;
export const ROOT_KEY: u8 = 4;
export const OTHER_KEY: u8 = 5;
export const ANCHOR: string = rootAnchor(named("root"), ROOT_KEY);
export const GATEWAY = "gateway.example";

/** What chains are measured by. */
export class Wanted {
  static anchors: string = ANCHOR;
  static purpose: u32 = SERVER_AUTH;
  static name: string = GATEWAY;
  static flags: u32 = 0;
  static seconds: u32 = NEW_YEAR_2027;
  /** As it was; for before each spec. */
  static reset(): void {
    Wanted.anchors = ANCHOR;
    Wanted.purpose = SERVER_AUTH;
    Wanted.name = GATEWAY;
    Wanted.flags = 0;
    Wanted.seconds = NEW_YEAR_2027;
  }
}

/** What comes of a Certificate message of these certificates. */
export function verify(certificates: string[]): i32 {
  return verifyBody(list(certificates));
}
export function verifyBody(hex: string): i32 {
  anchorsLength = write(ANCHORS, Wanted.anchors);
  nameLength = write(NAME, text(Wanted.name));
  return verifyAt(DATA, write(DATA, hex));
}
/** The same for bytes in memory, by what `verifyBody` measured last. */
export function verifyAt(at: usize, length: u32): i32 {
  return verifyChain(
    at, length, ANCHORS, anchorsLength, Wanted.purpose, NAME, nameLength, Wanted.flags, Wanted.seconds,
  );
}
let anchorsLength: u32 = 0;
let nameLength: u32 = 0;
/** The same for a raw public key. */
export function verifyKeyBody(hex: string): i32 {
  return verifyRawKey(DATA, write(DATA, hex), ANCHORS, write(ANCHORS, Wanted.anchors));
}
export function abort(alert: i32): i32 {
  return CodeClass.WE_ABORTED + alert;
}
/** The trust anchor that this certificate makes. */
export function anchorOf(certificate: string): string {
  readCertificate(DATA, write(DATA, certificate));
  let key = read(Certificate.key, 64);
  return "0160" + sha256(read(Certificate.subject, Certificate.subjectLength)) + key;
}
/** The chain is refused for this reason, at this certificate, with this alert. */
export function expectRefused(
  certificates: string[], check: CertificateCheck, index: u32, alert: i32, hint: string = "",
): void {
  expect(verify(certificates)).toBe(abort(alert), hint);
  expect(Path.check).toBe(check, hint);
  expect(Path.index).toBe(index, hint);
  expect(Path.isBeyond()).toBe(check >= CertificateCheck.SIGNATURE_ALGORITHM, hint);
}
/** A leaf that is in order under "issuer", unless told otherwise. */
export function leafDraft(issuer: string = "issuer"): Draft {
  let draft = new Draft(LEAF_KEY);
  draft.issuer = named(issuer);
  draft.extensions = keyUsage(DIGITAL_SIGNATURE) + purposes(SERVER) + alternativeNames(dnsName(GATEWAY));
  return draft;
}
export function leaf(): string {
  return leafDraft().by(ISSUER_KEY);
}
/** An authority that is in order, under "root". */
export function issuerDraft(subject: string = "issuer", key: u8 = ISSUER_KEY, issuer: string = "root"): Draft {
  let draft = new Draft(key);
  draft.subject = named(subject);
  draft.issuer = named(issuer);
  draft.extensions = authority() + keyUsage(KEY_CERT_SIGN);
  return draft;
}
export function issuer(): string {
  return issuerDraft().by(ROOT_KEY);
}
export function root(): string {
  return issuerDraft("root", ROOT_KEY).by(ROOT_KEY);
}
