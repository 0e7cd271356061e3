// Who is at the other end of a session, in the shape of node:dtls's DTLSSession.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { kIdentity, kPeer, kProved, kSession } from './internal.js';
import { SessionHandlers } from './session-handlers.js';
import type { PeerIdentity } from './trust.js';

export class SessionPeer extends SessionHandlers {
  #identity: string | undefined;
  #peer: PeerIdentity | undefined;
  #isProved = false;

  /** + Who the client is; undefined before it said so. */
  get pskIdentity(): string | undefined { return this.#identity; }
  /** In PEM, once it is proved to be the peer's; undefined if it showed none. */
  get peerCertificate(): string | undefined { return this.peerX509Certificate?.toString(); }
  get peerX509Certificate(): X509Certificate | undefined { return this[kPeer]?.certificate; }
  /** + The peer's raw public key (RFC 7250); `publicKeyName` makes its name of it. */
  get peerRawPublicKey(): KeyObject | undefined {
    const peer = this[kPeer];
    return peer !== undefined && peer.certificate === undefined ? peer.publicKey : undefined;
  }
  /** Whether the peer's certificate or key passed `ca`, `peerKeys` and the check of its name; pre-shared keys have neither. */
  get authorized(): boolean { return this[kPeer]?.authorized ?? false; }
  /** Why not, by OpenSSL's names, as in node:tls. */
  get authorizationError(): string | undefined {
    const peer = this[kPeer];
    return peer === undefined ? 'UNABLE_TO_GET_ISSUER_CERT' : peer.authorizationError;
  }

  /** @internal What a peer shows is its own only when the handshake has proved so. */
  get [kPeer](): PeerIdentity | undefined { return this.#isProved ? this.#peer : undefined; }
  set [kPeer](peer: PeerIdentity) { this.#peer = peer; }

  /** @internal `identity`: the client's, where the engine knows it. */
  [kProved](identity: Uint8Array | null): void {
    this.#isProved = true;
    if (identity !== null) this.#identity ??= Buffer.from(identity).toString();
  }

  /** @internal */
  [kIdentity](identity: string): void { this.#identity = identity; }
  /** @internal A certificate's check is not repeated, so no session comes of it. */
  override [kSession](session: Uint8Array): void { if (this.#peer === undefined) super[kSession](session); }
}
