import type { Packet } from './capture.js';

/** One UDP datagram of a capture. */
export interface Datagram {
  atMs: number;
  /** `address:port`, IPv6 in brackets. */
  from: string;
  to: string;
  payload: Uint8Array;
}

/** How many bytes stand before the IP header, by LINKTYPE; the IP version is read from the header itself. */
const LINK_HEADERS: Readonly<Record<number, number>> = {
  0: 4, // loopback of BSD
  1: 14, // Ethernet
  12: 0, 14: 0, 101: 0, 228: 0, 229: 0, // IP itself
  108: 4, // loopback of OpenBSD
  113: 16, // Linux "cooked"
  276: 20, // Linux "cooked", second version
};

const VLAN = 0x8100;
const UDP = 17;

/** The UDP datagram in a packet; undefined for everything else, fragments of IP included. */
export function udpOf({ atMs, linkType, bytes }: Packet): Datagram | undefined {
  const start = linkType === 1 ? afterEthernet(bytes) : LINK_HEADERS[linkType];
  if (start === undefined || start >= bytes.length) return undefined;
  const ip = bytes.subarray(start);
  const found = ip[0]! >> 4 === 4 ? inIpv4(ip) : ip[0]! >> 4 === 6 ? inIpv6(ip) : undefined;
  if (found === undefined || found.udp.length < 8) return undefined;
  const udp = new DataView(found.udp.buffer, found.udp.byteOffset, found.udp.byteLength);
  const length = Math.max(8, Math.min(udp.getUint16(4), found.udp.length));
  return {
    atMs,
    from: `${found.from}:${udp.getUint16(0)}`,
    to: `${found.to}:${udp.getUint16(2)}`,
    payload: found.udp.subarray(8, length),
  };
}

function afterEthernet(bytes: Uint8Array): number {
  let at = 12;
  while (at + 2 <= bytes.length && ((bytes[at]! << 8) | bytes[at + 1]!) === VLAN) at += 4;
  return at + 2;
}

interface Carried {
  from: string;
  to: string;
  udp: Uint8Array;
}

/** RFC 791 §3.1 */
function inIpv4(ip: Uint8Array): Carried | undefined {
  const headerLength = (ip[0]! & 15) * 4;
  if (ip.length < headerLength || headerLength < 20 || ip[9] !== UDP) return undefined;
  if ((ip[6]! & 0x3f) !== 0 || ip[7] !== 0) return undefined;
  const totalLength = (ip[2]! << 8) | ip[3]!;
  return {
    from: ip.subarray(12, 16).join('.'),
    to: ip.subarray(16, 20).join('.'),
    // A length of 0 is what a card writes that cuts large packets itself.
    udp: ip.subarray(headerLength, totalLength === 0 ? ip.length : totalLength),
  };
}

/** RFC 8200 §3; extension headers are not looked behind. */
function inIpv6(ip: Uint8Array): Carried | undefined {
  if (ip.length < 40 || ip[6] !== UDP) return undefined;
  return { from: ipv6Text(ip.subarray(8, 24)), to: ipv6Text(ip.subarray(24, 40)), udp: ip.subarray(40) };
}

/** The shortest text, as URLs have it. */
function ipv6Text(address: Uint8Array): string {
  const hex = Buffer.from(address).toString('hex');
  return new URL(`http://[${hex.match(/..../g)!.join(':')}]`).hostname;
}
