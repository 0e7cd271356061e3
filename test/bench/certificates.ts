// The chain that everyone with certificates is measured with: an authority, a server's certificate and a client's.
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newCertificate } from '../../host/cli/new-certificate.js';

export const SERVER_NAME = 'server.example';
const CLIENT_NAME = '02-00-00-ff-fe-00-00-01';
const DAYS = 3_650;

/** Makes them once; returns the folder, which has ca.pem, server.pem, server.key, client.pem and client.key. */
export function certificateFolder(): string {
  const folder = fileURLToPath(new URL('../../bench/certificates', import.meta.url));
  if (existsSync(`${folder}/client.key`)) return folder;
  mkdirSync(folder, { recursive: true });
  const authority = newCertificate({ name: 'Bench', days: DAYS, isAuthority: true, issuer: undefined });
  const issuer = { certificate: new X509Certificate(authority.der), key: authority.key };
  writeFileSync(`${folder}/ca.pem`, issuer.certificate.toString());
  for (const [end, name] of [['server', SERVER_NAME], ['client', CLIENT_NAME]]) {
    const { der, key } = newCertificate({ name: name!, days: DAYS, isAuthority: false, issuer });
    writeFileSync(`${folder}/${end}.pem`, new X509Certificate(der).toString());
    writeFileSync(`${folder}/${end}.key`, pem(key), { mode: 0o600 });
  }
  return folder;
}

function pem(key: KeyObject): string | Buffer {
  return key.export({ format: 'pem', type: 'pkcs8' });
}
