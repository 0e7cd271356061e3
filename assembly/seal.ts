// What leaves the engine to come back: tickets, sessions, states. Sealed, so that nobody else can read, alter or make one,
// nor pass one kind off as another.
//
//   struct {
//     uint8 version = 1;
//     SealKind kind;
//     opaque key_name[4];                                                which of the keys; tells nothing of it
//     opaque nonce[12];                                                  random
//     opaque sealed_content[length + 16];                                AES-128-CCM, all of the above as additional data
//   } Blob;                                                              after RFC 5077 §4 (5077-5-1, 7925-22-1)
import {
  AEAD_KEY, AEAD_NONCE, HASHING, HMAC_KEY, SHA256_HASH, aeadOpen, aeadSeal, hmacFinish, hmacKey, hmacStart, random,
  sha256Update, wipe,
} from "./crypto";
import { SEALS_MAX, SEAL_SECRET_MAX, SEAL_SECRET_MIN } from "./limits";
import { Context } from "./state/context";
import { Reader } from "./wire";

/** SealKind */
export const TICKET: u32 = 1;
export const SESSION: u32 = 2;
/** Of this layout of a connection (saved-state.ts); with another one it has another number. */
export const STATE: u32 = 3;

const VERSION: u32 = 1;
const CCM: u32 = 2;
const TAG: u32 = 16;
const NAME: u32 = 4;
const NAME_AT: u32 = 2;
const NONCE_AT = NAME_AT + NAME;
/** Where the content stands in its blob, and by how many bytes the blob is longer. */
export const SEAL_HEADER: u32 = NONCE_AT + AEAD_NONCE;
export const SEAL_OVERHEAD: u32 = SEAL_HEADER + TAG;

/** What a shared secret is used with, and a context's own. */
const LABELS: usize = memory.data<u8>([
  0x74, 0x68, 0x69, 0x6d, 0x62, 0x6c, 0x65, 0x20, 0x73, 0x65, 0x61, 0x6c, // "thimble seal"
  0x74, 0x68, 0x69, 0x6d, 0x62, 0x6c, 0x65, 0x20, 0x6b, 0x65, 0x65, 0x70, // "thimble keep"
]);
const LABEL_LENGTH: u32 = 12;
const SHARED_LABEL: usize = LABELS;
const OWN_LABEL: usize = LABELS + LABEL_LENGTH;

/** A key and behind it its name. */
const SEAL: u32 = AEAD_KEY + NAME;
const SEALS: usize = memory.data(SEALS_MAX * SEAL, 16);
const SECRET: usize = memory.data(HMAC_KEY, 16);
/** Holds a context's own key between its making and its use. */
const DIGEST: usize = memory.data(SHA256_HASH, 16);

let count: u32 = 0;

/**
 * Takes the secrets that a host shares among its engines, {length, bytes} one after the other: the first one seals, all of
 * them open, so that a key may be changed while what it sealed is still about (5077-5-1; RFC 9325 §3.4: weekly). Secrets have
 * 16 to 64 bytes, and there are SEALS_MAX at most; none is a choice, too. False, and none is known then, if the list is not so.
 */
export function setSeals(list: usize, length: u32): bool {
  wipe(SEALS, SEALS_MAX * SEAL);
  count = 0;
  Reader.start(list, length);
  let given: u32 = 0;
  while (Reader.left() != 0) {
    let secretLength = Reader.u8();
    let secret = Reader.take(secretLength);
    if (given == SEALS_MAX || secretLength - SEAL_SECRET_MIN > SEAL_SECRET_MAX - SEAL_SECRET_MIN) return false;
    derive(secret, secretLength, SHARED_LABEL);
    memory.copy(SEALS + given * SEAL, DIGEST, SEAL);
    wipe(DIGEST, SHA256_HASH);
    given++;
  }
  if (Reader.done()) count = given;
  return Reader.done();
}

/** Whether there is what can seal a ticket: what a server hands out to any peer is sealed with a shared secret alone. */
export function hasSeals(): bool {
  return count != 0;
}

/**
 * Seals the content of `length` bytes at `blob + SEAL_HEADER`, with room for a tag behind it. Without a shared secret, what comes
 * back to this very context is sealed with a key made of the context's own. Returns the length of the blob; 0, and the content
 * is wiped, if there is nothing to seal it with.
 */
export function seal(kind: u32, context: Context, blob: usize, length: u32): u32 {
  let key = count != 0 ? SEALS : ownKey(kind, context);
  if (key == 0 || random(blob + NONCE_AT, AEAD_NONCE)) {
    wipe(blob + SEAL_HEADER, length);
    return 0;
  }
  store<u8>(blob, VERSION);
  store<u8>(blob, kind, 1);
  memory.copy(blob + NAME_AT, key + AEAD_KEY, NAME);
  aeadSeal(CCM, key, blob + NONCE_AT, blob, SEAL_HEADER, blob + SEAL_HEADER, length);
  wipe(DIGEST, SHA256_HASH);
  return SEAL_OVERHEAD + length;
}

/**
 * Opens a blob of `length` bytes in place; returns the length of its content, which stands at `blob + SEAL_HEADER`. -1 for
 * whatever is not ours: of another version or kind, sealed with an unknown key, cut short, altered.
 */
export function unseal(kind: u32, context: Context, blob: usize, length: u32): i32 {
  if (length < SEAL_OVERHEAD || load<u8>(blob) != VERSION || load<u8>(blob, 1) != kind) return -1;
  let content = length - SEAL_OVERHEAD;
  let key: usize = 0;
  for (let i: u32 = 0; i < count; i++) if (isNamed(SEALS + i * SEAL, blob)) key = SEALS + i * SEAL;
  if (key == 0) {
    key = ownKey(kind, context);
    if (key != 0 && !isNamed(key, blob)) key = 0;
  }
  let isOurs = key != 0 && aeadOpen(CCM, key, blob + NONCE_AT, blob, SEAL_HEADER, blob + SEAL_HEADER, content) != 0;
  wipe(DIGEST, SHA256_HASH);
  return isOurs ? <i32>content : -1;
}

function isNamed(key: usize, blob: usize): bool {
  return load<u32>(key, AEAD_KEY) == load<u32>(blob, NAME_AT);
}

/** A key that only who knows the context's secret can make; 0 for a ticket, and where there is no secret. */
function ownKey(kind: u32, context: Context): usize {
  let isShared = context.keyLength != 0;
  let length = isShared ? context.keyLength : context.privateKeyLength;
  if (kind == TICKET || length == 0) return 0;
  derive(isShared ? context.key : context.privateKey, length, OWN_LABEL);
  return DIGEST;
}

/** HMAC-SHA-256(secret, label), of which the key and its name are the beginning. */
function derive(secret: usize, length: u32, label: usize): void {
  hmacKey(SECRET, secret, length);
  hmacStart(HASHING, SECRET);
  sha256Update(HASHING, label, LABEL_LENGTH);
  hmacFinish(HASHING, SECRET, DIGEST);
  wipe(SECRET, HMAC_KEY);
}
