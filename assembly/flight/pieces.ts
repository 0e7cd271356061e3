// What has come of a message in pieces: a bit for each of its bytes, so that fragments may overlap, repeat and come in any order
// (6347-4.2.3-2, 6347-4.2.3-3). Among overlapping bytes the latest win.
import { Fragment } from "./fragment";

/** Bytes of bits for a message of `length` bytes. */
export function bitsFor(length: u32): u32 {
  return (length + 7) >> 3;
}

/** Copies the fragment under the cursor to its place in `body`, and marks its bytes. */
export function putPiece(body: usize, bits: usize): void {
  memory.copy(body + Fragment.offset, Fragment.body, Fragment.bodyLength);
  let end = Fragment.offset + Fragment.bodyLength;
  for (let i = Fragment.offset; i < end; i++) {
    let at = bits + (i >> 3);
    store<u8>(at, <u32>load<u8>(at) | (1 << (i & 7)));
  }
}

/** Whether all `length` bytes are here. Eight at a look: a datagram may be full of fragments, each of which asks. */
export function isComplete(bits: usize, length: u32): bool {
  let last = bits + (length >> 3);
  for (; bits < last; bits++) if (load<u8>(bits) != 0xff) return false;
  let rest: u32 = (1 << (length & 7)) - 1;
  return rest == 0 || load<u8>(last) == rest;
}
