import type { Command } from 'commander';
import { CIPHER_NAMES, cipherInfo, parseCiphers } from '../node/ciphers.js';
import { withCertificates, type CertificateOptions } from './credentials.js';
import { collect } from './lists.js';
import { withKept, type KeepingOptions } from './kept.js';
import { parsePsk, readPskFile, type Psk } from './keys.js';
import { duration, integer } from './numbers.js';
import { Output } from './output.js';
import { UsageError } from './usage.js';

/** What commander collects for every command that opens a connection. */
export interface CommonOptions extends CertificateOptions, KeepingOptions {
  psk?: Psk[];
  pskFile?: string;
  identity?: string;
  cipher?: string[];
  mtu?: number;
  alpn?: string[];
  recordSizeLimit?: number;
  maxFragmentLength?: number;
  cid?: number;
  profile?: string;
  handshakeTimeout?: number;
  versionMin?: string;
  versionMax?: string;
  keylog?: string;
  pcap?: string;
  json?: boolean;
  verbose?: boolean;
}

/** Options for keys, certificates and what goes on from run to run; of pre-shared keys a client uses one, a server any number. */
export function withKeys(command: Command, role: 'client' | 'server'): Command {
  const many = role === 'server' ? '; may be repeated' : '';
  command
    .option('--psk-file <file>', 'identity:hexkey lines, one key each')
    .option('--psk <id:hexkey>', `a pre-shared key on the command line, where others can see it${many}`,
      collect((text) => parsePsk(text)));
  if (role === 'client') {
    command
      .option('--identity <id>', 'which key of the --psk-file, if it has several')
      .option('--max-fragment-length <bytes>', 'ask for records of 512, 1024, 2048 or 4096 bytes', fragmentLength);
  }
  withCertificates(command, role);
  return withKept(command, role);
}

/** Options that every command with connections has. */
export function withCommon(command: Command): Command {
  return command
    .option('--cid <bytes>', 'have connection IDs, and the peer send ones of so many bytes: 0 to 20', integer('--cid', 0, 20))
    .option('--cipher <name>', 'cipher suite, OpenSSL or IANA name; may be repeated, in order of preference',
      collect(cipher))
    .option('--mtu <bytes>', 'largest datagram to send, 256 to 65507 (1200)', integer('--mtu', 256, 65507))
    .option('--alpn <name>', 'application protocol, as co for CoAP; may be repeated, in order of preference', collect((text) => text))
    .option('--record-size-limit <bytes>', 'plaintext to take in a record, 64 to 16384 (RFC 8449)',
      integer('--record-size-limit', 64, 16384))
    .option('--profile <name>', 'iot: the timers of RFC 7925, 9 s to the first retransmission', profile)
    .option('--handshake-timeout <time>', 'give up a handshake after this long (60s)', duration('--handshake-timeout', 's'))
    .option('--version-min <version>', 'lowest DTLS version', version('--version-min'))
    .option('--version-max <version>', 'highest DTLS version', version('--version-max'))
    .option('--keylog <file>', 'append the secrets of each connection, for Wireshark')
    .option('--pcap <file>', 'write the datagrams and their keys as pcapng')
    .option('--json', 'events as one JSON object a line on standard output')
    .option('--verbose', 'say more on standard error');
}

/** One suite, or several with colons between them, by OpenSSL's names. */
function cipher(text: string): string {
  try {
    return parseCiphers('--cipher', text).map((suite) => cipherInfo(suite).name).join(':');
  } catch {
    throw new UsageError(`--cipher '${text}': write ${CIPHER_NAMES.join(', ')}, or their IANA names`);
  }
}

function fragmentLength(text: string): number {
  if (/^(512|1024|2048|4096)$/.test(text)) return Number(text);
  throw new UsageError(`--max-fragment-length '${text}': write 512, 1024, 2048 or 4096`);
}

function profile(text: string): string {
  if (text === 'iot') return text;
  if (text === 'webrtc') throw new UsageError('--profile webrtc is not there yet; iot is');
  throw new UsageError(`--profile '${text}': write iot`);
}

function version(name: string) {
  return (text: string): string => {
    if (text === '1.2') return text;
    if (text === '1.3') throw new UsageError(`${name} 1.3 is not there yet: this version speaks DTLS 1.2`);
    throw new UsageError(`${name} '${text}': write 1.2`);
  };
}

/** Where the command writes. */
export function outputOf(options: { json?: boolean; verbose?: boolean }): Output {
  return new Output(options.json === true, options.verbose === true);
}

/** Whether a pre-shared key is given. */
export function hasKeys({ psk = [], pskFile }: CommonOptions): boolean {
  return psk.length > 0 || pskFile !== undefined;
}

/** Every key given, in order; warns of those on the command line. */
function allKeys(options: CommonOptions, output: Output): Psk[] {
  const { psk = [], pskFile } = options;
  if (psk.length > 0) {
    output.warn('a key on the command line is seen by every user of this machine; --psk-file is safer');
  }
  const keys = [...psk, ...(pskFile === undefined ? [] : readPskFile(pskFile))];
  if (keys.length > 0) return keys;
  throw new UsageError('which key? Give --psk-file F or --psk identity:hexkey (make one: thimble key new psk), or certificates: ' +
    '--ca F, --cert F --key F, --raw-key F, --peer-key F');
}

/** The server's keys by identity. */
export function serverKeys(options: CommonOptions, output: Output): (identity: Uint8Array) => Uint8Array | undefined {
  const keys = new Map<string, Uint8Array>();
  for (const { identity, key } of allKeys(options, output)) {
    const name = Buffer.from(identity).toString('hex');
    if (keys.has(name)) throw new UsageError(`two keys for the identity '${Buffer.from(identity)}'; keep one`);
    keys.set(name, key);
  }
  return (identity) => keys.get(Buffer.from(identity).toString('hex'));
}

/** The client's one key. */
export function clientKey(options: CommonOptions, output: Output): Psk {
  const keys = allKeys(options, output);
  if (options.identity === undefined) {
    if (keys.length === 1) return keys[0]!;
    throw new UsageError(`which of the ${keys.length} keys? Say it with --identity`);
  }
  const wanted = Buffer.from(options.identity, 'utf8');
  const chosen = keys.find(({ identity }) => wanted.equals(identity));
  if (chosen === undefined) throw new UsageError(`no key for the identity '${options.identity}' was given`);
  return chosen;
}
