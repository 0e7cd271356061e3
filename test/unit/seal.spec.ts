// Blobs that leave the engine and come back, or something that only looks like them.
import { SEALS_MAX } from "../../assembly/limits";
import {
  SEAL_HEADER, SEAL_OVERHEAD, SESSION, STATE, TICKET, hasSeals, seal, setSeals, unseal,
} from "../../assembly/seal";
import { Context } from "../../assembly/state/context";
import { count, freshContext, read } from "./support";

const LIST: usize = memory.data(256, 16);
const BLOB: usize = memory.data(256, 16);
const COPY: usize = memory.data(256, 16);
const LENGTH: u32 = 40;

/** Sets secrets of 32 bytes that begin with these numbers. */
function share(first: i32, second: i32 = -1, third: i32 = -1): bool {
  let at = LIST;
  for (let i = 0; i < 3; i++) {
    let number = i == 0 ? first : i == 1 ? second : third;
    if (number < 0) break;
    store<u8>(at, 32);
    count(at + 1, 32, number);
    at += 33;
  }
  return setSeals(LIST, <u32>(at - LIST));
}

function withKey(first: u32): Context {
  let context = freshContext();
  context.keyLength = first == 0 ? 0 : 16;
  count(context.key, 16, first);
  return context;
}

/** Seals 40 bytes that count from 0x40; returns the blob's length. */
function make(kind: u32, context: Context): u32 {
  memory.fill(BLOB, 0, 256);
  count(BLOB + SEAL_HEADER, LENGTH, 0x40);
  return seal(kind, context, BLOB, LENGTH);
}

/** Opens a copy. */
function opened(kind: u32, context: Context, length: u32): i32 {
  memory.copy(COPY, BLOB, 256);
  return unseal(kind, context, COPY, length);
}

describe("a blob", () => {
  // 5077-5-1, 7925-22-1
  it("hides its content, and gives it back to whoever has the secret", () => {
    share(1);
    let length = make(TICKET, withKey(0));
    expect(length).toBe(LENGTH + SEAL_OVERHEAD);
    expect(SEAL_OVERHEAD).toBe(34);
    let hidden = read(BLOB + SEAL_HEADER, LENGTH);
    expect(opened(TICKET, withKey(0), length)).toBe(<i32>LENGTH);
    expect(read(COPY + SEAL_HEADER, 4)).toBe("40414243");
    expect(hidden.includes("4041")).toBe(false);
    share(1);
    expect(opened(TICKET, withKey(0), length)).toBe(<i32>LENGTH, "another engine with the same secret");
    make(TICKET, withKey(0));
    expect(read(BLOB + SEAL_HEADER, LENGTH) != hidden).toBe(true, "a nonce of its own");
  });

  it("may be empty", () => {
    share(1);
    expect(seal(STATE, withKey(0), BLOB, 0)).toBe(SEAL_OVERHEAD);
    expect(opened(STATE, withKey(0), SEAL_OVERHEAD)).toBe(0);
  });

  // 5077-5-1
  it("is refused with any bit altered", () => {
    share(1);
    let length = make(SESSION, withKey(0));
    for (let bit: u32 = 0; bit < length << 3; bit++) {
      memory.copy(COPY, BLOB, 256);
      store<u8>(COPY + (bit >> 3), <u32>load<u8>(COPY + (bit >> 3)) ^ (<u32>1 << (bit & 7)));
      if (unseal(SESSION, withKey(0), COPY, length) != -1) expect(bit).toBe(-1, "a bit");
    }
  });

  it("is refused at any other length", () => {
    share(1);
    let length = make(SESSION, withKey(0));
    for (let other: u32 = 0; other < 256; other++) {
      if (other != length && opened(SESSION, withKey(0), other) != -1) expect(other).toBe(-1, "a length");
    }
  });

  it("is of one kind and no other", () => {
    share(1);
    for (let kind = TICKET; kind <= STATE; kind++) {
      let length = make(kind, withKey(0));
      for (let other: u32 = 0; other < 256; other++) {
        expect(opened(other, withKey(0), length)).toBe(other == kind ? <i32>LENGTH : -1);
        // not even if it says so
        store<u8>(BLOB, other, 1);
        expect(opened(other, withKey(0), length)).toBe(other == kind ? <i32>LENGTH : -1);
        store<u8>(BLOB, kind, 1);
      }
    }
  });

  it("is refused with a foreign key, though it bears the name of ours", () => {
    share(1);
    make(SESSION, withKey(0));
    let name = load<u32>(BLOB, 2);
    share(2);
    let length = make(SESSION, withKey(0));
    share(1);
    expect(opened(SESSION, withKey(0), length)).toBe(-1);
    store<u32>(BLOB, name, 2);
    expect(opened(SESSION, withKey(0), length)).toBe(-1);
  });
});

