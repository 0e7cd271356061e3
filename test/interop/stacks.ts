// Peers that show certificates, all asked in the same words.
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { ECDHE_ECDSA_CCM, ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_GCM } from '../sim/peer/keys.js';
import type { Credential } from '../sim/peer/options.js';
import * as BouncyCastle from './bouncycastle.js';
import * as GnuTLS from './gnutls.js';
import { certificateFile, credentialFiles } from './keys.js';
import type { CredentialFiles } from './keys.js';
import * as MbedTLS from './mbedtls.js';
import * as OpenSSL from './openssl.js';
import type { Talk } from './ours.js';
import type { Peer, Program } from './peers.js';
import * as Pion from './pion.js';

/** OpenSSL's names, and the registry's numbers. */
export const SUITES: { [name: string]: number } = {
  'ECDHE-ECDSA-AES128-CCM8': ECDHE_ECDSA_CCM_8,
  'ECDHE-ECDSA-AES128-CCM': ECDHE_ECDSA_CCM,
  'ECDHE-ECDSA-AES128-GCM-SHA256': ECDHE_ECDSA_GCM,
};

/** 41 is SSL 3.0's no_certificate. */
export const ALERTS = { handshake_failure: 40, alert_41: 41, bad_certificate: 42, unknown_ca: 48, access_denied: 49 };
export type AlertName = keyof typeof ALERTS;

/** What a peer is told for a handshake. */
export interface Told {
  suite: string;
  /** What it shows. */
  own?: Credential;
  /** The authority that it trusts. */
  root: Buffer;
  /** Its peer's certificate: for those that follow no chain. */
  expected: Buffer;
  /** Client: the name that the server's certificate must have. */
  name?: string;
  /** Server: the client must show a certificate. */
  asks?: boolean;
}

type Serving = Promise<{ peer: Peer; port: number }>;

export interface Stack {
  title: string;
  program: Program;
  client(t: TestContext, port: number, told: Told, ...more: string[]): Peer;
  server(t: TestContext, told: Told, ...more: string[]): Serving;
  /** Its client sends something to our server, which echoes, and has it back. */
  echoed(peer: Peer): Promise<unknown>;
  /** Its server has heard 'a reading' of our client. */
  heard(peer: Peer, talk: Talk): Promise<unknown>;
  /** What it prints when this alert comes. */
  alerted(alert: AlertName): RegExp;
  /**
   * What it ends a handshake with: for a server below another root, of another name (null: it does not look); for a client below
   * another root, one without a certificate (null: it goes in silence).
   */
  refuses: { root: AlertName; name: AlertName | null; client: AlertName; noCertificate: AlertName | null };
}

async function echoed(peer: Peer): Promise<unknown> {
  peer.write('a reading');
  return peer.says(/a reading/);
}

const heard = (peer: Peer): Promise<unknown> => peer.says(/a reading/);

/** A peer's options: for what it shows, whom it trusts, the name it wants, to ask the client. */
interface Words {
  own(files: CredentialFiles): string[];
  root(file: string): string[];
  name(name: string): string[];
  asks: string[];
}

function say(t: TestContext, { own, root, name, asks }: Told, words: Words): string[] {
  return [...words.root(certificateFile(t, root)), ...(own === undefined ? [] : words.own(credentialFiles(t, own))),
    ...(name === undefined ? [] : words.name(name)), ...(asks === true ? words.asks : [])];
}

const openssl: Words = {
  own: ({ chain, issuers, key }) => ['-cert', chain, '-key', key, ...(issuers === '' ? [] : ['-cert_chain', issuers])],
  root: (file) => ['-CAfile', file, '-verify_return_error'],
  name: (name) => ['-servername', name, '-verify_hostname', name],
  asks: ['-Verify', '2'],
};

const gnutls: Words = {
  own: ({ chain, key }) => ['--x509certfile', chain, '--x509keyfile', key],
  root: (file) => ['--x509cafile', file],
  name: (name) => ['--sni-hostname', name, '--verify-hostname', name],
  asks: ['--require-client-cert', '--verify-client-cert'],
};
const CIPHERS: { [suite: string]: string } = {
  'ECDHE-ECDSA-AES128-CCM8': 'AES-128-CCM-8',
  'ECDHE-ECDSA-AES128-CCM': 'AES-128-CCM',
  'ECDHE-ECDSA-AES128-GCM-SHA256': 'AES-128-GCM',
};
const priority = ({ suite }: Told) => GnuTLS.priority(CIPHERS[suite], '', 'ECDHE-ECDSA');

