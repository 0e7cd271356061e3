// The shards of one socket, or of all clients: more are made as they fill up, and let go as they empty.
import { createHash, randomBytes } from 'node:crypto';
import type { Connection } from '../core/connection.js';
import type { Context } from '../core/context.js';
import { ShardNumbers } from './connection-ids.js';
import { drops } from '../core/names.js';
import type { Peer } from '../core/peer.js';
import type { Reason } from '../core/errors.js';
import type { Restoring } from '../core/saved-state.js';
import type { State } from './saved-state.js';
import { needOf, type Need } from './context-table.js';
import { Shard, type Build } from './shard.js';
import type { TicketKeys } from './tickets.js';

export interface PoolOptions {
  build: Build;
  /** Connections and handshakes of the first shard, the second and so on; the last stands for all that follow. */
  sizes: [connections: number, handshakes: number][];
  /** Whether each client connection may have a context of its own. */
  manyContexts: boolean;
  /** What seals and opens states; absent: what a client's context has of its own. */
  seals?: Uint8Array[] | undefined;
  /** Serves new peers, with the first of these contexts or the one that has the name they ask for. */
  server?: { contexts: Context[]; idleMs: number; tickets: TicketKeys } | undefined;
}

/** A listening socket: begins small, and holds handshakes for a quarter of a large shard's connections at a time. */
export const SERVER_SIZES: PoolOptions['sizes'] = [[64, 64], [1024, 256], [4096, 1024]];
/** Clients all start handshakes themselves. */
const CLIENT_SIZES: PoolOptions['sizes'] = [[64, 64], [1024, 1024]];

/** All clients of the process share their engines; those with a key of their own for states, with who has the same. */
const clientPools: { [name: string]: Pool } = {};

export function clientPool(build: Build, seals: Buffer[] | undefined): Pool {
  const name = seals === undefined ? build : `${build} ${createHash('sha256').update(seals[0]!).digest('base64')}`;
  return clientPools[name] ??= new Pool({ build, sizes: CLIENT_SIZES, manyContexts: true, seals });
}

/** Hellos in pieces are together within a moment: these are for as many moments at a time, and for who sends only some. */
const LOBBIES = 8;
/** A byte tells them apart (connection-ids.ts): room for a million connections. */
const SHARDS_MAX = 256;
/** As many as an engine lays out. */
const CONTEXTS_MAX = 4096;

export class Pool {
  /** Routes of all shards, by the peers' keys. */
  readonly peers: { [key: string]: Peer } = Object.create(null);
  readonly #options: PoolOptions;
  readonly #shards: Shard[] = [];
  /** Takes new peers. */
  #current: Shard | undefined;
  readonly #numbers: ShardNumbers;
  /** What every shard has, since it serves all that the server serves. */
  readonly #least: Need;
  /** A hello may find its shard full when it comes back with a cookie: then the next one knows the cookie. */
  readonly #cookieSecret = randomBytes(32);
  /** What shards that are gone had counted. */
  readonly #retiredDrops: { [name: string]: number } = {};

