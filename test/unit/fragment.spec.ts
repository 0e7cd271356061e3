// Fragments, and the inbox that puts them together.
import { ContentType, Drop } from "../../assembly/codes";
import { Fragment, readFragment, writeFragmentHeader } from "../../assembly/flight/fragment";
import { collect, keepEarly, takeEarly, takeExpected } from "../../assembly/flight/reassembly";
import { OWN_TYPES, WAITING_MAX } from "../../assembly/limits";
import { readHeader, writeHeader } from "../../assembly/record/plaintext";
import { EARLY_DATA, EARLY_RECORD, Handshake } from "../../assembly/state/handshake";
import { COUNTERS } from "../../assembly/state/memory";
import { Chance, MESSAGE_MAX, count, freshHandshake, read } from "./support";

const BUFFER: usize = memory.data(2048, 16);
const MESSAGE: usize = memory.data(2048, 16);
const TYPE: u32 = 2;

function dropped(reason: Drop): u32 {
  return load<u32>(COUNTERS + (reason << 2));
}

describe("a fragment's header", () => {
  // 6347-4.2.2-1
  it("has 12 bytes: type, length, message_seq, fragment_offset, fragment_length", () => {
    writeFragmentHeader(BUFFER, 1, 0x010203, 0x0405, 0x060708, 0x090a0b);
    expect(read(BUFFER, 12)).toBe("01010203040506070809" + "0a0b");
    writeFragmentHeader(BUFFER, 11, 9, 7, 2, 3);
    expect(readFragment(BUFFER, BUFFER + 15)).toBe(true);
    expect(Fragment.type).toBe(11);
    expect(Fragment.length).toBe(9);
    expect(Fragment.sequence).toBe(7);
    expect(Fragment.offset).toBe(2);
    expect(Fragment.bodyLength).toBe(3);
    expect(Fragment.body).toBe(BUFFER + 12);
    expect(Fragment.isWhole()).toBe(false);
  });

  // 6347-4.2.3-4
  it("is none if the fragment runs past its record or its message", () => {
    writeFragmentHeader(BUFFER, 1, 9, 0, 6, 3);
    for (let length: u32 = 0; length < 15; length++) expect(readFragment(BUFFER, BUFFER + length)).toBe(false, length.toString());
    expect(readFragment(BUFFER, BUFFER + 15)).toBe(true);
    writeFragmentHeader(BUFFER, 1, 9, 0, 7, 3);
    expect(readFragment(BUFFER, BUFFER + 15)).toBe(false);
    writeFragmentHeader(BUFFER, 1, 3, 0, 0xffffff, 3);
    expect(readFragment(BUFFER, BUFFER + 15)).toBe(false);
    writeFragmentHeader(BUFFER, 1, 0, 0, 0, 0);
    expect(readFragment(BUFFER, BUFFER + 12)).toBe(true, "a message of no bytes");
  });

  it("is none with a type of the engine's own", () => {
    for (let type: i32 = 0; type < 256; type++) {
      writeFragmentHeader(BUFFER, type, 0, 0, 0, 0);
      if (readFragment(BUFFER, BUFFER + 12) != type < OWN_TYPES) expect(type).toBe(-1);
    }
  });
});

/** Gives the inbox a fragment of the message in MESSAGE. */
function give(handshake: Handshake, type: u32, length: u32, sequence: u32, offset: u32, part: u32, epoch: u32 = 0): void {
  writeFragmentHeader(BUFFER, type, length, sequence, offset, part);
  memory.copy(BUFFER + 12, MESSAGE + offset, part);
  if (!readFragment(BUFFER, BUFFER + 12 + part)) throw new Error("no fragment");
  collect(handshake, epoch);
}

function freshMessage(length: u32): Handshake {
  count(MESSAGE, length, 1);
  let handshake = freshHandshake();
  handshake.receiveSequence = 3;
  return handshake;
}

