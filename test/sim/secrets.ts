// Secrets that an engine must not leave lying about, and where in its memory they do.
import type { Engine } from '../../host/core/index.js';
import * as Keys from './peer/keys.js';
import type { Peer } from './peer/peer.js';

export interface Secret {
  name: string;
  bytes: Buffer;
}

/** HMAC hashes its key padded to a block and combined with these; a block left on a stack would give the key away. */
const padded = (key: Uint8Array, pad: number) => Buffer.from(Uint8Array.from({ length: 64 }, (_, i) => (key[i] ?? 0) ^ pad));

function withPads(name: string, key: Uint8Array): Secret[] {
  const short = key.length > 64 ? Keys.sha256(key) : key;
  const pads = [0x36, 0x5c].map((pad) => padded(short, pad));
  // SHA-256 works on big-endian words, which this memory holds the other way round
  return [{ name, bytes: Buffer.from(key) }, ...pads.flatMap((bytes) => [
    { name: `${name}, padded`, bytes: bytes.subarray(0, 16) },
    { name: `${name}, padded, in words`, bytes: Buffer.from(bytes).swap32().subarray(0, 16) },
  ])];
}

/** All that the two sides of this peer's handshake have derived. */
export function secretsOf(peer: Peer, key: Uint8Array): Secret[] {
  const secrets = Keys.isSigned(peer.suite) && peer.shared !== undefined ? withPads('premaster secret', peer.shared)
    : withPads('pre-shared key', key).concat(withPads('premaster secret', Keys.premaster(key, peer.shared)));
  if (peer.keys === undefined) return secrets;
  const { master, client, server } = peer.keys;
  return secrets.concat(withPads('master secret', master), [
    { name: 'client_write_key', bytes: client.key }, { name: 'server_write_key', bytes: server.key },
  ]);
}

/** Every secret that stands in memory, in its order or in words, with its address; [] if none does. */
export function found(engine: Engine, bytes: number, secrets: readonly Secret[]): string[] {
  const memory = Buffer.from(engine.module.bytes(0, bytes));
  const hits: string[] = [];
  for (const { name, bytes: secret } of secrets) {
    for (let at = memory.indexOf(secret); at >= 0; at = memory.indexOf(secret, at + 1)) hits.push(`${name} at ${at}`);
  }
  return hits;
}
