// The key schedule and the AEAD of RFC 4279, RFC 5246 §5 to §6.3, RFC 7627 §4, RFC 6655 and RFC 5288, over node:crypto.
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { CipherGCMTypes, CipherCCMTypes } from 'node:crypto';
import { uint } from './wire.js';

export const GCM = 0x00a8, CCM = 0xc0a4, CCM_8 = 0xc0a8;
export const ECDHE_PSK_GCM = 0xd001, ECDHE_PSK_CCM_8 = 0xd003, ECDHE_PSK_CCM = 0xd005;
export const ECDHE_ECDSA_GCM = 0xc02b, ECDHE_ECDSA_CCM = 0xc0ac, ECDHE_ECDSA_CCM_8 = 0xc0ae;
/** RFC 5289, RFC 7251: suites whose server signs its ephemeral key. */
export const isSigned = (suite: number) => [ECDHE_ECDSA_GCM, ECDHE_ECDSA_CCM, ECDHE_ECDSA_CCM_8].includes(suite);
/** And RFC 8442: suites with ephemeral keys on a curve. */
export const isEphemeral = (suite: number) => isSigned(suite) || suite >> 8 === 0xd0;

export function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function hmac(key: Uint8Array, ...parts: Uint8Array[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

export function prf(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer {
  const start = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const blocks: Buffer[] = [];
  for (let a = hmac(secret, start); blocks.length * 32 < length; a = hmac(secret, a)) blocks.push(hmac(secret, a, start));
  return Buffer.concat(blocks).subarray(0, length);
}

/** RFC 4279 §2: the key's length, as many zeros, its length again, the key; RFC 5489 §2: a shared secret for the zeros. */
export function premaster(key: Uint8Array, shared: Uint8Array = Buffer.alloc(key.length)): Buffer {
  return Buffer.concat([uint(shared.length, 2), shared, uint(key.length, 2), key]);
}

export interface Direction {
  key: Buffer;
  salt: Buffer;
}

export interface Keys {
  master: Buffer;
  client: Direction;
  server: Direction;
}

/** `sessionHash`: the transcript to ClientKeyExchange for an extended master secret, undefined for the plain one. */
export function keysOf(
  premaster: Uint8Array, clientRandom: Uint8Array, serverRandom: Uint8Array, sessionHash: Uint8Array | undefined,
): Keys {
  const master = sessionHash === undefined
    ? prf(premaster, 'master secret', Buffer.concat([clientRandom, serverRandom]), 48)
    : prf(premaster, 'extended master secret', sessionHash, 48);
  return expand(master, clientRandom, serverRandom);
}

/** Fresh keys of a master secret. */
export function expand(master: Buffer, clientRandom: Uint8Array, serverRandom: Uint8Array): Keys {
  const block = prf(master, 'key expansion', Buffer.concat([serverRandom, clientRandom]), 40);
  return {
    master,
    client: { key: block.subarray(0, 16), salt: block.subarray(32, 36) },
    server: { key: block.subarray(16, 32), salt: block.subarray(36, 40) },
  };
}

export function verifyData(master: Uint8Array, who: 'client' | 'server', transcript: Uint8Array): Buffer {
  return prf(master, `${who} finished`, sha256(transcript), 12);
}

const algorithm = (suite: number) => ([GCM, ECDHE_PSK_GCM, ECDHE_ECDSA_GCM].includes(suite) ? 'aes-128-gcm' : 'aes-128-ccm');
export const tagLength = (suite: number) => ([CCM_8, ECDHE_PSK_CCM_8, ECDHE_ECDSA_CCM_8].includes(suite) ? 8 : 16);

const NO_CID = Buffer.alloc(0);

/** RFC 6347 §4.1.2.1: epoch and sequence_number, type, version, length of the plaintext; RFC 9146 §5.3: with a CID. */
function additional(type: number, epoch: number, sequence: number, length: number, cid: Uint8Array): Buffer {
  const number = Buffer.concat([uint(epoch, 2), uint(sequence, 6)]);
  if (type !== 25) return Buffer.concat([number, uint(type, 1), uint(0xfefd, 2), uint(length, 2)]);
  return Buffer.concat([Buffer.alloc(8, 0xff), Buffer.from([25, cid.length, 25]), uint(0xfefd, 2), number, cid, uint(length, 2)]);
}

/** The body of a protected record: explicit nonce (epoch and number, unless another is chosen), ciphertext, tag. */
export function seal(
  suite: number, direction: Direction, type: number, epoch: number, sequence: number, text: Uint8Array,
  explicit: Uint8Array = Buffer.concat([uint(epoch, 2), uint(sequence, 6)]), cid: Uint8Array = NO_CID,
): Buffer {
  const nonce = Buffer.concat([direction.salt, explicit]);
  // Node types the two modes apart; they are used alike here.
  const cipher = createCipheriv(algorithm(suite) as CipherCCMTypes, direction.key, nonce,
    { authTagLength: tagLength(suite) });
  cipher.setAAD(additional(type, epoch, sequence, text.length, cid), { plaintextLength: text.length });
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([explicit, sealed, cipher.getAuthTag()]);
}

/** The plaintext of a protected record's body; throws if the tag does not verify. */
export function open(
  suite: number, direction: Direction, type: number, epoch: number, sequence: number, body: Buffer,
  cid: Uint8Array = NO_CID,
): Buffer {
  const length = body.length - 8 - tagLength(suite);
  if (length < 0) throw new Error('too short for a protected record');
  const nonce = Buffer.concat([direction.salt, body.subarray(0, 8)]);
  const decipher = createDecipheriv(algorithm(suite) as CipherGCMTypes, direction.key, nonce,
    { authTagLength: tagLength(suite) });
  decipher.setAuthTag(body.subarray(8 + length));
  decipher.setAAD(additional(type, epoch, sequence, length, cid), { plaintextLength: length } as never);
  const text = decipher.update(body.subarray(8, 8 + length));
  decipher.final();
  return text;
}
