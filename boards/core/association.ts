// One connection of a board, as its shim holds it.
import { Misuse } from '../../assembly/codes.js';
import type { Connection, ConnectionState } from '../../host/core/connection.js';
import { misuse } from '../../host/core/errors.js';
import type { Reason } from '../../host/core/errors.js';
import type { Question } from '../../host/core/sink.js';
import type { Board } from './board.js';
import type { ClientOptions, ServerOptions } from './port.js';

/** What happens to an association. Bytes are the receiver's own; any call may be made from inside. */
export interface Events {
  /** The handshake is complete: `send` is open. */
  connected(): void;
  data(bytes: Uint8Array): void;
  /** A client's: what `session` can be next time, for a short handshake with the same server. Secret. */
  session(bytes: Uint8Array): void;
  /** It is gone; null: in order (close_notify, RFC 5246 §7.2.1). The Error has `code`, `hint`, `alert` and `phase`. */
  closed(error: Error | null): void;
  /** It lives on, but somebody should know. */
  warning(error: Error): void;
}

export class Association {
  declare events: Events;
  /** The peer's numeric address and port. */
  declare address: string;
  declare port: number;
  /** The port's: whether its user has heard of a datagram that was too long. */
  declare isToldOfLength: boolean;
  declare readonly options: ClientOptions | ServerOptions;
  /** What the peer showed of itself, if that is not a pre-shared key: the port's, for whoever reads it. */
  declare shown: Question | null;
  /** The board's: whether what the next start needs is stored. */
  declare isStored: boolean;
  private declare readonly board: Board;
  /** The core's; null until its first datagram is on its way. */
  declare connection: Connection | null;

  constructor(board: Board, address: string, port: number, options: ClientOptions | ServerOptions, events: Events) {
    this.board = board;
    this.connection = null;
    this.address = address;
    this.port = port;
    this.events = events;
    this.options = options;
    this.shown = null;
    this.isToldOfLength = this.isStored = false;
  }

  get state(): ConnectionState {
    return this.connection === null ? 'handshaking' : this.connection.state;
  }

  /** Bytes of the longest message, once connected; 0 before. */
  get maxPayload(): number {
    return this.connection === null ? 0 : this.connection.maxPayload;
  }

  /** The application protocol that was agreed on (RFC 7301). */
  get protocol(): string | undefined {
    const names = this.options.alpn;
    return names === undefined || this.connection === null ? undefined : names[this.connection.protocol - 1];
  }

  /** On a server, once connected: who the client is by its pre-shared key. */
  get identity(): Uint8Array | null {
    return this.connection === null ? null : this.connection.identity;
  }

  /** Sends a message of 0 to `maxPayload` bytes. Throws ERR_INVALID_STATE, ERR_DTLS_EXCEEDS_MTU. */
  send(bytes: Uint8Array): void {
    this.with((connection) => connection.send(bytes));
  }

  /** Says close_notify and ends; nothing if it has ended. */
  close(): void {
    if (this.state !== 'closed') this.with((connection) => connection.close());
  }

  /** Answers a question of this association; what comes too late is forgotten. */
  answer(serial: number, key: Uint8Array | null): void {
    if (this.state === 'closed') return;
    this.with((connection) => connection.answer(serial, key, this.board.platform.now()));
  }

  /**
   * The connection as bytes, to go on later with a context that has the same key; it ends here, and the peer hears nothing.
   * Throws ERR_INVALID_STATE, ERR_DTLS_UNSETTLED, ERR_DTLS_NO_STATE_KEY where neither key nor private key are the context's.
   */
  exportState(): Uint8Array {
    return this.with((connection) => connection.exportState());
  }

  /** As `exportState`, but it goes on: the caller stores it at once. */
  saveState(): Uint8Array {
    return this.with((connection) => {
      const state = connection.saveState();
      connection.stored();
      return state;
    });
  }

  /** The port's: goes on as `call` brings it back. False, with a warning, if it cannot. Either is told in a later turn. */
  restore(call: () => Connection): boolean {
    try {
      this.connection = call();
      this.board.platform.later(() => {
        this.store();
        if (this.state === 'connected') this.events.connected();
      });
      return true;
    } catch (error) {
      this.board.platform.later(() => this.events.warning(error as Error));
      return false;
    }
  }

  /** The board's: it is connected, or heard something, or must be saved. */
  store(): void {
    const options = this.options as ClientOptions;
    if (this.isStored || options.storeState === undefined || this.connection === null) return;
    try {
      options.storeState(this.connection.saveState());
      this.connection.stored();
      this.isStored = true;
    } catch (error) { // UNSETTLED: there will be a better time
      if ((error as Reason).code !== 'ERR_DTLS_UNSETTLED') this.events.warning(error as Error);
    }
  }

  private with<T>(call: (connection: Connection) => T): T {
    const connection = this.connection;
    if (connection === null) throw misuse(-Misuse.NOT_CONNECTED);
    return this.board.run(() => call(connection));
  }
}
