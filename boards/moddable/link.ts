// One association with what waits for its user.
import type { Association, Events } from '../core/association.js';
import type { Socket } from './socket.js';

/** Messages that wait to be read at most; a new one then takes the place of the oldest. */
const MESSAGES_MAX = 8;

/** Who hears of it: a listener until the handshake is complete and its user takes it, from then on a DTLS. */
export interface Owner {
  connected(): void;
  readable(): void;
  ended(): void;
  warning(error: Error): void;
  session?(bytes: ArrayBuffer): void;
}

export class Link implements Events {
  readonly messages: ArrayBuffer[] = [];
  /** Messages that nobody read in time. */
  messagesDropped = 0;
  /** It is over; `error` is null if in order. */
  isEnded = false;
  error: Error | null = null;
  association: Association | null = null;
  readonly socket: Socket;
  owner: Owner;

  constructor(socket: Socket, owner: Owner) {
    this.socket = socket;
    this.owner = owner;
  }

  connected(): void {
    this.owner.connected();
  }

  data(bytes: Uint8Array): void {
    if (this.messages.length === MESSAGES_MAX) {
      this.messages.shift();
      this.messagesDropped++;
    }
    this.messages.push(bytes.buffer as ArrayBuffer); // the copy out of the module is all of its buffer
    this.owner.readable();
  }

  session(bytes: Uint8Array): void {
    this.owner.session?.(bytes.buffer as ArrayBuffer);
  }

  closed(error: Error | null): void {
    this.isEnded = true;
    this.error = error;
    this.owner.ended();
  }

  warning(error: Error): void {
    this.owner.warning(error);
  }
}
