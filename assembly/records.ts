// The records that host and engine read and write in each other's sight: the layout at INFO, a context, an event. Plain enums of
// positions and bits; the host imports this very file.

/** i32 fields at INFO, in order. Those before SECONDS are the layout, which the host writes before `init`. */
export enum InfoField {
  /** Bytes of linear memory to use, from address 0; at most what the memory has. */
  BYTES = 0,
  /** Longest datagram to receive, in bytes. */
  IN_MAX = 1,
  /** Longest datagram to send, in bytes. */
  OUT_MAX = 2,
  /** Longest handshake message to reassemble, in bytes. */
  MESSAGE_MAX = 3,
  CONNECTIONS = 4,
  HANDSHAKES = 5,
  AFTERCARES = 6,
  CONTEXTS = 7,
  /** Bytes of a context's variable parts, all together. */
  CONTEXT_BYTES = 8,
  /** How many sessions a server keeps by their ids; may be 0. */
  SESSIONS = 9,
  /** How many first hellos may come in pieces at a time; may be 0. */
  LOBBIES = 10,
  /** Bytes of a peer's connection ID that a connection has room for, 0 to 255. */
  CID_MAX = 11,
  /** 1: connections keep what exporters need (RFC 5705). */
  EXPORTERS = 12,
  /** Bytes of the longest ticket that a server gives, which an aftercare must be able to send again, to 255; 0: it gives none. */
  TICKET_MAX = 13,
  /** Seconds since 1970 (UTC), which the host writes whenever it likes; 0 if unknown. */
  SECONDS = 14,
  /** From here on written by `init`: where the windows are. */
  PEER = 15,
  IN = 16,
  OUT = 17,
  ANSWER = 18,
  EVENT = 19,
  COUNTERS = 20,
  /** The bill, in bytes: one slot of each pool, what is not a pool or window, and the end of it all. */
  CONNECTION_SIZE = 21,
  HANDSHAKE_SIZE = 22,
  AFTERCARE_SIZE = 23,
  CONTEXT_SIZE = 24,
  SESSION_SIZE = 25,
  LOBBY_SIZE = 26,
  FIXED_SIZE = 27,
  USED = 28,
  COUNT = 29,
}

/**
 * i32 fields of a context record; from IDENTITY_LENGTH on they are lengths in bytes of its variable parts, which follow in the same
 * order. The host writes it to IN and calls `context`.
 */
export enum ContextField {
  /** Bits of ContextFlag. */
  FLAGS = 0,
  /** Eight cipher suites in order of preference, two a word, the lower half first; 0 where none. */
  SUITES = 1,
  /** Largest datagram to send, in bytes. */
  MTU = 5,
  /** First retransmission after this long, doubled each time up to MAX_MS; 0 for RFC 7925's 9 s and 60 s. */
  INITIAL_MS = 6,
  MAX_MS = 7,
  /** A handshake gives up after this long; 0 for 300 s. */
  HANDSHAKE_MS = 8,
  /** Bytes of plaintext that we take in a record (RFC 8449), 64 to 16,384; 0 to say nothing. */
  RECORD_SIZE_LIMIT = 9,
  /** A client's wish for short records: 512, 1,024, 2,048 or 4,096 bytes (RFC 6066 §4); 0 for none. */
  MAX_FRAGMENT_LENGTH = 10,
  /** Bytes of the connection IDs that peers send to us, 1 to 20; 0: none, but we send theirs; -1: no connection IDs (RFC 9146). */
  CID_LENGTH = 11,
  /** Client: its identity. Server: the identity hint, 0 for no ServerKeyExchange. To 128. */
  IDENTITY_LENGTH = 12,
  /** Client: its pre-shared key, to 64; 0 to be asked. Server: 0, always asked. */
  KEY_LENGTH = 13,
  /** The P-256 private key, 32; 0 if it is kept outside (ASK_TO_SIGN), or there is none. */
  PRIVATE_KEY_LENGTH = 14,
  /** X and Y of its public key, 64, where it may be shown as a raw public key; else 0. */
  PUBLIC_KEY_LENGTH = 15,
  /** The body of our X.509 Certificate message (RFC 5246 §7.4.2); 0 for none. */
  CERTIFICATES_LENGTH = 16,
  /** The peers and authorities that are trusted: a list of TrustAnchor (certificate-codes.ts). */
  ANCHORS_LENGTH = 17,
  /** Client: the server's name, to say and to check. Server: the name this context serves. */
  NAME_LENGTH = 18,
  /** Application protocols in order of preference, each with its length in a byte before it (RFC 7301). */
  PROTOCOLS_LENGTH = 19,
  /** How our connection IDs begin: a part of CID_LENGTH. */
  CID_PREFIX_LENGTH = 20,
  /** Client: what an earlier connection's SESSION event said. */
  SESSION_LENGTH = 21,
  COUNT = 22,
}

