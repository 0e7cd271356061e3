// DER as the certificates need it, times, keys and signatures: every rule has input that breaks it.
import { p256Verify } from "../../assembly/crypto";
import {
  INTEGER, SEQUENCE, next, open, readFlag, readPositive, refuse, skip, skipIf,
} from "../../assembly/x509/der";
import { KEY_INFO, SIGNATURE, readKeyInfo, readSignature, writeKeyInfo, writeSignature } from "../../assembly/x509/key";
import { readTime } from "../../assembly/x509/time";
import { Reader, Writer } from "../../assembly/wire";
import { der, generalized, keyInfo, publicKey, sha256, signed, utc } from "./certificates";
import { read, write } from "./support";

const DATA: usize = memory.data(1024, 16);
const OUT: usize = memory.data(128, 16);
const KEY_BYTES: usize = memory.data(64, 16);
const HASH_BYTES: usize = memory.data(32, 16);
/** Two INTEGERs, one with a byte for its sign. */
const R = "0221" + "00" + "ff".repeat(32);
const S = "0220" + "7f".repeat(32);

function start(hex: string): void {
  Reader.start(DATA, write(DATA, hex));
}
/** True if this hex is one SEQUENCE and nothing else. */
function isSequence(hex: string): bool {
  start(hex);
  skip(SEQUENCE);
  return Reader.done();
}
function zeros(bytes: i32): string {
  return "00".repeat(bytes);
}
/** The INTEGER's bytes, "-" if it is refused. */
function positive(hex: string, max: u32 = 32): string {
  start(hex);
  let first = readPositive(max);
  return Reader.done() ? read(first, <u32>(Reader.at - first)) : "-";
}
/** Seconds; -1 if refused, and then nothing was computed from it: loops run as long as numbers say. */
function time(hex: string): i64 {
  start(hex);
  let seconds = readTime();
  if (Reader.done()) return seconds;
  expect(seconds).toBe(0, hex);
  return -1;
}
function signature(hex: string): bool {
  return readSignature(DATA, write(DATA, hex), OUT);
}

describe("DER", () => {
  it("takes lengths in their shortest definite form, up to three bytes", () => {
    expect(isSequence("3000")).toBe(true);
    expect(isSequence("307f" + zeros(0x7f))).toBe(true);
    expect(isSequence("308180" + zeros(0x80))).toBe(true);
    expect(isSequence("30820100" + zeros(0x100))).toBe(true);
  });

  it("refuses lengths in a longer form, indefinite ones, and those of four bytes", () => {
    expect(isSequence("30810100")).toBe(false, "one byte for less than 80");
    expect(isSequence("30817f" + zeros(0x7f))).toBe(false, "one byte for 7f");
    expect(isSequence("308200ff" + zeros(0xff))).toBe(false, "two bytes for ff");
    expect(isSequence("30820001" + "00")).toBe(false, "two bytes for 1");
    expect(isSequence("30830000ff" + zeros(0xff))).toBe(false, "three bytes for ff");
    expect(isSequence("3083000100" + zeros(0x100))).toBe(false, "three bytes for 100");
    expect(isSequence("30800000")).toBe(false, "indefinite");
    expect(isSequence("308400000001" + "00")).toBe(false, "four bytes");
    expect(isSequence("30ff00")).toBe(false, "reserved");
  });

  it("refuses another tag, an element longer than what there is, and bytes behind it", () => {
    expect(isSequence("3100")).toBe(false);
    expect(isSequence("300100")).toBe(true);
    expect(isSequence("3002" + "00")).toBe(false);
    expect(isSequence("30820200" + zeros(0x100))).toBe(false);
    expect(isSequence("300000")).toBe(false);
    expect(isSequence("30")).toBe(false);
    expect(isSequence("")).toBe(false);
  });

  it("keeps elements inside of those that hold them, and has all of them read", () => {
    start("3003" + "020101");
    let outer = open(SEQUENCE);
    expect(next()).toBe(INTEGER);
    readPositive(1);
    expect(next()).toBe(0);
    Reader.close(outer);
    expect(Reader.done()).toBe(true);

    start("3002" + "020101");
    outer = open(SEQUENCE);
    readPositive(1);
    Reader.close(outer);
    expect(Reader.done()).toBe(false, "the inner one is longer");

    start("3005" + "020101" + "0500");
    outer = open(SEQUENCE);
    readPositive(1);
    Reader.close(outer);
    expect(Reader.done()).toBe(false, "something is left");
  });

  it("stays refused", () => {
    start("30003000");
    refuse();
    skip(SEQUENCE);
    expect(next()).toBe(0);
    expect(Reader.done()).toBe(false);
  });

  it("skips bytes that come next, and only those that are there", () => {
    let wanted = OUT;
    write(OUT, "0203");
    start("010203");
    expect(skipIf(wanted, 2)).toBe(false);
    Reader.u8();
    expect(skipIf(wanted, 2)).toBe(true);
    expect(Reader.done()).toBe(true);
    start("02");
    store<u8>(DATA + 1, 3);
    expect(skipIf(wanted, 2)).toBe(false);
  });

  it("reads positive INTEGERs without a byte too many", () => {
    expect(positive("020101")).toBe("01");
    expect(positive("02017f")).toBe("7f");
    expect(positive("02020080")).toBe("80");
    expect(positive("0202" + "0100")).toBe("0100");
    expect(positive("0203" + "00ffff", 2)).toBe("ffff");
    expect(positive("020100")).toBe("-", "0");
    expect(positive("02020000")).toBe("-", "00 00");
    expect(positive("0202007f")).toBe("-", "a sign that nothing needs");
    expect(positive("020180")).toBe("-", "negative");
    expect(positive("0202ff7f")).toBe("-", "negative");
    expect(positive("0200")).toBe("-", "empty");
    expect(positive("0203010000", 2)).toBe("-", "too long");
    expect(positive("030101")).toBe("-", "no INTEGER");
  });

  it("reads BOOLEAN DEFAULT FALSE: absent or ff", () => {
    start("0101ff");
    expect(readFlag()).toBe(true);
    expect(Reader.done()).toBe(true);
    start("");
    expect(readFlag()).toBe(false);
    expect(Reader.done()).toBe(true);
    const wrong = ["010100", "010101", "0100", "0102ffff"];
    for (let i = 0; i < wrong.length; i++) {
      start(wrong[i]);
      readFlag();
      expect(Reader.done()).toBe(false, wrong[i]);
    }
  });
});

