// Chains: what is trusted, and each reason not to with its alert and place.
import { CertificateAlert, CertificateCheck, NameFlag } from "../../assembly/certificate-codes";
import { Alert } from "../../assembly/codes";
import { OK } from "../../assembly/outcome";
import { CLIENT_AUTH, SERVER_AUTH } from "../../assembly/x509/extensions";
import { Path } from "../../assembly/x509/path";
import { get24, put24 } from "../../assembly/wire";
import {
  CLIENT, DIGITAL_SIGNATURE, Draft, KEY_CERT_SIGN, SERVER, alternativeNames, authority, der, dnsName, extension, generalized,
  keyUsage, named, list, publicKey, purposes, rootAnchor, signed, uri, utc,
} from "./certificates";
import {
  DATA, GATEWAY, ISSUER_KEY, LEAF_KEY, OTHER_KEY, ROOT_KEY, SECOND_KEY, Wanted, abort, anchorOf, expectRefused, issuer,
  issuerDraft, leaf, leafDraft, root, verify, verifyAt, verifyBody,
} from "./chains";
import { ISSUER, LEAF, NEW_YEAR_2027, P384_ROOT, ROOT } from "./openssl-certificates";
import { read } from "./support";

const BAD: i32 = CertificateAlert.BAD_CERTIFICATE;
const UNSUPPORTED: i32 = CertificateAlert.UNSUPPORTED_CERTIFICATE;
const UNKNOWN: i32 = CertificateAlert.UNKNOWN_CA;

/** Under this authority the chain ends so. */
function expectIssuerRefused(draft: Draft, check: CertificateCheck, alert: i32): void {
  expectRefused([leaf(), draft.by(ROOT_KEY)], check, 1, alert);
}

beforeEach(() => { Wanted.reset(); });

