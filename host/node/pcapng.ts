// Packet captures that carry their own keys: pcapng (draft-ietf-opsawg-pcapng) with UDP over IP and a Decryption Secrets
// Block, which Wireshark and tshark open decrypted.
import { isIPv4 } from 'node:net';
import { addressBytes } from '../core/index.js';
import type { SocketAddress } from './address.js';

/** Where the bytes of a capture go: fs.writeSync on a file, say. */
export type WriteBytes = (bytes: Uint8Array) => void;

/** Block types, §4 and its sections. */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Raw IP: a packet begins with its IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;
/** "TLSK": secrets in the NSS key log format. */
const TLS_KEY_LOG = 0x544c534b;
const PROTOCOL_UDP = 17;
const HOP_LIMIT = 64;
const UDP_HEADER = 8;

/** Writes one capture, block by block. Nothing is buffered, so an interrupted capture is a good one. */
export class PcapngWriter {
  readonly #write: WriteBytes;

  /** Writes the section header and the only interface, whose clock counts microseconds. */
  constructor(write: WriteBytes) {
    this.#write = write;
    const section = Buffer.alloc(16);
    section.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    section.writeUInt16LE(1, 4); // version 1.0
    section.writeBigInt64LE(-1n, 8); // of unknown length
    this.#block(SECTION_HEADER, section);
    const description = Buffer.alloc(8);
    description.writeUInt16LE(LINKTYPE_RAW, 0);
    this.#block(INTERFACE_DESCRIPTION, description);
  }

  /** Adds lines of the NSS key log format; they count for what follows them in the file. */
  secrets(lines: string): void {
    const secrets = Buffer.from(lines.endsWith('\n') ? lines : `${lines}\n`);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(TLS_KEY_LOG, 0);
    header.writeUInt32LE(secrets.length, 4);
    this.#block(DECRYPTION_SECRETS, Buffer.concat([header, secrets]));
  }

  /** Adds a UDP datagram, seen at `atMs` milliseconds since 1970 (fractions are kept). Both addresses are numeric. */
  datagram(payload: Uint8Array, from: Pick<SocketAddress, 'address' | 'port'>,
    to: Pick<SocketAddress, 'address' | 'port'>, atMs = Date.now()): void {
    const packet = ipPacket(payload, from, to);
    const header = Buffer.alloc(20);
    const microseconds = BigInt(Math.round(atMs * 1000));
    header.writeUInt32LE(Number(microseconds >> 32n), 4);
    header.writeUInt32LE(Number(microseconds & 0xffffffffn), 8);
    header.writeUInt32LE(packet.length, 12);
    header.writeUInt32LE(packet.length, 16);
    this.#block(ENHANCED_PACKET, Buffer.concat([header, packet]));
  }

  /** §3.1: type, length, body padded to 32 bits, length again. */
  #block(type: number, body: Buffer): void {
    const length = 12 + (body.length + 3 & ~3), block = Buffer.alloc(length);
    block.writeUInt32LE(type, 0);
    block.writeUInt32LE(length, 4);
    body.copy(block, 8);
    block.writeUInt32LE(length, length - 4);
    this.#write(block);
  }
}

function ipPacket(payload: Uint8Array, from: { address: string; port: number }, to: { address: string; port: number }): Buffer {
  const isFour = isIPv4(from.address) && isIPv4(to.address), skip = isFour ? 12 : 0;
  const source = addressBytes(from.address).subarray(skip), destination = addressBytes(to.address).subarray(skip);
  const udp = udpDatagram(payload, from.port, to.port, source, destination);
  return Buffer.concat([isFour ? ipv4Header(udp.length, source, destination) : ipv6Header(udp.length, source, destination), udp]);
}

/** RFC 791 §3.1 */
function ipv4Header(length: number, source: Uint8Array, destination: Uint8Array): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + length, 2);
  header.writeUInt16BE(0x4000, 6); // do not fragment
  header[8] = HOP_LIMIT;
  header[9] = PROTOCOL_UDP;
  header.set(source, 12);
  header.set(destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

/** RFC 8200 §3 */
function ipv6Header(length: number, source: Uint8Array, destination: Uint8Array): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = PROTOCOL_UDP;
  header[7] = HOP_LIMIT;
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** RFC 768, with the pseudo-header of RFC 768 or RFC 8200 §8.1 in its checksum: both sum to the same. */
function udpDatagram(payload: Uint8Array, sourcePort: number, destinationPort: number, source: Uint8Array,
  destination: Uint8Array): Buffer {
  const udp = Buffer.alloc(UDP_HEADER + payload.length);
  udp.writeUInt16BE(sourcePort, 0);
  udp.writeUInt16BE(destinationPort, 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.set(payload, UDP_HEADER);
  const pseudo = Buffer.from([0, PROTOCOL_UDP, udp.length >> 8, udp.length & 0xff]);
  udp.writeUInt16BE(checksum(Buffer.concat([source, destination, pseudo, udp])) || 0xffff, 6);
  return udp;
}

/** RFC 1071 */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! << 8 | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
