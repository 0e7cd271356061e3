// Wycheproof's AES-CCM, AES-GCM and HMAC-SHA-256 vectors, of the sizes that TLS uses.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CCM, CCM_8, Crypto, GCM, hex, KINDS, type Kind } from './crypto.js';

const FOLDER = new URL('../../../../shared/vectors/wycheproof/', import.meta.url);
const skip = existsSync(FOLDER) ? false : 'the vectors stand beside the repository, in ../shared, and are not here';

interface Vector {
  tcId: number; comment: string; result: 'valid' | 'invalid' | 'acceptable';
  key: string; iv: string; aad: string; msg: string; ct: string; tag: string;
}
interface Group { keySize: number; ivSize: number; tagSize: number; tests: Vector[] }

const groups = (file: string): Group[] => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')).testGroups;

/** Opens every vector and seals the valid ones again; returns how many there were. */
function checkAead(kind: Kind, file: string, algorithm: number, tagSize: number): number {
  const crypto = new Crypto(kind);
  const vectors = groups(file)
    .filter((group) => group.keySize === 128 && group.ivSize === 96 && group.tagSize === tagSize)
    .flatMap((group) => group.tests);
  for (const { tcId, comment, result, ...vector } of vectors) {
    const [key, nonce, additional, text] = [vector.key, vector.iv, vector.aad, vector.msg].map(hex);
    const sealed = hex(vector.ct + vector.tag);
    const opened = crypto.open(algorithm, key, nonce, additional, sealed);
    const context = `${file} ${tcId} ${comment}`;
    assert.equal(opened.verified, result === 'valid', context);
    assert.deepEqual(opened.text, opened.verified ? text : Buffer.alloc(opened.text.length), context);
    if (result === 'valid') assert.deepEqual(crypto.seal(algorithm, key, nonce, additional, text), sealed, context);
  }
  return vectors.length;
}

for (const kind of KINDS) {
  test(`${kind}: Wycheproof AES-128-CCM and CCM_8`, { skip }, () => {
    assert.equal(checkAead(kind, 'aes_ccm_test.json', CCM, 128), 78);
    assert.equal(checkAead(kind, 'aes_ccm_test.json', CCM_8, 64), 8);
  });

  test(`${kind}: Wycheproof HMAC-SHA-256`, { skip }, () => {
    const crypto = new Crypto(kind);
    let count = 0;
    for (const { tagSize, tests } of groups('hmac_sha256_test.json')) {
      for (const { tcId, comment, result, key, msg, tag } of tests) {
        const mac = crypto.hmac(hex(key), hex(msg), 2).subarray(0, tagSize / 8);
        assert.equal(mac.equals(hex(tag)), result === 'valid', `${tcId} ${comment}`);
        count++;
      }
    }
    assert.equal(count, 174);
  });
}

for (const kind of ['full', 'node'] as const) {
  test(`${kind}: Wycheproof AES-128-GCM`, { skip }, () => {
    assert.equal(checkAead(kind, 'aes_gcm_test.json', GCM, 128), 67);
  });
}
