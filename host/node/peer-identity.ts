// What a peer showed and was found to be, as bytes that outlive the process: in saved states, and in sessions.
import { createPublicKey, X509Certificate } from 'node:crypto';
import { keyInfo, keyName } from './keys.js';
import type { KnownPeer } from './trust.js';

/** A peer of a session resumed, since nobody else's is kept. */
export const knownByName = (keyName: string): KnownPeer =>
  ({ certificate: undefined, chain: [], publicKey: undefined, keyName, authorized: true, authorizationError: undefined });

/**
 * Its certificate or its raw public key, in base64 of DER, or the name of a key that it showed in a session before; `error` where it is
 * not authorized. Others of its chain are not kept.
 */
export interface SavedIdentity {
  name?: string;
  certificate?: string;
  key?: string;
  error?: string;
}

export function savedIdentity({ certificate, publicKey, keyName, authorized, authorizationError }: KnownPeer): SavedIdentity {
  if (publicKey === undefined) return { name: keyName };
  const shown = certificate === undefined ? { key: keyInfo(publicKey).toString('base64') } :
    { certificate: certificate.raw.toString('base64') };
  return authorized ? shown : { ...shown, error: authorizationError ?? '' };
}

/** Throws what node:crypto does of what it cannot read. */
export function identityFrom({ certificate, key = '', name, error }: SavedIdentity): KnownPeer {
  if (name !== undefined) return knownByName(name);
  const chain = certificate === undefined ? [] : [new X509Certificate(Buffer.from(certificate, 'base64'))];
  const publicKey = chain[0]?.publicKey ?? createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  return { certificate: chain[0], chain, publicKey, keyName: keyName(publicKey), authorized: error === undefined,
    authorizationError: error };
}
