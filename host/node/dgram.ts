// thimble/dgram: a dgram.Socket that speaks DTLS underneath, for libraries that know nothing of it.
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Connection } from '../core/connection.js';
import { PLAINTEXT_MAX } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import type { Sink } from '../core/sink.js';
import { TraceKind } from '../core/trace.js';
import { canonicalAddress, isGroupAddress } from './address.js';
import type { SocketAddress } from './address.js';
import { associationOf, errorOf, lose, newAssociation, remoteOf, WAITING_MAX } from './dgram-association.js';
import type { DTLSRemoteInfo } from './dgram-association.js';
import { parseSend, socketSettings } from './dgram-options.js';
import type { DTLSSocketOptions, SendCall, SendCallback, SocketSettings } from './dgram-options.js';
import { BindingSocket } from './dgram-binding.js';
import { SocketState } from './dgram-state.js';
import { DTLSError, dtlsError, notRunning } from './errors.js';
import { Hub } from './hub.js';
import { callUser } from './internal.js';
import { keyLogLine } from './keylog.js';
import { nameOfHash } from './keys.js';
import { serverName } from './names.js';
import { knownByName } from './peer-identity.js';
import { Pool, SERVER_SIZES } from './pool.js';
import { answerQuestion } from './questions.js';
import { routeOf } from './shard.js';
import type { Route } from './shard.js';
import { TicketKeys } from './tickets.js';
import { explainSendError, localAddress, lookupBy } from './udp.js';

export type { DTLSRemoteInfo } from './dgram-association.js';
export type { DTLSSocketOptions, SocketDTLSOptions } from './dgram-options.js';

/**
 * A dgram.Socket. Events beside dgram's: 'secureConnection' (remote) when a handshake completes, or an association goes on from a
 * saved state, 'session' (session, remote) when there is something to resume a server's session with, 'dtlsClientError' (error,
 * remote) when the handshake of a client fails or its association ends with an error, 'warning' (error).
 */
export interface DTLSSocket extends Socket {
  /** + The state of all associations, for the option `state` of the next socket; they go on: store it before more is sent. */
  saveState(): Buffer;
  /** + As `saveState`, but they end without a word, and the socket closes. */
  exportState(): Buffer;
}

class EncryptingSocket extends BindingSocket {
  readonly #settings: SocketSettings;
  readonly #hub: Hub;
  readonly #connections = new Set<Connection>();
  readonly #state: SocketState;
  #isClosed = false;
  readonly #tickets: TicketKeys;
  /** Of the message being sealed. */
  #callback: SendCallback | undefined;

