// What the look-alike of node:dgram keeps for each peer.
import type { RemoteInfo } from 'node:dgram';
import type { Connection } from '../core/connection.js';
import type { SendCallback } from './dgram-options.js';
import { routeOf } from './shard.js';
import type { PeerIdentity } from './trust.js';

/** As dgram's, with who sent it. */
export interface DTLSRemoteInfo extends RemoteInfo {
  /** + The identity that a client authenticated with; undefined of a server. */
  pskIdentity?: string | undefined;
  /** + What the peer showed: its certificate, or its raw public key. */
  peer?: PeerIdentity | undefined;
}

/** The `tag` of connections here. */
export interface Association {
  /** Messages that wait for the handshake. */
  waiting: { message: Buffer; callback: SendCallback | undefined }[];
  identity: string | undefined;
  peer: PeerIdentity | undefined;
  /** Of the server that is meant, or its address; '' on a server. */
  name: string;
  /** Why the peer is not trusted, or what a user's function threw while the handshake ran. */
  blame: Error | undefined;
}

export const associationOf = (connection: Connection): Association => connection.tag as Association;

/** As many messages wait for a handshake as a sender of CoAP may have under way, and more; the rest is refused. */
export const WAITING_MAX = 64;

export const newAssociation = (name: string): Association =>
  ({ waiting: [], identity: undefined, peer: undefined, name, blame: undefined });

export function remoteOf(connection: Connection, size: number): DTLSRemoteInfo {
  const { address, family, port } = routeOf(connection.peer);
  const { identity, peer } = associationOf(connection);
  return { address, family, port, size, pskIdentity: identity, ...(peer === undefined ? {} : { peer }) };
}
