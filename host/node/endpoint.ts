// A UDP socket and its sessions, in the shape of node:dtls's DTLSEndpoint.
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { PathChange } from '../../assembly/codes.js';
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { TraceKind } from '../core/trace.js';
import type { SocketAddress } from './address.js';
import { UNLIMITED, type Limits } from './admission.js';
import { endOf, isOrderly, portUnreachable } from './endings.js';
import { DTLSError, invalidValue } from './errors.js';
import { Hub, type HubOptions } from './hub.js';
import { callUser, Deferred, kBegin, kBlame, kConnected, kEnd, kForget, kIdentity, kKeylog, kLogsKeys, kMessage,
  kKeeper, kOwner, kPath, kPeer, kProtocol, kServerName, kSession, kTrouble, kWarning } from './internal.js';
import { keyLogLine } from './keylog.js';
import { serverName, type ServerName } from './names.js';
import type { ConnectSettings, ListenSettings, Settings } from './options.js';
import { clientPool, Pool, SERVER_SIZES } from './pool.js';
import { answerQuestion } from './questions.js';
import { ofClient, Restoring, wake, whoOf } from './restoring.js';
import { joinClientState, joinStates, splitClientState, type Owner } from './saved-state.js';
import type { DTLSSecureContext } from './secure-context.js';
import { StateKeeper } from './state-keeper.js';
import { DTLSSession } from './session.js';
import type { Build } from './shard.js';
import { DTLSEndpointStats } from './stats.js';
import { TicketKeys, ticketSecrets } from './tickets.js';
import { boundSocket, explainSendError, localAddress, Outlet } from './udp.js';
import { handler } from './validate.js';

const sessionOf = (connection: Connection): DTLSSession => connection.tag as DTLSSession;

export class DTLSEndpoint {
  readonly #settings: Settings;
  readonly #sessions = new Set<DTLSSession>();
  readonly #stats = new DTLSEndpointStats(() => this.#hub);
  readonly #closed = new Deferred<void>();
  readonly #onsession: ((session: DTLSSession) => void) | undefined;
  readonly #keeper: StateKeeper;
  #restoring: Restoring | undefined;
  #socket: Socket | undefined;
  #outlet: Outlet | undefined;
  #hub: Hub | undefined;
  #onerror: ((error: Error) => void) | undefined;
  #logsKeys: boolean;
  #isOver = false;
  /** A client's, and a server's. */
  #serverName: ServerName | undefined;
  #tickets: TicketKeys | undefined;
  /** The peer's host said that nothing listens there (ICMP); anybody can say so, hence it ends nothing. */
  #refused = false;

  /** @internal Endpoints come from `listen` and `connect`. */
  constructor(settings: Settings, onsession?: (session: DTLSSession) => void) {
    this.#settings = settings;
    this.#onsession = onsession;
    this.#logsKeys = settings.keylog !== false;
    this.#keeper = new StateKeeper(() => this.#sessions, onsession ? joinStates : joinClientState, settings.saved.store, (error) => {
      if (onsession !== undefined) callUser(this.#onerror, error);
      else for (const session of this.#sessions) session[kTrouble](error);
    });
  }