  /** Makes a server's first shard at once, so that a context that cannot be throws here: ERR_DTLS_BAD_CONTEXT. */
  constructor(options: PoolOptions) {
    this.#options = options;
    this.#numbers = new ShardNumbers(options.server?.contexts ?? []);
    this.#least = needOf(options.server?.contexts ?? []);
    options.server?.tickets.onchange((secrets) => { for (const shard of this.#shards) shard.sealTickets(secrets); });
    if (options.server !== undefined) this.#current = this.#add(this.#least);
  }

  /** A shard with room for one more connection that needs so much: the one that took the last, while it can. */
  shard(need = this.#least): Shard {
    this.#tidy();
    if (this.#current?.hasRoomFor(need) === true) return this.#current;
    return this.#current = this.#shards.find((shard) => shard.hasRoomFor(need)) ?? this.#add(need);
  }

  /** The shard that a record with a connection ID belongs to, whatever its address; undefined if none is named, or it is gone. */
  named(datagram: Uint8Array): Shard | undefined {
    const number = this.#numbers.in(datagram);
    return number === undefined ? undefined : this.#shards.find(({ size }) => size.number === number);
  }

  /** Starts a client's handshake with a peer whose route names its shard. */
  connect(context: Context, peer: (shard: Shard) => Peer, idleMs: number, tag: unknown): Connection {
    const shard = this.shard(needOf([context]));
    return shard.connect(context, peer(shard), idleMs, tag);
  }

  /** Goes on with a saved connection, of a client where there is a context; see Shard.restore. */
  restore(context: Context | null, { bytes, shard: number }: State, how: (shard: Shard) => Restoring): Connection {
    this.#tidy();
    let full: unknown;
    for (const shard of this.#places(context === null ? this.#least : needOf([context]), number)) {
      try {
        return shard.restore(context, bytes, how(shard));
      } catch (error) {
        if ((error as Reason).code !== 'ERR_DTLS_FULL') throw error;
        full = error;
      }
    }
    throw full;
  }

  /** Where a saved connection may have its place: its CID names a slot, and a server's names the shard, too. */
  *#places(need: Need, number: number | undefined): Generator<Shard> {
    if (number !== undefined && this.#numbers.areThere) {
      return yield this.#shards.find(({ size }) => size.number === number) ?? this.#add(need, number);
    }
    yield* this.#shards.filter((shard) => shard.hasRoomFor(need));
    for (let more = 0; more < this.#options.sizes.length; more++) yield this.#add(need); // the slot may be beyond a small one's
  }

  /** Everything counted as dropped, in all shards, by its name. */
  drops(): { [name: string]: number } {
    const sum = { ...this.#retiredDrops };
    for (const shard of this.#shards) addDrops(sum, shard);
    return sum;
  }

  #add(need: Need, number = this.#freeNumber()): Shard {
    const { build, sizes, manyContexts, seals = [], server } = this.#options;
    const alike = this.#shards.filter(({ size }) => size.messageMax >= need.messageMax && size.contextBytes >= need.contextBytes).length;
    // a server's are as large each time, for CIDs name slots of a shard that may be made again after a restart
    const [connections, handshakes] = sizes[Math.min(server === undefined ? alike : number, sizes.length - 1)]!;
    const contexts = Math.min((server?.contexts.length ?? 0) + (manyContexts ? connections + 1 : 0), CONTEXTS_MAX);
    const size = { connections: Math.min(connections, this.#numbers.connectionsMax), number, handshakes, contexts,
      lobbies: server === undefined ? 0 : LOBBIES,
      contextBytes: Math.max(need.contextBytes, this.#least.contextBytes),
      messageMax: Math.max(need.messageMax, this.#least.messageMax), cidMax: Math.max(need.cidMax, this.#least.cidMax),
      sessions: server === undefined ? 0 : connections };
    const shard = new Shard(build, size, this.peers, this.#cookieSecret, seals);
    if (server !== undefined) shard.sealTickets(server.tickets.secrets);
    if (server !== undefined) shard.listen(server.contexts.map((context) => this.#numbers.of(context, number)), server.idleMs);
    this.#shards.push(shard);
    return shard;
  }

  /** Of a server's shards; what a client's shard is called does not matter. */
  #freeNumber(): number {
    if (this.#options.server === undefined) return 0;
    const taken = new Set(this.#shards.map(({ size }) => size.number));
    for (let number = 0; number < SHARDS_MAX; number++) if (!taken.has(number)) return number;
    throw new Error('a server has at most 256 engines');
  }

  /** Lets go of shards that failed, and of empty ones but for the first and the current one. */
  #tidy(): void {
    for (let i = this.#shards.length - 1; i >= 0; i--) {
      const shard = this.#shards[i]!;
      const isSpare = i > 0 && shard !== this.#current && shard.endpoint.associations.all.length === 0;
      if (shard.endpoint.failure === null && !isSpare) continue;
      addDrops(this.#retiredDrops, shard);
      if (shard.endpoint.failure !== null) warn(shard.endpoint.failure);
      this.#shards.splice(i, 1);
    }
  }
}

function addDrops(sum: { [name: string]: number }, shard: Shard): void {
  for (const [name, count] of Object.entries(drops(shard.endpoint.engine))) sum[name] = (sum[name] ?? 0) + count;
}

/** Sessions hear of it themselves, if there were any. */
function warn(failure: unknown): void {
  process.emitWarning(`An engine failed (${String(failure)}) and was replaced. Please report this.`,
    { type: 'DTLSWarning', code: 'ERR_DTLS_ENGINE_FAILED' });
}