export enum ContextFlag {
  /** A peer without extended_master_secret is refused (RFC 7627 §5.2). */
  REQUIRE_EXTENDED_MASTER_SECRET = 1,
  /** A record for each handshake message, for peers that read only the first one of a record. */
  SEPARATE_RECORDS = 2,
  /** A server asks the client for a certificate or raw public key … */
  REQUEST_CERTIFICATE = 4,
  /** … and refuses one that has none. */
  REQUIRE_CERTIFICATE = 8,
  /** What we take of a peer: X.509 certificates, raw public keys (RFC 7250). */
  PEER_CERTIFICATE = 16,
  PEER_RAW_KEY = 32,
  /** A TRUST question for every peer's certificate or key, whatever was found. */
  ASK_TRUST = 64,
  /** Certificates: NameFlag.STRICT, NameFlag.COAP. */
  STRICT_NAMES = 128,
  COAP_NAMES = 256,
  /** The private key is outside: a SIGN question. */
  ASK_TO_SIGN = 512,
  /** A client asks for tickets, a server gives them (RFC 5077). */
  TICKETS = 1024,
  /** A client is told its sessions; a server keeps sessions by their ids (RFC 5246 §7.3). */
  SESSIONS = 2048,
  /** Offer or answer rrc together with a connection ID (RFC 9853). */
  RETURN_ROUTABILITY = 4096,
  /** A newest authentic record moves the peer's address although no return routability check was agreed on. */
  NEWEST_PATH = 8192,
  /** An unknown PSK identity goes on with a random key (requirements C-12). */
  HIDE_IDENTITY = 16384,
  /** This context serves the hellos that ask for its name. */
  SERVES_NAME = 32768,
  /** A new path is checked alone (RFC 9853 §5.1); else the old path is asked first, so that nobody can lure us away (§5.2). */
  BASIC_PATH_CHECK = 65536,
}

/** i32 fields of the EVENT record, in order. */
export enum EventField {
  KIND = 0,
  HANDLE = 1,
  CODE = 2,
  POINTER = 3,
  LENGTH = 4,
  DUE_IN_MS = 5,
  SERIAL = 6,
  /** CONNECTED: bytes of our connection ID, + 256 × those of the peer's. */
  CAUSE = 7,
  /** CLOSED, WARNING: the handshake message awaited, + 256 if it was ours to send; 0 when connected. */
  PHASE = 8,
  /** CONNECTED: bits of ConnectedFlag. */
  FLAGS = 9,
  /** CONNECTED: which of the context's application protocols was agreed on, from 1; 0 for none. */
  PROTOCOL = 10,
  /** CONNECTED: bytes of the longest application data. */
  PAYLOAD_MAX = 11,
  /**
   * Where a peer's address stands, as at PEER: where this datagram goes, if not to the connection's own; else 0. CONNECTED: where
   * our connection ID stands, and Bound.CID bytes behind it the peer's.
   */
  PATH = 12,
  /** The id of the connection's context. */
  CONTEXT = 13,
  COUNT = 14,
}

/**
 * What CONNECTED tells of an association. It names a client by its PSK identity; and either side, where its session is resumed and it had
 * proved a key, by the SHA-256 of the SubjectPublicKeyInfo.
 */
export enum ConnectedFlag {
  EXTENDED_MASTER_SECRET = 1,
  /** By an abbreviated handshake. */
  RESUMED = 2,
  /** The peer proved that it holds its raw public key, or its certificate's. */
  PEER_RAW_KEY = 4,
  PEER_CERTIFICATE = 8,
  RETURN_ROUTABILITY = 16,
}
