// Names in certificates: those that are looked for, and a device's EUI-64.
import { NameFlag } from "../../assembly/certificate-codes";
import { readCertificate } from "../../assembly/x509/certificate";
import { COMMON_NAME, EUI_64, SERIAL_NUMBER, isNamed, nameCount, openAttribute, readEui64 } from "../../assembly/x509/name";
import { Reader } from "../../assembly/wire";
import { Draft, alternativeNames, der, dnsName, named, sequence, text, uri } from "./certificates";
import { LEAF } from "./openssl-certificates";
import { read, write } from "./support";

const DATA: usize = memory.data(2048, 16);
const NAME: usize = memory.data(256, 16);
const OUT: usize = memory.data(EUI_64, 16);
const MAC = "06082b0601050507080c";

/** Reads a certificate with these alternative names, if any, and this subject. */
function certify(names: string, subject: string = named("gateway.example")): void {
  let draft = new Draft(1);
  draft.subject = subject;
  draft.extensions = names == "" ? "" : alternativeNames(names);
  expect(readCertificate(DATA, write(DATA, draft.by(2)))).toBe(0);
}
/** True if the certificate read last has this name, coaps:// URIs included. */
function has(name: string, flags: u32 = NameFlag.COAP): bool {
  return isNamed(NAME, write(NAME, text(name)), flags);
}
function eui64(): string {
  return readEui64(OUT) ? read(OUT, EUI_64) : "-";
}
function attribute(arc: string, value: string): string {
  return sequence("06035504" + arc + value);
}

describe("isNamed", () => {
  it("finds a dNSName, letter for letter, capital or not (7925-4.4.1-1, 7925-4.4.1-2)", () => {
    certify(dnsName("Gateway.Example"));
    expect(has("gateway.example")).toBe(true);
    expect(has("GATEWAY.EXAMPLE")).toBe(true);
    const others: string[] = [
      "gateway.exampl", "gateway.example.", "gateway.example.org", "ateway.example", "gateway_example", "x",
    ];
    for (let i = 0; i < others.length; i++) expect(has(others[i])).toBe(false, others[i]);
    certify(dnsName("@[`{"));
    expect(has("@[`{")).toBe(true);
    expect(has("`[`{")).toBe(false, "no letters, so no capitals");
    expect(has("@{`{")).toBe(false);
  });

  it("does not end a name at a zero", () => {
    certify(der("82", text("gateway.example") + "00" + text(".org")));
    expect(has("gateway.example")).toBe(false);
  });

  it("knows no wildcards (7925-4.4.1-4, iot13-cert-8)", () => {
    certify(dnsName("*.example") + dnsName("*") + dnsName("g*.example"));
    expect(has("gateway.example")).toBe(false);
  });

  it("does not look at common names (7925-4.4.1-3, requirements C-18)", () => {
    certify("");
    expect(has("gateway.example")).toBe(false);
    certify(dnsName("other.example"));
    expect(has("gateway.example")).toBe(false);
  });

  it("finds a name among several, and counts them (requirements C-08)", () => {
    certify(dnsName("a.example") + "8704c0000201" + dnsName("b.example") + uri("coaps://c.example"));
    expect(has("b.example")).toBe(true);
    expect(nameCount).toBe(3);
    expect(has("a.example")).toBe(true);
    expect(has("c.example")).toBe(true);
    expect(has("c.example", 0)).toBe(false);
    certify(dnsName("a.example"));
    expect(has("a.example")).toBe(true);
    expect(nameCount).toBe(1);
    expect(readCertificate(DATA, write(DATA, LEAF))).toBe(0);
    expect(has("gateway.example")).toBe(true);
    expect(nameCount).toBe(3);
  });

  it("finds the authority of a coaps URI (7252-9.1.3.3-4)", () => {
    const good: string[] = [
      "coaps://gateway.example", "coaps://gateway.example/", "coaps://gateway.example:5684",
      "coaps://gateway.example:5684/a", "COAPS://Gateway.Example/.well-known/core", "coaps://gateway.example?q",
      "coaps://gateway.example#f",
    ];
    for (let i = 0; i < good.length; i++) {
      certify(uri(good[i]));
      expect(has("gateway.example")).toBe(true, good[i]);
    }
    const wrong: string[] = [
      "coap://gateway.example", "https://gateway.example", "coaps:/gateway.example", "coaps://gateway.example:5683",
      "coaps://gateway.example:56840", "coaps://gateway.example.org", "coaps://gateway.example@x",
      "coaps://x@gateway.example", "coaps://gateway.exampl", "coaps://", "gateway.example", "coaps://x/gateway.example",
      "coaps://gateway.example:",
    ];
    for (let i = 0; i < wrong.length; i++) {
      certify(uri(wrong[i]));
      expect(has("gateway.example")).toBe(false, wrong[i]);
    }
    certify(dnsName("coaps://gateway.example") + der("81", text("gateway.example")));
    expect(has("gateway.example")).toBe(false, "other kinds of names");
  });

  it("takes a port that is not CoAPs's as part of the name asked for", () => {
    certify(uri("coaps://gateway.example:1234/"));
    expect(has("gateway.example:1234")).toBe(true);
    expect(has("gateway.example")).toBe(false);
  });
});

