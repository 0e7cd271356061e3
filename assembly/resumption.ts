// Resuming a session: both sides know a master secret already, and make fresh keys of it in an abbreviated handshake
// (RFC 5246 §7.3, RFC 5077). A server knows a session by its id, in a pool (7925-7-3), or by the ticket that it sealed it in; a
// client keeps what SESSION told the host. What is altered, foreign, too old, for another name, suite or trust leads to a full
// handshake.
import { Alert, Cause } from "./codes";
import {
  HASHING, HMAC_KEY, SHA256_HASH, random, wipe, isEqual, sha256Finish, sha256Start, sha256Update,
} from "./crypto";
import { HAS_CERTIFICATES } from "./features";
import { keep } from "./flight/reassembly";
import { HANDSHAKE_HEADER, RECORD_HEADER, SCRATCH as SCRATCH_SIZE, SESSION_SECONDS } from "./limits";
import { OK, abort } from "./outcome";
import { ConnectedFlag, ContextFlag, InfoField } from "./records";
import { overhead } from "./record/protect";
import { expandKeys } from "./schedule/keys";
import { HAS_CERTIFICATE, HAS_CLIENT_CERTIFICATE, HAS_TICKET } from "./script";
import { SEAL_HEADER, SEAL_OVERHEAD, SESSION as SESSION_BLOB, TICKET, hasSeals, seal, unseal } from "./seal";
import { Connection, SERVER } from "./state/connection";
import { Context } from "./state/context";
import {
  HAS_EXTENDED_MASTER_SECRET, HAS_PASSING_PEER, HAS_PEER_RAW_KEY, HAS_RESUMED, HAS_SESSION, Handshake, RANDOM, VERIFY_DATA,
} from "./state/handshake";
import { SCRATCH, info, outMax, outWindow } from "./state/memory";
import { SESSION, SESSION_ID, Session, findSession, hasSessions, takeSession } from "./state/session";
import { aeadOf, isSigned } from "./suites";
import { get16 } from "./wire";
import { hashKey } from "./x509/key";

/** A server's last flight, its ticket and the Finished record's protection aside: NewSessionTicket, ChangeCipherSpec, Finished. */
const LAST_FLIGHT: u32 = RECORD_HEADER + HANDSHAKE_HEADER + 6 + RECORD_HEADER + 1 + HANDSHAKE_HEADER + VERIFY_DATA;
/** Bytes of a client's id for what it has a ticket for. */
const TICKET_ID: u32 = 8;
const DIGEST: usize = memory.data(SHA256_HASH, 16);

/** What the hello under way says of tickets, as a pointer into the datagram. */
export class Ticket {
  static isKnown: bool = false;
  static at: usize = 0;
  static length: u32 = 0;

  static forget(): void {
    Ticket.isKnown = false;
    Ticket.length = 0;
  }
}

/**
 * What a session remembers of the server's name, and a client's of all else that it began with, 0 where there is nothing: whoever
 * is somebody else now says so, and who trusts others looks at the server's certificate again.
 */
export function hashName(name: usize, length: u32): u64 {
  if (length == 0) return 0;
  sha256Start(HASHING);
  sha256Update(HASHING, name, length);
  sha256Finish(HASHING, DIGEST);
  return load<u64>(DIGEST);
}

/** Who trusts others now looks again at what the peer has to show. Apart from the name, which a client chooses. */
function isTrusted(session: Session, context: Context): bool {
  return load<u64>(session.identity, SHA256_HASH) == hashName(context.anchors, context.anchorsLength);
}

/** No session serves another name (6066-3-2), nor a context without its suite, nor when its time has passed (5077-5-1). */
function isUsable(session: Session, context: Context, name: u64): bool {
  if (HAS_CERTIFICATES && session.flags && !isTrusted(session, context)) return false;
  return session.name == name && context.has(session.suite) && (session.until == 0 || info(InfoField.SECONDS) <= session.until);
}

