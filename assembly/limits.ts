// Every bound of the engine, with its reason.

/** RFC 6347 §4.1: type 1, version 2, epoch 2, sequence_number 6, length 2. */
export const RECORD_HEADER: u32 = 13;
/** RFC 6347 §4.2.2: msg_type 1, length 3, message_seq 2, fragment_offset 3, fragment_length 3. */
export const HANDSHAKE_HEADER: u32 = 12;
/** Handshake types from here on are the engine's own (ChangeCipherSpec's row, an early record) and never come off the wire. */
export const OWN_TYPES: i32 = 251;
/** RFC 5246 §6.2.3.3: the nonce's part that travels: epoch and sequence number (7925-B-1). */
export const EXPLICIT_NONCE: u32 = 8;
/** RFC 6347 §4.1: sequence numbers have 48 bits and never repeat in an epoch (6347-4.1-9). */
export const SEQUENCE_END: u64 = 1 << 48;
/** A server's record numbers go on from those of the hello (6347-4.2.1-5), which must leave them room. */
export const HELLO_SEQUENCE_END: u64 = SEQUENCE_END - (1 << 32);
/** RFC 5246 §6.2.1: no record carries more plaintext than this (6347-4.1-2) … */
export const PLAINTEXT_MAX: u32 = 1 << 14;
/** … so none is longer than this: with its explicit nonce and the longest tag. */
export const RECORD_MAX: u32 = PLAINTEXT_MAX + EXPLICIT_NONCE + 16;
/** RFC 8449 §4: no limit on records is smaller (8449-4-2). */
export const RECORD_SIZE_LIMIT_MIN: u32 = 64;

/** A peer's CID leaves this much of a datagram: for a record with a fragment of Finished, or an alert, under any suite. */
export const CID_ROOM: u32 = 64;
/** RFC 9853 §4: bytes of the random cookie in a path_challenge. */
export const PATH_COOKIE: u32 = 8;

/** RFC 5246 §7.4.1.2: SessionID is <0..32>. */
export const SESSION_ID_MAX: u32 = 32;
/** Each is compared with those before it, so a hello must not hold thousands; IANA knows about sixty. */
export const EXTENSIONS_MAX: u32 = 64;

/** RFC 4279 §5.3: identities to 128 bytes, keys to 64 (4279-5.3-1, 7925-4.2-5). */
export const IDENTITY_MAX: u32 = 128;
export const KEY_MAX: u32 = 64;
/** RFC 1035 §2.3.4: no name of a host is longer. */
export const NAME_MAX: u32 = 253;
/** Bytes of a context that its hello repeats: name, protocols, connection ID, session with its ticket. */
export const SAID_MAX: u32 = 400;
/** Of a session those behind its seal and the Session (seal.ts, state/session.ts): the id and the ticket. */
export const SESSION_UNSAID: u32 = 34 + 80;
/** Bytes of a connection ID of ours: room for a shard, a slot and 128 bits that nobody guesses. */
export const CID_MAX: i32 = 20;
/** RFC 9146 §5.3: bytes before a record's header in its additional data, where it has a connection ID. */
export const CID_PREAMBLE: u32 = 10;
/** RFC 6347 §4.2.1: a cookie's length is one byte (6347-4.2.1-9). */
export const COOKIE_MAX: u32 = 255;
/** Half an HMAC-SHA-256: 128 bits to guess, and the smallest HelloVerifyRequest that is safe. */
export const COOKIE: u32 = 16;
/** A cookie holds for this period and the next: 65 to 131 s, time for a few slow retransmissions. */
export const COOKIE_PERIOD_SHIFT: u32 = 16;
/** A server that rotates its secret may ask again, but not for ever (6347-4.2.1-8). */
export const VERIFY_REQUESTS_MAX: u32 = 4;

/** The longest ClientHello that is put together before its cookie: that of browsers with post-quantum shares has 1,500 bytes. */
export const LOBBY_MAX: u32 = 2_048;
/** Its pieces follow each other; the first repetition of an impatient peer comes after a second. */
export const LOBBY_MS: u32 = 2_000;

/** Handles: 12 bits of slot, 19 of generation, positive. */
export const SLOT_BITS: u32 = 12;
export const SLOTS_MAX: u32 = 1 << SLOT_BITS;
export const GENERATION_MAX: u32 = (1 << (31 - SLOT_BITS)) - 1;

