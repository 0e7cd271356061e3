// A UDP socket and its sessions, in the shape of node:dtls's DTLSEndpoint.
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { TraceKind } from '../core/trace.js';
import type { SocketAddress } from './address.js';
import { UNLIMITED } from './admission.js';
import type { Limits } from './admission.js';
import { DTLSError, dtlsError, invalidValue } from './errors.js';
import { Hub } from './hub.js';
import type { HubOptions } from './hub.js';
import { callUser, Deferred, kBegin, kBlame, kConnected, kEnd, kForget, kIdentity, kKeylog, kLogsKeys, kMessage,
  kPeer, kProtocol, kServerName, kTrouble, kWarning } from './internal.js';
import { keyLogLine } from './keylog.js';
import { serverName } from './names.js';
import type { ServerName } from './names.js';
import type { ConnectSettings, ListenSettings, Settings } from './options.js';
import { CLIENT_SIZES, Pool, SERVER_SIZES } from './pool.js';
import { answerQuestion } from './questions.js';
import type { DTLSSecureContext } from './secure-context.js';
import { DTLSSession } from './session.js';
import type { Build, Route } from './shard.js';
import { DTLSEndpointStats } from './stats.js';
import { boundSocket, explainSendError, localAddress } from './udp.js';
import { handler } from './validate.js';

/** All clients of the process share their engines; each has a socket of its own. */
const clientPools: { [build: string]: Pool } = {};

const clientPool = (build: Build): Pool =>
  clientPools[build] ??= new Pool({ build, sizes: CLIENT_SIZES, manyContexts: true });

/** Ends that are neither the session's failure nor the peer's: their news is the end itself. */
const ORDERLY = new Set(['ERR_DTLS_REPLACED', 'ERR_DTLS_IDLE_TIMEOUT']);

const sessionOf = (connection: Connection): DTLSSession => connection.tag as DTLSSession;

export class DTLSEndpoint {
  readonly #settings: Settings;
  readonly #sessions = new Set<DTLSSession>();
  readonly #stats = new DTLSEndpointStats(() => this.#hub);
  readonly #closed = new Deferred<void>();
  readonly #onsession: ((session: DTLSSession) => void) | undefined;
  #socket: Socket | undefined;
  #hub: Hub | undefined;
  #onerror: ((error: Error) => void) | undefined;
  #logsKeys: boolean;
  /** Datagrams the system has not taken yet. */
  #sending = 0;
  #isOver = false;
  /** A client's. */
  #serverName: ServerName | undefined;
  /** The peer's host said that nothing listens there (ICMP); anybody can say so, hence it ends nothing. */
  #refused = false;