describe("a chain", () => {
  it("of one, two and three certificates leads to the anchor (7925-4.4.4-2, 7252-9.1.3.3-3)", () => {
    expect(verify([leafDraft("root").by(ROOT_KEY)])).toBe(OK);
    expect(Path.check).toBe(CertificateCheck.NONE);
    expect(verify([leaf(), issuer()])).toBe(OK);
    expect(read(Path.key, 64)).toBe(publicKey(LEAF_KEY));
    let second = issuerDraft("second", SECOND_KEY).by(ROOT_KEY);
    expect(verify([leaf(), issuerDraft("issuer", ISSUER_KEY, "second").by(SECOND_KEY), second])).toBe(OK);
    expect(Path.index).toBe(2);
  });

  it("may bring the root along, or anything else behind what was needed (iot13-cert-9)", () => {
    expect(verify([leaf(), issuer(), root()])).toBe(OK);
    let second = issuerDraft("second", SECOND_KEY).by(ROOT_KEY);
    expect(verify([leaf(), issuerDraft("issuer", ISSUER_KEY, "second").by(SECOND_KEY), second, root()])).toBe(OK);
    expect(verify([leafDraft("root").by(ROOT_KEY), "0500"])).toBe(OK);
  });

  it("of OpenSSL's leads to its root", () => {
    Wanted.anchors = anchorOf(ROOT);
    expect(verify([LEAF, ISSUER])).toBe(OK);
    expect(verify([LEAF, ISSUER, ROOT])).toBe(OK);
    Wanted.purpose = CLIENT_AUTH;
    expect(verify([LEAF, ISSUER])).toBe(OK);
    expectRefused([LEAF], CertificateCheck.ISSUER, 0, UNKNOWN);
    expectRefused([ISSUER], CertificateCheck.KEY_USAGE, 0, UNSUPPORTED);
  });

  it("is refused with any bit of it altered, and nothing outside is read", () => {
    let whole = list([leaf(), issuer()]);
    expect(verifyBody(whole)).toBe(OK);
    let length = <u32>(whole.length >> 1);
    let at = (<usize>(memory.grow(1) + 1) << 16) - length;
    memory.copy(at, DATA, length);
    let accepted = "";
    for (let i: u32 = 0; i < length; i++) {
      let byte = load<u8>(at + i);
      store<u8>(at + i, byte ^ <u8>((<u32>1) << (i & 7)));
      if (verifyAt(at, length) == OK) accepted += i.toString() + " ";
      store<u8>(at + i, byte);
    }
    expect(accepted).toBe("");
    expect(verifyAt(at, length)).toBe(OK);
  });

  it("is refused with less than all of it, and nothing outside is read", () => {
    let whole = list([leaf(), issuer()]);
    expect(verifyBody(whole)).toBe(OK);
    let end = <usize>(memory.grow(1) + 1) << 16;
    let accepted = "";
    for (let cut: u32 = 0; cut < <u32>(whole.length >> 1); cut++) {
      memory.copy(end - cut, DATA, cut);
      if (verifyAt(end - cut, cut) != abort(Alert.DECODE_ERROR)) accepted += cut.toString() + " ";
    }
    expect(accepted).toBe("");
  });

  it("is refused with less than all of a certificate, in lists of the right length", () => {
    verify([leaf()]);
    let length = get24(DATA + 3);
    let accepted = "";
    for (let cut: u32 = 1; cut < length; cut++) {
      put24(DATA, cut + 3);
      put24(DATA + 3, cut);
      if (verifyAt(DATA, cut + 6) != abort(BAD)) accepted += cut.toString() + " ";
    }
    expect(accepted).toBe("");
  });

  it("is a list of certificates that fill it", () => {
    const wrong: string[] = [
      "", "0000", "00000100", "000001", "000003000000", "000004000001", "00000400000530", "0000050000013000",
      "00000700000000000130",
    ];
    for (let i = 0; i < wrong.length; i++) {
      expect(verifyBody(wrong[i])).toBe(abort(Alert.DECODE_ERROR), wrong[i]);
      expect(Path.check).toBe(CertificateCheck.LIST, wrong[i]);
    }
  });

  it("is empty if a client has none, and of a server never (5246-7.4.6-1)", () => {
    expect(verifyBody("000000")).toBe(abort(Alert.DECODE_ERROR));
    Wanted.purpose = CLIENT_AUTH;
    expect(verifyBody("000000")).toBe(abort(Alert.HANDSHAKE_FAILURE));
    expect(Path.check).toBe(CertificateCheck.ABSENT);
    expect(Path.key).toBe(0);
  });
});

