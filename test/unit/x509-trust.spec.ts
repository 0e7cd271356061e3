// What is trusted besides roots of the profile, what a host is left to decide, and raw public keys.
import { CertificateAlert, CertificateCheck } from "../../assembly/certificate-codes";
import { Alert } from "../../assembly/codes";
import { OK } from "../../assembly/outcome";
import { areAnchors } from "../../assembly/state/context";
import { Certificate, readCertificate } from "../../assembly/x509/certificate";
import { Path } from "../../assembly/x509/path";
import {
  ECDSA_WITH_SHA384, foreignAnchor, keyAnchor, keyInfo, named, publicKey, rootAnchor, sequence, sha256, vector,
} from "./certificates";
import {
  ANCHOR, DATA, ISSUER_KEY, LEAF_KEY, OTHER_KEY, ROOT_KEY, SECOND_KEY, Wanted, abort, expectRefused, issuer, issuerDraft,
  leaf, leafDraft, verify, verifyKeyBody,
} from "./chains";
import { BY_P384, BY_RSA, P384_ROOT } from "./openssl-certificates";
import { read, write } from "./support";

const UNSUPPORTED: i32 = CertificateAlert.UNSUPPORTED_CERTIFICATE;

const ALGORITHM: CertificateCheck = CertificateCheck.SIGNATURE_ALGORITHM;

/** The issuer of this certificate, in hex. */
function issuerOf(certificate: string): string {
  readCertificate(DATA, write(DATA, certificate));
  return read(Certificate.issuer, Certificate.issuerLength);
}

beforeEach(() => { Wanted.reset(); });

describe("anchors", () => {
  it("may be several, some of one name", () => {
    Wanted.anchors = keyAnchor(OTHER_KEY, 16) + foreignAnchor(named("x")) + rootAnchor(named("root"), OTHER_KEY) + ANCHOR;
    expect(verify([leaf(), issuer()])).toBe(OK);
    Wanted.anchors = ANCHOR + rootAnchor(named("root"), OTHER_KEY);
    expect(verify([leaf(), issuer()])).toBe(OK);
  });

  it("do not end a chain that goes on under the same name with another key", () => {
    Wanted.anchors = rootAnchor(named("issuer"), OTHER_KEY) + ANCHOR;
    expect(verify([leaf(), issuer()])).toBe(OK);
  });

  it("are the peer's own key, whatever its certificate says besides", () => {
    Wanted.anchors = keyAnchor(LEAF_KEY);
    Wanted.seconds = 0;
    Wanted.name = "other.example";
    expect(verify([leaf()])).toBe(OK);
    expect(verify([BY_RSA])).not.toBe(OK);
    Wanted.anchors = keyAnchor(ISSUER_KEY);
    expect(verify([leaf(), issuer()])).not.toBe(OK, "its issuer's is not its own");
  });

  it("are what their kind says: no name is a key, no key a name", () => {
    Wanted.anchors = "0320" + sha256(named("root"));
    expectRefused([leaf(), issuer()], CertificateCheck.ISSUER, 1, CertificateAlert.UNKNOWN_CA);
    Wanted.anchors = "0220" + sha256(keyInfo(LEAF_KEY));
    expectRefused([leaf(), issuer()], CertificateCheck.ISSUER, 1, CertificateAlert.UNKNOWN_CA);
  });

  it("can be read, or not", () => {
    const good: string[] = [
      "", ANCHOR, foreignAnchor(named("x")), keyAnchor(1), keyAnchor(1, 15), ANCHOR + keyAnchor(1, 16) + ANCHOR,
    ];
    for (let i = 0; i < good.length; i++) expect(areAnchors(DATA, write(DATA, good[i]))).toBe(true, good[i]);
    const wrong: string[] = [
      "01", "0161" + "00".repeat(97), "015f" + "00".repeat(95), "0221" + "00".repeat(33), keyAnchor(1, 14),
      "0321" + "00".repeat(33), "0020" + "00".repeat(32), "0420" + "00".repeat(32), ANCHOR.slice(2),
      ANCHOR.slice(0, ANCHOR.length - 2), ANCHOR + "00",
    ];
    for (let i = 0; i < wrong.length; i++) expect(areAnchors(DATA, write(DATA, wrong[i]))).toBe(false, wrong[i]);
  });
});

