// What a peer showed and was found to be, as bytes that outlive the process: in saved states, and in sessions.
import { createPublicKey, X509Certificate } from 'node:crypto';
import { keyInfo, keyName } from './keys.js';
import type { PeerIdentity } from './trust.js';

/** Its certificate or its raw public key, in base64 of DER; `error` where it is not authorized. Others of its chain are not kept. */
export interface SavedIdentity {
  certificate?: string;
  key?: string;
  error?: string;
}

export function savedIdentity({ certificate, publicKey, authorized, authorizationError }: PeerIdentity): SavedIdentity {
  const shown = certificate === undefined ? { key: keyInfo(publicKey).toString('base64') } :
    { certificate: certificate.raw.toString('base64') };
  return authorized ? shown : { ...shown, error: authorizationError ?? '' };
}

/** Throws what node:crypto does of what it cannot read. */
export function identityFrom({ certificate, key = '', error }: SavedIdentity): PeerIdentity {
  const chain = certificate === undefined ? [] : [new X509Certificate(Buffer.from(certificate, 'base64'))];
  const publicKey = chain[0]?.publicKey ?? createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
  return { certificate: chain[0], chain, publicKey, keyName: keyName(publicKey), authorized: error === undefined,
    authorizationError: error };
}
