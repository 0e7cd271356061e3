// A dgram.Socket whose `bind` and `connect` are known to whoever extends it.
import { Socket } from 'node:dgram';
import type { BindOptions, SocketOptions } from 'node:dgram';
import type { SocketAddress } from './address.js';
import { lookupBy } from './udp.js';

/** dgram.Socket is a class to `new`, whatever its types say. */
const Base = Socket as unknown as new (options: SocketOptions) => Socket;

export class BindingSocket extends Base {
  protected isBound = false;
  protected remote: SocketAddress | undefined;
  /** As `connect` was told. */
  protected remoteName = '';
  #isBinding = false;
  /** While a port is tried: whether it was taken. */
  #isTaken: boolean | undefined;

  constructor(options: SocketOptions) {
    super({ ...options, lookup: lookupBy(options.lookup) });
  }

  override bind(...args: unknown[]): this {
    this.isBound = this.#isBinding = true;
    try {
      return super.bind(...args as [BindOptions]);
    } finally {
      this.#isBinding = false;
    }
  }

  /** To send from: at this port, or any if it is 0 or taken. */
  protected bindAny(port: number): void {
    this.#isTaken = port === 0 ? undefined : false;
    this.bind({ port, exclusive: true });
    const isTaken = this.#isTaken as boolean | undefined; // `bind` may have set it
    this.#isTaken = undefined;
    if (isTaken === true) this.bind({ port: 0, exclusive: true });
  }

  /** With a lookup that answers at once, `bind` is done before it returns; whoever listens only then must still hear of it. */
  protected emitLater(event: string | symbol, args: any[]): boolean {
    if (!this.#isBinding) return false;
    if (event === 'error' && this.#isTaken === false) return this.#isTaken = true;
    process.nextTick(() => super.emit(event as 'error', ...args as [Error]));
    return true;
  }

  override connect(port: number, ...args: unknown[]): void {
    this.isBound = true;
    this.once('connect', () => {
      const { address, family, port } = this.remoteAddress();
      this.remoteName = typeof args[0] === 'string' ? args[0] : address;
      this.remote = { address, family: family === 'IPv6' ? 'IPv6' : 'IPv4', port };
    });
    super.connect(port, ...args as [string]);
  }

  override disconnect(): void {
    this.remote = undefined;
    super.disconnect();
  }
}
