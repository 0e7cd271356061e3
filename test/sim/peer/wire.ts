// DTLS 1.2 on the wire (RFC 6347 §4.1, §4.2.2, §4.3.2), written apart from the engine: a second opinion on every byte.

export const CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23, TLS12_CID = 25, RETURN_ROUTABILITY_CHECK = 27;
export const HELLO_REQUEST = 0, CLIENT_HELLO = 1, SERVER_HELLO = 2, HELLO_VERIFY_REQUEST = 3, NEW_SESSION_TICKET = 4, CERTIFICATE = 11,
  SERVER_KEY_EXCHANGE = 12, CERTIFICATE_REQUEST = 13, SERVER_HELLO_DONE = 14, CERTIFICATE_VERIFY = 15, CLIENT_KEY_EXCHANGE = 16,
  FINISHED = 20;

export interface DtlsRecord {
  type: number;
  version: number;
  epoch: number;
  sequence: number;
  /** Of a record of type tls12_cid (RFC 9146 §4). */
  cid: Buffer;
  body: Buffer;
}

export interface Fragment {
  type: number;
  /** Bytes of the whole message. */
  length: number;
  sequence: number;
  offset: number;
  body: Buffer;
}

export function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** A vector with its length in front, in so many bytes. */
export function vector(lengthBytes: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([uint(content.length, lengthBytes), content]);
}

export function record(
  type: number, epoch: number, sequence: number, body: Uint8Array, version = 0xfefd, cid: Uint8Array = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([uint(type, 1), uint(version, 2), uint(epoch, 2), uint(sequence, 6), cid, vector(2, body)]);
}

/** The records of a datagram, whose CIDs have so many bytes; throws if they do not fill it exactly. */
export function recordsOf(datagram: Uint8Array, cidLength = 0): DtlsRecord[] {
  const bytes = Buffer.from(datagram);
  const found: DtlsRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const cidEnd = at + 11 + (bytes[at] === TLS12_CID ? cidLength : 0);
    const end = cidEnd + 2 + bytes.readUInt16BE(cidEnd);
    if (end > bytes.length) throw new Error('a record runs past its datagram');
    found.push({
      type: bytes[at]!, version: bytes.readUInt16BE(at + 1), epoch: bytes.readUInt16BE(at + 3),
      sequence: bytes.readUIntBE(at + 5, 6), cid: bytes.subarray(at + 11, cidEnd), body: bytes.subarray(cidEnd + 2, end),
    });
    at = end;
  }
  return found;
}

export function fragment({ type, length, sequence, offset, body }: Fragment): Buffer {
  return Buffer.concat([uint(type, 1), uint(length, 3), uint(sequence, 2), uint(offset, 3), vector(3, body)]);
}

/** A message as one fragment: what the transcript hashes (RFC 6347 §4.2.6). */
export function whole(type: number, sequence: number, body: Buffer): Buffer {
  return fragment({ type, length: body.length, sequence, offset: 0, body });
}

/** The fragments of a handshake record; throws if they do not fill it exactly. */
export function fragmentsOf(body: Buffer): Fragment[] {
  const found: Fragment[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + 12 + body.readUIntBE(at + 9, 3);
    if (end > body.length) throw new Error('a fragment runs past its record');
    found.push({
      type: body[at]!, length: body.readUIntBE(at + 1, 3), sequence: body.readUInt16BE(at + 4),
      offset: body.readUIntBE(at + 6, 3), body: body.subarray(at + 12, end),
    });
    at = end;
  }
  return found;
}

export const SERVER_NAME = 0, SUPPORTED_GROUPS = 10, EC_POINT_FORMATS = 11, SIGNATURE_ALGORITHMS = 13, CLIENT_CERTIFICATE_TYPE = 19,
  SERVER_CERTIFICATE_TYPE = 20, EXTENDED_MASTER_SECRET = 23, SESSION_TICKET = 35, CONNECTION_ID = 54, RRC = 61,
  RENEGOTIATION_INFO = 0xff01, EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

export function extension(type: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([uint(type, 2), vector(2, data)]);
}

export interface ClientHello {
  version: number;
  random: Buffer;
  sessionId: Buffer;
  cookie: Buffer;
  suites: number[];
  compression: Buffer;
  /** Behind the compression methods: with their length, or nothing at all. */
  extensions: Buffer;
}

export function clientHello(hello: ClientHello): Buffer {
  return Buffer.concat([
    uint(hello.version, 2), hello.random, vector(1, hello.sessionId), vector(1, hello.cookie),
    vector(2, ...hello.suites.map((suite) => uint(suite, 2))), vector(1, hello.compression), hello.extensions,
  ]);
}

/** A cursor that throws past the end. */
export class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}
  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Error('a message is too short');
    return this.bytes.subarray(this.at, this.at += length);
  }
  uint(bytes: number): number {
    return this.take(bytes).readUIntBE(0, bytes);
  }
  vector(lengthBytes: number): Buffer {
    return this.take(this.uint(lengthBytes));
  }
  rest(): Buffer {
    return this.take(this.bytes.length - this.at);
  }
  get isDone(): boolean {
    return this.at === this.bytes.length;
  }
}

export function readClientHello(body: Buffer): ClientHello {
  const reader = new Reader(body);
  const version = reader.uint(2), random = reader.take(32), sessionId = reader.vector(1), cookie = reader.vector(1);
  const suites = numbersIn(reader.vector(2), 2), compression = reader.vector(1), extensions = reader.rest();
  return { version, random, sessionId, cookie, suites, compression, extensions };
}

/** An extension's type and data. */
export type Extension = [type: number, data: Buffer];

/** A hello's extensions, in order; throws if the lengths do not agree. */
export function extensionsOf(extensions: Buffer): Extension[] {
  if (extensions.length === 0) return [];
  const outer = new Reader(extensions), list = outer.vector(2);
  if (outer.rest().length > 0) throw new Error('bytes behind the extensions');
  const found: Extension[] = [];
  for (const reader = new Reader(list); !reader.isDone;) found.push([reader.uint(2), reader.vector(2)]);
  return found;
}

export const extensionTypes = (extensions: Buffer) => extensionsOf(extensions).map(([type]) => type);

/** The data of the extension of this type, if it is there. */
export const extensionIn = (extensions: Buffer, type: number): Buffer | undefined =>
  extensionsOf(extensions).find(([other]) => other === type)?.[1];

/** Numbers of so many bytes each, one after the other. */
export function numbersIn(list: Buffer, bytes: number): number[] {
  const numbers: number[] = [];
  for (const reader = new Reader(list); !reader.isDone;) numbers.push(reader.uint(bytes));
  return numbers;
}

export interface ServerHello {
  version: number;
  random: Buffer;
  sessionId: Buffer;
  suite: number;
  compression: number;
  extensions: Buffer;
}

export function serverHello(hello: ServerHello): Buffer {
  return Buffer.concat([
    uint(hello.version, 2), hello.random, vector(1, hello.sessionId), uint(hello.suite, 2), uint(hello.compression, 1),
    hello.extensions,
  ]);
}

export function readServerHello(body: Buffer): ServerHello {
  const reader = new Reader(body);
  return {
    version: reader.uint(2), random: reader.take(32), sessionId: reader.vector(1), suite: reader.uint(2),
    compression: reader.uint(1), extensions: reader.rest(),
  };
}

export function readVerifyRequest(body: Buffer): { version: number; cookie: Buffer } {
  const reader = new Reader(body);
  return { version: reader.uint(2), cookie: reader.vector(1) };
}
