// dgram sockets that bind and send at once.
import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { SocketAddress } from './address.js';
import type { Settings } from './options.js';

type Lookup = NonNullable<SocketOptions['lookup']>;

/** A `lookup` for dgram: numeric addresses need no resolver, and then nothing waits; names go to this one. */
export function lookupBy(names: Lookup = lookup as Lookup): Lookup {
  return ((address: string, options: never, done: (error: null, address: string, family: number) => void) => {
    const family = isIP(address);
    if (family === 0) names(address, options, done as never);
    else done(null, address, family);
  }) as never;
}

/** A socket bound to this address and port. Throws the system's error (EADDRINUSE, EADDRNOTAVAIL …). */
export function boundSocket(address: string, port: number, settings: Settings, ipv6Only: boolean): Socket {
  const options: SocketOptions & { reusePort?: boolean } = { type: isIP(address) === 6 ? 'udp6' : 'udp4',
    lookup: lookupBy(), ipv6Only };
  if (settings.udpReceiveBufferSize !== undefined) options.recvBufferSize = settings.udpReceiveBufferSize;
  if (settings.udpSendBufferSize !== undefined) options.sendBufferSize = settings.udpSendBufferSize;
  if (settings.reusePort) options.reusePort = true;
  const socket = createSocket(options);
  try {
    bindNow(socket, address, port);
    if (settings.udpTTL !== undefined) socket.setTTL(settings.udpTTL);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** `bind`, but its error is thrown: with a lookup that answers at once, nothing in it is left for later. */
function bindNow(socket: Socket, address: string, port: number): void {
  let failure: Error | undefined;
  const keep = (error: Error) => failure = error;
  socket.on('error', keep);
  socket.bind({ address, port, exclusive: true });
  socket.off('error', keep);
  if (failure !== undefined) throw failure;
}

/** Sends datagrams, and closes the socket once the system has taken them all. */
export class Outlet {
  /** Datagrams the system has not taken yet. */
  #sending = 0;
  #isClosing = false;
  #isClosed = false;

  /** `isConnected`: the socket has one peer. `failed`: hears what the system says of a datagram. */
  constructor(private readonly socket: Socket, private readonly isConnected: boolean,
    private readonly failed: (error: NodeJS.ErrnoException, to: SocketAddress) => void) {}

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (this.#isClosed) return;
    this.#sending++;
    const sent = (error: Error | null) => {
      this.#sending--;
      if (error !== null) this.failed(error, to);
      this.#release();
    };
    try {
      if (this.isConnected) this.socket.send(bytes, sent);
      else this.socket.send(bytes, to.port, to.address, sent);
    } catch (error) {
      sent(error as Error);
    }
  }

  /** Not at once: called from inside a delivery (an `onmessage`, say), the close_notify is still to come out of it. */
  close(): void {
    process.nextTick(() => {
      this.#isClosing = true;
      this.#release();
    });
  }

  #release(): void {
    if (!this.#isClosing || this.#isClosed || this.#sending > 0) return;
    this.#isClosed = true;
    this.socket.close();
  }
}

export function localAddress(socket: Socket): SocketAddress {
  const { address, family, port } = socket.address();
  return { address, family: family === 'IPv6' ? 'IPv6' : 'IPv4', port };
}

/** The system refuses datagrams of this size (6347-4.1.1.1-2): its error goes to the user, with what to do. */
export function explainSendError(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error.code === 'EMSGSIZE' ? Object.assign(error, { hint: 'The path takes smaller datagrams: lower `mtu`.' }) : error;
}
