// The opaque bytes that the engine binds cookies to, made of an IP address and a port.
import { Bound } from '../../assembly/codes.js';

/**
 * A numeric address and port in 20 bytes: the address as IPv6 (IPv4 is mapped, RFC 4291 §2.5.5.2), the port, and two
 * bytes that tell the zones of link-local addresses apart.
 */
export function packAddress(address: string, port: number): Uint8Array {
  const packed = new Uint8Array(Bound.PEER);
  const parts = address.split('%');
  packed.set(addressBytes(parts[0]!));
  packed[16] = port >> 8;
  packed[17] = port;
  const zone = parts[1] ?? '';
  let sum = 0;
  for (let i = 0; i < zone.length; i++) sum = (sum * 31 + zone.charCodeAt(i)) & 0xffff;
  packed[18] = sum >> 8;
  packed[19] = sum;
  return packed;
}

/** The 16 bytes of an IPv6 address, or of an IPv4 address mapped into it. */
export function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  if (address.indexOf(':') < 0) {
    bytes[10] = bytes[11] = 0xff;
    bytes.set(numbers(address), 12);
    return bytes;
  }
  const halves = address.split('::');
  bytes.set(groups(halves[0]!));
  if (halves.length > 1) {
    const tail = groups(halves[1]!);
    bytes.set(tail, 16 - tail.length);
  }
  return bytes;
}

/** The numbers between dots. */
function numbers(text: string): number[] {
  return text.split('.').map((part) => parseInt(part, 10));
}

/** The bytes of groups between colons, the last of which may be dotted. */
function groups(text: string): number[] {
  let bytes: number[] = [];
  if (text === '') return bytes;
  for (const group of text.split(':')) {
    const value = parseInt(group, 16);
    bytes = bytes.concat(group.indexOf('.') < 0 ? [value >> 8, value & 0xff] : numbers(group));
  }
  return bytes;
}