/** The smallest windows: a whole PSK flight's record with a longest cookie need not fit, a fragment must. */
export const DATAGRAM_MIN: u32 = 128;
/** The smallest MTU: ChangeCipherSpec and Finished of any suite, 75 bytes, fit one datagram. */
export const MTU_MIN: u32 = 80;
/** The smallest inbox: ServerKeyExchange with a longest hint, or the tail of a flight behind a question. */
export const MESSAGE_MIN: u32 = 256;
/** Our longest message: ClientHello with a cookie of 255 bytes and as much as a context may have to say. */
export const SCRATCH: u32 = 832;
/** A fragment shorter than this is not worth its 12-byte header when the next datagram could hold more. */
export const FRAGMENT_MIN: u32 = 32;
/** Messages and early records that wait in an inbox: a flight of 1.2 has at most five messages. */
export const WAITING_MAX: u32 = 6;

/** RFC 7925 §11: the first timer of a constrained network and the longest (7925-11-1); both are the host's to set. */
export const INITIAL_MS: i32 = 9_000;
export const MAX_MS: i32 = 60_000;
/** Time for five of those: 9 s doubles to 63 s by the third repetition. */
export const HANDSHAKE_MS: i32 = 300_000;

/** A flight that the peer asks for again goes out at most this often, so that copies do not multiply (6347-4.2.4-2). */
export const REPEAT_MS: i32 = 1_000;
/** RFC 6347 §4.1.1.1: after this many silent retransmissions the path's MTU may be the reason … */
export const SILENT_RETRANSMISSIONS: u32 = 3;
/** … and this much is what every IPv4 path carries (576 less the headers). */
export const SAFE_MTU: u32 = 548;

/** The third Finished that fails authentication means a wrong key (requirements C-12). */
export const WRONG_FINISHED_MAX: u32 = 3;
/** The second silent retransmission after our Finished means it too (requirements C-12). */
export const WRONG_KEY_RETRANSMISSIONS: u32 = 2;
/** Bytes of the random key that stands for that of an identity nobody has, where that is hidden (requirements C-12). */
export const HIDING_KEY: u32 = 16;
/** Records that fail authentication in the life of a key: the host is warned … */
export const FORGERIES_WARNING: u32 = 128;
/** … and the association ends (requirements C-04); for GCM 2^28 would do (9325-4.4-1). */
export const FORGERIES_MAX: u32 = 1 << 20;
/** Records that a GCM key may seal: 2^24.5 (9325-4.4-1). */
export const GCM_RECORDS_MAX: u32 = 23_726_566;
/** How far from the peer's last record number an alert in clear may be: it sent a few flights between (requirements C-33). */
export const ALERT_DISTANCE: u64 = 64;
/** RFC 6347 §4.2.4: the last flight is answered for twice the maximum segment lifetime (6347-4.2.4-4). */
export const AFTERCARE_MS: i32 = 240_000;

/** Records that may be sent before a connection that was saved is saved again: as many numbers are lost in a crash. */
export const LEASE: u64 = 4096;
/** With so many left, the host is told. */
export const SAVE_DUE_AT: u64 = LEASE / 2;

/** RFC 7925 §4.4.4: certificates beside the trust anchor; each costs a signature to verify (7925-4.4.4-2). */
export const CHAIN_MAX: u32 = 3;
/** RFC 5280 §4.1.2.2: no serial number is longer. */
export const SERIAL_NUMBER_MAX: u32 = 20;
/** RFC 6920 §2: an ni name of 120 bits is the shortest to trust a key by (7252-9.1.3.2.1-1). */
export const KEY_NAME_MIN: u32 = 15;

/** Seconds for which a session can be resumed: a week, as RFC 8446 §4.6.1 has it, for nodes that sleep (5077-5-1). */
export const SESSION_SECONDS: u32 = 604_800;
/** Secrets to seal with: the one in use, the one before, and the one to come, which other engines may use already. */
export const SEALS_MAX: u32 = 3;
/** Their bytes: 128 bits at least, and no more than HMAC's block. */
export const SEAL_SECRET_MIN: u32 = 16;
export const SEAL_SECRET_MAX: u32 = 64;
