import { UsageError } from '../usage.js';

/** One captured packet. */
export interface Packet {
  /** Milliseconds since 1970. */
  atMs: number;
  /** What the bytes begin with: a LINKTYPE number, the same in pcap and pcapng. */
  linkType: number;
  bytes: Uint8Array;
}

/** What a capture file holds. */
export interface Capture {
  packets: Packet[];
  /** Key logs that travel inside (pcapng's Decryption Secrets Block). */
  keyLogs: string[];
  /** The file ends in the middle of a packet, as one does that is still being written. */
  truncated: boolean;
}

/** Fields whose byte order the file's first number tells. */
class Fields {
  constructor(private readonly view: DataView, private readonly little: boolean) {}

  u16(at: number): number {
    return this.view.getUint16(at, this.little);
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.little);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, length);
  }
}

/** Reads a pcap or pcapng file of either byte order; `name` is for the error. */
export function readCapture(file: Uint8Array, name: string): Capture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = file.length >= 24 ? view.getUint32(0) : 0;
  if (magic === 0x0a0d0d0a) return readPcapng(view);
  if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) return readPcap(view, new Fields(view, false));
  if (magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1) return readPcap(view, new Fields(view, true));
  throw new UsageError(`${name}: neither a pcap nor a pcapng file`);
}

/** A 24-byte header, then packets, each behind 16 bytes: seconds, fraction, captured length, true length. */
function readPcap(view: DataView, fields: Fields): Capture {
  const perMs = fields.u32(0) === 0xa1b23c4d ? 1e6 : 1e3;
  const linkType = fields.u32(20) & 0xffff;
  const packets: Packet[] = [];
  let at = 24;
  while (at + 16 <= view.byteLength) {
    const length = fields.u32(at + 8);
    if (at + 16 + length > view.byteLength) break;
    const atMs = fields.u32(at) * 1e3 + fields.u32(at + 4) / perMs;
    packets.push({ atMs, linkType, bytes: fields.bytes(at + 16, length) });
    at += 16 + length;
  }
  return { packets, keyLogs: [], truncated: at < view.byteLength };
}

/** What a pcapng section has told so far. */
interface Section {
  fields: Fields;
  interfaces: { linkType: number; ticksPerMs: number }[];
}

enum BlockType {
  INTERFACE_DESCRIPTION = 1,
  SIMPLE_PACKET = 3,
  ENHANCED_PACKET = 6,
  DECRYPTION_SECRETS = 10,
  SECTION_HEADER = 0x0a0d0d0a,
}

/** Blocks, each between two copies of its length: type, length, body, length. */
function readPcapng(view: DataView): Capture {
  const capture: Capture = { packets: [], keyLogs: [], truncated: false };
  let section: Section = { fields: new Fields(view, true), interfaces: [] };
  let at = 0;
  while (at + 12 <= view.byteLength) {
    if (view.getUint32(at) === BlockType.SECTION_HEADER) section = newSection(view, at);
    const length = section.fields.u32(at + 4);
    if (length < 12 || length % 4 !== 0 || at + length > view.byteLength) break;
    readBlock(section, section.fields.u32(at), at + 8, length - 12, capture);
    at += length;
  }
  capture.truncated = at < view.byteLength;
  return capture;
}

function newSection(view: DataView, at: number): Section {
  const little = view.getUint32(at + 8) === 0x4d3c2b1a;
  return { fields: new Fields(view, little), interfaces: [] };
}

/** Blocks too short for their own fields are passed over, as unknown ones are. */
function readBlock(section: Section, type: number, at: number, length: number, capture: Capture): void {
  const { fields, interfaces } = section;
  if (type === BlockType.INTERFACE_DESCRIPTION && length >= 8) {
    interfaces.push({ linkType: fields.u16(at), ticksPerMs: ticksPerMs(fields, at + 8, at + length) });
  } else if (type === BlockType.ENHANCED_PACKET && length >= 20) {
    const from = interfaces[fields.u32(at)];
    const captured = fields.u32(at + 12);
    if (from === undefined || captured > length - 20) return;
    const atMs = (fields.u32(at + 4) * 2 ** 32 + fields.u32(at + 8)) / from.ticksPerMs;
    capture.packets.push({ atMs, linkType: from.linkType, bytes: fields.bytes(at + 20, captured) });
  } else if (type === BlockType.SIMPLE_PACKET && length >= 4 && interfaces.length > 0) {
    const captured = Math.min(fields.u32(at), length - 4);
    capture.packets.push({ atMs: 0, linkType: interfaces[0]!.linkType, bytes: fields.bytes(at + 4, captured) });
  } else if (type === BlockType.DECRYPTION_SECRETS && length >= 8 && fields.u32(at) === 0x544c534b) {
    const size = Math.min(fields.u32(at + 4), length - 8);
    capture.keyLogs.push(Buffer.from(fields.bytes(at + 8, size)).toString('latin1'));
  }
}

/** The if_tsresol option: one byte, a power of ten, or of two with the top bit; microseconds where it is missing. */
function ticksPerMs(fields: Fields, at: number, end: number): number {
  while (at + 4 <= end) {
    const [code, length] = [fields.u16(at), fields.u16(at + 2)];
    if (code === 0) break;
    if (code === 9 && length === 1 && at + 5 <= end) {
      const resolution = fields.bytes(at + 4, 1)[0]!;
      return (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1e3;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1e3;
}
