// From the pre-shared key, the ephemeral secret, or both to the record keys and the Finished messages (RFC 4279 §2, RFC 7627 §4,
// RFC 5246 §6.3, §7.4.9).
import { AEAD_KEY, P256_SECRET, SHA256_HASH, hmacKey, wipe } from "../crypto";
import { CLIENT, Connection, SALT, SERVER } from "../state/connection";
import { HAS_EXTENDED_MASTER_SECRET, HAS_KEYS, Handshake, RANDOM, VERIFY_DATA } from "../state/handshake";
import { PREMASTER, PREMASTER_SIZE } from "../state/memory";
import { isEphemeral, isSigned } from "../suites";
import { traceMaster } from "../trace/trace";
import { put16 } from "../wire";
import { prf, seed } from "./prf";
import { transcriptHash } from "./transcript";

const MASTER_SECRET: u32 = 48;
const KEY_BLOCK: u32 = 2 * AEAD_KEY + 2 * SALT;
const LABELS: usize = memory.data<u8>([
  0x6d, 0x61, 0x73, 0x74, 0x65, 0x72, 0x20, 0x73, 0x65, 0x63, 0x72, 0x65, 0x74, // "master secret"
  0x65, 0x78, 0x74, 0x65, 0x6e, 0x64, 0x65, 0x64, 0x20, // "extended master secret"
  0x6d, 0x61, 0x73, 0x74, 0x65, 0x72, 0x20, 0x73, 0x65, 0x63, 0x72, 0x65, 0x74,
  0x6b, 0x65, 0x79, 0x20, 0x65, 0x78, 0x70, 0x61, 0x6e, 0x73, 0x69, 0x6f, 0x6e, // "key expansion"
  0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x20, 0x66, 0x69, 0x6e, 0x69, 0x73, 0x68, 0x65, 0x64, // "client finished"
  0x73, 0x65, 0x72, 0x76, 0x65, 0x72, 0x20, 0x66, 0x69, 0x6e, 0x69, 0x73, 0x68, 0x65, 0x64, // "server finished"
]);
const MASTER_LABEL: usize = LABELS;
const MASTER_LABEL_LENGTH: u32 = 13;
const EXTENDED_LABEL: usize = LABELS + 13;
const EXTENDED_LABEL_LENGTH: u32 = 22;
const EXPANSION_LABEL: usize = LABELS + 35;
const EXPANSION_LABEL_LENGTH: u32 = 13;
const FINISHED_LABEL: usize = LABELS + 48;
const FINISHED_LABEL_LENGTH: u32 = 15;

const HASH: usize = memory.data(SHA256_HASH, 16);
const SECRET: usize = memory.data(MASTER_SECRET, 16);

/**
 * The premaster secret of a key of N bytes: N, N zeros, N, the key (4279-2-1); with ephemeral keys the shared secret stands
 * where the zeros would (5489-2-1). Returns its length.
 */
function premaster(connection: Connection, handshake: Handshake, key: usize, length: u32): u32 {
  if (isSigned(connection.suite)) { // RFC 8422 §5.10
    memory.copy(PREMASTER, handshake.shareSecret, P256_SECRET);
    return P256_SECRET;
  }
  let other = isEphemeral(connection.suite) ? P256_SECRET : length;
  put16(PREMASTER, other);
  if (isEphemeral(connection.suite)) memory.copy(PREMASTER + 2, handshake.shareSecret, P256_SECRET);
  else memory.fill(PREMASTER + 2, 0, length);
  put16(PREMASTER + 2 + other, length);
  memory.copy(PREMASTER + 4 + other, key, length);
  return 4 + other + length;
}

/** Derives the master secret and the record keys of both directions; the transcript ends with ClientKeyExchange. */
export function deriveKeys(connection: Connection, handshake: Handshake, key: usize, length: u32): void {
  hmacKey(handshake.master, PREMASTER, premaster(connection, handshake, key, length));
  if (handshake.has & HAS_EXTENDED_MASTER_SECRET) {
    transcriptHash(handshake, HASH);
    seed(EXTENDED_LABEL, EXTENDED_LABEL_LENGTH, HASH, SHA256_HASH, 0, 0); // 7627-4-1
  } else {
    seed(MASTER_LABEL, MASTER_LABEL_LENGTH, handshake.clientRandom, RANDOM, handshake.serverRandom, RANDOM);
  }
  prf(handshake.master, SECRET, MASTER_SECRET);
  hmacKey(handshake.master, SECRET, MASTER_SECRET);
  traceMaster(handshake.clientRandom, SECRET);
  wipe(SECRET, MASTER_SECRET);
  expandKeys(connection, handshake);
}

/** Derives the record keys of both directions from the master secret and both randoms (RFC 5246 §6.3). */
export function expandKeys(connection: Connection, handshake: Handshake): void {
  seed(EXPANSION_LABEL, EXPANSION_LABEL_LENGTH, handshake.serverRandom, RANDOM, handshake.clientRandom, RANDOM);
  prf(handshake.master, PREMASTER, KEY_BLOCK);
  let client = connection.role == CLIENT;
  memory.copy(client ? connection.writeKey : connection.readKey, PREMASTER, AEAD_KEY);
  memory.copy(client ? connection.readKey : connection.writeKey, PREMASTER + AEAD_KEY, AEAD_KEY);
  memory.copy(client ? connection.writeSalt : connection.readSalt, PREMASTER + 2 * AEAD_KEY, SALT);
  memory.copy(client ? connection.readSalt : connection.writeSalt, PREMASTER + 2 * AEAD_KEY + SALT, SALT);
  wipe(PREMASTER, PREMASTER_SIZE);
  handshake.has |= HAS_KEYS;
}

/** What the Finished of this role must carry, over the transcript so far (6347-4.2.6-2). */
export function verifyData(handshake: Handshake, role: u32, output: usize): void {
  transcriptHash(handshake, HASH);
  let label = role == SERVER ? FINISHED_LABEL + FINISHED_LABEL_LENGTH : FINISHED_LABEL;
  seed(label, FINISHED_LABEL_LENGTH, HASH, SHA256_HASH, 0, 0);
  prf(handshake.master, output, VERIFY_DATA);
}
