// Socket addresses: their key in a table, and the opaque bytes the engine binds cookies to.
import { isIP, isIPv4, SocketAddress as SocketAddressOfNode } from 'node:net';
import { Bound } from '../../assembly/codes.js';

export interface SocketAddress {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
}

/**
 * A numeric address and port in 20 bytes: the address as IPv6 (IPv4 is mapped, RFC 4291 §2.5.5.2), the port, and two
 * bytes that tell the zones of link-local addresses apart.
 */
export function packAddress(address: string, port: number): Uint8Array {
  const packed = new Uint8Array(Bound.PEER);
  const [host = '', zone = ''] = address.split('%');
  packed.set(addressBytes(host));
  packed[16] = port >> 8;
  packed[17] = port;
  const sum = [...zone].reduce((hash, letter) => hash * 31 + letter.charCodeAt(0) & 0xffff, 0);
  packed[18] = sum >> 8;
  packed[19] = sum;
  return packed;
}

/** The 16 bytes of an IPv6 address, or of an IPv4 address mapped into it. */
export function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (isIPv4(address)) return bytes.fill(0xff, 10, 12), bytes.set(address.split('.').map(Number), 12), bytes;
  const [left = '', right] = address.split('::');
  const head = groups(left), tail = groups(right ?? '');
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups between colons, the last of which may be dotted. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) =>
    group.includes('.') ? group.split('.').map(Number) : [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
}

/** Datagrams with DTLS have one receiver: RFC 6347 §1 knows no group of them. */
export function isGroupAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const bytes = addressBytes(address);
  if (!isIPv4(address)) return bytes[0] === 0xff;
  return bytes[12]! >= 224 && bytes[12]! <= 239 || bytes.subarray(12).every((byte) => byte === 255);
}

/** The form in which the system names this address as the sender of a datagram. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':') || address.includes('%')) return address;
  return new SocketAddressOfNode({ address, family: 'ipv6' }).address;
}
