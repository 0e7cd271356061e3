// A UDP socket of ECMA-419, and the associations over it.
import UDP from 'embedded:io/socket/udp';
import Timer from 'timer';
import { Port } from '../core/port.js';
import { refusal } from '../core/options.js';
import { board } from './platform.js';

/** ECMA-419's descriptor of a socket: the class, and whatever else its constructor is to get. */
export interface Descriptor {
  io: new (options: any) => UDP;
  [option: string]: unknown;
}

export class Socket {
  readonly port: Port;
  readonly #udp: UDP;
  readonly #failed: (error: Error) => void;
  #isOpen = true;
  #isSending = false;
  #failure: Error | null = null;

  /** `number`: the local port; undefined for any. `failed` hears of what nobody's call is to blame for. */
  constructor(descriptor: Descriptor | undefined, number: number | undefined, failed: (error: Error) => void) {
    const options: { [name: string]: unknown } = { ...descriptor };
    delete options['io'];
    if (number !== undefined) options['port'] = number;
    options['onReadable'] = (count: number) => this.#receive(count);
    this.#failed = failed;
    this.#udp = open(descriptor?.io ?? UDP, options);
    this.port = new Port(board(), (bytes, address, to) => this.#send(bytes, address, to));
  }

  /** Runs what sends, and throws ERR_DTLS_SEND_FAILED if the network did not take a datagram of it. */
  sending(call: () => void): void {
    this.#failure = null;
    this.#isSending = true;
    try {
      call();
    } finally {
      this.#isSending = false;
    }
    if (this.#failure !== null) throw this.#failure;
  }

  /** Ends every association, with a word to its peer; closes a turn later, as what a callback sends goes out after it. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    Timer.set(() => this.#udp.close(), 0);
    this.port.close();
  }

  #receive(count: number): void {
    for (let i = 0; i < count && this.#isOpen; i++) {
      const datagram = this.#udp.read();
      if (datagram === undefined) return;
      if (this.#hasModule()) this.port.receive(new Uint8Array(datagram), datagram.address, datagram.port);
    }
  }

  /** Where the last module trapped and no new one can be made, that is said here: nobody's call would throw it. */
  #hasModule(): boolean {
    if (board().isLive) return true;
    try {
      board().run(() => {});
      return true;
    } catch (error) {
      this.#failed(error as Error);
      return false;
    }
  }

  #send(bytes: Uint8Array, address: string, port: number): void {
    try {
      this.#udp.write(bytes, address, port);
    } catch (cause) {
      const error = refusal('ERR_DTLS_SEND_FAILED', `The network did not take a datagram: ${(cause as Error).message}`,
        'Is the network up? What a handshake lost is sent again.');
      if (this.#isSending) this.#failure = error;
      else this.#failed(error);
    }
  }
}

function open(io: Descriptor['io'], options: object): UDP {
  try {
    return new io(options);
  } catch (cause) {
    throw refusal('ERR_DTLS_NO_SOCKET', `The platform gave no UDP socket: ${(cause as Error).message}`,
      'Is the network up, and is the port free?');
  }
}
