// Records: headers, protection.
import { ContentType } from "../../assembly/codes";
import { Incoming, readHeader, writeHeader } from "../../assembly/record/plaintext";
import { deprotect, overhead, protect, protectedHeader, reprotect } from "../../assembly/record/protect";
import { Connection, SERVER } from "../../assembly/state/connection";
import { count, freshConnection, read, write } from "./support";

const RECORD: usize = memory.data(512, 16);
const CCM_8: u8 = 1;
const CCM: u8 = 2;
const GCM: u8 = 3;

describe("a record's header", () => {
  // 6347-4.1-1
  it("has 13 bytes: type, version {254, 253}, epoch, number, length", () => {
    writeHeader(RECORD, ContentType.HANDSHAKE, 1, 0x010203040506, 0x0102);
    expect(read(RECORD, 13)).toBe("16fefd00010102030405060102");
    store<u8>(RECORD + 11, 0);
    expect(readHeader(RECORD, RECORD + 15, 0)).toBe(true);
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
      expect(readHeader(RECORD, RECORD + length, 0)).toBe(false, length.toString());
    }
    expect(readHeader(RECORD, RECORD + 16, 0)).toBe(true, "more may follow");
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
  let length = write(RECORD + protectedHeader(connection), text);
  return protect(connection, RECORD, ContentType.APPLICATION_DATA, length);
}

function opens(connection: Connection, length: u32): bool {
  return readHeader(RECORD, RECORD + length, connection.ownCidLength) && deprotect(connection);
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

/** As `loopback`, with a CID of so many bytes, 0x42 and so on, in both directions. */
function withCid(aead: u8, length: u8): Connection {
  let connection = loopback(aead);
  connection.ownCidLength = connection.peerCidLength = length;
  count(connection.peerCid, length, 0x42);
  return connection;
}

describe("protection with a connection ID", () => {
  // 9146-4-1, 9146-5-1: a record that an independent implementation made
  it("of \"hello!\" under the CID 42 is as computed elsewhere", () => {
    let connection = withCid(CCM_8, 1);
    expect(seal(connection, "68656c6c6f21")).toBe(37);
    expect(read(RECORD, 37)).toBe("19fefd000100000000000542001700010000000000054a5292635ff62866281dbfbd150ab3");
    expect(opens(connection, 37)).toBe(true);
    expect(read(Incoming.body, Incoming.length)).toBe("68656c6c6f21");
    expect(Incoming.type).toBe(23);
  });

  // 9146-3-6
  it("opens what it sealed, under CIDs of every length and with every AEAD", () => {
    for (let aead: u8 = CCM_8; aead <= GCM; aead++) {
      for (let length: u32 = 1; length < 256; length++) {
        let connection = withCid(aead, <u8>length);
        let sealed = seal(connection, "00010203040506");
        expect(sealed).toBe(7 + overhead(connection));
        expect(overhead(connection)).toBe((aead == CCM_8 ? 30 : 38) + length);
        expect(opens(connection, sealed)).toBe(true);
        expect(read(Incoming.body, Incoming.length)).toBe("00010203040506");
      }
    }
  });

  it("opens nothing of which one bit was changed, or under a CID of another length", () => {
    let connection = withCid(CCM_8, 3);
    let length = seal(connection, "68656c6c6f21");
    let sealed = read(RECORD, length);
    for (let bit: u32 = 8; bit < length * 8; bit++) { // the type says how to read the rest; connection.ts
      write(RECORD, sealed);
      store<u8>(RECORD + (bit >> 3), <u32>load<u8>(RECORD + (bit >> 3)) ^ (1 << (bit & 7)));
      if (opens(connection, length)) expect(bit).toBe(-1, "a bit that nobody noticed");
    }
    for (let other: u8 = 0; other < 8; other++) {
      write(RECORD, sealed);
      connection.ownCidLength = other;
      expect(opens(connection, length)).toBe(other == 3, other.toString());
    }
  });

  // 9146-4-2
  it("finds the real type before any zeros, and none where there is nothing else", () => {
    let connection = withCid(CCM, 1);
    let length = seal(connection, "aa16000000");
    expect(opens(connection, length)).toBe(true);
    expect(Incoming.type).toBe(23, "its own type is last");
    for (let zeros: u32 = 0; zeros < 9; zeros++) {
      let text = RECORD + protectedHeader(connection);
      memory.fill(text, 0, zeros);
      length = protect(connection, RECORD, <ContentType>0, zeros);
      expect(opens(connection, length)).toBe(true);
      expect(Incoming.type).toBe(25, zeros.toString());
      write(text, "aa16");
      memory.fill(text + 2, 0, zeros);
      length = protect(connection, RECORD, <ContentType>0, 2 + zeros);
      expect(opens(connection, length)).toBe(true);
      expect(Incoming.type).toBe(22);
      expect(read(Incoming.body, Incoming.length)).toBe("aa");
    }
  });

  it("closes again what was opened too early, byte for byte", () => {
    for (let aead: u8 = CCM_8; aead <= GCM; aead++) {
      let connection = withCid(aead, 2);
      let length = seal(connection, "68656c6c6f21");
      let sealed = read(RECORD, length);
      expect(opens(connection, length)).toBe(true);
      reprotect(connection);
      expect(read(RECORD, length)).toBe(sealed);
      expect(Incoming.type).toBe(25);
      expect(opens(connection, length)).toBe(true);
      expect(read(Incoming.body, Incoming.length)).toBe("68656c6c6f21");
    }
  });
});

describe("the header of a record with a connection ID", () => {
  // 9146-4-1
  it("has the CID between number and length, and is none if the record does not end in the datagram", () => {
    let length = write(RECORD, "19fefd0001000000000005 c1d2e3 0002 abcd");
    for (let end: u32 = 0; end < length; end++) expect(readHeader(RECORD, RECORD + end, 3)).toBe(false, end.toString());
    expect(readHeader(RECORD, RECORD + length, 3)).toBe(true);
    expect(Incoming.cidLength).toBe(3);
    expect(Incoming.length).toBe(2);
    expect(read(Incoming.body, 2)).toBe("abcd");
    expect(Incoming.recordLength).toBe(length);
  });

  // 9146-3-4
  it("is that of RFC 6347 in every other record", () => {
    for (let type: u32 = 0; type < 256; type++) {
      write(RECORD, "00fefd00010000000000050002abcd");
      store<u8>(RECORD, type);
      if (type != 25) expect(readHeader(RECORD, RECORD + 15, 3) && Incoming.cidLength == 0).toBe(true, type.toString());
    }
  });
});
