// As much of CoAP (RFC 7252) as a sensor needs: confirmable POSTs of readings, and answers to whoever asks for one.
export const GET = 0x01, POST = 0x02, CHANGED = 0x44, CONTENT = 0x45;
const CONFIRMABLE = 0, ACKNOWLEDGEMENT = 2;
const VERSION = 1 << 6, URI_PATH = 11, MARKER = 0xff;

function message(type, code, id, options, payload) {
  const bytes = new Uint8Array(ArrayBuffer.fromString(payload));
  return new Uint8Array([VERSION | type << 4, code, id >> 8, id & 255, ...options, MARKER, ...bytes]);
}

/** Without a token: one request at a time, whose answer is known by its message id. `path`: at most 12 letters. */
export function post(id, path, payload) {
  const segment = new Uint8Array(ArrayBuffer.fromString(path));
  return message(CONFIRMABLE, POST, id, [URI_PATH << 4 | segment.length, ...segment], payload);
}

/** A piggybacked answer to a request. */
export function answer(request, code, payload) {
  const reply = message(ACKNOWLEDGEMENT, code, request.id, request.token, payload);
  reply[0] |= request.token.length;
  return reply;
}

/** {type, code, id, token} of a message. */
export function parse(buffer) {
  const bytes = new Uint8Array(buffer), tokenLength = bytes[0] & 15;
  return { type: bytes[0] >> 4 & 3, code: bytes[1], id: bytes[2] << 8 | bytes[3], token: bytes.slice(4, 4 + tokenLength) };
}