const mbedtls: Words = {
  own: ({ chain, key }) => [`crt_file=${chain}`, `key_file=${key}`],
  root: (file) => [`ca_file=${file}`],
  name: (name) => [`server_name=${name}`],
  asks: ['auth_mode=required'],
};
const NONE = ['crt_file=none', 'key_file=none', 'debug_level=2'];
const force = ({ suite }: Told) => `force_ciphersuite=TLS-${suite.replace('AES128', 'WITH-AES-128').replace('CCM8', 'CCM-8')}`;

const pion: Words = {
  own: ({ chain, key }) => ['-cert', chain, '-key', key],
  root: (file) => ['-ca', file],
  name: (name) => ['-name', name],
  asks: ['-ask'],
};

const bouncycastle: Words = {
  own: ({ chain, key }) => [`certificate=${chain}`, `key=${key}`],
  root: () => [],
  name: () => [],
  asks: ['ask=1'],
};
/** It looks at nothing but the hash of a certificate. */
const hash = ({ expected }: Told) => `peer=${createHash('sha256').update(expected).digest('hex')}`;

export const OPENSSL: Stack = {
  title: 'OpenSSL',
  program: OpenSSL.openssl,
  client: (t, port, told, ...more) => OpenSSL.client(t, port, told.suite, ...say(t, told, openssl), ...more),
  server: (t, told, ...more) => OpenSSL.server(t, told.suite, ...say(t, told, openssl), ...more),
  echoed,
  heard,
  alerted: (alert) => new RegExp(`SSL alert number ${ALERTS[alert]}\\b`),
  refuses: { root: 'unknown_ca', name: 'bad_certificate', client: 'unknown_ca', noCertificate: 'handshake_failure' },
};

const GNUTLS: Stack = {
  title: 'GnuTLS',
  program: GnuTLS.cli,
  client: (t, port, told, ...more) => GnuTLS.client(t, port, priority(told), ...say(t, told, gnutls), ...more),
  server: (t, told, ...more) => GnuTLS.server(t, priority(told), ...say(t, told, gnutls), ...more),
  echoed,
  heard: (_, talk) => talk.hears(),
  alerted: (alert) => new RegExp(`Received alert \\[${ALERTS[alert]}\\]|Error in handshake\\(\\): A TLS fatal alert`),
  refuses: { root: 'bad_certificate', name: 'bad_certificate', client: 'access_denied', noCertificate: null },
};

export const MBEDTLS: Stack = {
  title: 'mbedTLS',
  program: MbedTLS.mbedtls.client,
  client: (t, port, told, ...more) =>
    MbedTLS.client(t, port, force(told), 'auth_mode=required', ...NONE, ...say(t, told, mbedtls), ...more),
  server: (t, told, ...more) =>
    MbedTLS.server(t, force(told), 'auth_mode=none', ...NONE, ...say(t, told, mbedtls), ...more),
  echoed: (peer) => peer.says(/Read from server: \d+ bytes read[^]*GET \/ /),
  heard,
  alerted: (alert) => new RegExp(`got an alert message, type: \\[2:${ALERTS[alert]}\\]`),
  refuses: { root: 'unknown_ca', name: 'bad_certificate', client: 'unknown_ca', noCertificate: null },
};

const PION: Stack = {
  title: 'pion',
  program: Pion.pion,
  client: (t, port, told, ...more) => Pion.client(t, port, SUITES[told.suite]!, ...say(t, told, pion), ...more),
  server: (t, told, ...more) => Pion.server(t, SUITES[told.suite]!, ...say(t, told, pion), ...more),
  echoed,
  heard,
  alerted: (alert) => new RegExp(`FAILED .*Alert Fatal: ${alert.replace('_', '')}`, 'i'),
  refuses: { root: 'bad_certificate', name: 'bad_certificate', client: 'bad_certificate', noCertificate: 'alert_41' },
};

const BOUNCYCASTLE: Stack = {
  title: 'BouncyCastle',
  program: BouncyCastle.bouncycastle,
  client: (t, port, told, ...more) =>
    BouncyCastle.client(t, port, SUITES[told.suite]!, hash(told), ...say(t, told, bouncycastle), ...more),
  server: (t, told, ...more) =>
    BouncyCastle.server(t, SUITES[told.suite]!, hash(told), ...say(t, told, bouncycastle), ...more),
  echoed,
  heard,
  alerted: (alert) => new RegExp(`RECEIVED ALERT ${alert}`),
  refuses: { root: 'bad_certificate', name: null, client: 'bad_certificate', noCertificate: 'handshake_failure' },
};

export const STACKS = [OPENSSL, GNUTLS, MBEDTLS, PION, BOUNCYCASTLE];
