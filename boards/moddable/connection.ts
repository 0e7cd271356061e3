// A DTLS connection in the shape of ECMA-419's IO classes.
import Timer from 'timer';
import { Misuse } from '../../assembly/codes.js';
import { misuse } from '../../host/core/errors.js';
import { shownBy } from '../core/credentials.js';
import { refusal } from '../core/options.js';
import { Link } from './link.js';
import type { Owner } from './link.js';
import { bytesOf, checkAddress, checkFormat, clientOptions, textOf } from './options.js';
import type { Bytes, ClientSecurity } from './options.js';
import { getLayout, setLayout } from './platform.js';
import type { DTLSLayout } from './platform.js';
import { Socket } from './socket.js';
import type { Descriptor } from './socket.js';

interface Callbacks {
  onReadable?(this: DTLS, count: number): void;
  onWritable?(this: DTLS, count: number): void;
  onError?(this: DTLS, error?: Error): void;
  onClose?(this: DTLS): void;
  onWarning?(this: DTLS, error: Error): void;
  onSession?(this: DTLS, session: ArrayBuffer): void;
}

export interface Options extends Callbacks {
  /** The peer's numeric address and port. */
  address?: string;
  port?: number;
  udp?: Descriptor;
  dtls?: ClientSecurity;
  /** What a listener read, instead of an address. */
  from?: DTLS | Link;
  target?: unknown;
  format?: 'buffer';
}

export class DTLS {
  declare target: unknown;
  #link: Link | null = null;
  readonly #callbacks: Callbacks;
  /** A socket of its own, which ends with it. */
  #own: Socket | null = null;
  /** Set while what happened is to be told in a turn of its own, as nothing may call back out of a user's call. */
  #telling: unknown = null;
  /** Whether the user knows how it began, and how it ended. */
  #isStartTold = false;
  #isEndTold = false;