function expectWhole(handshake: Handshake, length: u32): void {
  expect(takeExpected(handshake)).toBe(0);
  expect(Fragment.isWhole()).toBe(true);
  expect(Fragment.length).toBe(length);
  expect(read(Fragment.body, length)).toBe(read(MESSAGE, length));
  expect(takeExpected(handshake)).toBe(-1); // and now it is forgotten
  expect(handshake.waiting).toBe(0);
  expect(handshake.filled).toBe(0);
}

describe("reassembly", () => {
  // 6347-4.2.3-2
  it("takes the bytes of a message one at a time, forwards and backwards", () => {
    for (let backwards = 0; backwards < 2; backwards++) {
      let handshake = freshMessage(65);
      for (let i: u32 = 0; i < 65; i++) {
        expect(takeExpected(handshake)).toBe(-1);
        give(handshake, TYPE, 65, 3, backwards ? 64 - i : i, 1);
      }
      expectWhole(handshake, 65);
    }
  });

  it("takes four pieces in each of their 24 orders", () => {
    for (let order = 0; order < 256; order++) {
      let a = order & 3, b = (order >> 2) & 3, c = (order >> 4) & 3, d = order >> 6;
      if (((1 << a) | (1 << b) | (1 << c) | (1 << d)) != 15) continue;
      let handshake = freshMessage(40);
      give(handshake, TYPE, 40, 3, a * 10, 10);
      give(handshake, TYPE, 40, 3, b * 10, 10);
      give(handshake, TYPE, 40, 3, c * 10, 10);
      expect(takeExpected(handshake)).toBe(-1);
      give(handshake, TYPE, 40, 3, d * 10, 10);
      expectWhole(handshake, 40);
    }
  });

  // 6347-4.2.3-3: against a list of which bytes have come
  it("takes pieces by chance, overlapping and repeated, and is whole exactly when all bytes have come", () => {
    for (let round = 0; round < 300; round++) {
      let length = 1 + Chance.below(200);
      let handshake = freshMessage(length);
      let arrived = new StaticArray<bool>(length);
      let missing = length;
      while (missing) {
        let offset = Chance.below(length);
        let part = Chance.below(min(length - offset, 40) + 1);
        give(handshake, TYPE, length, 3, offset, part);
        for (let i = offset; i < offset + part; i++) {
          if (!arrived[i]) missing--;
          arrived[i] = true;
        }
        if (missing && takeExpected(handshake) != -1) expect(missing).toBe(0);
      }
      expectWhole(handshake, length);
    }
  });

  it("keeps several messages of the future, and a message of no bytes among them", () => {
    let handshake = freshMessage(30);
    give(handshake, 14, 0, 5, 0, 0);
    give(handshake, 12, 30, 4, 0, 30);
    give(handshake, TYPE, 20, 3, 0, 20);
    expect(takeExpected(handshake)).toBe(0);
    expect(Fragment.type).toBe(TYPE);
    handshake.receiveSequence = 4;
    expect(takeExpected(handshake)).toBe(0);
    expect(Fragment.type).toBe(12);
    handshake.receiveSequence = 5;
    expect(takeExpected(handshake)).toBe(0);
    expect(Fragment.type).toBe(14);
    expect(Fragment.length).toBe(0);
    expect(handshake.filled).toBe(0);
  });

  // 6347-4.2.3-4
  it("lets what came protected take the place of what came in clear", () => {
    let handshake = freshMessage(12);
    give(handshake, 20, 400, 3, 0, 12, 0);
    give(handshake, 20, 12, 3, 0, 6, 1);
    give(handshake, 20, 400, 3, 0, 12, 0);
    give(handshake, 20, 12, 3, 6, 6, 1);
    expect(takeExpected(handshake)).toBe(1);
    expect(read(Fragment.body, 12)).toBe(read(MESSAGE, 12));
  });

  it("has room for so many messages and so many bytes, and drops what comes then", () => {
    let handshake = freshMessage(8);
    for (let i: u32 = 0; i < WAITING_MAX; i++) give(handshake, TYPE, 8, 4 + i, 0, 8);
    let before = dropped(Drop.NO_ROOM);
    give(handshake, TYPE, 8, 4 + WAITING_MAX, 0, 8);
    expect(dropped(Drop.NO_ROOM) - before).toBe(1);

    handshake = freshMessage(8);
    give(handshake, TYPE, MESSAGE_MAX - 8, 4, 0, 8);
    give(handshake, TYPE, 8, 5, 0, 8);
    give(handshake, TYPE, 1, 6, 0, 1);
    expect(dropped(Drop.NO_ROOM) - before).toBe(2);
  });

  it("clears the inbox for the message that is due", () => {
    let handshake = freshMessage(8);
    give(handshake, TYPE, MESSAGE_MAX, 4, 0, 8);
    give(handshake, TYPE, 8, 3, 0, 4);
    expect(takeExpected(handshake)).toBe(-1);
    give(handshake, TYPE, 8, 3, 4, 4);
    expectWhole(handshake, 8);
  });

  it("uses room again that came free in the middle, at the latest when all is free", () => {
    let handshake = freshMessage(16);
    give(handshake, TYPE, 16, 3, 0, 16);
    give(handshake, 12, 16, 4, 0, 16);
    expect(takeExpected(handshake)).toBe(0);
    expect(handshake.filled).toBe(32);
    handshake.receiveSequence = 4;
    expect(takeExpected(handshake)).toBe(0);
    handshake.receiveSequence = 5;
    expect(takeExpected(handshake)).toBe(-1);
    expect(handshake.filled).toBe(0);
  });
});