describe("seals", () => {
  // 5077-5-1: what the last key sealed still opens, what the one before last sealed does not
  it("rotate: the first one seals, all of them open", () => {
    share(1);
    let length = make(TICKET, withKey(0));
    share(2, 1);
    expect(opened(TICKET, withKey(0), length)).toBe(<i32>LENGTH);
    share(3, 2, 1);
    expect(opened(TICKET, withKey(0), length)).toBe(<i32>LENGTH);
    share(3, 2);
    expect(opened(TICKET, withKey(0), length)).toBe(-1);
    share(2, 1);
    make(TICKET, withKey(0));
    share(2);
    expect(opened(TICKET, withKey(0), length)).toBe(<i32>LENGTH);
    share(1);
    expect(opened(TICKET, withKey(0), length)).toBe(-1);
  });

  it("are three at most, of 16 to 64 bytes; of a list that is not so none is taken", () => {
    for (let size: u32 = 0; size < 80; size++) {
      store<u8>(LIST, size);
      expect(setSeals(LIST, 1 + size)).toBe(size >= 16 && size <= 64);
      expect(hasSeals()).toBe(size >= 16 && size <= 64);
      expect(setSeals(LIST, 2 + size)).toBe(false);
      expect(hasSeals()).toBe(false);
      if (size) expect(setSeals(LIST, size)).toBe(false);
    }
    for (let i: u32 = 0; i < 4; i++) store<u8>(LIST + i * 17, 16);
    expect(setSeals(LIST, SEALS_MAX * 17)).toBe(true);
    expect(setSeals(LIST, 4 * 17)).toBe(false);
    expect(setSeals(LIST, 0)).toBe(true);
    expect(hasSeals()).toBe(false);
  });
});

describe("without seals", () => {
  it("a session or state is sealed with what only the context knows", () => {
    setSeals(0, 0);
    for (let kind = SESSION; kind <= STATE; kind++) {
      let length = make(kind, withKey(1));
      expect(opened(kind, withKey(1), length)).toBe(<i32>LENGTH);
      expect(opened(kind, withKey(2), length)).toBe(-1);
      expect(opened(kind, withKey(0), length)).toBe(-1);
    }
    let length = make(STATE, withKey(1));
    share(5);
    expect(opened(STATE, withKey(1), length)).toBe(<i32>LENGTH, "also when seals came since");
    length = make(STATE, withKey(1));
    setSeals(0, 0);
    expect(opened(STATE, withKey(1), length)).toBe(-1);
  });

  it("a ticket is not sealed at all, nor anything of a context without a secret", () => {
    setSeals(0, 0);
    expect(make(TICKET, withKey(1))).toBe(0);
    expect(read(BLOB + SEAL_HEADER, LENGTH).includes("4041")).toBe(false, "and nothing of it stays");
    expect(make(SESSION, withKey(0))).toBe(0);
  });

  it("a key of our own seals nothing that is shared: equal secrets make different keys", () => {
    store<u8>(LIST, 16);
    count(LIST + 1, 16, 1);
    setSeals(LIST, 17);
    let length = make(STATE, withKey(1));
    setSeals(0, 0);
    expect(opened(STATE, withKey(1), length)).toBe(-1);
  });
});
