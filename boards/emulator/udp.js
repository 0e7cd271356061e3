// ECMA-419's UDP socket ("embedded:io/socket/udp"), whose datagrams are frames on the UART.
import { close, open, send } from "board";

/** Datagrams that wait to be read; more are dropped, as a network stack does. */
const QUEUE_MAX = 8;

export default class UDP {
  #number;
  #queue = [];
  #options;
  target;

  /** `options`: `port` (absent: any), `address`, `onReadable(count)`, `onError(error)`, `target`. */
  constructor(options = {}) {
    this.#options = options;
    this.target = options.target;
    this.#number = open({
      receive: (buffer, address, port) => this.#receive(buffer, address, port),
      fail: (error) => options.onError?.call(this, error),
    }, options.address ?? "0.0.0.0", options.port ?? 0);
  }

  #receive(buffer, address, port) {
    if (this.#queue.length === QUEUE_MAX) return;
    this.#queue.push(Object.assign(buffer, { address, port }));
    this.#options.onReadable?.call(this, this.#queue.length);
  }

  /** The next datagram, an ArrayBuffer with its sender's `address` and `port`; undefined if there is none. */
  read() {
    return this.#queue.shift();
  }

  write(buffer, address, port) {
    const bytes = ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
    send(this.#number, bytes, address, port);
  }

  close() {
    if (this.#number !== undefined) close(this.#number);
    this.#number = undefined;
    this.#options = {};
    this.#queue = [];
  }

  get format() {
    return "buffer";
  }

  set format(value) {
    if (value !== "buffer") throw new RangeError(`UDP has no format ${value}`);
  }
}
