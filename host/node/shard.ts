// One engine in WebAssembly with its timer, its contexts and its way out to the sockets.
import { readFileSync } from 'node:fs';
import type { Answer, Connection } from '../core/connection.js';
import type { Context } from '../core/context.js';
import { Endpoint } from '../core/endpoint.js';
import { Loader, platformRandom } from '../core/load.js';
import type { Reason } from '../core/errors.js';
import type { Peer } from '../core/peer.js';
import { restore } from '../core/saved-state.js';
import type { Restoring } from '../core/saved-state.js';
import type { Sink } from '../core/sink.js';
import type { SocketAddress } from './address.js';
import { ContextTable, type Need } from './context-table.js';
import { DATAGRAM_MAX } from './secure-context.js';

/** The `tag` of every Peer here: where it is, who serves it, and through whom. */
export interface Route extends SocketAddress {
  sink: Sink;
  shard: Shard;
}

export const routeOf = (peer: Peer): Route => peer.tag as Route;

/** A peer's address as users see it. */
export function addressOf(peer: Peer): SocketAddress {
  const { address, family, port } = routeOf(peer);
  return { address, family, port };
}

export type Build = 'node' | 'trace';

const loaders: { [build: string]: Loader } = {};

/** The built module, compiled at the first use. */
function loader(build: Build): Loader {
  return loaders[build] ??= new Loader(readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url)));
}

export interface ShardSize extends Need {
  connections: number;
  /** At a time; a peer that finds none free is not answered, and tries again. */
  handshakes: number;
  contexts: number;
  /** First hellos that may come in pieces at a time. */
  lobbies: number;
  /** A server's: which of its shards it is, 0 to 255 (connection-ids.ts). */
  number: number;
  /** Kept by their ids, for clients without tickets. */
  sessions: number;
}

/** RFC 5077: ours hold a session and an identity of 128 bytes. */
const TICKET_MAX = 255;

const tellTime = ({ engine }: Endpoint): void => engine.setSeconds(Math.floor(Date.now() / 1000));

/** All calls on connections go through here, so that the timer always follows the endpoint's deadline. */
export class Shard {
  readonly endpoint: Endpoint;
  readonly size: ShardSize;
  readonly #stateSeals: Uint8Array[];
  #ticketSeals: Uint8Array[];
  #contexts: ContextTable;
  /** How many contexts new peers may get, the first ones. */
  #served = 0;
  #handshaking = 0;
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Infinity;

