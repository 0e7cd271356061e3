// What users may write. Names and meanings are node:dtls's own where it has them; the others say so with a +.
import type { SocketAddress } from './address.js';
import type { ClientPSK, ServerPSK } from './psk.js';
import type { DTLSSecureContext } from './secure-context.js';

/** + Called with every datagram, in the order of the wire: for packet captures (pcapng.ts). */
export type Capture = (datagram: Uint8Array, from: SocketAddress, to: SocketAddress) => void;

interface SuiteOptions {
  /** Cipher suites, colon-separated, in order of preference: OpenSSL's or IANA's names. */
  ciphers?: string;
  /** + RFC 7627 is always offered; 'require' refuses peers without it. Default: 'offer'. */
  extendedMasterSecret?: 'offer' | 'require';
  /** + A record for each handshake message, for peers that read only the first one of a record. Default: false. */
  separateRecords?: boolean;
  /** + Only '1.2' until DTLS 1.3 is there. */
  versions?: '1.2'[];
}

interface ClientCredentials extends SuiteOptions {
  psk?: ClientPSK;
}

interface ServerCredentials extends SuiteOptions {
  psk?: ServerPSK;
  /** Sent to clients to help them choose an identity (RFC 4279 §5.2), at most 128 bytes. */
  pskIdentityHint?: string;
}

/** Of both sides. */
export interface CommonOptions {
  secureContext?: DTLSSecureContext;
  /** Bytes of the largest datagram to send, 256 to 65,535. Default: 1,200. */
  mtu?: number;
  /** Milliseconds a handshake may take; 0 is no limit. Default: 60,000; with profile 'iot' 300,000. */
  handshakeTimeout?: number;
  /**
   * + First retransmission and longest interval in milliseconds (RFC 6347 §4.2.4.1). Default: 1,000 and 60,000; with
   * profile 'iot' 9,000 and 60,000 (RFC 7925 §11).
   */
  retransmit?: { initialMs?: number; maxMs?: number };
  /** + Defaults for constrained networks. */
  profile?: 'iot';
  /** + Milliseconds without a message from the peer after which a session is closed; 0, the default: never. */
  idleTimeout?: number;
  /** + The secrets of every session in the NSS key log format; true: sessions may set `onkeylog`. Needs the trace build. */
  keylog?: boolean | ((line: string) => void);
  capture?: Capture;
  reusePort?: boolean;
  udpReceiveBufferSize?: number;
  udpSendBufferSize?: number;
  /** 1 to 255. */
  udpTTL?: number;
}

export interface ConnectOptions extends CommonOptions, ClientCredentials {
  /** Local address. Default: any, of the peer's family. */
  bindHost?: string;
  /** Local port. Default: 0, the system chooses. */
  bindPort?: number;
}

export interface ListenOptions extends CommonOptions, ServerCredentials {
  /** Default: '0.0.0.0'. */
  host?: string;
  port: number;
  ipv6Only?: boolean;
  /** Bounds on sessions at a time, and on those of one address; 0: none. Default: 10,000 and 1,000. */
  maxSessions?: number;
  maxSessionsPerHost?: number;
  /**
   * + Bound on handshakes at a time; 0: none. Default: 1,000. At the bounds the oldest handshake makes room whose peer has
   * fallen silent; an open session never does.
   */
  maxHandshakes?: number;
}

export type ContextOptions =
  | (ClientCredentials & { isServer?: false })
  | (ServerCredentials & { isServer: true });