  /** The local address; undefined until a client's host name is resolved, and after the end. */
  get address(): SocketAddress | undefined {
    return this.#socket === undefined || this.#isOver ? undefined : localAddress(this.#socket);
  }
  get stats(): DTLSEndpointStats { return this.#stats; }
  /** While true, new peers are refused in silence. */
  get busy(): boolean { return this.#hub?.busy ?? false; }
  set busy(value: boolean) { if (this.#hub !== undefined) this.#hub.busy = Boolean(value); }
  get destroyed(): boolean { return this.#isOver; }
  /** Resolves when the socket is closed; rejects with the error the endpoint was destroyed with. */
  get closed(): Promise<void> { return this.#closed.promise; }

  /** Called with errors of the socket that belong to no session. */
  get onerror() { return this.#onerror; }
  set onerror(value: ((error: Error) => void) | null | undefined) { this.#onerror = handler('onerror', value); }

  /**
   * + The state of every session whose handshake is over, sealed, for the option `state` of the next `listen`; the sessions go
   * on. Write it to its place before anything more is sent, or let `storeState` do so. What came in after the last one that was
   * stored may be replayed, once, to who restores it. Throws ERR_DTLS_NO_STATE_KEY.
   */
  saveState(): Buffer { return this.#keeper.save(); }
  /** + A server's: replaces `ticketKeys`. As `server.setTicketKeys` of node:tls. */
  setTicketKeys(keys: Uint8Array | Uint8Array[]): void { this.#tickets?.set(ticketSecrets('keys', keys)); }

  /** Closes every session with close_notify, then the socket. */
  close(): Promise<void> {
    for (const session of [...this.#sessions]) void session.close();
    this.#finish();
    this.#keeper.stop(this.#onsession !== undefined);
    return this.closed;
  }

  /** Ends everything at once; no peer hears anything. */
  destroy(error?: Error): void {
    if (this.#isOver) return;
    this.#keeper.stop(false);
    if (error !== undefined) this.#closed.reject(error);
    for (const session of [...this.#sessions]) session.destroy(error);
    this.#finish();
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.close(); }

  /** @internal Binds and serves. Throws the system's error. */
  listen(settings: ListenSettings): this {
    if (isIP(settings.host) === 0) throw invalidValue('options.host', 'must be an IP address', settings.host);
    const { secure, timing, idleMs } = settings;
    const tickets = this.#tickets = new TicketKeys(settings.ticketKeys);
    const pool = new Pool({ build: this.#build, sizes: SERVER_SIZES, manyContexts: false, seals: settings.saved.seals,
      server: { contexts: secure.contexts(timing), idleMs, tickets } });
    this.#bind(settings.host, settings.port, settings.ipv6Only);
    this.#hub = new Hub(this.#hubOptions(pool, settings));
    if (settings.saved.state !== undefined) {
      this.#restoring = new Restoring(this.#hub, this.#keeper, settings.saved.state, idleMs, secure, () => new DTLSSession(this));
      this.#restoring.start(this.#sessions, (session) => callUser(this.#onsession, session));
    }
    return this;
  }

  /** @internal A session with this peer; the handshake begins when its name is resolved, and never at once. */
  connect(host: string, port: number, settings: ConnectSettings): DTLSSession {
    this.#serverName = serverName(settings.servername, host);
    const session = new DTLSSession(this);
    if (settings.session?.length) session[kSession](settings.session);
    this.#sessions.add(session);
    const { bindHost } = settings;
    const family = bindHost === undefined ? 0 : isIP(bindHost);
    if (bindHost !== undefined && (family === 0 || isIP(host) !== 0 && isIP(host) !== family)) {
      throw invalidValue('options.bindHost', 'must be an IP address of the same family as the peer\'s', bindHost);
    }
    const fail = (error: Error) => session[kEnd](error);
    lookup(host, { family }, (error, address, found) => {
      if (error !== null) return fail(error);
      this.#begin(session, { address, port, family: found === 6 ? 'IPv6' : 'IPv4' }, settings, fail);
    });
    return session;
  }

  #begin(session: DTLSSession, to: SocketAddress, settings: ConnectSettings, fail: (error: Error) => void): void {
    if (this.#isOver) return;
    try {
      const socket = this.#bindClient(settings.bindHost ?? (to.family === 'IPv6' ? '::' : '0.0.0.0'), settings);
      socket.connect(to.port, to.address, ((error?: Error) => {
        if (error !== undefined) fail(error);
        else if (!this.#isOver) this.#handshake(session, to, fail);
      }) as () => void);
    } catch (error) {
      fail(error as Error);
    }
  }

  /** Without a `bindPort`, at the port of the state: a server that gives no connection IDs knows the session by it. */
  #bindClient(address: string, { bindPort, saved: { state } }: ConnectSettings): Socket {
    const port = bindPort === 0 && state !== undefined ? splitClientState(state).port : bindPort;
    try {
      return this.#bind(address, port, false);
    } catch (error) {
      if (port === bindPort) throw error;
      return this.#bind(address, 0, false);
    }
  }

  #handshake(session: DTLSSession, to: SocketAddress, fail: (error: Error) => void): void {
    const { secure, timing, idleMs } = this.#settings;
    this.#logsKeys ||= session[kLogsKeys];
    if (secure.identity !== undefined) session[kIdentity](secure.identity.toString());
    try {
      const { session: earlier, saved: { state, seals } } = this.#settings as ConnectSettings;
      const context = secure.clientContext(timing, this.#serverName!, earlier);
      const hub = this.#hub = new Hub(this.#hubOptions(clientPool(this.#build, seals), UNLIMITED));
      const remember = ofClient(secure, whoOf(session), { to, expected: this.#serverName!.expected, localPort: this.address!.port });
      if (state !== undefined &&
        wake(this.#keeper, session, () => hub.restore(context, splitClientState(state), remember, idleMs, session))) return;
      session[kBegin](hub.connect(context, to, idleMs, session));
    } catch (error) {
      fail(error as Error);
    }
  }

  /** @internal */
  get [kKeeper](): StateKeeper { return this.#keeper; }
  /** @internal What is sealed into the state of a session. */
  [kOwner](connection: Connection, session: DTLSSession): Owner {
    return { identity: session.pskIdentity, shown: session[kPeer], localPort: this.address?.port ?? 0,
      name: this.#serverName?.expected ?? this[kServerName](connection), isShared: false };
  }
  get #build(): Build { return this.#logsKeys ? 'trace' : 'node'; }
  #bind(address: string, port: number, ipv6Only: boolean): Socket {
    const socket = this.#socket = boundSocket(address, port, this.#settings, ipv6Only);
    socket.on('message', (datagram, { address, family, port }) => {
      const from = { address, family, port };
      if (!this.#restoring?.holds(datagram, from)) this.#hub?.receive(datagram, from);
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      (error.code === 'ECONNREFUSED' ? this.#hearRefusal() : callUser(this.#onerror, error)));
    socket.on('close', () => this.#closed.resolve());
    this.#outlet = new Outlet(socket, this.#onsession === undefined, (error, to) => this.#sendFailed(error, to));
    return socket;
  }

  #hubOptions(pool: Pool, limits: Limits): HubOptions {
    return {
      pool, limits,
      capture: this.#settings.capture,
      local: () => localAddress(this.#socket!),
      transmit: (bytes, route) => this.#outlet?.send(bytes, route),
      sink: {
        accepted: (connection) => this.#accepted(connection),
        connected: (connection) => sessionOf(connection)[kConnected](),
        session: (connection, bytes) => sessionOf(connection)[kSession](bytes),
        data: (connection, bytes, epoch) => sessionOf(connection)[kMessage](bytes, epoch),
        question: (connection, question) => {
          const session = sessionOf(connection);
          answerQuestion(connection, question, {
            secure: this.#secure(connection),
            name: this.#serverName?.expected ?? '',
            identity: (identity) => session[kIdentity](identity),
            peer: (peer) => { session[kPeer] = peer; },
            blame: (error) => session[kBlame](error),
          });
        },
        warning: (connection, reason) => sessionOf(connection)[kWarning](new DTLSError(reason)),
        path: (connection, change, peer, old) => { if (change === PathChange.MOVED) sessionOf(connection)[kPath](peer, old); },
        closed: (connection, reason) => this.#ended(connection, reason),
        saveDue: () => void this.#keeper.due(),
        trace: (kind, bytes, connection) => {
          if (kind === TraceKind.KEY_LOG && connection !== null) sessionOf(connection)[kKeylog](keyLogLine(bytes), this.#settings.keylog);
        },
      },
    };
  }

  #secure({ role, context }: Connection): DTLSSecureContext {
    return role === 'client' ? this.#settings.secure : this.#settings.secure.serving(context);
  }

  #accepted(connection: Connection): void {
    const session = new DTLSSession(this);
    connection.tag = session;
    session[kBegin](connection);
    this.#sessions.add(session);
    callUser(this.#onsession, session);
  }

  #ended(connection: Connection, reason: Reason | null): void {
    const session = sessionOf(connection);
    if (reason === null) return session[kEnd](null);
    const error = endOf(connection, reason, this.#refused);
    session[kEnd](isOrderly(error) ? null : error, error);
  }

  /** 6347-4.1.1.1-2: what the system says of a datagram's size (or of the route) goes up to the session. */
  #sendFailed(error: NodeJS.ErrnoException, to: SocketAddress): void {
    if (error.code === 'ECONNREFUSED') return this.#hearRefusal();
    const connection = this.#hub?.find(to)?.connection;
    if (connection === undefined || connection === null) return;
    sessionOf(connection)[kTrouble](explainSendError(error));
  }

  /** A hint and no more, hence only for those who asked for warnings: the server may yet start. */
  #hearRefusal(): void {
    const isFirst = !this.#refused;
    this.#refused = true;
    if (!isFirst || this.#onsession !== undefined) return;
    for (const session of this.#sessions) {
      if (session.protocol === undefined && session.onwarning !== undefined) session[kWarning](portUnreachable());
    }
  }

  /** @internal */
  [kProtocol](connection: Connection) { return this.#secure(connection).protocolAt(connection.protocol); }
  /** @internal */
  [kServerName](connection: Connection | null): string | undefined {
    if (this.#serverName !== undefined) return this.#serverName.said || undefined;
    return connection === null ? undefined : this.#settings.secure.nameServed(connection.context);
  }
  /** @internal */
  get [kLogsKeys](): boolean { return this.#logsKeys; }
  /** @internal A client's endpoint has no other session. */
  [kForget](session: DTLSSession): void {
    this.#sessions.delete(session);
    if (this.#onsession === undefined) this.#finish();
    else this.#keeper.changed();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tickets?.stop();
    this.#stats.end();
    if (this.#outlet === undefined) this.#closed.resolve();
    else this.#outlet.close();
  }
}
