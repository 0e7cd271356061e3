/** A record as it stands in a datagram (RFC 6347 §4.1). */
export interface DtlsRecord {
  type: number;
  version: number;
  epoch: number;
  /** 48 bits. */
  sequenceNumber: number;
  fragment: Uint8Array;
}

export const RECORD_HEADER = 13;

/** The records of a datagram, up to the first that is none: `rest` counts the bytes from there. */
export function recordsOf(datagram: Uint8Array): { records: DtlsRecord[]; rest: number } {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const records: DtlsRecord[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= datagram.length) {
    const length = view.getUint16(at + 11);
    const type = view.getUint8(at);
    if (type < 20 || type > 25 || view.getUint8(at + 1) !== 0xfe) break;
    if (at + RECORD_HEADER + length > datagram.length) break;
    records.push({
      type,
      version: view.getUint16(at + 1),
      epoch: view.getUint16(at + 3),
      sequenceNumber: view.getUint16(at + 5) * 2 ** 32 + view.getUint32(at + 7),
      fragment: datagram.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length),
    });
    at += RECORD_HEADER + length;
  }
  return { records, rest: datagram.length - at };
}

/** A handshake message or a fragment of one (RFC 6347 §4.2.2). */
export interface HandshakeFragment {
  type: number;
  length: number;
  messageSeq: number;
  offset: number;
  body: Uint8Array;
}

/** The fragments in the plaintext of a handshake record, up to the first that is none. */
export function fragmentsOf(plaintext: Uint8Array): HandshakeFragment[] {
  const fragments: HandshakeFragment[] = [];
  const u24 = (at: number) => (plaintext[at]! << 16) | (plaintext[at + 1]! << 8) | plaintext[at + 2]!;
  let at = 0;
  while (at + 12 <= plaintext.length) {
    const [length, offset, size] = [u24(at + 1), u24(at + 6), u24(at + 9)];
    if (offset + size > length || at + 12 + size > plaintext.length) break;
    const messageSeq = (plaintext[at + 4]! << 8) | plaintext[at + 5]!;
    const body = plaintext.subarray(at + 12, at + 12 + size);
    fragments.push({ type: plaintext[at]!, length, messageSeq, offset, body });
    at += 12 + size;
  }
  return fragments;
}

/** A ClientHello or ServerHello (RFC 5246 §7.4.1) as far as the bytes go. */
export interface Hello {
  version: number;
  random: Uint8Array;
  sessionIdLength: number;
  /** ClientHello only. */
  cookieLength: number;
  /** ClientHello: those offered; ServerHello: the one chosen. */
  suites: number[];
  extensions: number[];
}

/** Reads a ClientHello (`isClient`) or ServerHello; undefined if not even its cipher suites are there. */
export function helloOf(body: Uint8Array, isClient: boolean): Hello | undefined {
  const u16 = (at: number) => (body[at]! << 8) | body[at + 1]!;
  const sessionIdLength = body[34] ?? 0;
  const cookieAt = 35 + sessionIdLength;
  const cookieLength = isClient ? body[cookieAt] ?? 0 : 0;
  const suitesAt = isClient ? cookieAt + 1 + cookieLength : cookieAt;
  if (suitesAt + 2 > body.length) return undefined;
  const suitesLength = isClient ? u16(suitesAt) : 2;
  const start = isClient ? suitesAt + 2 : suitesAt;
  const suites: number[] = [];
  for (let at = start; at + 2 <= Math.min(start + suitesLength, body.length); at += 2) suites.push(u16(at));
  const end = start + suitesLength;
  const extensions = extensionsAt(body, end + 1 + (isClient ? body[end] ?? 0 : 0));
  return { version: u16(0), random: body.subarray(2, 34), sessionIdLength, cookieLength, suites, extensions };
}

function extensionsAt(body: Uint8Array, at: number): number[] {
  const types: number[] = [];
  for (let next = at + 2; next + 4 <= body.length;) {
    types.push((body[next]! << 8) | body[next + 1]!);
    next += 4 + ((body[next + 2]! << 8) | body[next + 3]!);
  }
  return types;
}
