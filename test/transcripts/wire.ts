// Records and handshake messages, taken apart and put together.
import { ContentType, HandshakeType } from '../../assembly/codes.js';

export const RECORD_HEADER = 13;
export const HANDSHAKE_HEADER = 12;

export interface Record {
  type: number;
  version: number;
  epoch: number;
  number: number;
  header: Buffer;
  fragment: Buffer;
}

export interface Fragment {
  type: number;
  length: number;
  sequence: number;
  offset: number;
  header: Buffer;
  body: Buffer;
}

/** A number in network order. */
export function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** The records of a datagram; what is no whole record at its end is left out. */
export function records(datagram: Buffer): Record[] {
  const found: Record[] = [];
  for (let at = 0; at + RECORD_HEADER <= datagram.length; ) {
    const header = datagram.subarray(at, at + RECORD_HEADER);
    const end = at + RECORD_HEADER + header.readUInt16BE(11);
    if (end > datagram.length) break;
    found.push({
      type: header[0]!, version: header.readUInt16BE(1), epoch: header.readUInt16BE(3), number: header.readUIntBE(5, 6),
      header, fragment: datagram.subarray(at + RECORD_HEADER, end),
    });
    at = end;
  }
  return found;
}

/** The handshake fragments of a plaintext; what is no whole fragment at its end is left out. */
export function fragments(text: Buffer): Fragment[] {
  const found: Fragment[] = [];
  for (let at = 0; at + HANDSHAKE_HEADER <= text.length; ) {
    const header = text.subarray(at, at + HANDSHAKE_HEADER);
    const end = at + HANDSHAKE_HEADER + header.readUIntBE(9, 3);
    if (end > text.length) break;
    found.push({
      type: header[0]!, length: header.readUIntBE(1, 3), sequence: header.readUInt16BE(4), offset: header.readUIntBE(6, 3),
      header, body: text.subarray(at + HANDSHAKE_HEADER, end),
    });
    at = end;
  }
  return found;
}

export function recordHeader(type: number, version: number, epoch: number, number: number, length: number): Buffer {
  return Buffer.concat([uint(type, 1), uint(version, 2), uint(epoch, 2), uint(number, 6), uint(length, 2)]);
}

export function handshakeHeader(type: number, length: number, sequence: number, offset: number, size: number): Buffer {
  return Buffer.concat([uint(type, 1), uint(length, 3), uint(sequence, 2), uint(offset, 3), uint(size, 3)]);
}

/** A vector: its length in so many bytes, then itself. */
export function vector(bytes: number, body: Buffer): Buffer {
  return Buffer.concat([uint(body.length, bytes), body]);
}

/** ServerHello for SERVER_HELLO, as the RFC's structs are called. */
export function messageName(type: number): string {
  const name = HandshakeType[type];
  if (name === undefined || type > HandshakeType.FINISHED) return `message ${type}`;
  return name.toLowerCase().replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The type of a message by the name of its struct, -1 if it has none. */
export function messageType(name: string): number {
  for (let type = 0; type <= HandshakeType.FINISHED; type++) if (messageName(type) === name) return type;
  return -1;
}

export function contentName(type: number): string {
  return (ContentType[type] ?? `content type ${type}`).toLowerCase();
}
