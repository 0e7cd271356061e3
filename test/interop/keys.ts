// Files of keys for peers that want them in one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Credential } from '../sim/peer/options.js';
import { HEX, IDENTITY } from './peers.js';

/** A folder that goes with the test. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'thimble-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** A line `identity:hexkey` in a file that goes with the test. */
export function keyFile(t: TestContext, identity = IDENTITY): string {
  const file = join(folder(t), 'keys.txt');
  writeFileSync(file, `${identity}:${HEX}\n`);
  return file;
}

/** PEM files of a credential: its certificates, its own first; its private key; its public key. */
export function credentialFiles(t: TestContext, { key, certificates }: Credential): { chain: string; key: string; raw: string } {
  const path = folder(t);
  const pem = (label: string, der: Uint8Array) =>
    `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
  const write = (name: string, text: string) => {
    const file = join(path, name);
    writeFileSync(file, text);
    return file;
  };
  return {
    chain: write('chain.pem', certificates.map((one) => pem('CERTIFICATE', one)).join('')),
    key: write('key.pem', key.private.export({ type: 'pkcs8', format: 'pem' }) as string),
    raw: write('raw.pem', pem('PUBLIC KEY', key.info)),
  };
}
