// The handshakes that are measured, as contexts of both ends.
import { readFileSync } from 'node:fs';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../../host/core/index.js';
import { DTLSSecureContext } from '../../host/node/secure-context.js';
import { SERVER_NAME } from './certificates.js';

export const IDENTITY = 'dev1';
export const KEY = Buffer.from('secretPSK');
const TIMING = { mtu: 1200, initialMs: 1000, maxMs: 60_000, handshakeMs: 60_000 };

/** Beside the handshake with a pre-shared key that everyone has: requests of lanes, and what tables call them. */
export const HANDSHAKES = {
  'server-certificate': 'ECDHE_ECDSA, certificate of the server',
  'mutual-certificate': 'ECDHE_ECDSA, certificates of both',
  'server-raw-key': 'ECDHE_ECDSA, raw public key of the server',
  'mutual-raw-key': 'ECDHE_ECDSA, raw public keys of both',
  'ecdhe-psk': 'ECDHE_PSK',
  'resume-id': 'resumed by session id',
  'resume-ticket': 'resumed by ticket',
} as const;
export type Kind = keyof typeof HANDSHAKES;
export const KINDS = Object.keys(HANDSHAKES) as Kind[];

export interface Ends {
  client: Context;
  server: Context;
}

/** With the certificates in `folder`. What is to be resumed is a session of the server's certificate. */
export function endsOf(kind: Kind, folder: string): Ends {
  const read = (name: string) => readFileSync(`${folder}/${name}`);
  const show = (end: string, isRaw: boolean) => ({ key: read(`${end}.key`), ...(isRaw ? { rawPublicKey: true } : { cert: read(`${end}.pem`) }) });
  const trust = (end: string, isRaw: boolean) => (isRaw ? { peerKeys: read(`${end}.key`) } : { ca: read('ca.pem') });
  if (kind === 'ecdhe-psk') {
    const ciphers = 'ECDHE-PSK-AES128-CCM8';
    return { client: context({ ciphers, psk: { identity: IDENTITY, key: KEY } }, false),
      server: context({ ciphers, psk: { [IDENTITY]: KEY } }, true) };
  }
  const isRaw = kind.endsWith('raw-key'), isMutual = kind.startsWith('mutual'), ciphers = 'ECDHE-ECDSA-AES128-CCM8';
  const ends = {
    client: context({ ciphers, ...trust('server', isRaw), ...(isMutual ? show('client', isRaw) : {}) }, false),
    server: context({ ciphers, ...show('server', isRaw), ...(isMutual ? { ...trust('client', isRaw), requestCert: true } : {}) }, true),
  };
  if (!isRaw) ends.client.name = Buffer.from(SERVER_NAME);
  if (kind.startsWith('resume')) {
    ends.client.flags! |= ContextFlag.SESSIONS | (kind === 'resume-ticket' ? ContextFlag.TICKETS : 0);
    ends.server.flags! |= ContextFlag.SESSIONS | ContextFlag.TICKETS;
  }
  return ends;
}

/** The engine decides alone, as it does on a board. */
function context(options: Record<string, unknown>, isServer: boolean): Context {
  const made = new DTLSSecureContext(options, isServer).context(TIMING);
  made.flags! &= ~ContextFlag.ASK_TRUST;
  return made;
}
