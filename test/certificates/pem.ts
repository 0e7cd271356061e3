// PEM of what tests make in DER.
import type { KeyObject } from 'node:crypto';

/** Certificates, one after the other. */
export const pemOf = (...certificates: Uint8Array[]): string => certificates.map((der) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`).join('');

/** A private key (PKCS #8), encrypted if there is a passphrase. */
export function keyPem(key: KeyObject, passphrase?: string): string {
  return key.export({ format: 'pem', type: 'pkcs8', ...(passphrase === undefined ? {} : { cipher: 'aes-128-cbc', passphrase }) }).toString();
}
