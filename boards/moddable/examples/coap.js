// As much of CoAP (RFC 7252) as a sensor and its server need: messages with a token, a path and a payload.

export const Type = { CON: 0, NON: 1, ACK: 2, RST: 3 };
export const Code = { EMPTY: 0x00, GET: 0x01, POST: 0x02, CHANGED: 0x44, CONTENT: 0x45, NOT_FOUND: 0x84, NOT_ALLOWED: 0x85 };

const URI_PATH = 11;
const END_OF_OPTIONS = 0xff;

/** A message as bytes (section 3). `token`: up to 8 bytes; `path`: segments of 1 to 255 bytes; `payload`: bytes. */
export function encode({ type, code, id, token = [], path = [], payload = new Uint8Array(0) }) {
  const bytes = [0x40 | type << 4 | token.length, code, id >> 8, id & 255, ...token];
  let last = 0;
  for (const segment of path) {
    const value = new Uint8Array(ArrayBuffer.fromString(segment));
    const delta = URI_PATH - last;
    bytes.push(delta << 4 | Math.min(value.length, 13));
    if (value.length >= 13) bytes.push(value.length - 13);
    bytes.push(...value);
    last = URI_PATH;
  }
  if (payload.length > 0) bytes.push(END_OF_OPTIONS, ...payload);
  return Uint8Array.from(bytes);
}

/** What `buffer` holds, or null if it is no CoAP message (section 4.2: it is ignored). */
export function decode(buffer) {
  const bytes = new Uint8Array(buffer), tokenLength = bytes[0] & 15;
  if (bytes.length < 4 + tokenLength || bytes[0] >> 6 !== 1 || tokenLength > 8) return null;
  const message = {
    type: bytes[0] >> 4 & 3, code: bytes[1], id: bytes[2] << 8 | bytes[3], token: bytes.slice(4, 4 + tokenLength), path: [],
    payload: new Uint8Array(0),
  };
  let at = 4 + tokenLength, option = 0;
  const extended = (nibble) => {
    if (nibble < 13) return nibble;
    if (nibble === 13) return bytes[at++] + 13;
    at += 2;
    return nibble === 14 ? (bytes[at - 2] << 8 | bytes[at - 1]) + 269 : NaN;
  };
  while (at < bytes.length && bytes[at] !== END_OF_OPTIONS) {
    const first = bytes[at++];
    option += extended(first >> 4);
    const length = extended(first & 15);
    if (!(at + length <= bytes.length)) return null;
    if (option === URI_PATH) message.path.push(textOf(bytes.slice(at, at + length)));
    at += length;
  }
  if (at < bytes.length) message.payload = bytes.slice(at + 1);
  return message;
}

/** The text of bytes; '' if they are not UTF-8. */
export function textOf(bytes) {
  try {
    return String.fromArrayBuffer(bytes.slice().buffer);
  } catch {
    return "";
  }
}

/** 2.04 for 0x44 (section 3). */
export function codeName(code) {
  return `${code >> 5}.${String(code & 31).padStart(2, "0")}`;
}
