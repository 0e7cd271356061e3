// Certificates and keys in files, as peers want them: all on P-256 with SHA-256, the certificates issued by OpenSSL.
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'thimble-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

const CONFIG = join(folder, 'openssl.cnf');
writeFileSync(CONFIG, '[req]\ndistinguished_name = name\n[name]\n');

/** Who can show what, by the names of its files. */
export interface Holder {
  /** PKCS#8 in PEM. */
  key: string;
  /** SubjectPublicKeyInfo in PEM. */
  rawKey: string;
  /** SHA-256 of the DER of that. */
  rawKeyHash: string;
  /** In PEM: its own first, then its issuers', without the root. */
  chain: string;
  /** SHA-256 of the first one's DER. */
  certificateHash: string;
  isRoot: boolean;
}

/** The contents of a file. */
export const pem = (file: string): string => readFileSync(file, 'utf8');

const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
const END = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature'];

const root = issue('Thimble root', AUTHORITY);
const intermediate = issue('Thimble intermediate', AUTHORITY, root);
const strangeRoot = issue('Strange root', AUTHORITY);

/** The file of the root that all trust, and of one that nobody does. */
export const ANCHORS = root.chain, STRANGE_ANCHORS = strangeRoot.chain;

/** localhost, directly below the root. */
export const SERVER = issue('Thimble gateway', [...END, 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:localhost'], root);
/** localhost, below an intermediate. */
export const CHAINED = issue('Thimble gateway', [...END, 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:localhost'], intermediate);
/** A node with an EUI-64 (RFC 7925 §4.4.2). */
export const CLIENT = issue('02-00-5E-10-00-00-00-01', [...END, 'extendedKeyUsage=clientAuth'], root);
/** As they, but of the other root. */
export const STRANGE_SERVER = issue('Strange gateway', [...END, 'subjectAltName=DNS:localhost'], strangeRoot);
export const STRANGE_CLIENT = issue('Strange node', [...END, 'extendedKeyUsage=clientAuth'], strangeRoot);

/** Issues a certificate for a new key; without an issuer it is a root. */
function issue(name: string, extensions: string[], issuer?: Holder): Holder {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' }), file = join(folder, sha256(spki));
  const key = `${file}.key`, rawKey = `${file}.pub`, chain = `${file}.pem`;
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(rawKey, publicKey.export({ type: 'spki', format: 'pem' }));
  const from = issuer === undefined ? [] : ['-CA', issuer.chain, '-CAkey', issuer.key];
  const all = [...extensions, 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid'];
  const certificate = execFileSync('openssl', ['req', '-x509', '-config', CONFIG, '-sha256', '-days', '30', '-key', key, ...from,
    '-subj', `/CN=${name}`, ...all.flatMap((extension) => ['-addext', extension])], { encoding: 'utf8', stdio: 'pipe' });
  writeFileSync(chain, certificate + (issuer === undefined || issuer.isRoot ? '' : pem(issuer.chain)));
  return { key, rawKey, chain, certificateHash: sha256(new X509Certificate(certificate).raw),
    rawKeyHash: sha256(spki), isRoot: issuer === undefined };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
