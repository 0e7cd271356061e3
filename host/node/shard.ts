// One engine in WebAssembly with its timer, its contexts and its way out to the sockets.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Answer, Connection } from '../core/connection.js';
import { ContextField, ContextFlag } from '../../assembly/records.js';
import { contextBytes, writeContext } from '../core/context.js';
import type { Context } from '../core/context.js';
import { Endpoint } from '../core/endpoint.js';
import { Loader, platformRandom } from '../core/load.js';
import type { Reason } from '../core/errors.js';
import type { Peer } from '../core/peer.js';
import { restore } from '../core/saved-state.js';
import type { Restoring } from '../core/saved-state.js';
import type { Sink } from '../core/sink.js';
import type { SocketAddress } from './address.js';
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

/** What connections of some contexts take of a layout. */
export interface Need {
  /** Of the longest handshake message. */
  messageMax: number;
  /** Of all that varies in a context: names, keys, certificates. */
  contextBytes: number;
  /** Of a peer's connection ID. */
  cidMax: number;
}

/** A ClientHello that offers every suite there is, and some extensions; a name, an identity and keys. */
const SMALL: Need = { messageMax: 1536, contextBytes: 768, cidMax: 0 };
/** A chain of certificates such as public authorities make, of 2 to 5 kB; our own, and the authorities that we trust. */
const LARGE: Need = { messageMax: 8192, contextBytes: 12_288, cidMax: 255 };

/** The least that these contexts fit in. */
export function needOf(contexts: Context[]): Need {
  const takesCertificates = contexts.some(({ flags = 0 }) => (flags & ContextFlag.PEER_CERTIFICATE) !== 0);
  const isLarge = contexts.some((context) => contextBytes(context) > SMALL.contextBytes);
  const hasCids = contexts.some(({ cidLength }) => cidLength !== undefined);
  return { cidMax: (hasCids ? LARGE : SMALL).cidMax, messageMax: (takesCertificates ? LARGE : SMALL).messageMax, contextBytes: (isLarge ? LARGE : SMALL).contextBytes };
}

/** Bytes of the longest record of a context. */
const RECORD_MAX = ContextField.COUNT * 4 + LARGE.contextBytes;

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
}

/** All calls on connections go through here, so that the timer always follows the endpoint's deadline. */
export class Shard {
  readonly endpoint: Endpoint;
  readonly size: ShardSize;
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
      // Small, and a client whose last flight is lost again and again needs its own for long: one for each connection.
      aftercares: size.connections, exporters: true }, random);
    isStarting = false;
    this.size = size;
    this.endpoint = new Endpoint(engine, this.#sink(), peers);
    this.endpoint.seal(seals);
    this.#contexts = new ContextTable(this.endpoint, size.contexts);
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
      return context === null ? this.#restoreServed(state, how) : this.#restoreClient(context, state, how);
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
    this.endpoint.engine.setSeconds(Math.floor(Date.now() / 1000));
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

/** Which contexts are defined, by what is in them, and how many connections use each. */
class ContextTable {
  readonly #endpoint: Endpoint;
  readonly #ids = new Map<string, number>();
  readonly #slots: { digest: string; users: number }[];

  constructor(endpoint: Endpoint, count: number) {
    this.#endpoint = endpoint;
    this.#slots = Array.from({ length: count }, () => ({ digest: '', users: 0 }));
  }

  /** The id of a context with just this content, defined if need be; to be given back. Throws ERR_DTLS_BAD_CONTEXT. */
  take(context: Context): number {
    const digest = digestOf(context);
    let id = this.#ids.get(digest);
    if (id === undefined) {
      id = this.#slots.findIndex((slot) => slot.users === 0);
      this.#endpoint.define(id, context);
      this.#ids.delete(this.#slots[id]!.digest);
      this.#ids.set(digest, id);
      this.#slots[id]!.digest = digest;
    }
    this.#slots[id]!.users++;
    return id;
  }

  give(id: number): void {
    this.#slots[id]!.users--;
  }
}

/** A name for a context's content that does not hold its key. */
function digestOf(context: Context): string {
  const record = Buffer.alloc(RECORD_MAX);
  const length = writeContext(record, context);
  const digest = createHash('sha256').update(record.subarray(0, length)).digest('base64');
  record.fill(0);
  return digest;
}
