// Which connection belongs to a handle, and which to a peer.
import { Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { Peer } from './peer.js';

export class Associations {
  /** All that live, in no order. */
  declare readonly all: Connection[];
  /** Peers that have a connection and a key, by key. */
  declare readonly peers: { [key: string]: Peer };
  private declare readonly handles: { [handle: number]: Connection };

  constructor(peers: { [key: string]: Peer }) {
    this.all = [];
    this.peers = peers;
    this.handles = {};
  }

  /** The connection of this handle, or null; a peer that is being heard is the likeliest owner. */
  find(handle: number, peer: Peer | null): Connection | null {
    if (peer !== null) {
      if (peer.connection !== null && peer.connection.handle === handle) return peer.connection;
      if (peer.successor !== null && peer.successor.handle === handle) return peer.successor;
    }
    return this.handles[handle] ?? null;
  }

  /**
   * 6347-4.2.8-1: while a peer's association lives, a new one from its address waits as its successor; datagrams go on
   * under the old handle, and the engine tells the two apart.
   */
  add(endpoint: Endpoint, peer: Peer, role: 'client' | 'server', handle: number, context: number): Connection {
    const connection = new Connection(endpoint, peer, role, handle, context);
    connection.index = this.all.length;
    this.all.push(connection);
    this.handles[handle] = connection;
    if (peer.connection !== null) {
      peer.successor = connection;
      return connection;
    }
    peer.connection = connection;
    if (peer.key !== '') this.peers[peer.key] = peer;
    return connection;
  }

  /** Forgets a connection; its successor takes the address, whatever the old one ended of. */
  remove(connection: Connection): void {
    const peer = connection.peer, last = this.all.pop()!;
    if (last !== connection) {
      this.all[connection.index] = last;
      last.index = connection.index;
    }
    connection.state = 'closed';
    delete this.handles[connection.handle];
    this.leave(connection, peer);
  }

  /**
   * RFC 9146 §6: from now on the connection is where `peer` is. Whoever was known there keeps that address to send to, and is
   * found by its connection ID.
   */
  move(connection: Connection, peer: Peer): void {
    this.leave(connection, connection.peer);
    const to = peer.connection === null ? peer : new Peer(peer.address, peer.key, peer.tag);
    to.connection = connection;
    connection.peer = to;
    if (to.key !== '') this.peers[to.key] = to;
  }

  private leave(connection: Connection, peer: Peer): void {
    if (peer.successor === connection) peer.successor = null;
    if (peer.connection !== connection) return;
    peer.connection = peer.successor;
    peer.successor = null;
    if (peer.connection === null && this.peers[peer.key] === peer) delete this.peers[peer.key];
  }
}
