// One certificate: what is read of it, and that every part may be wrong in its own way (7925-4.4.4-1).
import { CertificateCheck, NameFlag } from "../../assembly/certificate-codes";
import { Certificate, readCertificate } from "../../assembly/x509/certificate";
import { CLIENT_AUTH, Extensions, SERVER_AUTH } from "../../assembly/x509/extensions";
import { EUI_64, SERIAL_NUMBER, isNamed, openAttribute, readEui64 } from "../../assembly/x509/name";
import {
  CLIENT, DIGITAL_SIGNATURE, Draft, ECDSA_WITH_SHA384, KEY_CERT_SIGN, SERVER, alternativeNames, authority, der, dnsName,
  extension, generalized, keyInfo, keyUsage, publicKey, purposes, sequence, signed, text, utc,
} from "./certificates";
import { ISSUER, LEAF, ROOT } from "./openssl-certificates";
import { Chance, read, write } from "./support";

const DATA: usize = memory.data(2048, 16);
const OUT: usize = memory.data(EUI_64, 16);
const NONE = CertificateCheck.NONE;
const ENCODING = CertificateCheck.ENCODING;

function readHex(hex: string): CertificateCheck {
  return readCertificate(DATA, write(DATA, hex));
}
/** What comes of a certificate with these extensions. */
function withExtensions(extensions: string): CertificateCheck {
  let draft = new Draft(1);
  draft.extensions = extensions;
  return readHex(draft.by(2));
}
/** Each of these lists of extensions cannot be read. */
function expectRefused(wrong: string[]): void {
  for (let i = 0; i < wrong.length; i++) expect(withExtensions(wrong[i])).toBe(ENCODING, wrong[i]);
}

