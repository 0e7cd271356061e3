// Where a connection's datagrams go while its peer's address changes (RFC 9146 §6, RFC 9853 §5).
import { EventKind, PathChange } from '../../assembly/codes.js';
import type { Associations } from './associations.js';
import type { Connection } from './connection.js';
import type { Engine } from './engine.js';
import type { Peer } from './peer.js';
import type { Queue } from './queue.js';

/** Messages that wait while a path is checked; those beyond go to the old path at once. */
const HELD_MAX = 32;

/** Whom an event means by `path`: the connection's peer, the one whose datagram is read, or the one that is checked. */
export function peerAt(engine: Engine, connection: Connection, heard: Peer | null, path: number): Peer {
  if (path === 0) return connection.peer;
  return heard !== null && (path === engine.peerAt || connection.candidate === null) ? heard : connection.candidate!;
}

/** True if the message waits for the outcome: an answer to who just moved would go where the peer is no more. */
export function holds(connection: Connection, datagram: Uint8Array): boolean {
  if (connection.candidate === null || connection.held.length === HELD_MAX) return false;
  connection.held.push(datagram);
  return true;
}

/** Does what a PATH_CHANGED event says: `peer` is where it says (9146-6-3). What has waited goes out. */
export function takePath(queue: Queue, associations: Associations, connection: Connection, change: PathChange, peer: Peer): void {
  const entry = queue.push(EventKind.PATH_CHANGED, connection, peer);
  entry.number = change;
  entry.old = connection.peer;
  connection.candidate = change === PathChange.CHECKING ? peer : null;
  if (change === PathChange.CHECKING) return;
  if (change === PathChange.MOVED) associations.move(connection, peer);
  const held = connection.held.splice(0, connection.held.length);
  for (let i = 0; i < held.length; i++) queue.push(EventKind.DATAGRAM, connection, connection.peer).bytes = held[i]!;
}
