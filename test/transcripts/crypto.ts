// RFC 5246 and RFC 4279 once more, over node:crypto: the other side of a transcript owes nothing to the engine.
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import type { CipherCCM, CipherGCM } from 'node:crypto';
import { CipherSuite } from '../../assembly/codes.js';

const KEY = 16;
const SALT = 4;
const EXPLICIT = 8;
const GCM = [CipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
const SHORT_TAGS = [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8];

/** P_SHA256, RFC 5246 §5. */
export function prf(secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const all = Buffer.concat([Buffer.from(label), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  const blocks: Buffer[] = [];
  for (let a = hmac(all); blocks.length * 32 < length; a = hmac(a)) blocks.push(hmac(Buffer.concat([a, all])));
  return Buffer.concat(blocks).subarray(0, length);
}

export function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** RFC 4279 §2 */
export function premaster(key: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(key.length);
  return Buffer.concat([length, Buffer.alloc(key.length), length, key]);
}

/** One direction's protection, RFC 5246 §6.2.3.3. A record is its 13-byte header and its fragment. */
export class Direction {
  private readonly algorithm: 'aes-128-ccm' | 'aes-128-gcm';
  private readonly tagLength: number;

  constructor(suite: number, private readonly key: Buffer, private readonly salt: Buffer) {
    this.algorithm = GCM.includes(suite) ? 'aes-128-gcm' : 'aes-128-ccm';
    this.tagLength = SHORT_TAGS.includes(suite) ? 8 : 16;
  }

  private additional(header: Buffer, length: number): Buffer {
    const data = Buffer.concat([header.subarray(3, 11), header.subarray(0, 3), Buffer.alloc(2)]);
    data.writeUInt16BE(length, 11);
    return data;
  }

  private options(): object {
    return { authTagLength: this.tagLength };
  }

  /** The fragment of a record with this header (its length field is not looked at) and plaintext. */
  seal(header: Buffer, text: Buffer): Buffer {
    const explicit = header.subarray(3, 11);
    const cipher = createCipheriv(this.algorithm, this.key, Buffer.concat([this.salt, explicit]), this.options()) as CipherCCM & CipherGCM;
    cipher.setAAD(this.additional(header, text.length), { plaintextLength: text.length });
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([explicit, sealed, cipher.getAuthTag()]);
  }

  /** The plaintext, or null if the record is not authentic. */
  open(header: Buffer, fragment: Buffer): Buffer | null {
    const length = fragment.length - EXPLICIT - this.tagLength;
    if (length < 0) return null;
    const nonce = Buffer.concat([this.salt, fragment.subarray(0, EXPLICIT)]);
    const decipher = createDecipheriv(this.algorithm, this.key, nonce, this.options()) as unknown as CipherCCM & CipherGCM & { setAuthTag(tag: Buffer): void };
    decipher.setAuthTag(fragment.subarray(EXPLICIT + length));
    decipher.setAAD(this.additional(header, length), { plaintextLength: length });
    try {
      return Buffer.concat([decipher.update(fragment.subarray(EXPLICIT, EXPLICIT + length)), decipher.final()]);
    } catch {
      return null;
    }
  }

  get tag(): number {
    return this.tagLength;
  }
}

/** The record keys of a master secret, RFC 5246 §6.3: no MAC keys with an AEAD. */
export function directions(suite: number, master: Buffer, clientRandom: Buffer, serverRandom: Buffer): { client: Direction; server: Direction } {
  const block = prf(master, 'key expansion', Buffer.concat([serverRandom, clientRandom]), 2 * (KEY + SALT));
  const salts = block.subarray(2 * KEY);
  return {
    client: new Direction(suite, block.subarray(0, KEY), salts.subarray(0, SALT)),
    server: new Direction(suite, block.subarray(KEY, 2 * KEY), salts.subarray(SALT)),
  };
}
