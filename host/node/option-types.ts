// What users may write. Names and meanings are node:dtls's own where it has them; the others say so with a +.
import type { SocketAddress } from './address.js';
import type { CertificateInput, KeyInput, Sign } from './credentials.js';
import type { PeerKeys } from './peer-keys.js';
import type { ClientPSK, ServerPSK } from './psk.js';
import type { StoreState } from './state-keeper.js';
import type { DTLSSecureContext } from './secure-context.js';
import type { Verify } from './trust.js';

/** + Called with every datagram, in the order of the wire: for packet captures (pcapng.ts). */
export type Capture = (datagram: Uint8Array, from: SocketAddress, to: SocketAddress) => void;

interface SuiteOptions {
  /**
   * Cipher suites, colon-separated, in order of preference: OpenSSL's or IANA's names. Default: those of the credentials, ECDHE_ECDSA
   * before PSK. ECDHE_PSK (forward secrecy with pre-shared keys) must be asked for here: it costs a sensor 170 bytes a handshake.
   */
  ciphers?: string;
  /** + RFC 7627 is always offered; 'require' refuses peers without it. Default: 'offer'. */
  extendedMasterSecret?: 'offer' | 'require';
  /** + A record for each handshake message, for peers that read only the first one of a record. Default: false. */
  separateRecords?: boolean;
  /** Application protocols in order of preference (RFC 7301), CoAP's is 'co'; a Buffer holds them as they travel. To 128 bytes. */
  alpn?: string[] | Uint8Array;
  /** + Bytes of plaintext that this side takes in a record, 64 to 16,384 (RFC 8449): the peer then sends no longer message. */
  recordSizeLimit?: number;
  /** + Only '1.2' until DTLS 1.3 is there. */
  versions?: '1.2'[];
}

/** What this side shows, and what it wants to see. Keys are on P-256 (RFC 7925 §4.4); PEM or DER. */
interface CertificateOptions {
  /** A certificate and the authorities between it and its root: one text, or a list. */
  cert?: CertificateInput;
  /** The private key of `cert` or `rawPublicKey`; with `passphrase`, if it is encrypted. */
  key?: KeyInput;
  passphrase?: string;
  /** + Show a raw public key (RFC 7250): true is that of `key` or `cert`; with `sign` alone, the key itself. */
  rawPublicKey?: boolean | KeyInput;
  /** + Instead of `key`: signs 32 bytes, a SHA-256 hash, where the key is in a secure element; r and s, 64 bytes or DER. */
  sign?: Sign;
  /** Authorities that are trusted. A client without `ca` and `peerKeys` trusts those that Node comes with. */
  ca?: CertificateInput;
  /**
   * + Peers that are trusted for their own keys: keys, their names ni:///sha-256;… (RFC 6920), SHA-256 fingerprints of their
   * certificates, or a function of a raw public key's name that says whether it is one, now or later.
   */
  peerKeys?: PeerKeys;
  /** false: go on whatever the peer shows, or if a client shows nothing; see `session.authorized`. Default: true. */
  rejectUnauthorized?: boolean;
  /** + Has the last word on peers that may pass: false, or an error thrown, refuses them; now or later. */
  verify?: Verify;
}

interface ClientCredentials extends SuiteOptions, CertificateOptions {
  /** + Asks the server for records of at most so many bytes in both directions (RFC 6066 §4), where it has no recordSizeLimit. */
  maxFragmentLength?: 512 | 1024 | 2048 | 4096;
  psk?: ClientPSK;
}

