// thimble: DTLS over UDP in the shape of node:dtls, with what the Internet of Things needs beside.
import { DTLSEndpoint } from './endpoint.js';
import { connectSettings, listenSettings, secureContext } from './options.js';
import type { ConnectOptions, ContextOptions, ListenOptions } from './option-types.js';
import type { DTLSSecureContext } from './secure-context.js';
import type { DTLSSession } from './session.js';
import { callable, integer, string } from './validate.js';

export { DTLSEndpoint } from './endpoint.js';
export { DTLSError } from './errors.js';
export type { SocketAddress } from './address.js';
export type { CertificateInput, KeyInput, Sign } from './credentials.js';
export { keyName as publicKeyName } from './keys.js';
export type { Capture, CommonOptions, ConnectOptions, ContextOptions, ListenOptions } from './option-types.js';
export type { FindKey, PeerKeys } from './peer-keys.js';
export { PcapngWriter } from './pcapng.js';
export type { WriteBytes } from './pcapng.js';
export type { ClientIdentity, ClientPSK, Key, ServerPSK } from './psk.js';
export { DTLSSecureContext } from './secure-context.js';
export { DTLSSession } from './session.js';
export type { DTLSMessage } from './session.js';
export type { DTLSEndpointStats, DTLSSessionStats } from './stats.js';
export type { KnownPeer, PeerIdentity, Verify } from './trust.js';

/**
 * Serves DTLS 1.2 (RFC 6347) on a UDP port. `onsession` is called for each client whose address is proved by a
 * cookie; its handshake then begins, and `session.opened` tells how it ends.
 *
 * Throws ERR_MISSING_ARGS without credentials (`psk`, `cert` and `key`, `rawPublicKey`, `secureContext`) and `port`, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE,
 * ERR_OUT_OF_RANGE and ERR_DTLS_UNSUPPORTED_OPTION naming the option, and the system's error if it cannot bind.
 */
export function listen(onsession: (session: DTLSSession) => void, options: ListenOptions): DTLSEndpoint {
  callable('onsession', onsession);
  const settings = listenSettings(options);
  return new DTLSEndpoint(settings, onsession).listen(settings);
}

/**
 * Connects to a server by address or name. The handshake begins in a later turn of the event loop; await
 * `session.opened`. Throws as `listen` does; what happens later rejects `opened`, with a DTLSError or the system's.
 */
export function connect(host: string, port: number, options: ConnectOptions): DTLSSession {
  string('host', host);
  integer('port', port, 1, 65535);
  const settings = connectSettings(options);
  return new DTLSEndpoint(settings).connect(host, port, settings);
}

/**
 * Checks credentials and suites once, for any number of `connect` calls or, with `isServer: true`, of `listen` calls.
 * Throws as they do.
 */
export function createSecureContext(options: ContextOptions): DTLSSecureContext {
  return secureContext(options);
}
