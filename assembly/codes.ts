// Numbers with names, shared by the engine and its hosts. Plain enums and nothing else: the host imports this very file.
// IANA's names stand in IANA's capitals.

/** What `poll` found (the `kind` of the EVENT record). */
export enum EventKind {
  /** Nothing left to do; `dueInMs` says when to call `timeout`, -1 if never. */
  NONE = 0,
  /** OUT holds `length` bytes to send to the handle's peer; for handle 0, to the peer of the current `receive`. */
  DATAGRAM = 1,
  /** `length` bytes of application data at `pointer`; `code` is the epoch they came in (RFC 7252 §9.1.1). */
  DATA = 2,
  /** The peer's Finished verified; `code` is the suite, `flags` say more; `pointer` and `length` who the peer is (ConnectedFlag). */
  CONNECTED = 3,
  /** The engine must know something: `code` is a Question, `serial` goes back with `answer`. */
  QUESTION = 4,
  /** Something the user should see while the handshake goes on; `cause` says what. */
  WARNING = 5,
  /** The handle is dead and its memory wiped; `code` says how it ended, `cause` the probable reason. */
  CLOSED = 6,
  /** A client: `length` bytes at `pointer`, with which a later connection to this server can resume. Secret. */
  SESSION = 7,
  /** The peer answers from another address now, at `path`. */
  PATH_CHANGED = 8,
  /** `length` bytes at `pointer`: the connection as `save` was asked for; `serial` counts the states of this association. */
  STATE = 9,
  /** The connection must be saved again soon, or sending stops. */
  SAVE_DUE = 10,
}

/** Classes of codes. A call that fails returns the negative of a MISUSE code. */
export enum CodeClass {
  /** 0x100 + alert: we ended the connection and said so. */
  WE_ABORTED = 0x100,
  /** 0x200 + alert: the peer ended the connection. */
  PEER_ABORTED = 0x200,
  /** 0x300 + n: the caller's mistake, see Misuse. */
  MISUSE = 0x300,
  /** 0x400 + n: dropped, counted, never an error, see Drop. */
  DROPPED = 0x400,
  /** 0x500 + n: ended without an alert, see Ended. */
  ENDED = 0x500,
}

/** Mistakes of the caller; returned as negative numbers. */
export enum Misuse {
  /** Until `poll` says NONE, only `poll` and `answer` may be called. */
  BUSY = 0x301,
  /** No such handle, or not any more. */
  BAD_HANDLE = 0x302,
  /** A length outside its window. */
  BAD_LENGTH = 0x303,
  /** Application data before CONNECTED (RFC 6347 §4.1). */
  NOT_CONNECTED = 0x304,
  /** The question was answered, or its handshake is gone. */
  STALE = 0x305,
  /** Every slot of a pool is taken. */
  FULL = 0x306,
  /** A context that cannot be, is not defined, or is in use. */
  BAD_CONTEXT = 0x307,
  /** The layout asks for more than the memory holds, or for less than one connection needs. */
  BAD_LAYOUT = 0x308,
  /** The host has no random source: no entropy, no start (RFC 7925 §12). */
  NO_ENTROPY = 0x309,
  /** The message does not fit the path's MTU or the record limit. */
  TOO_LONG = 0x30a,
  /** `init` was not called, or failed. */
  NOT_READY = 0x30b,
  /** Its handshake runs, or the peer may still ask for the last flight: such a connection cannot be saved yet. */
  UNSETTLED = 0x30c,
  /** The connection was saved or restored, and sends no more before it is saved again and the host says that this is stored. */
  SAVE_FIRST = 0x30d,
  /** There is no secret to seal a state with: neither `seals` nor the context's own. */
  NO_SEAL = 0x30e,
  /** A state that is not ours: sealed with another key, altered, cut short, or of another version. */
  BAD_STATE = 0x30f,
  /** A state of the other role, or with a cipher suite that its context does not have. */
  OTHER_STATE = 0x310,
  /** No extended master secret (RFC 7627 §5.4), or a layout or build without exporters. */
  NO_EXPORTER = 0x311,
}