describe("Time", () => {
  it("is read in both forms (7925-4.4.4-5)", () => {
    expect(time(utc("700101000000Z"))).toBe(0);
    expect(time(utc("261122153507Z"))).toBe(1795361707);
    expect(time(generalized("20261122153507Z"))).toBe(1795361707);
    expect(time(utc("491231235959Z"))).toBe(2524607999);
    expect(time(generalized("20500101000000Z"))).toBe(2524608000);
    expect(time(generalized("20510711153507Z"))).toBe(2572702507);
    expect(time(utc("000229000000Z"))).toBe(951782400, "a leap day");
    expect(time(utc("240301000000Z"))).toBe(1709251200);
    expect(time(generalized("21000301000000Z"))).toBe(4107542400, "2100 has none");
    expect(time(generalized("21010101000000Z"))).toBe(4133980800);
    expect(time(generalized("21051231235959Z"))).toBe(4291747199);
  });

  it("has no end at 99991231235959Z (iot13-cert-2), and saturates", () => {
    expect(time(generalized("99991231235959Z"))).toBe(0xffffffff);
    expect(time(generalized("21060101000000Z"))).toBe(0xffffffff);
    expect(time(utc("691231235959Z"))).toBe(0);
    expect(time(utc("500101000000Z"))).toBe(0, "1950");
    expect(time(generalized("00000101000000Z"))).toBe(0);
  });

  it("has all months at their lengths", () => {
    const lengths: i32[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (let month = 1; month <= 12; month++) {
      let head = "27" + (month < 10 ? "0" : "") + month.toString();
      let last = lengths[month - 1];
      expect(time(utc(head + last.toString() + "000000Z"))).not.toBe(-1, head);
      expect(time(utc(head + (last + 1).toString() + "000000Z"))).toBe(-1, head);
    }
    expect(time(utc("280229000000Z"))).not.toBe(-1);
    expect(time(generalized("21000229000000Z"))).toBe(-1);
    expect(time(generalized("24000229000000Z"))).toBe(0xffffffff);
  });

  it("is refused in any other form, and nothing is made of it", () => {
    const wrong: string[] = [
      utc("26/101000000Z"), utc("260/01000000Z"), utc("269901000000Z"), utc("2601010000Z"), utc("260101000000"),
      utc("260101000000+0000"), utc("20260101000000Z"), utc("26010100000aZ"),
      utc("26010100000/Z"), utc("260001000000Z"), utc("261301000000Z"), utc("260100000000Z"), utc("260101240000Z"),
      utc("260101006000Z"), utc("260101000060Z"), utc("260101000000z"), generalized("20260101000000.5Z"),
      generalized("260101000000Z"), generalized("20260101000000"), der("16", "3236303130313030303030305a"), utc(""),
    ];
    for (let i = 0; i < wrong.length; i++) expect(time(wrong[i])).toBe(-1, wrong[i]);
  });
});

describe("SubjectPublicKeyInfo", () => {
  it("of P-256 in uncompressed form gives its key (7252-9.1.3.3-1), and is written the same", () => {
    start(keyInfo(7));
    let key = readKeyInfo();
    expect(Reader.done()).toBe(true);
    expect(read(key, 64)).toBe(publicKey(7));
    Writer.start(OUT);
    writeKeyInfo(key);
    expect(<u32>(Writer.at - OUT)).toBe(KEY_INFO);
    expect(read(OUT, KEY_INFO)).toBe(keyInfo(7));
  });

  it("of another kind gives none: compressed, another curve, another algorithm (8422-5-1)", () => {
    const others: string[] = [
      "3039301306072a8648ce3d020106082a8648ce3d030107032200" + "02" + "11".repeat(32),
      "3059301306072a8648ce3d020106082a8648ce3d030106034200" + "04" + "11".repeat(64),
      "302a300506032b6570032100" + "11".repeat(32),
    ];
    for (let i = 0; i < others.length; i++) {
      start(others[i]);
      expect(readKeyInfo()).toBe(0, others[i]);
      expect(Reader.done()).toBe(true, others[i]);
    }
  });

  it("cut short is none", () => {
    let whole = keyInfo(7);
    for (let cut = 0; cut < whole.length; cut += 2) {
      start(whole.slice(0, cut));
      readKeyInfo();
      expect(Reader.done()).toBe(false, cut.toString());
    }
  });
});

describe("ECDSA-Sig-Value", () => {
  it("gives r and s in 32 bytes each", () => {
    expect(signature(der("30", R + S))).toBe(true);
    expect(read(OUT, SIGNATURE)).toBe("ff".repeat(32) + "7f".repeat(32));
    expect(signature(der("30", "020101" + "02020080"))).toBe(true);
    expect(read(OUT, SIGNATURE)).toBe(zeros(31) + "01" + zeros(31) + "80");
  });

  it("is refused in any but its one form (5246-7.4.8-1)", () => {
    const wrong: string[] = [
      der("30", R), der("30", R + S + "0500"), der("30", R + S) + "00", der("31", R + S), der("30", R + "020100"),
      der("30", "020100" + S), der("30", "0220" + "ff".repeat(32) + S), der("30", "0221" + "00" + "7f".repeat(32) + S),
      der("30", "0221" + "01" + "00".repeat(32) + S), der("30", "0222" + "0000" + "ff".repeat(32) + S),
      "3081" + der("30", R + S).slice(2),
      der("30", "0200" + S), der("30", R + "0320" + "7f".repeat(32)), "3080" + R + S + "0000", "",
    ];
    for (let i = 0; i < wrong.length; i++) expect(signature(wrong[i])).toBe(false, wrong[i]);
  });

  it("cut short is none, and nothing behind the cut is read", () => {
    let whole = der("30", R + S);
    for (let cut = 0; cut < whole.length; cut += 2) {
      write(DATA, whole);
      expect(readSignature(DATA, cut >> 1, OUT)).toBe(false, cut.toString());
    }
  });

  it("is written as it is read", () => {
    const values: string[] = [
      "ff".repeat(32) + "7f".repeat(32), zeros(31) + "01" + zeros(31) + "80",
      zeros(1) + "80" + "11".repeat(30) + "7f".repeat(32),
    ];
    for (let i = 0; i < values.length; i++) {
      write(OUT, values[i]);
      Writer.start(DATA);
      writeSignature(OUT);
      memory.fill(OUT, 0, SIGNATURE);
      expect(readSignature(DATA, <u32>(Writer.at - DATA), OUT)).toBe(true, values[i]);
      expect(read(OUT, SIGNATURE)).toBe(values[i]);
    }
  });

  it("of a real signature verifies, and that of another does not", () => {
    write(HASH_BYTES, sha256("0102"));
    write(KEY_BYTES, publicKey(3));
    signature(signed("0102", 3));
    expect(p256Verify(OUT, KEY_BYTES, HASH_BYTES)).toBe(1);
    signature(signed("0102", 4));
    expect(p256Verify(OUT, KEY_BYTES, HASH_BYTES)).toBe(0);
  });
});