/** From here on the abbreviated script holds: the session's suite and secret, both randoms' keys. */
function adopt(connection: Connection, handshake: Handshake, session: Session): void {
  connection.suite = session.suite;
  connection.aead = aeadOf(session.suite);
  handshake.identityLength = session.identityLength;
  memory.copy(handshake.identity, session.identity, session.identityLength);
  memory.copy(handshake.master, session.master, HMAC_KEY);
  handshake.has |= HAS_RESUMED;
  if (HAS_CERTIFICATES && session.flags) {
    handshake.identityLength = <u8>SHA256_HASH;
    handshake.has |= HAS_CERTIFICATE | HAS_CLIENT_CERTIFICATE | (session.flags & ConnectedFlag.PEER_RAW_KEY ? HAS_PEER_RAW_KEY : 0);
  }
  expandKeys(connection, handshake);
}

function isRememberable(handshake: Handshake): bool {
  return !HAS_CERTIFICATES || !(handshake.has & HAS_PASSING_PEER);
}

/** How the peer proved who it is, now or in the handshake that is resumed: a bit of ConnectedFlag, 0 for a pre-shared key or not at all. */
export function proofOf(connection: Connection, handshake: Handshake): u32 {
  if (!HAS_CERTIFICATES) return 0;
  if (!(handshake.has & (connection.role == SERVER ? HAS_CLIENT_CERTIFICATE : HAS_CERTIFICATE))) return 0;
  return handshake.has & HAS_PEER_RAW_KEY ? ConnectedFlag.PEER_RAW_KEY : ConnectedFlag.PEER_CERTIFICATE;
}

/** The key that the peer proved, in this handshake or, where a client is given a new ticket, before: that makes it no younger. */
function rememberKey(connection: Connection, handshake: Handshake, session: Session): void {
  session.identityLength = <u8>(SHA256_HASH + sizeof<u64>());
  store<u64>(handshake.identity, hashName(connection.context.anchors, connection.context.anchorsLength), SHA256_HASH);
  if (handshake.has & HAS_RESUMED) session.until = offered(connection.context).until;
  else hashKey(handshake.peerKey, handshake.identity);
}

/** Fills in the session of a handshake; returns its bytes. */
function record(connection: Connection, handshake: Handshake, session: Session): u32 {
  let seconds = info(InfoField.SECONDS);
  session.suite = <u16>connection.suite;
  session.flags = <u8>proofOf(connection, handshake);
  session.until = seconds ? seconds + SESSION_SECONDS : 0;
  session.name = handshake.name;
  session.identityLength = connection.role == SERVER ? handshake.identityLength : 0;
  if (HAS_CERTIFICATES && session.flags) rememberKey(connection, handshake, session);
  memory.copy(session.master, handshake.master, HMAC_KEY);
  memory.copy(session.identity, handshake.identity, session.identityLength);
  return SESSION + session.identityLength;
}

// ── server ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The hello's session, if we know it; a ticket is read into SCRATCH. An id beside a ticket means nothing (5077-3.4-1). */
function find(context: Context, id: usize, idLength: u32): Session | null {
  if (Ticket.length == 0) return idLength == SESSION_ID && context.asks(ContextFlag.SESSIONS) ? findSession(id) : null;
  if (Ticket.length > SCRATCH_SIZE || !context.asks(ContextFlag.TICKETS)) return null;
  memory.copy(SCRATCH, Ticket.at, Ticket.length);
  if (unseal(TICKET, context, SCRATCH, Ticket.length) < 0) return null;
  return changetype<Session>(SCRATCH + SEAL_HEADER);
}

/** A client that showed neither certificate nor key must do so where one is required, which resuming does not. */
function mustShowCertificate(context: Context, session: Session): bool {
  return HAS_CERTIFICATES && isSigned(session.suite) && !session.flags && context.asks(ContextFlag.REQUIRE_CERTIFICATE);
}

