// Who is at the other end of a session, in the shape of node:dtls's DTLSSession.
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Connection } from '../core/connection.js';
import { kIdentity, kPeer, kProved } from './internal.js';
import { nameOfHash } from './keys.js';
import { knownByName } from './peer-identity.js';
import { SessionHandlers } from './session-handlers.js';
import type { KnownPeer } from './trust.js';

export class SessionPeer extends SessionHandlers {
  #identity: string | undefined;
  #peer: KnownPeer | undefined;
  #isProved = false;

  /** + Who the client is; undefined before it said so. */
  get pskIdentity(): string | undefined { return this.#identity; }
  /** In PEM, once it is proved to be the peer's; undefined if it showed none, or did so before a session was resumed. */
  get peerCertificate(): string | undefined { return this.peerX509Certificate?.toString(); }
  get peerX509Certificate(): X509Certificate | undefined { return this[kPeer]?.certificate; }
  /** + The peer's raw public key (RFC 7250); `publicKeyName` makes its name of it. */
  get peerRawPublicKey(): KeyObject | undefined {
    const peer = this[kPeer];
    return peer !== undefined && peer.certificate === undefined ? peer.publicKey : undefined;
  }
  /**
   * + The name of the key that the peer proved, with its certificate or as it is: ni:///sha-256;… (RFC 6920). Of a session resumed it is
   * all that is known of either.
   */
  get peerKeyName(): string | undefined { return this[kPeer]?.keyName; }
  /** Whether the peer's certificate or key passed `ca`, `peerKeys` and the check of its name; pre-shared keys have neither. */
  get authorized(): boolean { return this[kPeer]?.authorized ?? false; }
  /** Why not, by OpenSSL's names, as in node:tls. */
  get authorizationError(): string | undefined {
    const peer = this[kPeer];
    return peer === undefined ? 'UNABLE_TO_GET_ISSUER_CERT' : peer.authorizationError;
  }

  /** @internal What a peer shows is its own only when the handshake has proved so. */
  get [kPeer](): KnownPeer | undefined { return this.#isProved ? this.#peer : undefined; }
  set [kPeer](peer: KnownPeer) { this.#peer = peer; }

  /** @internal Who it is, where the engine knows it. */
  [kProved]({ identity, provedKey }: Connection): void {
    this.#isProved = true;
    if (provedKey !== null) this.#peer = knownByName(nameOfHash(provedKey));
    if (identity !== null) this.#identity ??= Buffer.from(identity).toString();
  }

  /** @internal */
  [kIdentity](identity: string): void { this.#identity = identity; }}
