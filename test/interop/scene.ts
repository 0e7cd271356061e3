// A handshake with certificates as both sides are told of it: who shows what, and looks for what.
import type { ConnectOptions, ListenOptions } from '../../host/node/index.js';
import * as People from '../certificates/people.js';
import type { Credential } from '../sim/peer/options.js';
import { chainOf, keyOf } from './keys.js';
import { SUITES } from './stacks.js';
import type { Told } from './stacks.js';

/** What is not said is as in most handshakes: one of the mandatory suite, a server that is trusted under its name. */
export interface Scene {
  suite?: string;
  server?: Credential;
  /** Undefined: the client shows nothing. */
  client?: Credential | undefined;
  /** The server asks for a certificate. */
  asks?: boolean;
  /** The name that the client looks for. */
  name?: string;
  /** The authority that their client trusts. */
  root?: Buffer;
}

export const MUTUAL: Scene = { client: People.client, asks: true };

const ROOT = chainOf([People.rootCertificate]);
const MANDATORY = Object.keys(SUITES)[0]!;
/** We take every suite: theirs is the one. */
const ANY = { psk: undefined, ciphers: Object.keys(SUITES).join(':') };
const shown = (own: Credential) => ({ cert: chainOf(own.certificates), key: keyOf(own) });

export const ourServer = ({ server = People.server, asks = false }: Scene): Partial<ListenOptions> =>
  ({ ...ANY, ...shown(server), ...(asks ? { requestCert: true, ca: ROOT } : {}) });

export const ourClient = ({ client, name = People.SERVER_NAME }: Scene): Partial<ConnectOptions> =>
  ({ ...ANY, ca: ROOT, servername: name, ...(client === undefined ? {} : shown(client)) });

export const theirClient = (
  { suite = MANDATORY, client, name = People.SERVER_NAME, root = People.rootCertificate }: Scene,
): Told =>
  ({ suite, root, name, expected: root === People.rootCertificate ? People.server.certificates[0]! : root,
    ...(client === undefined ? {} : { own: client }) });

export const theirServer = ({ suite = MANDATORY, server = People.server, asks = false }: Scene): Told =>
  ({ suite, root: People.rootCertificate, expected: People.client.certificates[0]!, own: server, asks });
