import { randomBytes, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Bound } from '../../assembly/codes.js';
import { keyName, privateKey } from '../node/keys.js';
import { readFile } from './credentials.js';
import { parsePsk } from './keys.js';
import { newCertificate, newKey, type Issuer } from './new-certificate.js';
import { integer } from './numbers.js';
import { UsageError } from './usage.js';

/** As many bytes as the cipher's own key has: more would protect nothing better (RFC 7925 §4.2). */
const KEY_BYTES = 16;
const DAYS = 365, DAYS_MAX = 36_500;
/** Only its owner reads a key. */
const SECRET = 0o600;

interface KeyOptions {
  bytes: number;
  days: number;
  authority?: boolean;
  ca?: string;
  caKey?: string;
  out: string;
}

const EXAMPLES = `
Examples:
  thimble key new psk node-17 >> keys.txt
  thimble key new raw node-17                               node-17.key and node-17.pub
  thimble key new certificate root --authority              root.key and root.pem
  thimble key new certificate gateway.example --ca root.pem --ca-key root.key`;

/** `thimble key new`: keys to try things with; for psk the one command that prints a secret. */
export function addKey(program: Command): void {
  program.command('key').description('make keys to try things with')
    .command('new <kind> [name]')
    .description('a new key: psk prints an identity:hexkey line; raw and certificate write PEM files, and print the key\'s name')
    .option('--bytes <n>', `psk: length of the key, 1 to ${Bound.KEY}`, integer('--bytes', 1, Bound.KEY), KEY_BYTES)
    .option('--days <n>', 'certificate: how long it is valid', integer('--days', 1, DAYS_MAX), DAYS)
    .option('--authority', 'certificate: one that issues others')
    .option('--ca <file>', 'certificate: the authority that issues it; without, it is its own')
    .option('--ca-key <file>', 'certificate: that authority\'s private key')
    .option('--out <folder>', 'where the files of raw and certificate go', '.')
    .addHelpText('after', EXAMPLES)
    .action((kind: string, name: string | undefined, options: KeyOptions) => {
      process.stdout.write(made(kind, name ?? `node-${randomBytes(4).toString('hex')}`, options));
    });
}

function made(kind: string, name: string, options: KeyOptions): string {
  switch (kind) {
    case 'psk': return `${newPsk(name, options.bytes)}\n`;
    case 'raw': return newRawKey(name, options);
    case 'certificate': return newChain(name, options);
    default: throw new UsageError(`key new '${kind}': the kind is psk, raw or certificate, as in thimble key new psk node-17`);
  }
}

/** 16 bytes by chance or more: as strong as AES-128 (7925-4.1-2, 8442-3-2, 9257-1). */
function newPsk(identity: string, bytes: number): string {
  if (/^#|[\r\n]|^\s|\s$/.test(identity)) {
    throw new UsageError('the identity must begin with no # and no space, end with no space, and stand on one line');
  }
  const line = `${identity}:${randomBytes(bytes).toString('hex')}`;
  parsePsk(line, 'identity');
  return line;
}

function newRawKey(name: string, { out }: KeyOptions): string {
  const { key, publicKey } = newKey();
  const path = pathOf(out, name);
  writeKey(path, key);
  write(`${path}.pub`, publicKey.export({ format: 'pem', type: 'spki' }));
  return `${keyName(publicKey)}\n`;
}

function newChain(name: string, { days, authority = false, ca, caKey, out }: KeyOptions): string {
  const { der, key } = newCertificate({ name: checkName(name), days, isAuthority: authority, issuer: issuerOf(ca, caKey) });
  const certificate = new X509Certificate(der);
  const path = pathOf(out, name);
  writeKey(path, key);
  write(`${path}.pem`, certificate.toString());
  return `${keyName(certificate)}\nSHA256:${certificate.fingerprint256}\n`;
}

function issuerOf(ca: string | undefined, caKey: string | undefined): Issuer | undefined {
  if (ca === undefined && caKey === undefined) return undefined;
  if (ca === undefined || caKey === undefined) throw new UsageError('--ca and --ca-key go together');
  const key = readFile('--ca-key', caKey, (pem) => privateKey('--ca-key', pem, undefined));
  const certificate = readFile('--ca', ca, (pem) => new X509Certificate(pem));
  if (!certificate.checkPrivateKey(key)) throw new UsageError(`--ca-key ${caKey} is not the key of --ca ${ca}`);
  if (!certificate.ca) throw new UsageError(`--ca ${ca} is no authority; make one: thimble key new certificate root --authority`);
  return { certificate, key };
}

/** A name in ASCII: what stands in a certificate is compared letter by letter. */
function checkName(name: string): string {
  if (/^[\w.-]{1,64}$/.test(name)) return name;
  throw new UsageError('the name has up to 64 letters, digits, dots and hyphens: a host name, or an EUI-64 as 00-11-22-33-44-55-66-77');
}

const pathOf = (folder: string, name: string): string => join(folder, name.replaceAll(/[^\w.-]/g, '_'));

function writeKey(path: string, key: KeyObject): void {
  write(`${path}.key`, key.export({ format: 'pem', type: 'pkcs8' }), SECRET);
}

/** Never over a file that is there: it may be the only copy of a key. */
function write(path: string, text: string | Buffer, mode = 0o644): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'EEXIST' ? `${path} is there already: move it, or take another name` : `${path}: ${code}`);
  }
}
