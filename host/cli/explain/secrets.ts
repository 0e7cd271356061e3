import { createDecipheriv, createHmac, type CipherCCM } from 'node:crypto';
import { suiteAead, type Aead } from './names.js';
import type { DtlsRecord } from './records.js';

/** Master secrets by the client's random, in hex: the CLIENT_RANDOM lines of key logs. */
export class KeyLog {
  private readonly masterSecrets = new Map<string, Buffer>();

  /** Takes every CLIENT_RANDOM line of a key log and passes over everything else. */
  add(text: string): void {
    for (const [, random, secret] of text.matchAll(/^CLIENT_RANDOM ([0-9a-fA-F]{64}) ([0-9a-fA-F]{96})\s*$/gm)) {
      this.masterSecrets.set(random!.toLowerCase(), Buffer.from(secret!, 'hex'));
    }
  }

  masterSecret(clientRandom: Uint8Array): Buffer | undefined {
    return this.masterSecrets.get(Buffer.from(clientRandom).toString('hex'));
  }

  get size(): number {
    return this.masterSecrets.size;
  }
}

interface WriteKeys {
  key: Buffer;
  iv: Buffer;
}

/** The keys of one handshake, both directions (RFC 5246 §6.3), for reading. */
export class RecordKeys {
  private constructor(
    private readonly aead: Aead,
    private readonly client: WriteKeys,
    private readonly server: WriteKeys,
  ) {}

  /** Undefined if the suite is none that can be opened. */
  static derive(suite: number, masterSecret: Buffer, clientRandom: Uint8Array, serverRandom: Uint8Array) {
    const aead = suiteAead(suite);
    if (aead === undefined) return undefined;
    const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom, clientRandom]);
    const block = pHash(aead.hash, masterSecret, seed, 2 * aead.keyLength + 2 * 4);
    const take = (at: number, length: number) => block.subarray(at, at + length);
    const ivs = 2 * aead.keyLength;
    return new RecordKeys(
      aead,
      { key: take(0, aead.keyLength), iv: take(ivs, 4) },
      { key: take(aead.keyLength, aead.keyLength), iv: take(ivs + 4, 4) },
    );
  }

  /** The plaintext of a record of epoch 1 (RFC 6655 §3, RFC 5288 §3); undefined if the tag does not verify. */
  open(record: DtlsRecord, fromClient: boolean): Uint8Array | undefined {
    const { tagLength, mode, keyLength } = this.aead;
    const length = record.fragment.length - 8 - tagLength;
    if (length < 0) return undefined;
    const { key, iv } = fromClient ? this.client : this.server;
    const nonce = Buffer.concat([iv, record.fragment.subarray(0, 8)]);
    const algorithm = `aes-${keyLength * 8}-${mode}` as 'aes-128-ccm';
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength }) as unknown as CipherCCM & {
      setAuthTag(tag: Uint8Array): void;
    };
    decipher.setAuthTag(record.fragment.subarray(8 + length));
    decipher.setAAD(additionalData(record, length), { plaintextLength: length });
    try {
      const plaintext = decipher.update(record.fragment.subarray(8, 8 + length));
      decipher.final();
      return plaintext;
    } catch {
      return undefined;
    }
  }
}

/** RFC 5246 §6.2.3.3 with the epoch in front of the sequence number (RFC 6347 §4.1.2.1). */
function additionalData(record: DtlsRecord, length: number): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt16BE(record.epoch, 0);
  data.writeUIntBE(record.sequenceNumber, 2, 6);
  data.writeUInt8(record.type, 8);
  data.writeUInt16BE(record.version, 9);
  data.writeUInt16BE(length, 11);
  return data;
}

/** P_hash (RFC 5246 §5). */
function pHash(hash: string, secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (data: Buffer) => createHmac(hash, secret).update(data).digest();
  const parts: Buffer[] = [];
  for (let a = hmac(seed), size = 0; size < length; a = hmac(a)) {
    parts.push(hmac(Buffer.concat([a, seed])));
    size += parts[0]!.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}
