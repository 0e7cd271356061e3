// Wycheproof's ECDH and ECDSA vectors for P-256 with SHA-256.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Crypto, hex, KINDS_WITH_P256 } from './crypto.js';

const FOLDER = new URL('../../../../shared/vectors/wycheproof/', import.meta.url);
const skip = existsSync(FOLDER) ? false : 'the vectors stand beside the repository, in ../shared, and are not here';

interface Vector { tcId: number; comment: string; result: 'valid' | 'invalid' | 'acceptable' }
interface Exchange extends Vector { public: string; private: string; shared: string }
interface Signature extends Vector { msg: string; sig: string }
interface Group<T> { publicKey: { uncompressed: string }; tests: T[] }

const groups = <T>(file: string): Group<T>[] => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).testGroups;

/** A number of any length in 32 bytes; null if it does not fit. */
function number(bytes: Buffer): Buffer | null {
  const start = Math.max(bytes.length - 32, 0);
  return bytes.subarray(0, start).some((byte) => byte !== 0) ? null : Buffer.concat([Buffer.alloc(32), bytes]).subarray(-32);
}

/** r and s of a DER ECDSA-Sig-Value (RFC 3279 §2.2.3); null if it is not one, or has a number that does not fit. */
function signatureOf(der: Buffer): Buffer | null {
  if (der.length < 8 || der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  const numbers: Buffer[] = [];
  let at = 2;
  while (at < der.length) {
    const length = der[at + 1] ?? 0, bytes = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== 2 || length === 0 || bytes.length < length || bytes[0] > 0x7f) return null;
    if (bytes[0] === 0 && length > 1 && bytes[1] < 0x80) return null;
    const padded = number(bytes);
    if (!padded) return null;
    numbers.push(padded);
    at += 2 + length;
  }
  return numbers.length === 2 ? Buffer.concat(numbers) : null;
}

for (const kind of KINDS_WITH_P256) {
  // 8422-5-1: uncompressed points on the curve; the secret keeps its leading zeros
  test(`${kind}: Wycheproof ECDH`, { skip }, () => {
    const crypto = new Crypto(kind);
    const counts = { valid: 0, invalid: 0 };
    for (const vector of groups<Exchange>('ecdh_secp256r1_ecpoint_test.json').flatMap(({ tests }) => tests)) {
      const point = hex(vector.public), context = `${vector.tcId} ${vector.comment}`;
      if (point.length !== 65 || point[0] !== 4) continue;
      const secret = crypto.p256Ecdh(number(hex(vector.private))!, point.subarray(1));
      assert.equal(secret?.toString('hex') ?? null, vector.result === 'valid' ? vector.shared : null, context);
      counts[secret ? 'valid' : 'invalid']++;
    }
    assert.deepEqual(counts, { valid: 330, invalid: 16 });
  });

  test(`${kind}: Wycheproof ECDSA`, { skip }, () => {
    const crypto = new Crypto(kind);
    const counts = { valid: 0, invalid: 0, malformed: 0 };
    for (const { publicKey, tests } of groups<Signature>('ecdsa_secp256r1_sha256_test.json')) {
      for (const { tcId, comment, result, msg, sig } of tests) {
        const signature = signatureOf(hex(sig));
        const hash = createHash('sha256').update(hex(msg)).digest();
        const isGood = signature !== null && crypto.p256Verify(signature, hex(publicKey.uncompressed).subarray(1), hash);
        assert.equal(isGood, result === 'valid', `${tcId} ${comment}`);
        counts[isGood ? 'valid' : signature ? 'invalid' : 'malformed']++;
      }
    }
    assert.deepEqual(counts, { valid: 174, invalid: 75, malformed: 235 });
  });
}