  /** `cookieSecret`: 32 bytes. Shards with the same one take each other's cookies. `seals`: what seals states. */
  constructor(build: Build, size: ShardSize, peers: { [key: string]: Peer }, cookieSecret: Uint8Array, seals: Uint8Array[]) {
    let isStarting = true;
    const random = (bytes: Uint8Array) => {
      // What an engine draws at its start, and nothing later, is its cookie secret (assembly/cookie.ts).
      if (isStarting && bytes.length === cookieSecret.length) bytes.set(cookieSecret);
      else platformRandom(bytes);
    };
    const engine = loader(build).engine({ inMax: DATAGRAM_MAX, outMax: DATAGRAM_MAX, messageMax: size.messageMax,
      connections: size.connections, handshakes: size.handshakes, contexts: size.contexts, contextBytes: size.contextBytes,
      lobbies: size.lobbies, cidMax: size.cidMax,
      sessions: size.sessions, ticketMax: size.sessions === 0 ? 0 : TICKET_MAX,
      // Small, and a client whose last flight is lost again and again needs its own for long: one for each connection.
      aftercares: size.connections, exporters: true }, random);
    isStarting = false;
    this.size = size;
    this.endpoint = new Endpoint(engine, this.#sink(), peers);
    this.#stateSeals = seals;
    this.sealTickets(this.#ticketSeals = seals);
    this.#contexts = new ContextTable(this.endpoint, size.contexts);
  }

  sealTickets(secrets: Uint8Array[]): void {
    this.#ticketSeals = secrets;
    if (this.endpoint.failure === null) this.endpoint.seal(secrets);
  }

  /** For what saves or restores: an engine has one list, and keys of tickets, which may die with the process, seal no state. */
  sealingStates<T>(call: () => T): T {
    if (this.endpoint.failure === null) this.endpoint.seal(this.#stateSeals);
    try {
      return call();
    } finally {
      this.sealTickets(this.#ticketSeals);
    }
  }

  /** Whether a new connection finds a place. */
  hasRoomFor({ messageMax, contextBytes, cidMax }: Need): boolean {
    const { connections, handshakes } = this.size;
    if (this.size.messageMax < messageMax || this.size.contextBytes < contextBytes || this.size.cidMax < cidMax) return false;
    return this.endpoint.failure === null && this.endpoint.associations.all.length < connections &&
      this.#handshaking < handshakes;
  }

  /** Serves new peers with these contexts, whose ids are their places; the first is for those that ask for no name. */
  listen(contexts: Context[], idleMs: number): void {
    this.endpoint.idleMs = idleMs;
    const ids = contexts.map((context) => this.#contexts.take(context));
    this.#served = ids.length;
    this.endpoint.listen(ids[0]!);
  }

  /** Goes on with a saved connection: a client's with this context, a server's with what is served; see core/saved-state.ts. */
  restore(context: Context | null, state: Uint8Array, how: Restoring): Connection {
    try {
      return this.sealingStates(() =>
        (context === null ? this.#restoreServed(state, how) : this.#restoreClient(context, state, how)));
    } finally {
      this.#arm();
    }
  }

  #restoreClient(context: Context, state: Uint8Array, how: Restoring): Connection {
    const id = this.#contexts.take(context);
    try {
      return restore(this.endpoint, id, 'client', state, performance.now(), how);
    } catch (error) {
      this.#contexts.give(id);
      throw error;
    }
  }

  /** With the first context that has its suite. */
  #restoreServed(state: Uint8Array, how: Restoring): Connection {
    for (let id = 0; ; id++) {
      try {
        return restore(this.endpoint, id, 'server', state, performance.now(), how);
      } catch (error) {
        if ((error as Reason).code !== 'ERR_DTLS_OTHER_STATE' || id + 1 === this.#served) throw error;
      }
    }
  }

  connect(context: Context, peer: Peer, idleMs: number, tag: unknown): Connection {
    tellTime(this.endpoint);
    const id = this.#contexts.take(context);
    this.#handshaking++;
    try {
      const connection = this.endpoint.connect(id, peer, performance.now(), tag);
      connection.idleMs = idleMs;
      return connection;
    } catch (error) {
      this.#handshaking--;
      this.#contexts.give(id);
      throw error;
    } finally {
      this.#arm();
    }
  }

  receive(datagram: Uint8Array, peer: Peer): void {
    tellTime(this.endpoint);
    this.endpoint.receive(datagram, peer, performance.now());
    this.#arm();
  }

  send(connection: Connection, data: Uint8Array): void {
    connection.send(data);
  }

  answer(connection: Connection, serial: number, answer: Answer): void {
    try {
      connection.answer(serial, answer, performance.now());
    } finally {
      this.#arm();
    }
  }

  close(connection: Connection): void {
    if (connection.state !== 'closed') connection.close();
    this.#arm();
  }

  discard(connection: Connection): void {
    if (connection.state !== 'closed') connection.discard();
    this.#arm();
  }

  /** Hands what the endpoint says to the sink of each peer's route. */
  #sink(): Sink {
    return {
      datagram: (bytes, peer) => routeOf(peer).sink.datagram(bytes, peer),
      accepted: (connection) => {
        this.#handshaking++;
        routeOf(connection.peer).sink.accepted(connection);
      },
      connected: (connection) => {
        this.#handshaking--;
        routeOf(connection.peer).sink.connected(connection);
      },
      session: (connection, bytes) => routeOf(connection.peer).sink.session?.(connection, bytes),
      data: (connection, bytes, epoch) => routeOf(connection.peer).sink.data(connection, bytes, epoch),
      question: (connection, question) => routeOf(connection.peer).sink.question(connection, question),
      warning: (connection, reason) => routeOf(connection.peer).sink.warning(connection, reason),
      path: (connection, change, peer, old) => routeOf(connection.peer).sink.path?.(connection, change, peer, old),
      closed: (connection, reason) => {
        if (connection.cipherSuite === 0) this.#handshaking--;
        if (connection.role === 'client') this.#contexts.give(connection.context);
        routeOf(connection.peer).sink.closed(connection, reason);
      },
      saveDue: (connection) => routeOf(connection.peer).sink.saveDue?.(connection),
      trace: (kind, bytes, connection) => {
        if (connection !== null) routeOf(connection.peer).sink.trace?.(kind, bytes, connection);
      },
    };
  }

  /** The timer may run early, never late: it is only set anew for something earlier. The socket keeps Node alive. */
  #arm(): void {
    const { deadline } = this.endpoint;
    if (deadline === null || deadline >= this.#armedForMs) return;
    clearTimeout(this.#timer);
    this.#armedForMs = deadline;
    this.#timer = setTimeout(() => this.#due(), Math.max(0, Math.ceil(deadline - performance.now()))).unref();
  }

  #due(): void {
    const { deadline } = this.endpoint, now = performance.now();
    this.#armedForMs = Infinity;
    if (deadline !== null && deadline <= now) this.endpoint.timeout(now);
    this.#arm();
  }
}