  constructor(options: Options) {
    checkFormat(options.format, 'buffer');
    if ('target' in options) this.target = options.target;
    this.#callbacks = {
      onReadable: options.onReadable, onWritable: options.onWritable, onError: options.onError, onClose: options.onClose,
      onWarning: options.onWarning, onSession: options.onSession,
    } as Callbacks;
    this.#link = options.from === undefined ? this.#connect(options) : this.#adopt(options.from);
  }

  /** Bytes of the longest datagram and handshake message, and connections at a time. May be set until the first socket. */
  static get layout(): DTLSLayout {
    return getLayout();
  }

  static set layout(layout: Partial<DTLSLayout>) {
    setLayout(layout);
  }

  /** The next message, or undefined if there is none. */
  read(): ArrayBuffer | undefined {
    return this.#link?.messages.shift();
  }

  /**
   * Sends one message; it is lost, as datagrams may be, if the peer has just gone and the user hears of it in a moment.
   * Throws ERR_INVALID_STATE, ERR_DTLS_EXCEEDS_MTU, ERR_DTLS_SEND_FAILED.
   */
  write(data: Bytes): void {
    const bytes = bytesOf(data, 'data'), link = this.#open();
    if (link.isEnded && !this.#isEndTold) return;
    link.socket.sending(() => link.association!.send(bytes));
  }

  /** Says goodbye to the peer (close_notify) and closes. No callback comes any more. */
  close(): void {
    const link = this.#link;
    if (link === null) return;
    this.#link = null;
    if (this.#telling !== null) Timer.clear(this.#telling);
    this.#telling = null;
    link.owner = NOBODY;
    link.messages.length = 0;
    try {
      link.socket.sending(() => link.association?.close());
    } catch {
      // the network is gone: the peer will find out by itself
    }
    this.#own?.close();
  }

  /**
   * The connection as bytes, to go on with as `state` of a later one; it is closed, and the peer hears nothing. Throws
   * ERR_INVALID_STATE, ERR_DTLS_UNSETTLED, ERR_DTLS_NO_STATE_KEY.
   */
  exportState(): ArrayBuffer {
    const state = this.#open().association!.exportState();
    this.close();
    return state.buffer as ArrayBuffer;
  }

  /** As `exportState`, but it goes on; store the state before you do anything else. */
  saveState(): ArrayBuffer {
    return this.#open().association!.saveState().buffer as ArrayBuffer;
  }

  get format(): string {
    return 'buffer';
  }

  set format(format: string) {
    checkFormat(format, 'buffer');
  }

  get remoteAddress(): string | undefined {
    return this.#link?.association?.address;
  }

  get remotePort(): number | undefined {
    return this.#link?.association?.port;
  }

  /** On a server: the identity whose key the client has. */
  get pskIdentity(): string | undefined {
    const identity = this.#link?.association?.identity;
    return identity ? textOf(identity) ?? undefined : undefined;
  }

  /** The peer's raw public key, or its own certificate, in DER, once it proved that it holds its private key. */
  get peerRawPublicKey(): ArrayBuffer | undefined {
    return shownBy(this.#link?.association, true);
  }

  get peerCertificate(): ArrayBuffer | undefined {
    return shownBy(this.#link?.association, false);
  }

  /** The application protocol that was agreed on; undefined if none was. */
  get alpnProtocol(): string | undefined {
    return this.#link?.association?.protocol;
  }

  /** Whether an earlier session was resumed. */
  get reused(): boolean {
    return this.#link?.association?.connection?.resumed ?? false;
  }

  /** Bytes of the longest message that `write` takes, once connected; 0 before. */
  get maxPayload(): number {
    return this.#link?.association?.maxPayload ?? 0;
  }

  /** Messages that were dropped because nobody read them in time. */
  get messagesDropped(): number {
    return this.#link?.messagesDropped ?? 0;
  }

  /** Throws ERR_INVALID_STATE if it is closed. */
  #open(): Link {
    if (this.#link === null) throw misuse(-Misuse.BAD_HANDLE);
    return this.#link;
  }

  #connect(options: Options): Link {
    checkAddress(options.address, options.port);
    const client = clientOptions(options.dtls!);
    const socket = this.#own = new Socket(options.udp, undefined, (error) => this.#warn(error));
    const link = new Link(socket, this.#owner());
    try {
      socket.sending(() => link.association = socket.port.connect(options.address!, options.port!, client, link));
      if (link.error !== null) throw link.error;
    } catch (error) {
      link.owner = NOBODY;
      socket.close();
      throw error;
    }
    return link;
  }

  /** Takes over from what a listener gave: its user has been told nothing yet. */
  #adopt(from: DTLS | Link): Link {
    const link = from instanceof Link ? from : from.#link;
    if (link === null) throw refusal('ERR_INVALID_STATE', 'The connection is closed or was taken over', '');
    if (from instanceof DTLS) {
      if (from.#own !== null) throw refusal('ERR_INVALID_STATE', 'Only what a Listener read can be taken over', '');
      from.#link = null;
      if (from.#telling !== null) Timer.clear(from.#telling);
      from.#telling = null;
    }
    link.owner = this.#owner();
    this.#tellLater();
    return link;
  }

  #owner(): Owner {
    return {
      connected: () => this.#tell(),
      readable: () => { if (this.#isStartTold) this.#readable(); },
      ended: () => this.#tellLater(),
      warning: (error) => this.#warn(error),
      session: (bytes) => this.#callbacks.onSession?.call(this, bytes),
    };
  }

  #tellLater(): void {
    if (this.#telling === null) this.#telling = Timer.set(() => {
      this.#telling = null;
      this.#tell();
    }, 0);
  }

  /** Tells what is news, in order; any of it may close. */
  #tell(): void {
    const link = this.#link;
    if (link === null) return;
    if (!this.#isStartTold && this.maxPayload > 0) {
      this.#isStartTold = true;
      if (!link.isEnded) this.#callbacks.onWritable?.call(this, this.maxPayload);
      this.#readable();
    }
    if (this.#link === null || !link.isEnded || this.#isEndTold) return;
    this.#isEndTold = true;
    this.#own?.close();
    if (link.error === null && this.#callbacks.onClose) this.#callbacks.onClose.call(this);
    else if (link.error === null) this.#callbacks.onError?.call(this); // as TCP has it
    else this.#callbacks.onError?.call(this, link.error);
  }

  #readable(): void {
    const count = this.#link?.messages.length ?? 0;
    if (count > 0) this.#callbacks.onReadable?.call(this, count);
  }

  #warn(error: Error): void {
    if (this.#link !== null) this.#callbacks.onWarning?.call(this, error);
  }
}

const NOBODY: Owner = { connected: () => {}, readable: () => {}, ended: () => {}, warning: () => {} };
