// Records: headers, protection.
import { ContentType } from "../../assembly/codes";
import { Incoming, readHeader, writeHeader } from "../../assembly/record/plaintext";
import { PROTECTED_HEADER, deprotect, overhead, protect } from "../../assembly/record/protect";
import { Connection, SERVER } from "../../assembly/state/connection";
import { count, freshConnection, read, write } from "./support";

const RECORD: usize = memory.data(128, 16);
const CCM_8: u8 = 1;
const CCM: u8 = 2;
const GCM: u8 = 3;

describe("a record's header", () => {
  // 6347-4.1-1
  it("has 13 bytes: type, version {254, 253}, epoch, number, length", () => {
    writeHeader(RECORD, ContentType.HANDSHAKE, 1, 0x010203040506, 0x0102);
    expect(read(RECORD, 13)).toBe("16fefd00010102030405060102");
    store<u8>(RECORD + 11, 0);
    expect(readHeader(RECORD, RECORD + 15)).toBe(true);
    expect(Incoming.type).toBe(22);
    expect(Incoming.version).toBe(0xfefd);
    expect(Incoming.epoch).toBe(1);
    expect(Incoming.sequence).toBe(0x010203040506);
    expect(Incoming.length).toBe(2);
    expect(Incoming.body).toBe(RECORD + 13);
  });

  // 6347-4.1.1-1
  it("is none if the record does not end in the datagram", () => {
    writeHeader(RECORD, ContentType.HANDSHAKE, 0, 0, 2);
    for (let length: u32 = 0; length < 15; length++) {
      expect(readHeader(RECORD, RECORD + length)).toBe(false, length.toString());
    }
    expect(readHeader(RECORD, RECORD + 16)).toBe(true, "more may follow");
  });
});

/** A connection that reads what it writes: key 10..1f, salt a0a1a2a3. */
function loopback(aead: u8): Connection {
  let connection = freshConnection();
  connection.aead = aead;
  connection.writeEpoch = connection.readEpoch = 1;
  connection.writeSequence = 5;
  count(connection.writeKey, 16, 0x10);
  count(connection.readKey, 16, 0x10);
  count(connection.writeSalt, 4, 0xa0);
  count(connection.readSalt, 4, 0xa0);
  return connection;
}

function seal(connection: Connection, text: string): u32 {
  let length = write(RECORD + PROTECTED_HEADER, text);
  return protect(connection, RECORD, ContentType.APPLICATION_DATA, length);
}

function opens(connection: Connection, length: u32): bool {
  return readHeader(RECORD, RECORD + length) && deprotect(connection);
}

describe("protection", () => {
  // 6347-4.1.2.1-1, 7925-B-1, 6655-3-1, 6655-6-1: a record that an independent implementation made
  it("of \"hello!\" with AES-128-CCM-8 is as computed elsewhere", () => {
    let connection = loopback(CCM_8);
    expect(seal(connection, "68656c6c6f21")).toBe(35);
    expect(read(RECORD, 35)).toBe("17fefd0001000000000005001600010000000000054a5292635ff6066502ba4aa9b2c6");
    expect(connection.writeSequence).toBe(6);
  });

  it("opens what it sealed, with every AEAD, and adds what it says it adds", () => {
    for (let aead: u8 = CCM_8; aead <= GCM; aead++) {
      let connection = loopback(aead);
      let length = seal(connection, "00010203040506");
      expect(length).toBe(7 + overhead(connection));
      expect(opens(connection, length)).toBe(true);
      expect(read(Incoming.body, Incoming.length)).toBe("00010203040506");
      expect(overhead(connection)).toBe(aead == CCM_8 ? 29 : 37);
    }
  });

  it("seals and opens no data at all", () => {
    let connection = loopback(CCM);
    expect(opens(connection, seal(connection, ""))).toBe(true);
    expect(Incoming.length).toBe(0);
  });

  // 6347-4.1.2.1-2: header, nonce, ciphertext and tag are covered; the version and the length are the additional data's own
  it("opens nothing of which one bit was changed", () => {
    let connection = loopback(CCM_8);
    let length = seal(connection, "68656c6c6f21");
    let sealed = read(RECORD, length);
    for (let bit: u32 = 0; bit < length * 8; bit++) {
      let byte = bit >> 3;
      let isVersion = byte == 1 || byte == 2;
      if (isVersion) continue; // looked at before; connection.ts
      write(RECORD, sealed);
      store<u8>(RECORD + byte, <u32>load<u8>(RECORD + byte) ^ (1 << (bit & 7)));
      if (opens(connection, length)) expect(bit).toBe(-1, "a bit that nobody noticed");
    }
  });

  it("opens nothing that is too short for nonce and tag", () => {
    let connection = loopback(CCM_8);
    for (let length: u32 = 0; length < 16; length++) {
      memory.fill(RECORD, 0, 64);
      writeHeader(RECORD, ContentType.APPLICATION_DATA, 1, 0, length);
      if (opens(connection, 13 + length)) expect(length).toBe(-1);
    }
  });

  it("uses each number once", () => {
    let connection = loopback(CCM_8);
    seal(connection, "00");
    let first = read(RECORD + 5, 6);
    seal(connection, "00");
    expect(first).toBe("000000000005");
    expect(read(RECORD + 5, 6)).toBe("000000000006");
    expect(connection.role != SERVER).toBe(true);
  });
});
