// One connection of a board, as its shim holds it.
import { Misuse } from '../../assembly/codes.js';
import type { Connection, ConnectionState } from '../../host/core/connection.js';
import { misuse } from '../../host/core/errors.js';
import type { Board } from './board.js';

/** What happens to an association. Bytes are the receiver's own; any call may be made from inside. */
export interface Events {
  /** The handshake is complete: `send` is open. */
  connected(): void;
  data(bytes: Uint8Array): void;
  /** It is gone; null: in order (close_notify, RFC 5246 §7.2.1). The Error has `code`, `hint`, `alert` and `phase`. */
  closed(error: Error | null): void;
  /** It lives on, but somebody should know. */
  warning(error: Error): void;
}

export class Association {
  declare events: Events;
  /** The peer's numeric address and port. */
  declare readonly address: string;
  declare readonly port: number;
  /** On a server: who the client says it is, and knows the key of; null before it said so. */
  declare identity: Uint8Array | null;
  /** The port's: whether its user has heard of a datagram that was too long. */
  declare isToldOfLength: boolean;
  private declare readonly board: Board;
  /** The core's; null until its first datagram is on its way. */
  declare connection: Connection | null;

  constructor(board: Board, address: string, port: number, events: Events) {
    this.board = board;
    this.connection = null;
    this.address = address;
    this.port = port;
    this.events = events;
    this.identity = null;
    this.isToldOfLength = false;
  }

  get state(): ConnectionState {
    return this.connection === null ? 'handshaking' : this.connection.state;
  }

  /** Bytes of the longest message, once connected; 0 before. */
  get maxPayload(): number {
    return this.connection === null ? 0 : this.connection.maxPayload;
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

  private with(call: (connection: Connection) => void): void {
    const connection = this.connection;
    if (connection === null) throw misuse(-Misuse.NOT_CONNECTED);
    this.board.run(() => call(connection));
  }
}
