// What a handshake needs and a connection does not: where it stands in the script, the ingredients from which its flight is
// rebuilt byte for byte, the transcript, and the inbox of what came early or in pieces. Wiped on return.
import { Question } from "../codes";
import { InfoField } from "../records";
import { HMAC_KEY, P256_PUBLIC, P256_SECRET, P256_SIGNATURE, SHA256_CONTEXT, wipe } from "../crypto";
import { HAS_CERTIFICATES } from "../features";
import { COOKIE_MAX, IDENTITY_MAX, WAITING_MAX } from "../limits";
import { row } from "../script";
import { carve, info, messageMax, setInfo } from "./memory";

export const RANDOM: u32 = 32;
export const VERIFY_DATA: u32 = 12;

/** The retransmission machine, RFC 6347 §4.2.4 figure 3. */
export const PREPARING: u8 = 0;
export const SENDING: u8 = 1;
export const WAITING: u8 = 2;
export const FINISHED: u8 = 3;

/** Bits of `has`: the script's conditions (script.ts) have those from 16 to 21, these the others. */
export const HAS_EXTENDED_MASTER_SECRET: u32 = 1;
export const HAS_SECURE_RENEGOTIATION: u32 = 2;
export const HAS_KEYS: u32 = 4;
/** A question is open (`question` tells which) … */
export const HAS_QUESTION: u32 = 8;
/** … and was asked. */
export const HAS_ASKED: u32 = 16;
/** The host let the peer in, but is to be asked again each time: no session remembers it. */
export const HAS_PASSING_PEER: u32 = 32;
/** CONNECTED was said. */
export const HAS_ANNOUNCED: u32 = 64;
/** Its question was answered; it goes on when its turn comes. */
export const HAS_TURN: u32 = 128;
/** The client said that it knows uncompressed points, and must be answered the same (8422-5.1-1). */
export const HAS_POINT_FORMATS: u32 = 256;
/** The client said which curves it knows, and P-256 is not among them. */
export const HAS_OTHER_CURVES: u32 = 512;
/** A session is resumed: the abbreviated script holds. */
export const HAS_RESUMED: u32 = 1024;
/** The name that the client asked for decided which context serves it. */
export const HAS_SERVER_NAME: u32 = 2048;
export const HAS_MAX_FRAGMENT_LENGTH: u32 = 4096;
export const HAS_RECORD_SIZE_LIMIT: u32 = 8192;
export const HAS_CONNECTION_ID: u32 = 1 << 24;
export const HAS_RETURN_ROUTABILITY: u32 = 1 << 25;
/** A client's hello offers the session of its context. */
export const HAS_SESSION: u32 = 1 << 30;

/** What was agreed on (RFC 7250): a raw public key of ours, of the peer; … */
export const HAS_OWN_RAW_KEY: u32 = 16384;
export const HAS_PEER_RAW_KEY: u32 = 32768;
/** … and our signature is made. */
export const HAS_SIGNATURE: u32 = 1 << 22;
/** The client did not say that it can verify our signatures. */
export const HAS_OTHER_SIGNATURES: u32 = 1 << 23;

/** One message or early record that waits in the inbox. */
@final @unmanaged
export class Waiting {
  /** Where it starts in the arena, a multiple of 8. */
  start: u16;
  /** Its length in bytes; of an early record with its header. */
  length: u16;
  sequence: u16;
  type: u8;
  epoch: u8;
}
/** The `type` of a record that came before its keys. */
export const EARLY_RECORD: i32 = 253;
/** Of one of which it is known that it holds application data. */
export const EARLY_DATA: i32 = 252;

@final @unmanaged
export class Handshake {
  /** The connection it belongs to; 0 while the slot is free. */
  handle: i32;
  /** The open question's number, 0 if none is open. */
  serial: i32;
  /** Bits that start with HAS_. */
  has: u32;
  /** Where we stand in the script, and the rows of our current flight: [first, end). */
  at: u8;
  flightFirst: u8;
  flightEnd: u8;
  state: u8;
  /** The Question that is open; for TRUST the peer's Certificate message, and the CertificateCheck it did not pass. */
  question: u8;
  check: u8;
  /** What a client said of certificate types (extensions/certificate-type.ts). */
  clientTypes: u8;
  serverTypes: u8;
  certificate: usize;
  certificateLength: u32;
  /** Silent retransmissions of this flight, and all of this handshake. */
  silent: u8;
  retransmissions: u8;
  wrongFinished: u8;
  verifyRequests: u8;
  cookieLength: u8;
  /** The client's identity, or before it is asked for the server's hint. */
  identityLength: u8;
  /** message_seq of our flight's first message, of our next one, and of the peer's next one. */
  flightSequence: u16;
  sendSequence: u16;
  receiveSequence: u16;
  /** `receiveSequence` when our flight went out: what is below belongs to the peer's flight before. */
  answersSequence: u16;
  /** While SENDING: the row, message_seq and offset in its message that come next. */
  sendingRow: u8;
  waiting: u8;
  sendingSequence: u16;
  sendingOffset: u16;
  /** How much of the arena is taken, and at its end by what a client keeps for its new session. */
  filled: u16;
  /** Bytes of the longest datagram that the peer's limit on records allows, and of the longest piece of its messages; 0: any. */
  datagramMax: u16;
  mirrored: u16;
  kept: u16;
  timerMs: i32;
  /** When our flight went out last, and when it goes out again. */
  sentAt: i32;
  retransmitAt: i32;
  deadlineAt: i32;
  /** A client's: the number of the first record of its hello (the lower half, which is all of it). */
  helloSequence: u32;
  /** The next record's number in epoch 0, and the peer's last one there that brought a message on. */
  writeSequence: u64;
  heardSequence: u64;
  /** What a session remembers of the server's name (resumption.ts). */
  name: u64;