describe("readCertificate", () => {
  it("reads a leaf of OpenSSL's", () => {
    expect(readHex(LEAF)).toBe(NONE);
    expect(Certificate.signed).toBe(DATA + 4);
    expect(Certificate.signedLength).toBe(430);
    expect(Certificate.hasKnownSignature).toBe(true);
    expect(read(Certificate.signature, Certificate.signatureLength).slice(0, 4)).toBe("3045");
    expect(read(Certificate.issuer, Certificate.issuerLength).endsWith(text("Test Issuer"))).toBe(true);
    expect(read(Certificate.subject, Certificate.subjectLength).endsWith(text("gateway"))).toBe(true);
    expect(Certificate.notBefore).toBe(1795361707);
    expect(Certificate.notAfter).toBe(2110721707);
    expect(read(Certificate.key, 4)).toBe("0991ac7d");
    expect(Certificate.keyInfoLength).toBe(91);
    expect(Extensions.keyUsage).toBe(0x80);
    expect(Extensions.purposes).toBe(SERVER_AUTH | CLIENT_AUTH);
    expect(Extensions.isAuthority).toBe(false);
    expect(Extensions.namesLength).toBe(68);
  });

  it("reads an authority of OpenSSL's, whose end is a GeneralizedTime (7925-4.4.4-5)", () => {
    expect(readHex(ISSUER)).toBe(NONE);
    expect(Extensions.isAuthority).toBe(true);
    expect(Extensions.pathLength).toBe(0);
    expect(Extensions.keyUsage).toBe(0x04);
    expect(Certificate.notAfter - Certificate.notBefore).toBe(9000 * 86400);
    expect(Extensions.namesLength).toBe(0);
    expect(readHex(ROOT)).toBe(NONE);
    expect(Extensions.pathLength).toBe(0xff);
  });

  it("forgets what the certificate before said", () => {
    readHex(ISSUER);
    expect(readHex(new Draft(1).by(2))).toBe(NONE);
    expect(Extensions.isAuthority).toBe(false);
    expect(Extensions.pathLength).toBe(0xff);
    expect(Extensions.keyUsage).toBe(0xff);
    expect(Extensions.purposes).toBe(0xff);
    expect(Extensions.namesLength).toBe(0);
  });

  it("is not content with less than all of it, and reads nothing behind its end", () => {
    let length = write(DATA, LEAF);
    let end = <usize>(memory.grow(1) + 1) << 16;
    for (let cut: u32 = 0; cut < length; cut++) {
      memory.copy(end - cut, DATA, cut);
      expect(readCertificate(end - cut, cut)).not.toBe(NONE, cut.toString());
    }
    memory.copy(end - length, DATA, length);
    expect(readCertificate(end - length, length)).toBe(NONE);
  });

  it("is read without a step outside of it, whatever stands there", () => {
    const likely: StaticArray<u8> = [
      0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x17, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x83, 0xa0, 0xff,
    ];
    let length = write(DATA, LEAF);
    let at = (<usize>(memory.grow(1) + 1) << 16) - length;
    let readable = 0;
    for (let round = 0; round < 20000; round++) {
      memory.copy(at, DATA, length);
      for (let i = Chance.below(4); i != u32.MAX_VALUE; i--) {
        store<u8>(at + Chance.below(length), Chance.below(2) ? likely[Chance.below(16)] : <u8>Chance.below(256));
      }
      if (readCertificate(at, length) != NONE) continue;
      readable++;
      isNamed(DATA, 15, NameFlag.COAP);
      readEui64(OUT);
      openAttribute(SERIAL_NUMBER);
    }
    expect(readable).toBeGreaterThan(1000);
    expect(readable).toBeLessThan(19000);
  });

  it("has nothing behind it", () => {
    expect(readHex(LEAF + "00")).toBe(ENCODING);
  });

  it("is of version 3 (iot13-cert-1)", () => {
    let draft = new Draft(1);
    draft.version = "";
    expect(readHex(draft.by(2))).toBe(CertificateCheck.VERSION, "v1");
    draft.version = "a003020101";
    expect(readHex(draft.by(2))).toBe(CertificateCheck.VERSION, "v2");
    draft.version = "a003020103";
    expect(readHex(draft.by(2))).toBe(CertificateCheck.VERSION, "v4");
  });

  it("has a positive serial number of at most 20 bytes (iot13-cert-1)", () => {
    let draft = new Draft(1);
    draft.serial = der("02", "7f".repeat(20));
    expect(readHex(draft.by(2))).toBe(NONE);
    const wrong: string[] = ["020100", "0201ff", "0200", "02020001", "040101", der("02", "7f".repeat(21))];
    for (let i = 0; i < wrong.length; i++) {
      draft.serial = wrong[i];
      expect(readHex(draft.by(2))).toBe(ENCODING, wrong[i]);
    }
  });

  it("says the same algorithm twice, and tells if it is ecdsa-with-SHA256", () => {
    let draft = new Draft(1);
    draft.algorithm = ECDSA_WITH_SHA384;
    expect(readHex(draft.by(2))).toBe(NONE);
    expect(Certificate.hasKnownSignature).toBe(false);
    draft.outerAlgorithm = "300a06082a8648ce3d040302";
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft = new Draft(1);
    draft.outerAlgorithm = ECDSA_WITH_SHA384;
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft = new Draft(1);
    draft.algorithm = "300c06082a8648ce3d0403020500";
    expect(readHex(draft.by(2))).toBe(NONE, "parameters, which that algorithm does not have");
    expect(Certificate.hasKnownSignature).toBe(false);
    draft.algorithm = "0500";
    expect(readHex(draft.by(2))).toBe(ENCODING);
  });

  it("has an issuer (iot13-cert-1), and a subject that may be empty", () => {
    let draft = new Draft(1);
    draft.subject = "3000";
    expect(readHex(draft.by(2))).toBe(NONE);
    draft.issuer = "3000";
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft.issuer = "0c0141";
    expect(readHex(draft.by(2))).toBe(ENCODING);
  });

  it("has a validity of two times", () => {
    let draft = new Draft(1);
    draft.notAfter = generalized("99991231235959Z");
    expect(readHex(draft.by(2))).toBe(NONE);
    expect(Certificate.notAfter).toBe(0xffffffff);
    draft.notAfter = "";
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft.notAfter = utc("360101000000Z") + utc("360101000000Z");
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft.subject = "";
    draft.notAfter = utc("360101000000Z") + "3000";
    expect(readHex(draft.by(2))).toBe(ENCODING, "the subject in it");
    draft.subject = "3000";
    draft.notAfter = utc("361301000000Z");
    expect(readHex(draft.by(2))).toBe(ENCODING);
  });

  it("gives its P-256 key, and none of another kind (7925-20-1)", () => {
    let draft = new Draft(1);
    expect(readHex(draft.by(2))).toBe(NONE);
    expect(read(Certificate.key, 64)).toBe(publicKey(1));
    expect(read(Certificate.keyInfo, Certificate.keyInfoLength)).toBe(keyInfo(1));
    draft.key = sequence("300506032b6570" + "032100" + "11".repeat(32));
    expect(readHex(draft.by(2))).toBe(NONE);
    expect(Certificate.key).toBe(0);
    draft.key = "";
    expect(readHex(draft.by(2))).toBe(ENCODING);
  });

  it("has its signature in whole bytes", () => {
    let draft = new Draft(1);
    draft.signature = "04" + signed("00", 2);
    expect(readHex(draft.by(2))).toBe(ENCODING);
  });

  it("has no unique identifiers: nothing but [3] follows the key", () => {
    let draft = new Draft(1);
    draft.tail = "81020001";
    expect(readHex(draft.by(2))).toBe(ENCODING);
    draft.tail = "a3023000";
    expect(readHex(draft.by(2))).toBe(ENCODING, "no extension in the list");
    draft.tail = "a300";
    expect(readHex(draft.by(2))).toBe(ENCODING, "no list");
    draft.tail = der("a3", sequence(keyUsage(DIGITAL_SIGNATURE)) + "0500");
    expect(readHex(draft.by(2))).toBe(ENCODING, "something behind the list");
    draft.tail = der("a3", sequence(keyUsage(DIGITAL_SIGNATURE))) + "0500";
    expect(readHex(draft.by(2))).toBe(ENCODING, "something behind the extensions");
  });
});