/** How a connection ended without an alert (the `code` of CLOSED). */
export enum Ended {
  HANDSHAKE_TIMEOUT = 0x501,
  /** 2^48 records were sent in one epoch (RFC 6347 §4.1). */
  SEQUENCE_EXHAUSTED = 0x502,
  /** The same peer finished a new handshake (RFC 6347 §4.2.8). */
  REPLACED = 0x503,
  /** Too many records failed authentication (requirements C-04). */
  TOO_MANY_FORGERIES = 0x504,
  /** The caller discarded it. */
  DISCARDED = 0x505,
  /** A handshake whose peer was silent made room for another's, every slot being taken. */
  DISPLACED = 0x506,
  /** It moved into the state that the caller has. */
  SAVED = 0x507,
}

/** The probable reason, for a hint. */
export enum Cause {
  NONE = 0,
  WRONG_KEY = 1,
  UNKNOWN_IDENTITY = 2,
  NO_COMMON_SUITE = 3,
  NO_COMMON_VERSION = 4,
  NO_EXTENDED_MASTER_SECRET = 5,
  NO_SECURE_RENEGOTIATION = 6,
  SILENT_PEER = 7,
  MALFORMED_MESSAGE = 8,
  OUT_OF_ORDER_MESSAGE = 9,
  UNOFFERED_VALUE = 10,
  NO_ANSWER = 11,
  BAD_FINISHED = 12,
  MESSAGE_TOO_LONG = 13,
  UNKNOWN_NAME = 14,
  NO_COMMON_PROTOCOL = 15,
  RECORD_TOO_LONG = 16,
  /** A warning's: many records failed authentication (requirements C-04). */
  FORGERIES = 17,
  /** A signature of the peer's in the handshake. */
  BAD_SIGNATURE = 18,
  /** The host refused what was in order. */
  NOT_TRUSTED = 19,
  /** X.509 or raw public keys: each side has what the other does not take. */
  NO_COMMON_CERTIFICATE_TYPE = 20,
  CID_TOO_LONG = 21,
  /** From here on: this + a CertificateCheck (certificate-codes.ts). */
  CERTIFICATE = 64,
}

/** What the engine asks. */
export enum Question {
  /**
   * Server: `pointer` and `length` are the client's identity; answer with the key (1 to 64 bytes).
   * Client without a key in its context: they are the server's hint; answer with one length byte, the identity, the key.
   */
  PSK = 1,
  /**
   * `pointer` and `length` are the body of the peer's Certificate message, `cause` is the CertificateCheck that it did not pass, if any;
   * `flags` is 1 for a raw public key. Answer with one byte: a TrustAnswer, or the alert to end with.
   */
  TRUST = 2,
  /** `pointer` and `length` are a SHA-256 hash; answer with its ECDSA signature, r and s, 64 bytes. */
  SIGN = 3,
}

/** PATH_CHANGED: what becomes of the address that a peer's newest record came from (RFC 9146 §6, RFC 9853 §5). */
export enum PathChange {
  /** The peer is answered there from now on. */
  MOVED = 0,
  /** It is being checked; MOVED or KEPT will follow. */
  CHECKING = 1,
  /** The peer is answered where it was. */
  KEPT = 2,
}

/** Why something was dropped: the index of its counter, 0x400 + n as a code. */
export enum Drop {
  /** Not a DTLS record at all, or a length that runs past the datagram (RFC 6347 §4.1.2.7). */
  MALFORMED_RECORD = 0,
  /** A version other than DTLS 1.2 (or 1.0 in a first hello). */
  BAD_VERSION = 1,
  /** An epoch that is not (or no longer, or not yet) ours. */
  BAD_EPOCH = 2,
  /** Seen before, or left of the replay window (RFC 6347 §4.1.2.6). */
  REPLAYED = 3,
  /** The tag did not verify. */
  FORGED = 4,
  /** From an unknown peer, and not a ClientHello. */
  UNKNOWN_PEER = 5,
  /** A handshake message of the past, or one that is not expected in clear. */
  STALE_MESSAGE = 6,
  /** A fragment that runs past its message or its record (RFC 6347 §4.2.3). */
  BAD_FRAGMENT = 7,
  /** A message of the future or in pieces, or a record of the next epoch, that found no room to wait. */
  NO_ROOM = 8,
  /** A new peer, while every slot is taken. */
  FULL = 9,
  /** A ClientHello that cannot be read, before its cookie was seen to be ours. */
  MALFORMED_HELLO = 10,
  /** A plaintext alert that proves nothing. */
  UNTRUSTED_ALERT = 11,
  /** Longer than the IN window. */
  TOO_LONG = 12,
  /** Our own duty, not done: a HelloVerifyRequest or alert that did not fit OUT. */
  UNANSWERED = 13,
  /** Protected, without the connection ID that its receiver asked for (RFC 9146 §3). */
  MISSING_CID = 14,
  /** How many there are. */
  COUNT = 15,
}

