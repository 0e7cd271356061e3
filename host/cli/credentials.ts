// Certificates and keys on the command line: the options, and what the Node host is given for them.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createSecureContext, type ConnectOptions, type ContextOptions, type ListenOptions } from '../node/index.js';
import { collect } from './lists.js';
import type { Output } from './output.js';
import { UsageError } from './usage.js';

/** What commander collects. */
export interface CertificateOptions {
  cert?: string;
  key?: string;
  passphraseFile?: string;
  rawKey?: string;
  ca?: string[];
  peerKey?: string[];
  servername?: string;
  requireCert?: boolean;
  sni?: Served[];
  insecure?: boolean;
}

type Shown = Pick<ListenOptions & ConnectOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'peerKeys' | 'rawPublicKey' | 'rejectUnauthorized'>;

/** Which of ours stands for which option of the Node host, in its errors. */
const NAMES: { [option: string]: string } = { cert: '--cert', key: '--key', passphrase: '--passphrase-file', rawPublicKey: '--raw-key',
  ca: '--ca', peerKeys: '--peer-key', servername: '--servername', requestCert: '--require-cert', ciphers: '--cipher' };

/** Options for certificates and raw public keys; files are PEM or DER. */
export function withCertificates(command: Command, role: 'client' | 'server'): void {
  command
    .option('--cert <file>', 'our certificate, and those between it and its root')
    .option('--key <file>', 'the private key of --cert, on P-256')
    .option('--passphrase-file <file>', 'whose first line opens --key or --raw-key')
    .option('--raw-key <file>', 'our private key, shown as a raw public key (RFC 7250)')
    .option('--ca <file>', 'authorities whose certificates are trusted; may be repeated', collect((text) => text))
    .option('--peer-key <key>', 'trust this peer: the file of its public key, its ni:///sha-256;… or a certificate\'s SHA-256 ' +
      'fingerprint; may be repeated', collect((text) => text));
  if (role === 'server') {
    command.option('--require-cert', 'clients must show a certificate that --ca or --peer-key trusts')
      .option('--sni <name=cert,key>', 'the files of another certificate, for clients that ask for this name; may be repeated', collect(servedName));
  }
  if (role === 'client') command.option('--servername <name>', 'the name to ask for, and to expect in the certificate (the host)');
  command.option('--insecure', 'go on with a peer that nothing speaks for');
}

/** For the Node host; undefined if neither certificates nor raw keys are meant. Throws a UsageError. */
export function shownBy(options: CertificateOptions, output: Output): Shown | undefined {
  const { cert, key, rawKey, passphraseFile, ca, peerKey, insecure = false } = options;
  if ([cert, key, rawKey, ca, peerKey].every((given) => given === undefined) && !insecure) return undefined;
  if (rawKey !== undefined && (cert ?? key) !== undefined) throw new UsageError('--raw-key stands in the place of --cert and --key');
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key go together');
  const shown: Shown = {};
  if (cert !== undefined) shown.cert = read('--cert', cert);
  if (key !== undefined) shown.key = read('--key', key);
  if (rawKey !== undefined) Object.assign(shown, { key: read('--raw-key', rawKey), rawPublicKey: true });
  if (passphraseFile !== undefined) shown.passphrase = read('--passphrase-file', passphraseFile).toString().split(/\r?\n/)[0]!;
  if (ca !== undefined) shown.ca = ca.map((file) => read('--ca', file));
  if (peerKey !== undefined) shown.peerKeys = peerKey.map(peerKeyOf);
  if (insecure) {
    output.warn('--insecure: whoever answers is taken for the peer');
    shown.rejectUnauthorized = false;
  }
  return shown;
}

/** What `--sni` says: a name, and what is shown to clients that ask for it. */
export type Served = [name: string, shown: { cert: Buffer; key: Buffer }];

export function servedName(text: string): Served {
  const [, name, cert, key] = /^([^=]+)=([^,]+),([^,]+)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--sni '${text}': write name=cert.pem,key.pem`);
  return [name, { cert: read('--sni', cert!), key: read('--sni', key!) }];
}

/** A name, a fingerprint, or a file. */
function peerKeyOf(text: string): string | Buffer {
  return /^ni:|^(SHA256[:=])?([0-9a-f]{2}:){31}[0-9a-f]{2}$|^[0-9a-f]{64}$/i.test(text) ? text : read('--peer-key', text);
}

/** Says early, and in the words of the command line, what the Node host has against these options. */
export function check(options: ContextOptions, { rawKey }: CertificateOptions): void {
  const names = rawKey === undefined ? NAMES : { ...NAMES, key: '--raw-key' };
  try {
    createSecureContext(options);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(message.replaceAll(/(?:The (?:property )?)?['"]?options\.(\w+)(?:\[\d+\])?['"]?(?: property)?/g,
      (whole, name: keyof typeof names) => names[name] ?? whole));
  }
}

/** What a file holds, as `parse` has it. Throws a UsageError that names the option and shows nothing of the file. */
export function readFile<T>(option: string, path: string, parse: (content: Buffer) => T): T {
  const content = read(option, path);
  try {
    return parse(content);
  } catch {
    throw new UsageError(`${option} ${path}: not what it should hold, in PEM or DER`);
  }
}

function read(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}