describe("a leaf is refused", () => {
  it("if it cannot be read, is of another version, or has a critical extension of another profile", () => {
    expectRefused([leaf() + "00", issuer()], CertificateCheck.ENCODING, 0, BAD);
    expect(Path.certificate).toBe(DATA + 6);
    expect(Path.length).toBe(<u32>(leaf().length >> 1) + 1);
    let draft = leafDraft();
    draft.version = "";
    expectRefused([draft.by(ISSUER_KEY), issuer()], CertificateCheck.VERSION, 0, UNSUPPORTED);
    draft = leafDraft();
    draft.extensions += extension("1e", "3000", true);
    expectRefused([draft.by(ISSUER_KEY), issuer()], CertificateCheck.CRITICAL_EXTENSION, 0, UNSUPPORTED);
  });

  it("if its key is not of P-256 (7925-20-1)", () => {
    expectRefused([P384_ROOT], CertificateCheck.KEY, 0, UNSUPPORTED);
    expect(Path.key).toBe(0);
  });

  it("if its key is for no signatures (iot13-cert-3, requirements C-16)", () => {
    let draft = leafDraft();
    draft.extensions = keyUsage("03020308") + alternativeNames(dnsName(GATEWAY));
    expectRefused([draft.by(ISSUER_KEY), issuer()], CertificateCheck.KEY_USAGE, 0, UNSUPPORTED);
    draft.extensions = alternativeNames(dnsName(GATEWAY));
    expect(verify([draft.by(ISSUER_KEY), issuer()])).toBe(OK, "no usage at all (iot13-cert-6)");
  });

  it("if its key is for the other role (iot13-cert-6, 7925-4.4.4-1)", () => {
    Wanted.purpose = CLIENT_AUTH;
    expectRefused([leaf(), issuer()], CertificateCheck.PURPOSE, 0, UNSUPPORTED);
    let draft = leafDraft();
    draft.extensions = purposes(CLIENT) + alternativeNames(dnsName(GATEWAY));
    expect(verify([draft.by(ISSUER_KEY), issuer()])).toBe(OK);
    Wanted.purpose = SERVER_AUTH;
    expectRefused([draft.by(ISSUER_KEY), issuer()], CertificateCheck.PURPOSE, 0, UNSUPPORTED);
  });

  it("if it has another name (7925-4.4.1-1); without a name to look for none is needed (requirements C-09)", () => {
    Wanted.name = "other.example";
    expectRefused([leaf(), issuer()], CertificateCheck.NAME, 0, BAD);
    Wanted.name = "";
    expect(verify([leaf(), issuer()])).toBe(OK);
  });

  it("if it has several names and strict ones were asked for (requirements C-08, 7925-4.4.1-5)", () => {
    let draft = leafDraft();
    draft.extensions = alternativeNames(dnsName("a.example") + dnsName(GATEWAY));
    let chain = [draft.by(ISSUER_KEY), issuer()];
    expect(verify(chain)).toBe(OK);
    Wanted.flags = NameFlag.STRICT;
    expectRefused(chain, CertificateCheck.SEVERAL_NAMES, 0, BAD);
    expect(verify([leaf(), issuer()])).toBe(OK);
  });

  it("if only its URI fits, and URIs do not count (7252-9.1.3.3-4)", () => {
    let draft = leafDraft();
    draft.extensions = alternativeNames(uri("coaps://gateway.example/"));
    let chain = [draft.by(ISSUER_KEY), issuer()];
    expectRefused(chain, CertificateCheck.NAME, 0, BAD);
    Wanted.flags = NameFlag.COAP;
    expect(verify(chain)).toBe(OK);
  });

  it("before and after its time, to the second (iot13-cert-2)", () => {
    let draft = leafDraft("root");
    draft.notBefore = utc("270101000000Z");
    draft.notAfter = generalized("20270101000001Z");
    let chain = [draft.by(ROOT_KEY)];
    expect(verify(chain)).toBe(OK);
    Wanted.seconds = NEW_YEAR_2027 + 1;
    expect(verify(chain)).toBe(OK);
    Wanted.seconds = NEW_YEAR_2027 + 2;
    // 7252-9.1.3.3-2
    expectRefused(chain, CertificateCheck.EXPIRED, 0, CertificateAlert.CERTIFICATE_EXPIRED);
    Wanted.seconds = NEW_YEAR_2027 - 1;
    expectRefused(chain, CertificateCheck.NOT_YET_VALID, 0, CertificateAlert.CERTIFICATE_EXPIRED);
    draft.notAfter = generalized("99991231235959Z");
    Wanted.seconds = 0xffffffff;
    expect(verify([draft.by(ROOT_KEY)])).toBe(OK);
  });

  it("if a trusted name did not sign it", () => {
    expectRefused([leafDraft("root").by(OTHER_KEY)], CertificateCheck.SIGNATURE, 0, BAD);
    let draft = leafDraft("root");
    draft.signature = "00" + der("30", "020101" + "0202007f");
    expectRefused([draft.by(ROOT_KEY)], CertificateCheck.SIGNATURE, 0, BAD, "a number with a byte too many (5246-7.4.8-1)");
    draft.signature = "00" + signed(draft.toSign(), ROOT_KEY);
    expect(verify([draft.by(ROOT_KEY)])).toBe(OK);
    draft.signature += "00";
    expectRefused([draft.by(ROOT_KEY)], CertificateCheck.SIGNATURE, 0, BAD, "the right one, and a byte behind it");
  });

  it("if nobody vouches for it", () => {
    expectRefused([leaf()], CertificateCheck.ISSUER, 0, UNKNOWN);
    Wanted.anchors = rootAnchor(named("other"), ROOT_KEY);
    expectRefused([leafDraft("root").by(ROOT_KEY)], CertificateCheck.ISSUER, 0, UNKNOWN);
    Wanted.anchors = "";
    expectRefused([leafDraft("root").by(ROOT_KEY), root()], CertificateCheck.ISSUER, 1, UNKNOWN);
  });
});