/** Bytes of a peer's opaque address at PEER; unused ones are zero. */
export enum Bound {
  PEER = 20,
  IDENTITY = 128,
  KEY = 64,
  /** A server's name (RFC 1035 §2.3.4), and a context's name, protocols, connection ID and session together. */
  NAME = 253,
  SAID = 514,
  CID = 20,
}

/** RFC 5246 §6.2.1 */
export enum ContentType {
  CHANGE_CIPHER_SPEC = 20,
  ALERT = 21,
  HANDSHAKE = 22,
  APPLICATION_DATA = 23,
  /** RFC 9146 §4 */
  TLS12_CID = 25,
  /** RFC 9853 §4 */
  RETURN_ROUTABILITY_CHECK = 27,
}

/** RFC 6347 §4.3.2; CHANGE_CIPHER_SPEC is no handshake message, but a row of the script like any other. */
export enum HandshakeType {
  HELLO_REQUEST = 0,
  CLIENT_HELLO = 1,
  SERVER_HELLO = 2,
  HELLO_VERIFY_REQUEST = 3,
  NEW_SESSION_TICKET = 4,
  CERTIFICATE = 11,
  SERVER_KEY_EXCHANGE = 12,
  CERTIFICATE_REQUEST = 13,
  SERVER_HELLO_DONE = 14,
  CERTIFICATE_VERIFY = 15,
  CLIENT_KEY_EXCHANGE = 16,
  FINISHED = 20,
  CHANGE_CIPHER_SPEC = 254,
  DONE = 255,
}

/** RFC 5246 §7.2; those RFC 7925 §6 forbids are not here (7925-6-1, 7925-6-2, 7925-6-3). */
export enum Alert {
  CLOSE_NOTIFY = 0,
  UNEXPECTED_MESSAGE = 10,
  BAD_RECORD_MAC = 20,
  RECORD_OVERFLOW = 22,
  HANDSHAKE_FAILURE = 40,
  ILLEGAL_PARAMETER = 47,
  DECODE_ERROR = 50,
  DECRYPT_ERROR = 51,
  PROTOCOL_VERSION = 70,
  INSUFFICIENT_SECURITY = 71,
  INTERNAL_ERROR = 80,
  USER_CANCELED = 90,
  NO_RENEGOTIATION = 100,
  UNSUPPORTED_EXTENSION = 110,
  UNRECOGNIZED_NAME = 112,
  NO_APPLICATION_PROTOCOL = 120,
}

export enum AlertLevel {
  WARNING = 1,
  FATAL = 2,
}

export enum CipherSuite {
  TLS_PSK_WITH_AES_128_GCM_SHA256 = 0x00a8,
  TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff,
  TLS_PSK_WITH_AES_128_CCM = 0xc0a4,
  TLS_PSK_WITH_AES_128_CCM_8 = 0xc0a8,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xc02b,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM = 0xc0ac,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 = 0xc0ae,
  TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 = 0xd001,
  TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256 = 0xd003,
  TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256 = 0xd005,
}

/** RFC 8422 §5.1.1; the profile has one (7925-4.4-3). */
export enum NamedCurve {
  SECP256R1 = 23,
}

/** Of 2, client_certificate_url (7925-4.4.5-2), and 3, trusted_ca_keys (7925-4.4.6-1), nothing is known here. */
export enum ExtensionType {
  SERVER_NAME = 0,
  MAX_FRAGMENT_LENGTH = 1,
  SUPPORTED_GROUPS = 10,
  EC_POINT_FORMATS = 11,
  SIGNATURE_ALGORITHMS = 13,
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16,
  CLIENT_CERTIFICATE_TYPE = 19,
  SERVER_CERTIFICATE_TYPE = 20,
  RECORD_SIZE_LIMIT = 28,
  SESSION_TICKET = 35,
  /** 53 was that of a draft (9146-3-1). */
  CONNECTION_ID = 54,
  RETURN_ROUTABILITY_CHECK = 61,
  EXTENDED_MASTER_SECRET = 23,
  RENEGOTIATION_INFO = 0xff01,
}

export enum ProtocolVersion {
  DTLS_1_0 = 0xfeff,
  DTLS_1_2 = 0xfefd,
}
