// Between one UDP socket and the shards behind it: routes, limits, counts, captures.
import { ContentType, Drop, PathChange } from '../../assembly/codes.js';
import { packAddress } from '../core/address.js';
import type { Connection } from '../core/connection.js';
import type { Context } from '../core/context.js';
import { Peer } from '../core/peer.js';
import type { Sink } from '../core/sink.js';
import { canonicalAddress } from './address.js';
import { Admission } from './admission.js';
import type { Limits } from './admission.js';
import type { SocketAddress } from './address.js';
import { callUser } from './internal.js';
import type { Capture } from './option-types.js';
import type { Pool } from './pool.js';
import type { State } from './saved-state.js';
import { routeOf } from './shard.js';
import type { Route, Shard } from './shard.js';

export interface HubOptions {
  pool: Pool;
  /** Gets everything but datagrams, which go to `transmit`. */
  sink: Omit<Sink, 'datagram'>;
  transmit(bytes: Uint8Array, route: Route): void;
  /** The socket's own address, for captures. */
  local(): SocketAddress;
  capture: Capture | undefined;
  limits: Limits;
}

/** Takes what was sealed with a state, and the event CONNECTED; says where the peer is. Throws to refuse the state. */
export type Remember = (own: Uint8Array, connected: Int32Array) => SocketAddress;

let hubs = 0;

export class Hub {
  readonly counts = { bytesReceived: 0, bytesSent: 0, packetsReceived: 0, packetsSent: 0, serverSessions: 0,
    clientSessions: 0, serverBusyCount: 0, serverRefusedCount: 0 };
  /** Refuses new peers while true. */
  busy = false;
  readonly #options: HubOptions;
  readonly #sink: Sink;
  readonly #admission: Admission;
  #held: { datagram: Uint8Array; from: SocketAddress } | undefined;
  /** Clients share a pool: their keys differ by their hub. */
  readonly #prefix = `${++hubs} `;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#sink = {
      ...options.sink,
      datagram: (bytes, peer) => this.#transmit(bytes, routeOf(peer)),
      accepted: (connection) => {
        this.counts.serverSessions++;
        const silent = this.#admission.add(connection);
        if (silent !== undefined) routeOf(silent.peer).shard.discard(silent);
        options.sink.accepted(connection);
      },
      connected: (connection) => {
        this.#admission.opened(connection);
        options.sink.connected(connection);
      },
      path: (connection, change, peer, old) => {
        if (change === PathChange.MOVED && connection.role === 'server') this.#admission.moved(peer, old);
        options.sink.path?.(connection, change, peer, old);
      },
      closed: (connection, reason) => {
        if (connection.role === 'server') this.#admission.remove(connection);
        options.sink.closed(connection, reason);
      },
    };
  }

  /** A datagram from the socket, whoever sent it. */
  receive(datagram: Uint8Array, from: SocketAddress): void {
    this.counts.packetsReceived++;
    this.counts.bytesReceived += datagram.length;
    this.#held = { datagram, from };
    const peer = this.#sender(datagram, from);
    if (peer !== undefined) routeOf(peer).shard.receive(datagram, peer);
    this.#captureHeld();
  }

  /** Who sent it: what its connection ID names comes before what its address does (RFC 9146 §3). */
  #sender(datagram: Uint8Array, from: SocketAddress): Peer | undefined {
    const known = this.find(from), named = this.#options.pool.named(datagram);
    if (named !== undefined && (known === undefined || routeOf(known).shard !== named)) return this.#peer(from, named);
    return known ?? this.#newPeer(datagram, from);
  }

  /** What came is captured behind the keys it brings to light, so that a reader of the capture has them in time. */
  #captureHeld(): void {
    if (this.#held === undefined) return;
    const { datagram, from } = this.#held;
    this.#held = undefined;
    if (this.#options.capture !== undefined) callUser(this.#options.capture, datagram, from, this.#options.local());
  }

  /** The peer at this address, while it has a connection. */
  find({ address, port }: { address: string; port: number }): Peer | undefined {
    return this.#options.pool.peers[this.#key(address, port)];
  }

  /** Starts a client's handshake. Throws if the peer already has a connection, or the context cannot be. `tag`: the connection's. */
  connect(context: Context, to: SocketAddress, idleMs: number, tag: unknown): Connection {
    this.counts.clientSessions++;
    const canonical = { ...to, address: canonicalAddress(to.address) };
    return this.#options.pool.connect(context, (shard) => this.#peer(canonical, shard), idleMs, tag);
  }

  /**
   * Goes on with a saved connection, a client's where there is a context; `remember` gets what was sealed with it. Throws as
   * Endpoint.restore.
   */
  restore(context: Context | null, state: State, remember: Remember, idleMs: number, tag: unknown): Connection {
    const connection = this.#options.pool.restore(context, state,
      (shard) => ({ peer: (own, connected) => this.#known(remember(own, connected), shard), tag, idleMs }));
    if (connection.role === 'client') {
      this.counts.clientSessions++;
    } else {
      this.counts.serverSessions++;
      this.#admission.add(connection);
      this.#admission.opened(connection);
    }
    return connection;
  }

  /** Datagrams of strangers that were no ClientHello. */
  get rejected(): number {
    const drops = this.#options.pool.drops();
    return ['MALFORMED_RECORD', 'BAD_VERSION', 'UNKNOWN_PEER', 'MALFORMED_HELLO']
      .reduce((sum, name) => sum + (drops[name] ?? 0), 0);
  }

  /** New peers refused for want of room: by the limits here, and by the engine's tables. */
  get refused(): number {
    return this.counts.serverRefusedCount + (this.#options.pool.drops()[Drop[Drop.FULL]] ?? 0);
  }

  get drops(): { [name: string]: number } {
    return this.#options.pool.drops();
  }

  /** Limits are kept in silence, since a peer that is not known yet may be anybody; it tries again. */
  #newPeer(datagram: Uint8Array, from: SocketAddress): Peer | undefined {
    if (datagram[0] === ContentType.HANDSHAKE) {
      if (this.busy) return void this.counts.serverBusyCount++;
      if (!this.#admission.admits(from.address)) return void this.counts.serverRefusedCount++;
    }
    try {
      return this.#peer(from, this.#options.pool.shard());
    } catch { // no memory for one more engine: those that are there go on
      return void this.counts.serverRefusedCount++;
    }
  }

  /** Two states of one address are one too many. */
  #known(to: SocketAddress, shard: Shard): Peer {
    const at = { ...to, address: canonicalAddress(to.address) };
    return this.find(at) ?? this.#peer(at, shard);
  }

  #peer({ address, family, port }: SocketAddress, shard: Shard): Peer {
    const route: Route = { address, family, port, sink: this.#sink, shard };
    return new Peer(packAddress(address, port), this.#key(address, port), route);
  }

  #key(address: string, port: number): string {
    return `${this.#prefix}${address} ${port}`;
  }

  #transmit(bytes: Uint8Array, route: Route): void {
    this.counts.packetsSent++;
    this.counts.bytesSent += bytes.length;
    this.#captureHeld();
    if (this.#options.capture !== undefined) callUser(this.#options.capture, bytes, this.#options.local(), route);
    this.#options.transmit(bytes, route);
  }
}