describe("an issuer is refused", () => {
  it("if it cannot be read, or has a critical extension of another profile", () => {
    expectRefused([leaf(), issuer().slice(2)], CertificateCheck.ENCODING, 1, BAD);
    let draft = issuerDraft();
    draft.extensions += extension("24", "3000", true);
    expectIssuerRefused(draft, CertificateCheck.CRITICAL_EXTENSION, UNSUPPORTED);
  });

  it("if it is no authority (iot13-cert-5, 7925-4.4.4-1)", () => {
    let draft = issuerDraft();
    draft.extensions = keyUsage(KEY_CERT_SIGN);
    expectIssuerRefused(draft, CertificateCheck.AUTHORITY, BAD);
    draft.extensions = extension("13", "3000", true) + keyUsage(KEY_CERT_SIGN);
    expectIssuerRefused(draft, CertificateCheck.AUTHORITY, BAD);
  });

  it("if its key is not for certificates (7925-4.4.4-1)", () => {
    let draft = issuerDraft();
    draft.extensions = authority() + keyUsage(DIGITAL_SIGNATURE);
    expectIssuerRefused(draft, CertificateCheck.KEY_USAGE, UNSUPPORTED);
    draft.extensions = authority();
    expect(verify([leaf(), draft.by(ROOT_KEY)])).toBe(OK);
  });

  it("if its purposes are others", () => {
    let draft = issuerDraft();
    draft.extensions = authority() + purposes(CLIENT);
    expectIssuerRefused(draft, CertificateCheck.PURPOSE, UNSUPPORTED);
    draft.extensions = authority() + purposes(CLIENT + SERVER);
    expect(verify([leaf(), draft.by(ROOT_KEY)])).toBe(OK);
  });

  it("if more authorities stand below it than it allows; those that issued themselves do not count", () => {
    let second = issuerDraft("second", SECOND_KEY);
    let first = issuerDraft("issuer", ISSUER_KEY, "second").by(SECOND_KEY);
    second.extensions = authority("020100");
    expectRefused([leaf(), first, second.by(ROOT_KEY)], CertificateCheck.PATH_LENGTH, 2, BAD);
    second.extensions = authority("020101");
    expect(verify([leaf(), first, second.by(ROOT_KEY)])).toBe(OK);
    let older = issuerDraft("issuer", SECOND_KEY);
    older.extensions = authority("020100");
    expect(verify([leaf(), issuerDraft("issuer", ISSUER_KEY, "issuer").by(SECOND_KEY), older.by(ROOT_KEY)])).toBe(OK);
  });

  it("outside of its time", () => {
    let draft = issuerDraft();
    draft.notAfter = utc("261231235959Z");
    expectIssuerRefused(draft, CertificateCheck.EXPIRED, CertificateAlert.CERTIFICATE_EXPIRED);
    draft = issuerDraft();
    draft.notBefore = utc("270101000001Z");
    expectIssuerRefused(draft, CertificateCheck.NOT_YET_VALID, CertificateAlert.CERTIFICATE_EXPIRED);
  });

  it("if it did not sign, or was not signed", () => {
    expectRefused([leafDraft().by(OTHER_KEY), issuer()], CertificateCheck.SIGNATURE, 1, BAD);
    expectRefused([leaf(), issuerDraft().by(OTHER_KEY)], CertificateCheck.SIGNATURE, 1, BAD);
  });

  it("if it has another name: the next certificate is its issuer, or none is (RFC 5246 §7.4.2)", () => {
    expectRefused([leaf(), issuerDraft("other").by(ROOT_KEY)], CertificateCheck.ISSUER, 0, UNKNOWN);
    expectRefused([leaf(), root(), issuer()], CertificateCheck.ISSUER, 0, UNKNOWN);
  });
});
