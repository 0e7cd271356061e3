// Socket addresses as Node writes them.
import { isIP, isIPv4, SocketAddress as SocketAddressOfNode } from 'node:net';
import { addressBytes } from '../core/index.js';

export interface SocketAddress {
  address: string;
  family: 'IPv4' | 'IPv6';
  port: number;
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
