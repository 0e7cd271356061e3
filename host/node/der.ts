// The little DER (ITU-T X.690) that this host reads and writes itself: node:crypto shows neither a certificate's path length
// nor its critical extensions, and makes no certificates.
import { outOfRange } from './errors.js';

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const UTF8_STRING = 0x0c;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** Context-specific, constructed: [0] and so on. */
export const CONTEXT = 0xa0;

/** One element, in the bytes it was read from. */
export interface Element {
  tag: number;
  content: Buffer;
  /** Its head included. */
  whole: Buffer;
}

/** The elements that fill these bytes. Throws ERR_OUT_OF_RANGE if they do not. */
export function readElements(der: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length;) {
    const { start, end } = bounds(der, at);
    elements.push({ tag: der[at]!, content: der.subarray(start, end), whole: der.subarray(at, end) });
    at = end;
  }
  return elements;
}

/** What the one element that these bytes are consists of. Throws as `readElements`, also if it is not of this kind. */
export function readInside(tag: number, der: Buffer): Element[] {
  const [element, ...more] = readElements(der);
  if (element === undefined || element.tag !== tag || more.length > 0) throw outOfRange('der', `one element ${tag}`, element?.tag);
  return readElements(element.content);
}

/** Where the content of the element at `at` starts and ends. */
function bounds(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0, lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  if (start > der.length || lengthBytes > 4 || first === 0x80) throw outOfRange('der', 'DER', `a length at ${at + 1}`);
  const end = start + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes));
  if (end > der.length) throw outOfRange('der', `<= ${der.length} bytes`, end);
  return { start, end };
}

/** An element of these contents, one after the other. */
export function writeElement(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents), { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const short = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | short.length]), short, content]);
}

/** An object identifier such as '2.5.29.15', its first two arcs below 3 and 40. */
export function writeOid(text: string): Buffer {
  const [first = 0, second = 0, ...arcs] = text.split('.').map(Number);
  return writeElement(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...arcs.flatMap(septets)]));
}

/** Base 128, the most significant first, all but the last marked. */
function septets(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift(rest & 0x7f | 0x80);
  return digits;
}

/** The INTEGER of these bytes, most significant first, taken as positive. */
export function writePositive(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.alloc(1) : bytes.subarray(first);
  return writeElement(INTEGER, short[0]! & 0x80 ? Buffer.alloc(1) : Buffer.alloc(0), short);
}
