// Whom the nodes of a fleet and its gateway are: keys and certificates that live as long as the fleet does.
import { randomBytes, X509Certificate } from 'node:crypto';
import type { GatewayCredentials } from '../fleet/gateway.js';
import type { Credentials, Plan } from '../fleet/plan.js';
import { dealt, KINDS, type Shares } from '../fleet/shares.js';
import { publicKeyName } from '../node/index.js';
import type { Psk } from './keys.js';
import { newCertificate, newKey, type Issuer } from './new-certificate.js';
import { UsageError } from './usage.js';

export interface FleetCredentials {
  /** One for each node. */
  nodes: Credentials[];
  gateway: GatewayCredentials;
}

/** What the gateway is called in its certificate, and the nodes ask for. */
const GATEWAY = 'gateway.example';
const DAYS = 2;
const PART_MAX = 1_000_000;

/** psk=70,raw=20,certificate=10: a kind without a number counts once, one that is not there not at all. */
export function parseShares(text: string): Shares {
  const shares: Shares = { psk: 0, raw: 0, certificate: 0 };
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const match = /^\s*(psk|raw|certificate)(?:=(\d+)%?)?\s*$/.exec(part);
    const kind = KINDS.find((name) => name === match?.[1]), share = Number(match?.[2] ?? 1);
    if (kind === undefined || share > PART_MAX) throw wrong(text, 'write kinds and their parts, as psk=70,raw=20,certificate=10');
    if (seen.has(kind)) throw wrong(text, `${kind} stands there twice`);
    seen.add(kind);
    shares[kind] = share;
  }
  if (KINDS.every((kind) => shares[kind] === 0)) throw wrong(text, 'give at least one kind a part above 0');
  return shares;
}

function wrong(text: string, problem: string): UsageError {
  return new UsageError(`--credentials '${text}': ${problem}`);
}

/** As it is written on the command line. */
export function sharesText(shares: Shares): string {
  return KINDS.map((kind) => `${kind}=${shares[kind]}`).join();
}

/** Every node its own identity, key or certificate; or the keys of a file in turn. */
export function credentialsOf({ nodes, shares, seed }: Plan, keys?: readonly Psk[]): FleetCredentials {
  const authority = newCertificate({ name: 'Fleet', days: DAYS, isAuthority: true, issuer: undefined });
  const issuer: Issuer = { certificate: new X509Certificate(authority.der), key: authority.key };
  const issued = (name: string) => {
    const { der, key } = newCertificate({ name, days: DAYS, isAuthority: false, issuer });
    return { cert: der, key, ca: issuer.certificate };
  };
  const gateway = issued(GATEWAY), psks = new Map<string, Uint8Array>(), rawKeys = new Set<string>();
  const options = (kind: keyof Shares, index: number): Credentials['options'] => {
    if (kind === 'certificate') return { ...issued(eui64(index)), servername: GATEWAY };
    if (kind === 'raw') {
      const { key } = newKey();
      rawKeys.add(publicKeyName(key));
      return { key, rawPublicKey: true, peerKeys: gateway.key };
    }
    const psk = keys?.[index % keys.length] ?? { identity: Buffer.from(`node-${index + 1}`), key: randomBytes(16) };
    psks.set(Buffer.from(psk.identity).toString(), psk.key);
    return { psk };
  };
  return {
    nodes: dealt(nodes, shares, seed).map((kind, index) => ({ kind, options: options(kind, index) })),
    gateway: { ...gateway, psk: psks, rawPublicKey: true, peerKeys: (name) => rawKeys.has(name), requestCert: true },
  };
}

/** What a device is called in its certificate (RFC 7925 §4.4.2): a local EUI-64, so that it is nobody's. */
function eui64(index: number): string {
  const number = index.toString(16).padStart(6, '0');
  return `02-00-00-ff-fe-${number.match(/../g)!.join('-')}`;
}