/**
 * Resumes the session of the hello under way, if it has one of ours: HAS_RESUMED tells. `suites` are the client's. A client
 * that spoke of an extended master secret when the session was made must do so again (7627-5.2-1).
 */
export function resume(
  connection: Connection, handshake: Handshake, id: usize, idLength: u32, suites: usize, suitesLength: u32,
): i32 {
  let context = connection.context;
  let session = find(context, id, idLength);
  let isOffered = false;
  if (session && !mustShowCertificate(context, session) && isUsable(session, context, handshake.name)) {
    for (let at = suites; at < suites + suitesLength; at += 2) if (get16(at) == session.suite) isOffered = true;
  }
  let code = OK;
  if (isOffered) {
    if (!(handshake.has & HAS_EXTENDED_MASTER_SECRET)) {
      code = abort(Alert.HANDSHAKE_FAILURE, Cause.NO_EXTENDED_MASTER_SECRET);
    } else if (random(handshake.serverRandom, RANDOM)) {
      code = abort(Alert.INTERNAL_ERROR, Cause.NONE);
    } else {
      adopt(connection, handshake, session!);
      answerId(handshake, id, idLength);
    }
  }
  wipe(SCRATCH, SCRATCH_SIZE);
  return code;
}

/** What ServerHello has for session_id; a server's handshake has no cookie. */
function answerId(handshake: Handshake, id: usize, length: u32): void {
  handshake.cookieLength = <u8>length;
  memory.copy(handshake.cookie, id, length);
}

/** The ServerHello of a full handshake says how its session can be resumed: by a ticket to come, or by an id; or not at all. */
export function promise(connection: Connection, handshake: Handshake): void {
  let context = connection.context;
  if (!(handshake.has & HAS_EXTENDED_MASTER_SECRET)) return;
  let isTicket = Ticket.isKnown && context.asks(ContextFlag.TICKETS) && hasSeals() && info(InfoField.TICKET_MAX) != 0;
  if (isTicket) handshake.has |= HAS_TICKET;
  else if (context.asks(ContextFlag.SESSIONS) && hasSessions()) answerId(handshake, handshake.serverRandom, SESSION_ID);
}

/**
 * Seals the ticket that was promised, where the session_id was. The client's Finished has verified (5077-3.3-1). An empty one, if
 * the last flight could not be sent again in one datagram.
 */
export function makeTicket(connection: Connection, handshake: Handshake): void {
  let length = record(connection, handshake, changetype<Session>(SCRATCH + SEAL_HEADER));
  length = seal(TICKET, connection.context, SCRATCH, length);
  let flight = length + LAST_FLIGHT + overhead(connection);
  let isTooLong = length > info(InfoField.TICKET_MAX) || flight > min(connection.context.mtu, outMax);
  handshake.cookieLength = isTooLong || !isRememberable(handshake) ? 0 : <u8>length;
  memory.copy(handshake.cookie, SCRATCH, handshake.cookieLength);
}

/** After a handshake with an id: only now, since who has proved nothing takes no session away. */
export function keepSession(connection: Connection, handshake: Handshake): void {
  if (connection.role != SERVER || handshake.has & HAS_TICKET || handshake.cookieLength == 0) return;
  if (!isRememberable(handshake)) return;
  if (handshake.has & HAS_RESUMED) {
    // beside a ticket stands any id, be it another client's: whose session it is, the secret tells
    let session = findSession(handshake.cookie);
    if (!session || !isEqual(session.master, handshake.master, HMAC_KEY)) return;
  } else {
    record(connection, handshake, takeSession(handshake.cookie));
  }
  connection.session = load<u64>(handshake.cookie);
}

/** A connection that a fatal alert ended takes its session along: nobody resumes it (RFC 5246 §7.2.2). */
export function forgetSession(connection: Connection): void {
  let session = findSession(connection.sessionId);
  if (session) wipe(changetype<usize>(session), SESSION);
}