describe("readEui64", () => {
  it("reads a MACAddress of 8 bytes (iot13-cert-7)", () => {
    certify(dnsName("x") + der("a0", MAC + "a00a" + "0408" + "02005e1000000001"));
    expect(eui64()).toBe("02005e1000000001");
  });

  it("reads its text, as dNSName or leftmost common name (7925-4.4.2-1)", () => {
    certify(dnsName("02-00-5e-10-00-00-00-01"));
    expect(eui64()).toBe("02005e1000000001");
    certify("", named("02-00-5E-10-00-00-AB-cf"));
    expect(eui64()).toBe("02005e100000abcf");
    expect(readCertificate(DATA, write(DATA, LEAF))).toBe(0);
    expect(eui64()).toBe("02005e1000000001");
  });

  it("reads it behind names that are none", () => {
    certify(der("a0", MAC + "a008" + "0406" + "02005e100000") + dnsName("x") + uri("02-00-5e-10-00-00-00-02"),
      named("02-00-5e-10-00-00-00-01"));
    expect(eui64()).toBe("02005e1000000001");
  });

  it("finds none in anything else", () => {
    const none: string[] = [
      "02-00-5e-10-00-00-00", "02-00-5e-10-00-00-00-01-02", "02:00:5e:10:00:00:00:01", "0200-5e-10-00-00-00-001",
      "0g-00-5e-10-00-00-00-01", "02-00-5e-10-00-00-00-0/", "02-00-5e-10-00-00-00-0:", "02-00-5e-10-00-00-00-@1", "gateway",
      "02-00-5e-10-00-00-00_01", "02-00-5e-10-00-00-00-`1",
    ];
    for (let i = 0; i < none.length; i++) {
      certify("", named(none[i]));
      expect(eui64()).toBe("-", none[i]);
    }
    certify(der("a0", MAC + "a009" + "0407" + "02005e10000000"), "3000");
    expect(eui64()).toBe("-", "7 bytes");
    certify(der("a0", MAC + "a00a" + "0408" + "02005e10000000"), "3000");
    expect(eui64()).toBe("-", "8 bytes, of which one is not there");
    certify(der("a0", MAC + "a00a" + "0408" + "02005e100000000100"), "3000");
    expect(eui64()).toBe("-", "a byte behind them");
    certify(der("a0", "06082b0601050507080b" + "a00a" + "0408" + "02005e1000000001"), "3000");
    expect(eui64()).toBe("-", "another name form");
  });
});

describe("openAttribute", () => {
  it("opens the leftmost of its type, wherever it stands (iot13-cert-7)", () => {
    certify("", sequence(der("31", attribute("0a", "0c0141")) +
      der("31", attribute("05", der("13", text("SN-1"))) + attribute("03", der("0c", text("one")))) +
      der("31", attribute("03", der("0c", text("two"))))));
    expect(openAttribute(COMMON_NAME)).toBe(true);
    expect(read(Reader.at, Reader.left())).toBe(text("one"));
    expect(openAttribute(SERIAL_NUMBER)).toBe(true);
    expect(read(Reader.at, Reader.left())).toBe(text("SN-1"));
    expect(openAttribute(6)).toBe(false);
  });

  it("finds nothing in a subject that is no Name", () => {
    const wrong: string[] = [
      sequence("0500"), sequence(der("31", "0500")), sequence(der("31", sequence("0500"))), "3000",
      sequence(der("31", sequence("060355040a"))), sequence(der("31", sequence("0604550403000c0141"))),
    ];
    for (let i = 0; i < wrong.length; i++) {
      certify("", wrong[i]);
      expect(openAttribute(COMMON_NAME)).toBe(false, wrong[i]);
    }
  });
});
