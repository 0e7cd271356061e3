// What users set on a session to hear of it, in the shape of node:dtls's DTLSSession.
import type { SocketAddress } from './address.js';
import type { DTLSError } from './errors.js';
import { callUser, kNoSession, kSession } from './internal.js';
import type { DTLSMessage } from './session.js';
import { handler } from './validate.js';

export class SessionHandlers {
  #onmessage: ((data: DTLSMessage) => void) | undefined;
  #onerror: ((error: Error) => void) | undefined;
  #onhandshake: ((protocol: string) => void) | undefined;
  #onwarning: ((warning: DTLSError) => void) | undefined;
  #onsession: ((session: Buffer) => void) | undefined;
  #resumable: Buffer | undefined;
  #onpathchange: ((address: SocketAddress, old: SocketAddress) => void) | undefined;

  /** Called with each message. */
  get onmessage() { return this.#onmessage; }
  set onmessage(value: ((data: DTLSMessage) => void) | null | undefined) {
    this.#onmessage = handler('onmessage', value);
  }

  /** Called with the error that ends the session, and with errors of the socket (EMSGSIZE) that do not. */
  get onerror() { return this.#onerror; }
  set onerror(value: ((error: Error) => void) | null | undefined) {
    this.#onerror = handler('onerror', value);
  }

  /** Called with the protocol, 'DTLSv1.2', when the handshake completes. */
  get onhandshake() { return this.#onhandshake; }
  set onhandshake(value: ((protocol: string) => void) | null | undefined) {
    this.#onhandshake = handler('onhandshake', value);
  }

  /** + Called when a handshake that still goes on probably has no chance; without it, a client's process.emitWarning is. */
  get onwarning() { return this.#onwarning; }
  set onwarning(value: ((warning: DTLSError) => void) | null | undefined) {
    this.#onwarning = handler('onwarning', value);
  }

  /** + Called with a client's `session`, once there is one. */
  get onsession() { return this.#onsession; }
  set onsession(value: ((session: Buffer) => void) | null | undefined) {
    this.#onsession = handler('onsession', value);
  }

  /**
   * A client's, with which `connect` can resume it; the one that was resumed, until the server gives a new one. Undefined where there
   * is none: before the server said so; where nothing seals it, which is a PSK, a private `key` or a `stateKey`; with a server that is
   * not authorized, or of which `verify` or `peerKeys` is to hear each time; after a fatal alert.
   */
  get session(): Buffer | undefined { return this.#resumable; }

  /** @internal */
  [kSession](session: Uint8Array): void {
    this.#resumable = Buffer.from(session);
    callUser(this.#onsession, this.#resumable);
  }

  /** @internal What a fatal alert ended is not resumed (RFC 5246 §7.2.2). */
  [kNoSession](): void { this.#resumable = undefined; }

  /** + Called when the peer, found by its connection ID, has another `remoteAddress`; and with the one it had. See `cid`. */
  get onpathchange() { return this.#onpathchange; }
  set onpathchange(value: ((address: SocketAddress, old: SocketAddress) => void) | null | undefined) {
    this.#onpathchange = handler('onpathchange', value);
  }
}
