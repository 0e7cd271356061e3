// Files of keys for peers that want them in one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Credential } from '../sim/peer/options.js';
import { HEX, IDENTITY } from './peers.js';

/** A folder that goes with the test. */
export function folder(t: TestContext): string {
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

/** PEM files of a credential. */
export interface CredentialFiles {
  /** Its certificates, its own first. */
  chain: string;
  /** Those of its issuers alone; '' for none. */
  issuers: string;
  /** Its private key in PKCS#8, and as "EC PRIVATE KEY". */
  key: string;
  sec1: string;
  /** Its public key. */
  raw: string;
}

const pem = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
/** Certificates in PEM, one after the other. */
export const chainOf = (certificates: Uint8Array[]): string => certificates.map((one) => pem('CERTIFICATE', one)).join('');
/** A private key in PKCS#8. */
export const keyOf = ({ key }: Credential): string => key.private.export({ type: 'pkcs8', format: 'pem' }) as string;

export function credentialFiles(t: TestContext, own: Credential): CredentialFiles {
  const path = folder(t);
  const write = (name: string, text: string) => {
    const file = join(path, name);
    writeFileSync(file, text);
    return file;
  };
  return {
    chain: write('chain.pem', chainOf(own.certificates)),
    issuers: own.certificates.length === 1 ? '' : write('issuers.pem', chainOf(own.certificates.slice(1))),
    key: write('key.pem', keyOf(own)),
    sec1: write('sec1.pem', own.key.private.export({ type: 'sec1', format: 'pem' }) as string),
    raw: write('raw.pem', pem('PUBLIC KEY', own.key.info)),
  };
}

/** A file of one certificate. */
export function certificateFile(t: TestContext, certificate: Uint8Array): string {
  const file = join(folder(t), 'certificate.pem');
  writeFileSync(file, chainOf([certificate]));
  return file;
}