interface ServerCredentials extends SuiteOptions, CertificateOptions {
  psk?: ServerPSK;
  /** Ask clients for a certificate or a raw public key, by what `ca` and `peerKeys` have. Default: false. */
  requestCert?: boolean;
  /**
   * Identities by the name that clients ask for: contexts, or the options of one. Other names are refused, unless '*' has an
   * identity for them.
   */
  sni?: { [name: string]: DTLSSecureContext | Omit<ServerCredentials, 'sni'> };
  /** Sent to clients to help them choose an identity (RFC 4279 §5.2), at most 128 bytes. */
  pskIdentityHint?: string;
  /**
   * + An identity that nobody has goes on as one with another key would, so that clients cannot tell the two apart (RFC 4279
   * §2). The session's own error still does. Default: false, it is refused at once (RFC 7925 §6).
   */
  hidePskIdentity?: boolean;
}

/** Of both sides. */
export interface CommonOptions {
  /**
   * + A state that is restored although it is not the latest, or in two places, may give messages away: see the README. What
   * `exportState`, `saveState` or `storeState` gave last: the connection, or all of a server's, go on without a handshake, from the
   * same port (`bindPort`) where the server gives no connection IDs. What was altered or is foreign is refused with a warning, and
   * the handshake goes on in full. Nobody is asked again whether the peer is trusted, though it goes on only if that is still enough.
   */
  state?: NodeJS.ArrayBufferView;
  /** + 16 to 64 secret bytes that seal states; not needed by a client with a `psk` that is no function, or a `key`. */
  stateKey?: NodeJS.ArrayBufferView;
  /**
   * + Called when the state must be stored again: at once after it was restored, each time about 2,000 messages went out, and within
   * a second of a session's beginning or end.
   */
  storeState?: StoreState;
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
  /**
   * + Connection IDs (RFC 9146), with which a session outlives a change of its peer's address (a NAT that forgets, say). Off by
   * default; both sides must want them. What we want to be sent: `true` is the right choice (6 bytes on a server; none on a client,
   * which sends the server's), a number says how many bytes (0 to 20). Bytes are, on a client, the CID itself; on a server, how each
   * one begins (to 14 bytes; 6 of its own follow). An observer can link what has the same CID: RFC 9146 §8 advises against them
   * where that matters on several networks at a time.
   */
  cid?: boolean | number | Uint8Array;
  /**
   * + How a peer is checked that speaks from elsewhere (RFC 9853): 'enhanced', the default, asks at its old address first, so that
   * nobody can lure us away by being faster with a copy; 'basic' asks at the new one alone, and does not wait for the old one's
   * silence (`retransmit.initialMs`).
   */
  pathValidation?: 'enhanced' | 'basic';
  /**
   * + Answer a peer that has CIDs and no such check where its newest record came from. Whoever can change the sender's address of
   * a datagram can then turn what we send to somebody else. Default: false, it is answered where it was.
   */
  followNewest?: boolean;
  reusePort?: boolean;
  udpReceiveBufferSize?: number;
  udpSendBufferSize?: number;
  /** 1 to 255. */
  udpTTL?: number;
}

export interface ConnectOptions extends CommonOptions, ClientCredentials {
  /** The server's name, which is asked for and expected in its certificate; '' asks for none. Default: `host`, if it is a name. */
  servername?: string;
  /**
   * An earlier session's `session`, to be resumed if the server still knows it; true for a first one with a ticket, if the server
   * gives any (RFC 5077). Sealed with `psk` or `key`; without either, `stateKey` must be there.
   */
  session?: Uint8Array | true;
  /** Local address. Default: any, of the peer's family. */
  bindHost?: string;
  /** Local port. Default: that of the `state`, if it is free; else 0, the system chooses. */
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
  /**
   * What seals the tickets with which clients resume: one secret of 16 to 64 bytes or up to three, of which the first one seals
   * and all open. Servers that share them resume each other's sessions. Default: random, a new one each week. Who resumes is not looked up in
   * `psk` again for as long as a session lasts, a week: to shut somebody out, look at `pskIdentity` and `reused` in `onhandshake`.
   */
  ticketKeys?: Uint8Array | Uint8Array[];
}

export type ContextOptions =
  | (ClientCredentials & { isServer?: false })
  | (ServerCredentials & { isServer: true });
