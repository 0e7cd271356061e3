// Two cursors over bytes in network order. The reader is sticky: the first step too far poisons, later ones read zeros,
// and one question at the end tells. The writer needs no check: every buffer holds the longest message that goes there.
// There is one of each, since a message is read or written in one go.

export function get16(at: usize): u32 {
  return (<u32>load<u8>(at) << 8) | load<u8>(at, 1);
}
export function get24(at: usize): u32 {
  return (get16(at) << 8) | load<u8>(at, 2);
}
export function get48(at: usize): u64 {
  return (<u64>get24(at) << 24) | get24(at + 3);
}
export function put16(at: usize, value: u32): void {
  store<u8>(at, value >> 8);
  store<u8>(at, value, 1);
}
export function put24(at: usize, value: u32): void {
  put16(at, value >> 8);
  store<u8>(at, value, 2);
}
export function put48(at: usize, value: u64): void {
  put24(at, <u32>(value >> 24));
  put24(at + 3, <u32>value);
}

/** In ASCII, capital or not: as names of DNS compare (RFC 6066 §3, RFC 9525 §6.3). */
export function isSameText(a: usize, b: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) {
    if (lower(load<u8>(a + i)) != lower(load<u8>(b + i))) return false;
  }
  return true;
}
export function lower(letter: u32): u32 {
  return letter - 0x41 < 26 ? letter | 0x20 : letter;
}
/** True for one name or more, each behind a byte with its length, none of them empty or cut off. */
export function isListOfNames(list: usize, length: u32): bool {
  let at: u32 = 0;
  while (at < length) {
    let name: u32 = load<u8>(list + at);
    if (name == 0) return false;
    at += 1 + name;
  }
  return at == length && length != 0;
}

export class Reader {
  static at: usize = 0;
  static end: usize = 0;
  private static poisoned: bool = false;

  static start(pointer: usize, length: u32): void {
    Reader.at = pointer;
    Reader.end = pointer + length;
    Reader.poisoned = false;
  }
  /** Bytes before the end of what is open. */
  static left(): u32 {
    return <u32>(Reader.end - Reader.at);
  }
  /** A pointer to the next `length` bytes; to the end of all if there are fewer. */
  static take(length: u32): usize {
    let pointer = Reader.at;
    if (length > Reader.left()) {
      Reader.poisoned = true;
      Reader.at = Reader.end;
      return Reader.end;
    }
    Reader.at += length;
    return pointer;
  }
  static u8(): u32 {
    let pointer = Reader.take(1);
    return Reader.poisoned ? 0 : load<u8>(pointer);
  }
  static u16(): u32 {
    let high = Reader.u8();
    return (high << 8) | Reader.u8();
  }
  /** Opens a vector of `length` bytes; what it returns goes to `close`. */
  static open(length: u32): usize {
    let outer = Reader.end;
    let inner = Reader.take(length);
    Reader.end = Reader.at;
    Reader.at = inner;
    return outer;
  }
  /** Every byte of the vector must have been read. */
  static close(outer: usize): void {
    if (Reader.at != Reader.end) Reader.poisoned = true;
    Reader.end = Reader.poisoned ? Reader.at : outer;
  }
  /** True when every byte was read, and no more. */
  static done(): bool {
    return !Reader.poisoned && Reader.at == Reader.end;
  }
}

export class Writer {
  static at: usize = 0;

  static start(pointer: usize): void {
    Writer.at = pointer;
  }
  static u8(value: u32): void {
    store<u8>(Writer.at++, value);
  }
  static u16(value: u32): void {
    put16(Writer.at, value);
    Writer.at += 2;
  }
  static u24(value: u32): void {
    put24(Writer.at, value);
    Writer.at += 3;
  }
  static bytes(pointer: usize, length: u32): void {
    memory.copy(Writer.at, pointer, length);
    Writer.at += length;
  }
  /** A vector with a two-byte length: `open16` leaves room for it, `close16` fills it in. */
  static open16(): usize {
    Writer.at += 2;
    return Writer.at;
  }
  static close16(start: usize): void {
    put16(start - 2, <u32>(Writer.at - start));
  }
}