function early(handshake: Handshake, type: ContentType, epoch: u32, number: u64): void {
  writeHeader(BUFFER, type, epoch, number, 4);
  readHeader(BUFFER, BUFFER + 17, 0);
  keepEarly(handshake, type == ContentType.APPLICATION_DATA ? EARLY_DATA : EARLY_RECORD);
}

/** The number of the early record whose time has come, -1 if there is none. */
function taken(handshake: Handshake, changeCipherSpec: bool, keys: bool, connected: bool): i32 {
  let record = takeEarly(handshake, changeCipherSpec, keys, connected);
  return record ? load<u8>(record + 10) : -1;
}

describe("early records", () => {
  // 6347-4.1-6, 6347-4.1-7, 6347-4.2.4-5
  it("wait for their turn: ChangeCipherSpec, then what is protected, data behind CONNECTED", () => {
    let handshake = freshMessage(0);
    early(handshake, ContentType.APPLICATION_DATA, 1, 1);
    early(handshake, ContentType.HANDSHAKE, 1, 2);
    early(handshake, ContentType.CHANGE_CIPHER_SPEC, 0, 3);
    expect(taken(handshake, false, false, false)).toBe(-1);
    expect(taken(handshake, true, false, false)).toBe(3);
    expect(taken(handshake, false, true, false)).toBe(2);
    expect(taken(handshake, false, true, false)).toBe(-1);
    expect(taken(handshake, false, true, true)).toBe(1);
    expect(taken(handshake, false, true, true)).toBe(-1);
    expect(handshake.waiting).toBe(0);
    expect(handshake.filled).toBe(0);
  });

  it("come in the order in which they arrived", () => {
    let handshake = freshMessage(0);
    for (let number = 1; number <= 4; number++) early(handshake, ContentType.HANDSHAKE, 1, number);
    for (let number = 1; number <= 4; number++) expect(taken(handshake, false, true, true)).toBe(number);
  });

  it("are no message of that number", () => {
    let handshake = freshMessage(8);
    handshake.receiveSequence = 0;
    early(handshake, ContentType.HANDSHAKE, 1, 0);
    expect(takeExpected(handshake)).toBe(-1);
    give(handshake, TYPE, 8, 0, 0, 8);
    expect(takeExpected(handshake)).toBe(0);
    expect(taken(handshake, false, true, true)).toBe(0);
  });

  it("find no room when the inbox is full", () => {
    let handshake = freshMessage(0);
    for (let number: u32 = 0; number < WAITING_MAX; number++) early(handshake, ContentType.HANDSHAKE, 1, number);
    let before = dropped(Drop.NO_ROOM);
    early(handshake, ContentType.HANDSHAKE, 1, 9);
    expect(dropped(Drop.NO_ROOM) - before).toBe(1);
  });
});