// ── client ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
// What it keeps is a Session and behind that a byte of length, the session_id to send, the ticket if there is one.

function offered(context: Context): Session {
  return changetype<Session>(context.session + SEAL_HEADER);
}
/** The id to send, a byte of length before it. */
export function offeredId(context: Context): usize {
  let session = offered(context);
  return session.identity + (HAS_CERTIFICATES ? session.identityLength : 0);
}
export function offeredTicket(context: Context): usize {
  return offeredId(context) + 1 + load<u8>(offeredId(context));
}
export function offeredTicketLength(context: Context): u32 {
  return <u32>(context.session + SEAL_HEADER + context.sessionLength - offeredTicket(context));
}

/** Opens the session that a host gave to a context; one that is not ours is forgotten. */
export function openSession(context: Context): void {
  context.sessionLength = max(unseal(SESSION_BLOB, context, context.session, context.sessionLength), 0);
}

/** A client's hello offers its context's session by its id (7925-7-1) or ticket (7925-7-2), if it still can be resumed. */
export function offer(context: Context, handshake: Handshake): void {
  handshake.name = hashName(context.identity, <u32>(context.protocols - context.identity)); // its credentials, anchors and name
  if (context.sessionLength && isUsable(offered(context), context, handshake.name)) handshake.has |= HAS_SESSION;
}

/** True if ServerHello's session_id says that ours is resumed. */
export function isResumed(context: Context, handshake: Handshake, id: usize, length: u32): bool {
  if (!(handshake.has & HAS_SESSION) || length == 0) return false;
  let ours = offeredId(context);
  return length == load<u8>(ours) && isEqual(id, ours + 1, length);
}

/** The session goes on, with its own suite and its extended master secret or not at all (7627-5.2-1). */
export function resumeClient(connection: Connection, handshake: Handshake, suite: u32): i32 {
  let session = offered(connection.context);
  if (suite != session.suite) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  if (!(handshake.has & HAS_EXTENDED_MASTER_SECRET)) {
    return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_EXTENDED_MASTER_SECRET);
  }
  adopt(connection, handshake, session);
  return OK;
}

/** A new session's id or ticket waits in the inbox for the server's Finished; where there is no room, it is forgotten. */
function keepFor(connection: Connection, handshake: Handshake, id: usize, idLength: u32, rest: usize, restLength: u32): void {
  if (!connection.context.asks(ContextFlag.SESSIONS) || !(handshake.has & HAS_EXTENDED_MASTER_SECRET)) return;
  let at = keep(handshake, 1 + idLength + restLength);
  if (at == 0) return;
  memory.copy(at + 1 + idLength, rest, restLength);
  memory.copy(at + 1, id, idLength);
  store<u8>(at, idLength);
}
/** A new session has an id, if it can be resumed by it. */
export function keepId(connection: Connection, handshake: Handshake, id: usize, length: u32): void {
  if (length) keepFor(connection, handshake, id, length, 0, 0);
}
/** A ticket is known by an id of our own, so that we see whether it was taken (5077-3.4-1). An empty one is none. */
export function keepTicket(connection: Connection, handshake: Handshake, ticket: usize, length: u32): void {
  if (length) keepFor(connection, handshake, handshake.clientRandom, TICKET_ID, ticket, length);
}

/** What the host keeps of a client's new session, sealed, in OUT; its bytes, or 0 if there is none or it does not fit. */
export function writeSession(connection: Connection, handshake: Handshake): u32 {
  let kept: u32 = handshake.kept;
  let at = handshake.keptAt;
  handshake.kept = 0;
  if (!isRememberable(handshake) || SEAL_OVERHEAD + SESSION + kept > outMax) return 0;
  let length = record(connection, handshake, changetype<Session>(outWindow + SEAL_HEADER));
  memory.copy(outWindow + SEAL_HEADER + length, at, kept);
  return seal(SESSION_BLOB, connection.context, outWindow, length + kept);
}
