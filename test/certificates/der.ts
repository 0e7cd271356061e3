// DER as X.690 writes it, and badly where a test says so: each function makes one whole element.

export const SEQUENCE = 0x30, SET = 0x31;

/** Any element: its tag, the length in as few bytes as it needs, the contents. */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts), length = contents.length;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), contents]);
}

export const sequence = (...parts: Uint8Array[]) => der(SEQUENCE, ...parts);

/** A positive INTEGER of big-endian bytes: no zeros in front but the one that keeps it positive. */
export function integer(bytes: Uint8Array): Buffer {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const rest = Buffer.from(bytes.subarray(at));
  return der(0x02, rest[0]! & 0x80 ? Buffer.concat([Buffer.alloc(1), rest]) : rest);
}

/** OBJECT IDENTIFIER, as 1.2.840. */
export function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const base128 = (value: number): number[] => {
    const bytes = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
    return bytes;
  };
  return der(0x06, Buffer.from([40 * first! + second!, ...rest.flatMap(base128)]));
}

export const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (contents: Uint8Array) => der(0x04, contents);
/** BIT STRING; so many bits of the last byte are unused. */
export const bits = (contents: Uint8Array, unused = 0) => der(0x03, Buffer.from([unused]), contents);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));
/** UTCTime, as 260101000000Z. */
export const utcTime = (text: string) => der(0x17, Buffer.from(text));
/** GeneralizedTime, as 99991231235959Z. */
export const generalizedTime = (text: string) => der(0x18, Buffer.from(text));