describe("beyond the profile is", () => {
  it("an authority among the anchors with a key of another kind (7925-4.4.4-4)", () => {
    expectRefused([BY_RSA], CertificateCheck.ISSUER, 0, CertificateAlert.UNKNOWN_CA);
    Wanted.anchors = foreignAnchor(issuerOf(BY_RSA));
    expectRefused([BY_RSA], ALGORITHM, 0, UNSUPPORTED);
    expect(Path.key).toBe(Certificate.key);
    Wanted.anchors = foreignAnchor(issuerOf(BY_P384));
    expectRefused([BY_P384], ALGORITHM, 0, UNSUPPORTED);
  });

  it("an issuer in the list with a key of another kind", () => {
    expectRefused([BY_P384, P384_ROOT], ALGORITHM, 1, UNSUPPORTED);
  });

  it("a signature of another kind by a P-256 key", () => {
    let draft = leafDraft("root");
    draft.algorithm = ECDSA_WITH_SHA384;
    expectRefused([draft.by(ROOT_KEY)], ALGORITHM, 0, UNSUPPORTED);
    draft = leafDraft();
    draft.algorithm = ECDSA_WITH_SHA384;
    expectRefused([draft.by(ISSUER_KEY), issuer()], ALGORITHM, 1, UNSUPPORTED);
  });

  it("a chain of more than three (7925-4.4.4-2)", () => {
    let first = issuerDraft("issuer", ISSUER_KEY, "second").by(SECOND_KEY);
    let second = issuerDraft("second", SECOND_KEY, "third").by(OTHER_KEY);
    let third = issuerDraft("third", OTHER_KEY).by(ROOT_KEY);
    expectRefused([leaf(), first, second, third], CertificateCheck.CHAIN_LENGTH, 2, CertificateAlert.UNKNOWN_CA);
  });

  it("a chain that is in order at a time that nobody knows (7252-9.1.3.3-3)", () => {
    Wanted.seconds = 0;
    expectRefused([leaf(), issuer()], CertificateCheck.TIME_UNKNOWN, 1, CertificateAlert.CERTIFICATE_UNKNOWN);
    expect(read(Path.key, 64)).toBe(publicKey(LEAF_KEY));
  });

  it("nothing that was refused for a reason of its own", () => {
    Wanted.anchors = foreignAnchor(issuerOf(BY_RSA));
    Wanted.name = "other.example";
    expectRefused([BY_RSA], CertificateCheck.NAME, 0, CertificateAlert.BAD_CERTIFICATE);
    Wanted.reset();
    Wanted.seconds = 0;
    expectRefused([leafDraft().by(OTHER_KEY), issuer()], CertificateCheck.SIGNATURE, 1, CertificateAlert.BAD_CERTIFICATE);
  });
});

describe("a raw public key", () => {
  it("is trusted by the whole of its hash, or 120 bits of it (7252-9.1.3.2.1-1, iot13-cred-5)", () => {
    Wanted.anchors = ANCHOR + keyAnchor(OTHER_KEY) + keyAnchor(LEAF_KEY);
    expect(verifyKeyBody(vector(keyInfo(LEAF_KEY)))).toBe(OK);
    expect(read(Path.key, 64)).toBe(publicKey(LEAF_KEY));
    Wanted.anchors = keyAnchor(LEAF_KEY, 15);
    expect(verifyKeyBody(vector(keyInfo(LEAF_KEY)))).toBe(OK);
  });

  it("is one SubjectPublicKeyInfo behind three bytes of length (7250-3-1, 7925-4.3-2)", () => {
    Wanted.anchors = keyAnchor(LEAF_KEY);
    let key = keyInfo(LEAF_KEY);
    expect(vector(key).slice(0, 8)).toBe("00005b30");
    const wrong: string[] = [
      "", "0000", "000000", vector(vector(key)), vector(key + "00"), "00005a" + key, "00005c" + key, key,
    ];
    for (let i = 0; i < wrong.length; i++) {
      expect(verifyKeyBody(wrong[i])).toBe(abort(Alert.DECODE_ERROR), wrong[i]);
      expect(Path.check).toBe(CertificateCheck.RAW_KEY_ENCODING, wrong[i]);
    }
    for (let cut = 2; cut < key.length; cut += 2) {
      expect(verifyKeyBody(vector(key.slice(0, cut)))).toBe(abort(Alert.DECODE_ERROR), cut.toString());
    }
  });

  it("that is not trusted brings no alert about certificates (7925-6-2, requirements C-11)", () => {
    Wanted.anchors = ANCHOR + keyAnchor(OTHER_KEY) + rootAnchor(named("leaf"), LEAF_KEY);
    expect(verifyKeyBody(vector(keyInfo(LEAF_KEY)))).toBe(abort(Alert.HANDSHAKE_FAILURE));
    expect(Path.check).toBe(CertificateCheck.RAW_KEY);
    let ed25519 = sequence("300506032b6570" + "032100" + "11".repeat(32));
    expect(verifyKeyBody(vector(ed25519))).toBe(abort(Alert.HANDSHAKE_FAILURE));
    expect(Path.check).toBe(CertificateCheck.RAW_KEY_ALGORITHM);
    expect(Path.key).toBe(0);
  });

  it("is refused with any bit of it altered", () => {
    Wanted.anchors = keyAnchor(LEAF_KEY);
    let length = write(DATA, vector(keyInfo(LEAF_KEY)));
    for (let i: u32 = 0; i < length; i++) {
      write(DATA, vector(keyInfo(LEAF_KEY)));
      store<u8>(DATA + i, load<u8>(DATA + i) ^ <u8>((<u32>1) << (i & 7)));
      expect(verifyKeyBody(read(DATA, length))).not.toBe(OK, i.toString());
    }
  });
});
