// An authority, another one below it, a server and a client, each with a key of its own: what most tests of certificates need.
import type { Credential } from '../sim/peer/options.js';
import { authorityCertificate, CLIENT_AUTH, endCertificate, named, SERVER_AUTH, type Issuer } from './factory.js';
import { p256, type P256Key } from './keys.js';

export const SERVER_NAME = 'server.example', CLIENT_NAME = 'client.example';

export const root: Issuer & { key: P256Key } = { name: named('Root'), key: p256('root') };
export const middle: Issuer & { key: P256Key } = { name: named('Middle'), key: p256('middle') };
export const rootCertificate = authorityCertificate(root);
export const middleCertificate = authorityCertificate(middle, root);

/** Issued by the authority that the root issued. */
export const server: Credential = {
  key: p256('server'), certificates: [endCertificate(SERVER_NAME, p256('server'), middle, SERVER_AUTH), middleCertificate],
};
/** Issued by the root itself. */
export const client: Credential = {
  key: p256('client'), certificates: [endCertificate(CLIENT_NAME, p256('client'), root, CLIENT_AUTH)],
};