describe("extensions", () => {
  it("that are unknown are passed over, unless they are critical (requirements C-16)", () => {
    expect(withExtensions(extension("0e", "0400") + extension("1f", "3000") + sequence("06032a0304" + "0400"))).toBe(NONE);
    expect(withExtensions(extension("1e", "3000", true))).toBe(CertificateCheck.CRITICAL_EXTENSION, "name constraints");
    expect(withExtensions(sequence("06032a0304" + "0101ff" + "0400"))).toBe(CertificateCheck.CRITICAL_EXTENSION);
    expect(withExtensions(sequence("0604551d0f00" + "0101ff" + "0400"))).toBe(CertificateCheck.CRITICAL_EXTENSION);
    expect(withExtensions(extension("1f", "3000"))).toBe(NONE, "CRL addresses (7925-4.4.3-1)");
  });

  it("come once each", () => {
    const twice: string[] = [
      keyUsage(DIGITAL_SIGNATURE), authority(), purposes(SERVER), alternativeNames(dnsName("a")),
    ];
    for (let i = 0; i < twice.length; i++) {
      expect(withExtensions(twice[i])).toBe(NONE);
      expect(withExtensions(twice[i] + twice[i])).toBe(ENCODING, twice[i]);
    }
    expect(withExtensions(twice[0] + twice[1] + twice[2] + twice[3])).toBe(NONE);
  });

  it("are an id, a flag that is true, a string", () => {
    expectRefused([
      sequence("0603551d0f" + "010100" + der("04", DIGITAL_SIGNATURE)),
      sequence("0603551d0f" + "010101" + der("04", DIGITAL_SIGNATURE)),
      sequence("0603551d0f" + DIGITAL_SIGNATURE), sequence("0603551d0f"), sequence(der("04", DIGITAL_SIGNATURE)), "0500",
      sequence("0603551d0f" + der("04", DIGITAL_SIGNATURE) + "0500"),
      sequence("0603551d0f" + der("04", DIGITAL_SIGNATURE + "0500")),
    ]);
  });

  it("keyUsage: a bit at least, and no zeros behind the last", () => {
    expect(withExtensions(keyUsage("0303078080"))).toBe(NONE);
    expect(Extensions.keyUsage).toBe(0x80);
    expect(withExtensions(keyUsage("03020106"))).toBe(NONE);
    expect(Extensions.keyUsage).toBe(0x06);
    expect(withExtensions(keyUsage(KEY_CERT_SIGN))).toBe(NONE);
    expectRefused([
      keyUsage("030100"), keyUsage("03020080"), keyUsage("03020680"), keyUsage("030207c0"), keyUsage("03020880"),
      keyUsage("03022780"), keyUsage("03020700"), keyUsage("0300"), keyUsage("030307008000"), keyUsage("0303078000"),
      keyUsage("04020780"), keyUsage("030407808080"),
    ]);
  });

  it("basicConstraints: FALSE is not written, and a length is an authority's", () => {
    expect(withExtensions(extension("13", "3000", true))).toBe(NONE);
    expect(Extensions.isAuthority).toBe(false);
    expect(withExtensions(authority("02017f"))).toBe(NONE);
    expect(Extensions.pathLength).toBe(127);
    expectRefused([
      extension("13", "3003010100"), extension("13", "3003020100"), extension("13", "30030101fe"), authority("0201ff"),
      authority("02020000"), authority("0200"), authority("0500"), authority("0201000500"), extension("13", "0101ff"),
    ]);
  });

  it("extKeyUsage: one id at least; any purpose is none of ours", () => {
    expect(withExtensions(purposes(CLIENT))).toBe(NONE);
    expect(Extensions.purposes).toBe(CLIENT_AUTH);
    expect(withExtensions(purposes("06082b06010505070303" + "0604551d2500" + SERVER))).toBe(NONE);
    expect(Extensions.purposes).toBe(SERVER_AUTH);
    expect(withExtensions(purposes("0604551d2500" + "06072b060105050703" + "06092b0601050507030101"))).toBe(NONE);
    expect(Extensions.purposes).toBe(0);
    expectRefused([purposes(""), extension("25", SERVER), purposes("0500"), purposes(SERVER.slice(0, 18))]);
  });

  it("subjectAltName: one name at least, each of a kind that there is", () => {
    expect(withExtensions(alternativeNames(dnsName("a") + "8704c0000201" + "a40430023100" + "88022a03"))).toBe(NONE);
    expectRefused([
      alternativeNames(""), extension("11", dnsName("a")), alternativeNames("0c0161"), alternativeNames("890161"),
      alternativeNames("c20161"), alternativeNames("820361"),
    ]);
  });
});
