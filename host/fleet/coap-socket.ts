import { EventEmitter } from 'node:events';
import type { RemoteInfo } from 'node:dgram';

/** As much of a dgram.Socket as the npm package `coap` uses, over one connection that somebody else keeps. */
export class CoapSocket extends EventEmitter {
  readonly type: 'udp4' | 'udp6';

  /** @param seal sends a message to the only peer there is; throws if it cannot. */
  constructor(private readonly seal: (message: Uint8Array) => void, private readonly peer: RemoteInfo) {
    super();
    this.type = peer.family === 'IPv6' ? 'udp6' : 'udp4';
  }

  send(
    message: Uint8Array, offset: number, length: number, _port: number, _address: string,
    done?: (error: Error | null, bytes: number) => void,
  ): void {
    let failure: Error | null = null;
    try {
      this.seal(message.subarray(offset, offset + length));
    } catch (error) {
      failure = error as Error;
    }
    if (done !== undefined) queueMicrotask(() => done(failure, length));
  }

  /** Hands a message from the peer to the CoAP side. */
  deliver(message: Uint8Array): void {
    this.emit('message', Buffer.from(message), this.peer);
  }

  address(): RemoteInfo {
    return this.peer;
  }
}
