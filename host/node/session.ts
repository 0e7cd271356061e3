// One association, in the shape of node:dtls's DTLSSession.
import { PLAINTEXT_MAX, type Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { exportKeyingMaterial } from '../core/keying-material.js';
import type { Peer } from '../core/peer.js';
import type { SocketAddress } from './address.js';
import { cipherInfo } from './ciphers.js';
import type { DTLSEndpoint } from './endpoint.js';
import { dtlsError, DTLSError, invalidState, outOfRange } from './errors.js';
import { Inbox } from './inbox.js';
import { callUser, Deferred, kBegin, kBlame, kConnected, kEnd, kForget, kKeeper, kKeylog, kLogsKeys, kMessage, kNoSession,
  kOwner, kPath, kProtocol, kProved, kSave, kServerName, kStored, kTrouble, kWarning } from './internal.js';
import { keyingMaterial } from './keying-material.js';
import { exportedState, savedState, settledState, type State } from './saved-state.js';
import { SessionPeer } from './session-peer.js';
import { addressOf, routeOf } from './shard.js';
import { DTLSSessionStats, SessionCounts } from './stats.js';
import { handler, messageBytes } from './validate.js';

/** A message, and the epoch it came in: RFC 7252 §9.1.1 matches responses by it (7252-9.1.1-3). */
export type DTLSMessage = Buffer & { epoch: number };

const PROTOCOL = 'DTLSv1.2';
const NOBODY = { ownCid: new Uint8Array(0), peerCid: new Uint8Array(0) };

export class DTLSSession extends SessionPeer implements AsyncIterable<DTLSMessage> {
  readonly #endpoint: DTLSEndpoint;
  readonly #counts = new SessionCounts();
  readonly #stats = new DTLSSessionStats(this.#counts);
  readonly #opened = new Deferred<{ protocol: string }>();
  readonly #closed = new Deferred<void>();
  #connection: Connection | null = null;
  #inbox: Inbox<DTLSMessage> | undefined;
  #isOpen = false;
  #isOver = false;
  #isRestored = false;
  #blame: Error | null = null;
  #onkeylog: ((line: string) => void) | undefined;

  /** @internal Sessions come from `connect` and `listen`. */
  constructor(endpoint: DTLSEndpoint) {
    super();
    this.#endpoint = endpoint;
  }

  /**
   * Called with lines of the NSS key log format. To be set at once after `connect`; a listening endpoint needs
   * `keylog: true`. Throws ERR_INVALID_STATE when it is too late.
   */
  get onkeylog() { return this.#onkeylog; }
  set onkeylog(value: ((line: string) => void) | null | undefined) {
    const line = handler('onkeylog', value);
    if (line !== undefined && this.#connection !== null && !this.#endpoint[kLogsKeys]) {
      throw invalidState('onkeylog must be set before the handshake begins, or the option keylog given');
    }
    this.#onkeylog = line;
  }

  /**
   * Sends one message in one datagram and returns its length in bytes. Throws ERR_INVALID_STATE before the handshake
   * completed and after the end, ERR_OUT_OF_RANGE over 16,384 bytes (RFC 5246 §6.2.1), ERR_DTLS_EXCEEDS_MTU over
   * `maxPayload`.
   */
  send(data: string | NodeJS.ArrayBufferView): number {
    const message = messageBytes(data);
    if (this.#isOver) throw invalidState('The session is closed');
    if (!this.#isOpen) throw invalidState('The handshake has not completed');
    const max = this.maxPayload;
    if (message.length > PLAINTEXT_MAX) throw outOfRange('data.byteLength', `<= ${PLAINTEXT_MAX}`, message.length);
    if (message.length > max) {
      throw dtlsError('ERR_DTLS_EXCEEDS_MTU', `A message of ${message.length} bytes does not fit one datagram`,
        `Send at most maxPayload (${max}) bytes, or raise \`mtu\`.`);
    }
    this.#perform((connection) => routeOf(connection.peer).shard.send(connection, message));
    this.#counts.messagesSent++;
    this.#counts.bytesSent += message.length;
    return message.length;
  }

  /** Says close_notify; resolves when the session is closed. */
  close(): Promise<void> {
    if (this.#isOver) return this.closed;
    this.#counts.closingAt = process.hrtime.bigint();
    if (this.#connection !== null) routeOf(this.#connection.peer).shard.close(this.#connection);
    this[kEnd](null);
    return this.closed;
  }

  /** Ends the session at once; the peer hears nothing. */
  destroy(error?: Error): void {
    if (this.#isOver) return;
    if (error !== undefined) this.#closed.reject(error);
    this.#finish(error ?? null);
    if (this.#connection !== null) routeOf(this.#connection.peer).shard.discard(this.#connection);
  }

  /** Resolves when the handshake completes; rejects if it fails, or the session ends before. */
  get opened(): Promise<{ protocol: string }> { return this.#opened.promise; }
  /** Resolves when the session has ended; rejects with the error it was destroyed with. */
  get closed(): Promise<void> { return this.#closed.promise; }
  get destroyed(): boolean { return this.#isOver; }
  get endpoint(): DTLSEndpoint { return this.#endpoint; }
  get stats(): DTLSSessionStats { return this.#stats; }
  /** + Bytes of the longest message that `send` takes; 0 before the handshake completed (6347-4.1.1.1-1). */
  get maxPayload(): number { return this.#live?.maxPayload ?? 0; }
  get remoteAddress(): SocketAddress | undefined { return this.#live === null ? undefined : addressOf(this.#live.peer); }

  get protocol(): string | undefined { return this.#isOpen && !this.#isOver ? PROTOCOL : undefined; }

  get cipher(): { name: string; standardName: string; version: string } | undefined {
    return this.#isOpen && !this.#isOver ? cipherInfo(this.#connection!.cipherSuite) : undefined;
  }

  /** + Whether RFC 7627 binds the session's keys to its handshake. */
  get extendedMasterSecret(): boolean { return this.#live?.extendedMasterSecret ?? false; }

  /** The name that the server was asked for; on a server the one in `sni` that was found for the client. */
  get servername(): string | undefined { return this.#endpoint[kServerName](this.#connection); }
  /** The application protocol that was agreed on, once connected. */
  get alpnProtocol(): string | undefined { return this.#live === null ? undefined : this.#endpoint[kProtocol](this.#live); }
  /** Whether it was resumed. */
  get reused(): boolean { return this.#isOpen && this.#connection!.resumed; }

  // Nothing stands behind it yet: it says so as node:dtls does.
  get srtpProfile(): string | undefined { return undefined; }

  /**
   * + The connection IDs (RFC 9146): `own` stands in the records that come from the peer, `peer` in those that go to it; each may be
   * empty. Undefined before the handshake completed, after the end, and where there are none.
   */
  get cid(): { own: Buffer; peer: Buffer } | undefined {
    const { ownCid, peerCid } = this.#live ?? NOBODY;
    return ownCid.length + peerCid.length === 0 ? undefined : { own: Buffer.from(ownCid), peer: Buffer.from(peerCid) };
  }

  /** + Whether it goes on from a saved state, without a handshake. */
  get restored(): boolean { return this.#isRestored; }

  /**
   * Keying material for another protocol (RFC 5705), bound to the label and, if there is one, the context; which may be empty, and
   * is another one then than none. Throws ERR_INVALID_STATE before the handshake completed and after the end (5705-4-2),
   * ERR_DTLS_NO_EXPORTER without the extended master secret (7627-5.4-1), and Node's errors for wrong arguments.
   */
  exportKeyingMaterial(length: number, label: string, context?: NodeJS.ArrayBufferView): Buffer {
    const wanted = keyingMaterial(length, label, context);
    const material = this.#perform((connection) => exportKeyingMaterial(connection, wanted.label, wanted.length, wanted.context));
    return Buffer.from(material.buffer, material.byteOffset, material.length);
  }

  /**
   * + Ends the session here without a word to the peer, and returns it sealed: for the option `state` of the next `connect`, or of
   * `listen` for a server's. If an older state is ever restored, or one in two places, the peer's and our messages may be
   * readable to others. Throws ERR_INVALID_STATE, ERR_DTLS_UNSETTLED, ERR_DTLS_NO_STATE_KEY.
   */
  exportState(): Buffer {
    return this.#perform((connection) => this.#endpoint[kKeeper].join([exportedState(connection, this.#endpoint[kOwner](connection, this))]));
  }

  /** + As `exportState`, but the session goes on: store it before you send any more. */
  saveState(): Buffer {
    return this.#perform((connection) => {
      const state = savedState(connection, this.#endpoint[kOwner](connection, this));
      connection.stored();
      return this.#endpoint[kKeeper].join([state]);
    });
  }

  #perform<T>(call: (connection: Connection) => T): T {
    if (this.#isOver) throw invalidState('The session is closed');
    if (!this.#isOpen) throw invalidState('The handshake has not completed');
    try {
      return call(this.#connection!);
    } catch (error) {
      const { code } = error as Reason;
      if (code === 'ERR_DTLS_SAVE_FIRST') void this.#endpoint[kKeeper].due();
      throw code.startsWith('ERR_DTLS_') ? new DTLSError(error as Reason) : error;
    }
  }

  /** @internal */
  [kSave](): State | null {
    return this.#live === null ? null : settledState(this.#live, this.#endpoint[kOwner](this.#live, this));
  }

  /** @internal */
  [kStored](): void {
    if (this.#live?.state === 'connected') this.#live.stored();
  }

  /** + Messages from now on, until the session ends; throws the error if it fails. */
  [Symbol.asyncIterator](): AsyncIterator<DTLSMessage> {
    if (this.#inbox === undefined || this.#inbox.isOver) this.#inbox = new Inbox();
    if (this.#isOver) this.#inbox.end(null);
    return this.#inbox;
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.close(); }

  /** @internal */
  [kBegin](connection: Connection): void {
    this.#isRestored = connection.state === 'connected';
    this.#connection = this.#counts.connection = connection;
    if (this.#isRestored) this[kProved](connection); // before the next state is stored, which says who the peer is
  }

  /** @internal */
  [kConnected](): void {
    this.#isOpen = true;
    this[kProved](this.#connection!);
    this.#counts.handshakeCompletedAt = process.hrtime.bigint();
    this.#opened.resolve({ protocol: PROTOCOL });
    this.#endpoint[kKeeper].changed();
    callUser(this.onhandshake, PROTOCOL);
  }

  /** @internal */
  [kMessage](data: Uint8Array, epoch: number): void {
    if (this.#isOver) return;
    if (this.#counts.messagesReceived++ === 0) this.#endpoint[kKeeper].changed(); // only now a server's can be saved
    this.#counts.bytesReceived += data.length;
    if (this.onmessage === undefined && this.#inbox === undefined) return;
    const message = Buffer.from(data.buffer, data.byteOffset, data.length) as DTLSMessage;
    message.epoch = epoch;
    if (this.#inbox?.push(message) === false) this.#counts.messagesDropped++;
    callUser(this.onmessage, message);
  }

  /** @internal */
  [kWarning](warning: DTLSError): void {
    if (this.onwarning !== undefined) return callUser(this.onwarning, warning);
    if (this.#connection?.role === 'server') return; // strangers cannot make a server's process warn
    process.emitWarning(`${warning.message}. ${warning.hint}`, { type: 'DTLSWarning', code: warning.code });
  }

  /** @internal */
  [kPath](peer: Peer, old: Peer): void {
    callUser(this.onpathchange, addressOf(peer), addressOf(old));
  }

  /** @internal */
  [kKeylog](line: string, keylog: boolean | ((line: string) => void)): void {
    if (typeof keylog === 'function') callUser(keylog, line);
    callUser(this.#onkeylog, line);
  }

  /** @internal */
  get [kLogsKeys](): boolean { return this.#onkeylog !== undefined; }

  /** @internal */
  [kTrouble](error: Error): void {
    callUser(this.onerror, error);
  }

  /** @internal */
  [kBlame](error: Error): void {
    this.#blame ??= error;
  }

  /** @internal `why`: after an end in order, what `opened` rejects with if it has to. */
  [kEnd](failure: Error | null, why: Error | null = null): void {
    if (this.#isOver) return;
    const error = failure === null ? null : this.#blame ?? failure;
    if (failure instanceof DTLSError && failure.alert !== '') this[kNoSession]();
    this.#finish(error, why);
    if (error !== null) callUser(this.onerror, error);
  }

  #finish(error: Error | null, why: Error | null = null): void {
    this.#isOver = true;
    this.#counts.destroyedAt = process.hrtime.bigint();
    if (!this.#isOpen) { // an error costs its stack trace, so none is made for nobody
      this.#opened.reject(error ?? why ?? invalidState('The session was closed before the handshake completed'));
    }
    this.#closed.resolve();
    this.#inbox?.end(error);
    this.#endpoint[kForget](this);
  }

  get #live(): Connection | null { return this.#isOver ? null : this.#connection; }
}
