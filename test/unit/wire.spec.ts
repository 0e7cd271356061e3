// The cursors, and numbers in network order.
import { OK } from "../../assembly/outcome";
import { find } from "../../assembly/messages/client-hello";
import { Reader, Writer, get16, get24, get48, put16, put24, put48 } from "../../assembly/wire";
import { read, write } from "./support";

const DATA: usize = memory.data(128, 16);
/** A ClientHello with a session_id, a cookie, two suites, an extension. */
const HELLO = "fefd 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 04 01020304 02 c1c2" +
  "0004 c0a8 00ff 01 00 0004 0017 0000";

describe("numbers in network order", () => {
  it("are written and read again at their edges", () => {
    put16(DATA, 0xfefd);
    put24(DATA + 2, 0xabcdef);
    put48(DATA + 5, 0x123456789abc);
    expect(read(DATA, 11)).toBe("fefdabcdef123456789abc");
    expect(get16(DATA)).toBe(0xfefd);
    expect(get24(DATA + 2)).toBe(0xabcdef);
    expect(get48(DATA + 5)).toBe(0x123456789abc);
    put48(DATA, 0xffffffffffff);
    expect(get48(DATA)).toBe(0xffffffffffff);
  });
});

describe("Reader", () => {
  it("reads to the end, and is done there and only there", () => {
    Reader.start(DATA, write(DATA, "01 0203 040506"));
    expect(Reader.u8()).toBe(1);
    expect(Reader.u16()).toBe(0x203);
    expect(Reader.done()).toBe(false);
    expect(Reader.take(3)).toBe(DATA + 3);
    expect(Reader.done()).toBe(true);
  });

  it("is poisoned by the first step too far: zeros follow, loops end, it is never done", () => {
    Reader.start(DATA, write(DATA, "01 02"));
    expect(Reader.take(3)).toBe(DATA + 2);
    expect(Reader.left()).toBe(0);
    expect(Reader.u8()).toBe(0);
    expect(Reader.u16()).toBe(0);
    expect(Reader.done()).toBe(false);
    Reader.take(0);
    expect(Reader.done()).toBe(false);
  });

  it("is as good as new after another start", () => {
    Reader.start(DATA, 0);
    Reader.u8();
    Reader.start(DATA, write(DATA, "07"));
    expect(Reader.u8()).toBe(7);
    expect(Reader.done()).toBe(true);
  });

  it("opens vectors in vectors, and demands every byte of them", () => {
    Reader.start(DATA, write(DATA, "03 02 aabb 09"));
    let outer = Reader.open(Reader.u8());
    let inner = Reader.open(Reader.u8());
    expect(Reader.left()).toBe(2);
    expect(Reader.u16()).toBe(0xaabb);
    Reader.close(inner);
    Reader.close(outer);
    expect(Reader.u8()).toBe(9);
    expect(Reader.done()).toBe(true);
  });

  it("is poisoned by a vector that is not read to its end, or that is longer than what there is", () => {
    Reader.start(DATA, write(DATA, "02 aabb"));
    let vector = Reader.open(Reader.u8());
    Reader.u8();
    Reader.close(vector);
    expect(Reader.done()).toBe(false);

    Reader.start(DATA, write(DATA, "03 aabb"));
    vector = Reader.open(Reader.u8());
    expect(Reader.left()).toBe(0);
    Reader.close(vector);
    expect(Reader.done()).toBe(false);
  });

  it("finds no ClientHello in any of its prefixes that ends before its compression methods", () => {
    let length = write(DATA, HELLO);
    let tail: u32 = 2 + 32 + 1 + 4 + 1 + 2;
    expect(find(DATA, length)).toBe(true);
    for (let cut: u32 = 0; cut <= tail; cut++) expect(find(DATA, cut)).toBe(false, cut.toString());
    store<u8>(DATA + 34, 33);
    expect(find(DATA, length)).toBe(false, "a session_id of 33 bytes");
  });
});

describe("Writer", () => {
  it("fills in a vector's length when it closes", () => {
    Writer.start(DATA);
    Writer.u8(1);
    let vector = Writer.open16();
    Writer.u24(0x0a0b0c);
    Writer.bytes(DATA, 1);
    Writer.close16(vector);
    Writer.u16(0xffff);
    expect(read(DATA, <u32>(Writer.at - DATA))).toBe("0100040a0b0c01ffff");
    expect(OK).toBe(0);
  });
});