  constructor(settings: SocketSettings, listener?: (message: Buffer, remote: DTLSRemoteInfo) => void) {
    super(settings.socket);
    const { capture, client, keylog, server, serverTiming, idleMs, saved: { seals } } = settings;
    this.#settings = settings;
    this.#tickets = new TicketKeys(settings.ticketKeys);
    const pool = new Pool({ build: keylog === false ? 'node' : 'trace', sizes: SERVER_SIZES,
      manyContexts: client !== undefined, seals,
      server: server === undefined ? undefined : { contexts: server.contexts(serverTiming), idleMs, tickets: this.#tickets } });
    this.#hub = new Hub({ pool, capture, limits: settings, sink: this.#sink(),
      local: () => localAddress(this), transmit: (bytes, route) => this.#transmit(bytes, route) });
    this.#state = new SocketState({ settings, hub: this.#hub, connections: this.#connections,
      localPort: () => localAddress(this).port, failed: (error) => this.emit('error', error),
      warn: (warning) => this.#warn(warning, 'client'), woken: (connection) => this.#connected(connection) });
    if (listener !== undefined) this.on('message', listener);
  }

  /** Encrypts: what dgram emits as a 'message' goes to the engine, and what the engine opens is the 'message'. */
  override emit(event: string | symbol, ...args: any[]): boolean {
    if (event === 'listening') this.#state.restore();
    if (event !== 'message') return this.emitLater(event, args) || super.emit(event as 'error', ...args as [Error]);
    const [datagram, { address, family, port }] = args as [Buffer, RemoteInfo];
    this.#hub.receive(datagram, { address, family, port });
    return true;
  }

  /**
   * As dgram's. The first message to an address makes a connection if there are credentials for `connect`, and is sent
   * when its handshake completes; the callback then says so, or why not.
   */
  override send(...args: unknown[]): void {
    if (this.#isClosed) throw notRunning();
    const call = parseSend(args, this.remote !== undefined);
    if (!this.isBound) this.bindAny(this.#state.port);
    if (this.remote !== undefined) return this.#submit(call, this.remote, this.remoteName);
    const isIPv6 = this.#settings.socket.type === 'udp6';
    const address = call.address ?? (isIPv6 ? '::1' : '127.0.0.1');
    const proceed = (error: Error | null, found: string, family: number) => {
      if (error !== null) return this.#refuse(call.callback, error);
      if (this.#isClosed) return this.#refuse(call.callback, notRunning());
      this.#submit(call, { address: canonicalAddress(found), family: family === 6 ? 'IPv6' : 'IPv4', port: call.port! }, address);
    };
    if (isIP(address) !== 0) proceed(null, address, isIP(address));
    else lookupBy(this.#settings.socket.lookup)(address, { family: isIPv6 ? 6 : 4 }, proceed as never);
  }

  /** Says close_notify to every peer, then closes as dgram does. */
  override close(callback?: () => void): this {
    if (this.#isClosed && this.#connections.size > 0) throw notRunning();
    this.#tickets.stop();
    for (const connection of [...this.#connections]) routeOf(connection.peer).shard.close(connection);
    this.#isClosed = true;
    this.#state.keeper.stop(true);
    if (this.#connections.size === 0) return super.close(callback);
    return this.#closeLater(callback);
  }

  /** Inside a delivery, the close_notify is still to come out of it. */
  #closeLater(callback?: () => void): this {
    process.nextTick(() => super.close(callback));
    return this;
  }

  saveState(): Buffer { return this.#state.keeper.save(); }

  exportState(): Buffer {
    if (this.#isClosed) throw notRunning();
    this.#isClosed = true;
    this.#tickets.stop();
    const state = this.#state.export();
    this.#closeLater();
    return state;
  }

  /** `host`: `to` as the user called it. */
  #submit({ message, callback }: SendCall, to: SocketAddress, host: string): void {
    if (isGroupAddress(to.address)) {
      return this.#refuse(callback, dtlsError('ERR_DTLS_MULTICAST', `${to.address} is no single peer`,
        'DTLS has two ends: send to each member, or without it.'));
    }
    let connection = this.#hub.find(to)?.connection ?? null;
    try {
      connection ??= this.#begin(to, host);
      if (connection === null) return lose(message, callback);
      const { isAsleep, waiting } = associationOf(connection);
      if (connection.state === 'connected' && !isAsleep) return this.#seal(connection, message, callback);
      if (waiting.length >= WAITING_MAX) {
        throw dtlsError('ERR_DTLS_FULL', `${WAITING_MAX} messages wait for the handshake already`, 'Send later.');
      }
      waiting.push({ message: Buffer.from(message), callback });
    } catch (error) {
      if ((error as Reason).code === 'ERR_DTLS_SAVE_FIRST') void this.#state.keeper.due();
      this.#refuse(callback, error as Error);
    }
  }

  /** Null without credentials for `connect`: then only the peer can begin. */
  #begin(to: SocketAddress, host: string): Connection | null {
    const { client, clientTiming, servername, session, idleMs } = this.#settings;
    if (client === undefined) return null;
    const name = serverName(servername, host);
    const connection = this.#hub.connect(client.clientContext(clientTiming, name, session), to, idleMs, newAssociation(name.expected));
    this.#connections.add(connection);
    return connection;
  }

  #seal(connection: Connection, message: Buffer, callback: SendCallback | undefined): void {
    const max = connection.maxPayload;
    if (message.length > max) {
      throw dtlsError(message.length > PLAINTEXT_MAX ? 'ERR_OUT_OF_RANGE' : 'ERR_DTLS_EXCEEDS_MTU',
        `A message of ${message.length} bytes does not fit one datagram`, `Send at most ${max} bytes, or raise \`mtu\`.`);
    }
    const done = (error: Error | null) => callback?.(error, error === null ? message.length : 0);
    this.#callback = done;
    routeOf(connection.peer).shard.send(connection, message);
    if (this.#callback === undefined) return;
    this.#callback = undefined; // inside a delivery: the datagram follows in its turn
    process.nextTick(done, null);
  }

  /** dgram's way with errors of `send`: the callback, or else the 'error' event. */
  #refuse(callback: SendCallback | undefined, error: Error): void {
    process.nextTick(() => {
      if (callback !== undefined) callback(error, 0);
      else this.emit('error', error);
    });
  }

  #transmit(bytes: Uint8Array, route: Route): void {
    const callback = this.#callback;
    this.#callback = undefined;
    const sent = (error: Error | null) => {
      if (callback !== undefined) callback(error === null ? null : explainSendError(error), bytes.length);
      else if (error !== null) this.#handshakeUnsent(error, route);
    };
    try {
      if (this.remote === undefined) super.send(bytes, route.port, route.address, sent);
      else super.send(bytes, sent);
    } catch (error) {
      sent(error as Error);
    }
  }

  /** No route: as dgram does, say so at once. A datagram too long for the path is sent again in smaller ones. */
  #handshakeUnsent(error: NodeJS.ErrnoException, route: Route): void {
    const connection = this.#hub.find(route)?.connection;
    if (error.code === 'EMSGSIZE' || error.code === 'ECONNREFUSED' || connection?.state !== 'handshaking') return;
    associationOf(connection).blame ??= error;
    route.shard.discard(connection);
  }

  #sink(): Omit<Sink, 'datagram'> {
    return {
      accepted: (connection) => {
        connection.tag = newAssociation('');
        this.#connections.add(connection);
      },
      connected: (connection) => this.#connected(connection),
      session: (connection, bytes) => {
        callUser(() => this.emit('session', Buffer.from(bytes), remoteOf(connection, 0)));
      },
      saveDue: () => void this.#state.keeper.due(),
      data: (connection, bytes) => {
        if (!associationOf(connection).isHeard) this.#state.keeper.changed(); // only now a server's can be saved
        associationOf(connection).isHeard = true;
        const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        callUser(() => super.emit('message', message, remoteOf(connection, bytes.length)));
      },
      question: (connection, question) => {
        const association = associationOf(connection), { client, server } = this.#settings;
        answerQuestion(connection, question, {
          secure: connection.role === 'server' ? server!.serving(connection.context) : client!,
          name: association.name,
          identity: (identity) => { if (connection.role === 'server') association.identity = identity; },
          peer: (peer) => association.peer = peer,
          blame: (error) => association.blame ??= error,
        });
      },
      warning: (connection, reason) => this.#warn(errorOf(reason), connection.role),
      closed: (connection, reason) => this.#ended(connection, reason),
      trace: (kind, bytes) => {
        const { keylog } = this.#settings;
        if (kind === TraceKind.KEY_LOG && typeof keylog === 'function') callUser(keylog, keyLogLine(bytes));
      },
    };
  }

  #connected(connection: Connection): void {
    const { identity, provedKey } = connection, association = associationOf(connection); // nobody was asked in a session resumed
    if (identity !== null) association.identity ??= Buffer.from(identity).toString();
    if (provedKey !== null) association.peer = knownByName(nameOfHash(provedKey));
    this.#state.keeper.changed();
    callUser(() => this.emit('secureConnection', remoteOf(connection, 0)));
    for (const { message, callback } of associationOf(connection).waiting.splice(0)) {
      try {
        this.#seal(connection, message, callback);
      } catch (error) {
        this.#refuse(callback, error as Error);
      }
    }
  }

  #ended(connection: Connection, reason: Reason | null): void {
    const { waiting, blame } = associationOf(connection);
    this.#connections.delete(connection);
    this.#state.keeper.changed();
    const error = blame ?? (reason === null ? undefined : errorOf(reason));
    if (connection.role === 'server' && error !== undefined) {
      callUser(() => this.emit('dtlsClientError', error, remoteOf(connection, 0)));
    }
    const why = error ?? dtlsError('ERR_DTLS_CLOSED', 'The connection was closed before the message was sent', '');
    for (const { callback } of waiting.splice(0)) this.#refuse(callback, why);
  }

  /** Strangers cannot make a server's process warn. */
  #warn(warning: DTLSError, role: Connection['role']): void {
    if (this.listenerCount('warning') > 0) callUser(() => this.emit('warning', warning));
    else if (role === 'client') process.emitWarning(`${warning.message}. ${warning.hint}`, { type: 'DTLSWarning', code: warning.code });
  }
}

/**
 * A socket with dgram's members and events that encrypts: `bind` with keys to listen with serves DTLS, and `send` to a
 * new address connects if there are keys to connect with. Throws as `connect` and `listen` do, naming the option.
 */
export function createSocket(options: DTLSSocketOptions,
  listener?: (message: Buffer, remote: DTLSRemoteInfo) => void): DTLSSocket {
  return new EncryptingSocket(socketSettings(options), listener);
}