  get clientRandom(): usize { return changetype<usize>(this) + CLIENT_RANDOM; }
  get serverRandom(): usize { return changetype<usize>(this) + SERVER_RANDOM; }
  get verifyData(): usize { return changetype<usize>(this) + VERIFY_DATA_AT; }
  get transcript(): usize { return changetype<usize>(this) + TRANSCRIPT; }
  /** The master secret, as HMAC's midstates: no other form of it is kept. */
  get master(): usize { return changetype<usize>(this) + MASTER; }
  /**
   * A client's cookie: its hello may have to go out again until the last message of the server's flight is here. A server's
   * session_id, and after that its ticket.
   */
  get cookie(): usize { return changetype<usize>(this) + COOKIE_AT; }
  get identity(): usize { return changetype<usize>(this) + IDENTITY_AT; }
  /** Our ephemeral public key, and the private one, in whose place the shared secret comes (schedule/share.ts). */
  get share(): usize { return changetype<usize>(this) + SHARE; }
  get shareSecret(): usize { return changetype<usize>(this) + SHARE + P256_PUBLIC; }
  /** X and Y of the peer's long-term key; r and s of our signature, before it is made the hash to sign. */
  get peerKey(): usize { return changetype<usize>(this) + PEER_KEY; }
  get signature(): usize { return changetype<usize>(this) + PEER_KEY + P256_PUBLIC; }
  /** A bit for each byte of the arena that has arrived. */
  get arrived(): usize { return changetype<usize>(this) + ARRIVED; }
  get arena(): usize { return changetype<usize>(this) + ARRIVED + (messageMax >> 3); }
  get keptAt(): usize { return this.arena + messageMax - ((<u32>this.kept + 7) & ~7); }
  waitingAt(index: u32): Waiting {
    return changetype<Waiting>(changetype<usize>(this) + WAITING_AT + index * offsetof<Waiting>());
  }
  lacks(conditions: u32): bool {
    return (conditions & ~this.has) != 0;
  }
  /** Opens a question: until it is answered, nothing goes on but the handshake's deadline. */
  ask(question: Question): void {
    this.question = <u8>question;
    this.has |= HAS_QUESTION;
  }
  /** A question is open in the middle of the peer's flight: the rest of it waits. */
  get isPaused(): bool {
    return HAS_CERTIFICATES && (this.has & HAS_QUESTION) != 0 && this.question == Question.TRUST;
  }
  /** The script's row at this position. */
  row(at: u32): u32 {
    return row(at, (this.has & HAS_RESUMED) != 0);
  }
}
const CLIENT_RANDOM = offsetof<Handshake>();
const SERVER_RANDOM = CLIENT_RANDOM + RANDOM;
const VERIFY_DATA_AT = SERVER_RANDOM + RANDOM;
const TRANSCRIPT = VERIFY_DATA_AT + VERIFY_DATA;
const MASTER = TRANSCRIPT + SHA256_CONTEXT;
const COOKIE_AT = MASTER + HMAC_KEY;
const IDENTITY_AT = COOKIE_AT + COOKIE_MAX + 1;
const SHARE = IDENTITY_AT + IDENTITY_MAX;
const PEER_KEY = SHARE + P256_PUBLIC + P256_SECRET;
const WAITING_AT = HAS_CERTIFICATES ? PEER_KEY + P256_PUBLIC + P256_SIGNATURE : SHARE;
const ARRIVED = WAITING_AT + WAITING_MAX * offsetof<Waiting>();

let pool: usize = 0;
let size: u32 = 0;
let count: u32 = 0;
let taken: u32 = 0;
/** Where the search for a free slot starts: where the last one was found. */
let next: u32 = 0;

export function carveHandshakes(): bool {
  size = (<u32>ARRIVED + (messageMax >> 3) + messageMax + 15) & ~15;
  count = info(InfoField.HANDSHAKES);
  taken = next = 0;
  pool = carve(size, count);
  setInfo(InfoField.HANDSHAKE_SIZE, size);
  return pool != 0;
}

/** The slot of this index, null behind the last one. */
export function handshakeAt(index: u32): Handshake | null {
  return index < count ? changetype<Handshake>(pool + index * size) : null;
}

export function indexOf(handshake: Handshake): u32 {
  return <u32>(changetype<usize>(handshake) - pool) / size;
}

export function hasFreeHandshake(): bool {
  return taken != count;
}

export function takeHandshake(handle: i32): Handshake | null {
  if (taken == count) return null;
  while (handshakeAt(next)!.handle != 0) next = next + 1 == count ? 0 : next + 1;
  let handshake = handshakeAt(next)!;
  handshake.handle = handle;
  taken++;
  return handshake;
}

export function returnHandshake(handshake: Handshake): void {
  wipe(changetype<usize>(handshake), size);
  taken--;
}
