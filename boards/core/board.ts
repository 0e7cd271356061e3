// One module for a whole board: the sockets that share it, and one timer. A shim brings sockets and the clock.
import { Bound, CipherSuite, Misuse } from '../../assembly/codes.js';
import type { PathChange } from '../../assembly/codes.js';
import type { Connection } from '../../host/core/connection.js';
import { contextBytes } from '../../host/core/context.js';
import type { Context } from '../../host/core/context.js';
import { Endpoint } from '../../host/core/endpoint.js';
import { Engine } from '../../host/core/engine.js';
import type { EngineModule, Layout } from '../../host/core/engine.js';
import { errorOf, misuse } from '../../host/core/errors.js';
import type { Reason } from '../../host/core/errors.js';
import type { Peer } from '../../host/core/peer.js';
import type { Question, Sink } from '../../host/core/sink.js';
import type { Association } from './association.js';
import { refusal } from './options.js';
import type { Port, Route } from './port.js';

/** What a platform supplies. */
export interface Platform {
  /** A fresh module, which forgets whatever the last one held. Throws if there is none. */
  module(): EngineModule;
  /** How a user of the platform gives the module more memory: the hint of ERR_DTLS_BAD_LAYOUT. */
  readonly layoutHint: string;
  /** Monotonic milliseconds. */
  now(): number;
  setTimer(callback: () => void, milliseconds: number): unknown;
  clearTimer(timer: unknown): void;
  /** Calls in a turn of its own. */
  later(callback: () => void): void;
  /** The time in seconds since 1970 (UTC), or since the start where nobody has set the clock. */
  seconds(): number;
}

/**
 * Room for two connections with datagrams of 1,280 bytes, which takes 10 KiB. `bytes` 0: all the memory that the
 * firmware was built with (THIMBLE_MEMORY_BYTES).
 */
export const LAYOUT: Layout = {
  bytes: 0, inMax: 1280, outMax: 1280, messageMax: 512, connections: 2, handshakes: 2, aftercares: 2, contexts: 2,
  contextBytes: Bound.IDENTITY + Bound.KEY, sessions: 0,
};

/** A clock that says less was never set: 2020-09-13. */
const CLOCK_SET = 1_600_000_000;

/** The suites of RFC 7925 §4.2 in order of preference: the mandatory one first (7252-9.1.3.1-1). */
export const SUITES = [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8, CipherSuite.TLS_PSK_WITH_AES_128_CCM];

/** The one Endpoint of a board. It is made at first use, and anew when the module has trapped. */
export class Board {
  declare readonly platform: Platform;
  /** May be changed until the first socket is used. */
  declare layout: Layout;
  /** Every open socket's. */
  declare readonly ports: Port[];
  private declare endpoint: Endpoint | null;
  private declare timer: unknown;
  private declare timerAt: number | null;
  private declare readonly onTimer: () => void;

  constructor(platform: Platform) {
    this.platform = platform;
    this.layout = LAYOUT;
    this.ports = [];
    this.endpoint = null;
    this.timer = this.timerAt = null;
    this.onTimer = () => {
      this.timer = this.timerAt = null;
      this.run((endpoint) => endpoint.timeout(platform.now()));
    };
  }

  /**
   * Calls the live endpoint and sets the timer by what came of it. Throws what the call throws, and ERR_DTLS_NO_ENTROPY or
   * ERR_DTLS_BAD_LAYOUT where an endpoint must be made and cannot.
   */
  run<T>(call: (endpoint: Endpoint) => T): T {
    const endpoint = this.live(), seconds = this.platform.seconds();
    endpoint.engine.setSeconds(seconds < CLOCK_SET ? 0 : seconds);
    try {
      return call(endpoint);
    } finally {
      if (this.endpoint !== null) this.arm(this.endpoint.deadline);
    }
  }

  /** Whether an endpoint is there, and its module lives. */
  get isLive(): boolean {
    return this.endpoint !== null && this.endpoint.failure === null;
  }

  /**
   * A number for a context that no connection uses: defines it there. Throws ERR_DTLS_FULL if all are in use,
   * ERR_DTLS_BAD_CONTEXT if the context cannot be. A session that does not fit is left out.
   */
  define(endpoint: Endpoint, context: Context): number {
    const room = this.layout.contextBytes!;
    if (contextBytes(context) > room) delete context.session; // a full handshake needs none
    if (contextBytes(context) > room) {
      throw refusal('ERR_DTLS_BAD_CONTEXT', `Keys and names take ${contextBytes(context)} bytes, and a context has ${room}`, this.platform.layoutHint);
    }
    for (let id = 0; id < this.layout.contexts; id++) {
      if (this.isInUse(endpoint, id)) continue;
      endpoint.define(id, context);
      return id;
    }
    throw misuse(-Misuse.FULL);
  }

  private isInUse(endpoint: Endpoint, id: number): boolean {
    for (const port of this.ports) if (port.listening === id) return true;
    for (const connection of endpoint.associations.all) if (connection.context === id) return true;
    return false;
  }

  /** The endpoint; a new one, serving what was served before, where there is none or its module trapped. */
  private live(): Endpoint {
    if (this.isLive) return this.endpoint!;
    this.endpoint = null;
    for (const port of this.ports) port.listening = -1;
    const endpoint = new Endpoint(this.engine(), SINK);
    this.endpoint = endpoint;
    for (const port of this.ports) port.serve(endpoint);
    return endpoint;
  }

  private engine(): Engine {
    try {
      return new Engine(this.platform.module(), this.layout);
    } catch (error) {
      const refused = error as Reason;
      if (refused.code === 'ERR_DTLS_BAD_LAYOUT') refused.hint = this.platform.layoutHint;
      throw error;
    }
  }

  private arm(deadline: number | null): void {
    if (deadline === this.timerAt) return;
    if (this.timer !== null) this.platform.clearTimer(this.timer);
    this.timerAt = deadline;
    this.timer = deadline === null ? null
      : this.platform.setTimer(this.onTimer, Math.max(0, Math.ceil(deadline - this.platform.now())));
  }
}

const associationOf = (connection: Connection): Association => connection.tag as Association;
const portOf = (peer: Peer): Port => (peer.tag as Route).port;

/** The way out of the endpoint: a datagram to the port that its peer belongs to, all else to its association. */
const SINK: Sink = {
  datagram(bytes: Uint8Array, peer: Peer): void {
    portOf(peer).sendTo(bytes, peer);
  },
  accepted(connection: Connection): void {
    portOf(connection.peer).accepted(connection);
  },
  connected(connection: Connection): void {
    associationOf(connection).store();
    associationOf(connection).events.connected();
  },
  session(connection: Connection, bytes: Uint8Array): void {
    associationOf(connection).events.session(bytes);
  },
  data(connection: Connection, bytes: Uint8Array): void {
    associationOf(connection).store();
    associationOf(connection).events.data(bytes);
  },
  path(connection: Connection, _change: PathChange, _peer: Peer, _old: Peer): void {
    const association = associationOf(connection), route = connection.peer.tag as Route;
    association.address = route.address;
    association.port = route.number;
  },
  saveDue(connection: Connection): void {
    associationOf(connection).isStored = false;
    associationOf(connection).store();
  },
  question(connection: Connection, question: Question): void {
    portOf(connection.peer).asked(associationOf(connection), question);
  },
  warning(connection: Connection, reason: Reason): void {
    associationOf(connection).events.warning(errorOf(reason));
  },
  closed(connection: Connection, reason: Reason | null): void {
    associationOf(connection).events.closed(reason === null ? null : errorOf(reason));
  },
};
