// What the look-alike of node:dgram keeps for each peer.
import type { RemoteInfo } from 'node:dgram';
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import type { SendCallback } from './dgram-options.js';
import { DTLSError } from './errors.js';
import { routeOf } from './shard.js';
import type { KnownPeer } from './trust.js';

/** As dgram's, with who sent it. */
export interface DTLSRemoteInfo extends RemoteInfo {
  /** + The identity that a client authenticated with; undefined of a server. */
  pskIdentity?: string | undefined;
  /** + What the peer showed: its certificate, or its raw public key; of a session resumed, `keyName` alone is known. */
  peer?: KnownPeer | undefined;
}

/** The `tag` of connections here. */
export interface Association {
  /** Messages that wait for the handshake. */
  waiting: { message: Buffer; callback: SendCallback | undefined }[];
  identity: string | undefined;
  peer: KnownPeer | undefined;
  /** Of the server that is meant, or its address; '' on a server. */
  name: string;
  /** Restored, and not stored again yet. */
  isAsleep: boolean;
  /** A message came. */
  isHeard: boolean;
  /** Why the peer is not trusted, or what a user's function threw while the handshake ran. */
  blame: Error | undefined;
}

export const associationOf = (connection: Connection): Association => connection.tag as Association;

/** As many messages wait for a handshake as a sender of CoAP may have under way, and more; the rest is refused. */
export const WAITING_MAX = 64;

export const newAssociation = (name: string): Association =>
  ({ waiting: [], identity: undefined, peer: undefined, name, isAsleep: false, isHeard: false, blame: undefined });

export function remoteOf(connection: Connection, size: number): DTLSRemoteInfo {
  const { address, family, port } = routeOf(connection.peer);
  const { identity, peer } = associationOf(connection);
  return { address, family, port, size, pskIdentity: identity, ...(peer === undefined ? {} : { peer }) };
}

/** What listens nowhere answers by ICMP, which the system tells connected sockets alone: others hear silence. */
export function errorOf(reason: Reason): DTLSError {
  return new DTLSError(reason, reason.cause === 'SILENT_PEER' ? `${reason.hint} Or nothing listens there.` : reason.hint);
}

/** A server's message to a peer that has gone is lost without an error, as UDP loses it; CoAP servers count on that. */
export function lose(message: Buffer, callback: SendCallback | undefined): void {
  process.nextTick(() => callback?.(null, message.length));
}
