// The NSS key log format, which Wireshark and OpenSSL read.

/** Data of a TraceKind.KEY_LOG entry: client_random[32], master_secret[48]. */
const RANDOM = 32;

/** `CLIENT_RANDOM <hex> <hex>` */
export function keyLogLine(entry: Uint8Array): string {
  const hex = Buffer.from(entry).toString('hex');
  return `CLIENT_RANDOM ${hex.slice(0, 2 * RANDOM)} ${hex.slice(2 * RANDOM)}`;
}
