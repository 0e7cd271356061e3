// A DTLS server in the shape of ECMA-419's Listener.
import type { Association } from '../core/association.js';
import { DTLS } from './connection.js';
import { Link } from './link.js';
import { checkFormat, checkFunction, serverOptions } from './options.js';
import type { ServerSecurity } from './options.js';
import { Socket } from './socket.js';
import type { Descriptor } from './socket.js';

export interface ListenerOptions {
  /** The local port; 5684 is CoAP's (RFC 7252 §6.2). */
  port: number;
  udp?: Descriptor;
  dtls: ServerSecurity;
  onReadable(this: Listener, count: number): void;
  onWarning?(this: Listener, error: Error): void;
  target?: unknown;
  format?: 'socket/dtls';
}

export class Listener {
  declare target: unknown;
  readonly port: number;
  readonly #socket: Socket;
  /** Connected, and not read yet: never more than the layout has connections. */
  readonly #waiting: Link[] = [];
  readonly #options: ListenerOptions;
  #isOpen = true;

  /** Throws ERR_DTLS_NO_ENTROPY, ERR_DTLS_BAD_LAYOUT, ERR_DTLS_FULL, and what options.ts and the UDP class throw. */
  constructor(options: ListenerOptions) {
    checkFormat(options.format, 'socket/dtls');
    checkFunction(options.onReadable, 'onReadable');
    if ('target' in options) this.target = options.target;
    this.#options = options;
    this.port = options.port;
    const server = serverOptions(options.dtls, (association) => this.#accept(association));
    this.#socket = new Socket(options.udp, options.port, (error) => this.#warn(error));
    try {
      this.#socket.port.listen(server);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** A new connection, to be given to `new DTLS({ from })`; undefined if there is none. */
  read(): DTLS | undefined {
    const link = this.#waiting.shift();
    return link && new DTLS({ from: link });
  }

  /** Ends all connections, which share this socket, and serves no more. */
  close(): void {
    this.#isOpen = false;
    this.#waiting.length = 0;
    this.#socket.close();
  }

  get format(): string {
    return 'socket/dtls';
  }

  set format(format: string) {
    checkFormat(format, 'socket/dtls');
  }

  #accept(association: Association): void {
    const link = new Link(this.#socket, {
      connected: () => {
        this.#waiting.push(link);
        this.#options.onReadable.call(this, this.#waiting.length);
      },
      readable: () => {},
      ended: () => this.#ended(link),
      warning: (error) => this.#warn(error),
    });
    link.association = association;
    association.events = link;
  }

  /** Before anybody read it: nobody else would say why a handshake failed. */
  #ended(link: Link): void {
    const place = this.#waiting.indexOf(link);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (link.error !== null) this.#warn(link.error);
  }

  #warn(error: Error): void {
    if (this.#isOpen) this.#options.onWarning?.call(this, error);
  }
}