  /** @internal Endpoints come from `listen` and `connect`. */
  constructor(settings: Settings, onsession?: (session: DTLSSession) => void) {
    this.#settings = settings;
    this.#onsession = onsession;
    this.#logsKeys = settings.keylog !== false;
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

  /** Closes every session with close_notify, then the socket. */
  close(): Promise<void> {
    for (const session of [...this.#sessions]) void session.close();
    this.#finish();
    return this.closed;
  }

  /** Ends everything at once; no peer hears anything. */
  destroy(error?: Error): void {
    if (this.#isOver) return;
    if (error !== undefined) this.#closed.reject(error);
    for (const session of [...this.#sessions]) session.destroy(error);
    this.#finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Binds and serves. Throws the system's error. */
  listen(settings: ListenSettings): this {
    if (isIP(settings.host) === 0) throw invalidValue('options.host', 'must be an IP address', settings.host);
    const { secure, timing, idleMs } = settings;
    const pool = new Pool({ build: this.#build, sizes: SERVER_SIZES, manyContexts: false,
      server: { contexts: secure.contexts(timing), idleMs } });
    this.#bind(settings.host, settings.port, settings.ipv6Only);
    this.#hub = new Hub(this.#hubOptions(pool, settings));
    return this;
  }

  /** @internal A session with this peer; the handshake begins when its name is resolved, and never at once. */
  connect(host: string, port: number, settings: ConnectSettings): DTLSSession {
    this.#serverName = serverName(settings.servername, host);
    const session = new DTLSSession(this);
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
      const socket = this.#bind(settings.bindHost ?? (to.family === 'IPv6' ? '::' : '0.0.0.0'), settings.bindPort, false);
      socket.connect(to.port, to.address, ((error?: Error) => {
        if (error !== undefined) fail(error);
        else if (!this.#isOver) this.#handshake(session, to, fail);
      }) as () => void);
    } catch (error) {
      fail(error as Error);
    }
  }

  #handshake(session: DTLSSession, to: SocketAddress, fail: (error: Error) => void): void {
    const { secure, timing, idleMs } = this.#settings;
    this.#logsKeys ||= session[kLogsKeys];
    if (secure.identity !== undefined) session[kIdentity](secure.identity.toString());
    try {
      this.#hub = new Hub(this.#hubOptions(clientPool(this.#build), UNLIMITED));
      session[kBegin](this.#hub.connect(secure.context(timing, this.#serverName!.said), to, idleMs, session));
    } catch (error) {
      fail(error as Error);
    }
  }

  get #build(): Build { return this.#logsKeys ? 'trace' : 'node'; }

  #bind(address: string, port: number, ipv6Only: boolean): Socket {
    const socket = this.#socket = boundSocket(address, port, this.#settings, ipv6Only);
    socket.on('message', (datagram, { address, family, port }) => this.#hub?.receive(datagram, { address, family, port }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') this.#hearRefusal();
      else callUser(this.#onerror, error);
    });
    socket.on('close', () => this.#closed.resolve());
    return socket;
  }

  #hubOptions(pool: Pool, limits: Limits): HubOptions {
    return {
      pool, limits,
      capture: this.#settings.capture,
      local: () => localAddress(this.#socket!),
      transmit: (bytes, route) => this.#transmit(bytes, route),
      sink: {
        accepted: (connection) => this.#accepted(connection),
        connected: (connection) => sessionOf(connection)[kConnected](),
        data: (connection, bytes, epoch) => sessionOf(connection)[kMessage](bytes, epoch),
        question: (connection, question) => {
          const session = sessionOf(connection);
          answerQuestion(connection, question, {
            secure: this.#secure(connection),
            name: this.#serverName?.expected ?? '',
            identity: (identity) => session[kIdentity](identity),
            peer: (peer) => session[kPeer](peer),
            blame: (error) => session[kBlame](error),
          });
        },
        warning: (connection, reason) => sessionOf(connection)[kWarning](new DTLSError(reason)),
        closed: (connection, reason) => this.#ended(connection, reason),
        trace: (kind, bytes, connection) => this.#trace(kind, bytes, connection),
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
    const error = new DTLSError(reason);
    if (this.#refused && reason.code === 'ERR_DTLS_HANDSHAKE_TIMEOUT') {
      error.hint = 'The host answers that nothing listens on this port (ECONNREFUSED): check the port, start the server.';
    }
    if (reason.code === 'ERR_DTLS_ENGINE_FAILED') error.cause = connection.endpoint.failure;
    session[kEnd](ORDERLY.has(reason.code) ? null : error, error);
  }

  #trace(kind: number, bytes: Uint8Array, connection: Connection | null): void {
    if (kind !== TraceKind.KEY_LOG || connection === null) return;
    const line = keyLogLine(bytes), { keylog } = this.#settings;
    if (typeof keylog === 'function') callUser(keylog, line);
    sessionOf(connection)[kKeylog](line);
  }

  #transmit(bytes: Uint8Array, route: Route): void {
    if (this.#socket === undefined) return;
    this.#sending++;
    const sent = (error: Error | null) => {
      this.#sending--;
      if (error !== null) this.#sendFailed(error, route);
      if (this.#isOver && this.#sending === 0) this.#release();
    };
    try {
      if (this.#onsession === undefined) this.#socket.send(bytes, sent);
      else this.#socket.send(bytes, route.port, route.address, sent);
    } catch (error) {
      sent(error as Error);
    }
  }

  /** 6347-4.1.1.1-2: what the system says of a datagram's size (or of the route) goes up to the session. */
  #sendFailed(error: NodeJS.ErrnoException, route: Route): void {
    if (error.code === 'ECONNREFUSED') return this.#hearRefusal();
    const connection = this.#hub?.find(route)?.connection;
    if (connection === undefined || connection === null) return;
    sessionOf(connection)[kTrouble](explainSendError(error));
  }

  /** A hint and no more, hence only for those who asked for warnings: the server may yet start. */
  #hearRefusal(): void {
    const isFirst = !this.#refused;
    this.#refused = true;
    if (!isFirst || this.#onsession !== undefined) return;
    for (const session of this.#sessions) {
      if (session.protocol !== undefined || session.onwarning === undefined) continue;
      session[kWarning](dtlsError('ERR_DTLS_PORT_UNREACHABLE', 'Nothing listens at the peer\'s port (ICMP port unreachable)',
        'The handshake goes on until handshakeTimeout, as anybody can send ICMP: check the port, start the server.'));
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
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stats.end();
    // Not at once: called from inside a delivery (an `onmessage`, say), the close_notify is still to come out of it.
    process.nextTick(() => {
      if (this.#sending === 0) this.#release();
    });
  }

  #release(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) this.#closed.resolve();
    else socket.close();
  }
}

