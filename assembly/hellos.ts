// ClientHellos: who gets a cookie, who gets a connection, and what is only a copy.
import { ContentType, Drop, Ended, EventKind } from "./codes";
import { isEqual } from "./crypto";
import { end } from "./connection";
import { isOurCookie, writeHelloVerifyRequest } from "./cookie";
import { advanceEnd, openHandshake } from "./events";
import { HAS_CERTIFICATES } from "./features";
import { Fragment, readFragment } from "./flight/fragment";
import { gather, longest } from "./flight/lobby";
import { retransmitIfRepeated } from "./flight/retransmit";
import { startServer } from "./handshake";
import { HELLO_SEQUENCE_END } from "./limits";
import { Hello, find as findHello } from "./messages/client-hello";
import { cause } from "./outcome";
import { Incoming } from "./record/plaintext";
import { Connection, SERVER, connectionOf, hasFreeConnection, restartConnection, takeConnection } from "./state/connection";
import { Context } from "./state/context";
import { Handshake, RANDOM, handshakeAt, hasFreeHandshake, returnHandshake } from "./state/handshake";
import { drop, inWindow } from "./state/memory";

/** Who has something to say after a hello: a handle, 0 for nobody. */
export let speaker: i32 = 0;
/** Of the longest record of a hello that came in pieces; else 0. */
let piecesMax: u16 = 0;
/** The datagram under way got its HelloVerifyRequest. */
let hasAsked: bool = false;

export function startHellos(): void {
  hasAsked = false;
}

/** `connection` is what the host knows under this address, if anything; `context` serves. */
export function receiveHello(connection: Connection | null, context: Context): EventKind {
  speaker = 0;
  // behind another record it would get round a host that looks at a datagram's first byte for whom to admit
  let isFirst = load<u8>(inWindow) == ContentType.HANDSHAKE;
  if (!isFirst || !readFragment(Incoming.body, Incoming.body + Incoming.length)) return drop(Drop.MALFORMED_HELLO);
  if (Incoming.sequence >= HELLO_SEQUENCE_END) return drop(Drop.MALFORMED_HELLO); // 6347-4.1-9
  piecesMax = 0;
  if (!Fragment.isWhole()) {
    if (!HAS_CERTIFICATES) return drop(Drop.NO_ROOM);
    if (!gather()) return EventKind.NONE;
    piecesMax = longest;
  }
  if (!findHello(Fragment.body, Fragment.length)) return drop(Drop.MALFORMED_HELLO);
  if (connection) {
    let successor = connectionOf(connection.successor);
    if (successor) connection = successor;
    if (isCopy(connection)) return receiveCopy(connection);
  }
  // one answer a datagram, or a spoofed one full of hellos would bring its victim as many
  if (hasAsked) return drop(Drop.UNANSWERED);
  if (!isOurCookie()) {
    hasAsked = true;
    return writeHelloVerifyRequest();
  }
  if (connection) {
    let handshake = connection.handshake;
    if (handshake) return startAgain(connection, handshake, context);
  }
  let kind = EventKind.NONE;
  if (!hasFreeConnection() || !hasFreeHandshake()) {
    kind = makeRoom();
    if (!kind) return drop(Drop.FULL);
  }
  let accepted = takeConnection(SERVER, context)!;
  if (connection) {
    accepted.predecessor = connection.handle;
    connection.successor = accepted.handle;
  }
  accept(accepted);
  return kind;
}

/**
 * Full. Of the handshakes whose peers showed a cookie, and then no sign of life before our flight had to go out again, the one
 * that began first makes room: so valid cookies from many addresses cannot keep others out for as long as a handshake may
 * take. Who goes on with a handshake keeps its place, and so do all associations. CLOSED, NONE if there is no such handshake.
 */
function makeRoom(): EventKind {
  let oldest: Handshake | null = null;
  for (let index: u32 = 0; ; index++) {
    let handshake = handshakeAt(index);
    if (!handshake) break;
    let isSilent = handshake.silent != 0 && handshake.receiveSequence == handshake.answersSequence;
    if (!isSilent || connectionOf(handshake.handle)!.role != SERVER) continue;
    if (!oldest || handshake.deadlineAt - oldest.deadlineAt < 0) oldest = handshake;
  }
  if (!oldest) return EventKind.NONE;
  let connection = connectionOf(oldest.handle)!;
  connection.ending = <u16>Ended.DISPLACED;
  return advanceEnd(connection);
}

/** True for the hello that began what runs or ran here, or one before it: whatever its cookie, it begins nothing. */
function isCopy(connection: Connection): bool {
  let handshake = connection.handshake;
  if (handshake) return isHelloOf(handshake.clientRandom) && Fragment.sequence < handshake.answersSequence;
  let aftercare = connection.aftercare;
  return aftercare != null && isHelloOf(aftercare.clientRandom);
}

/** It may mean that our flight was lost. */
function receiveCopy(connection: Connection): EventKind {
  let handshake = connection.handshake;
  if (handshake) {
    retransmitIfRepeated(handshake, connection.context, Fragment.sequence);
    speaker = connection.handle;
  }
  return drop(Drop.STALE_MESSAGE);
}

/** Another hello, of a peer that gave up its handshake or was asked for a cookie once more. */
function startAgain(connection: Connection, handshake: Handshake, context: Context): EventKind {
  let isAnswered = handshake.receiveSequence != handshake.answersSequence;
  if (isAnswered && isHelloOf(handshake.clientRandom)) return drop(Drop.STALE_MESSAGE);
  returnHandshake(handshake);
  restartConnection(connection, context);
  accept(connection);
  return EventKind.NONE;
}

/** A client draws a random for each handshake, and repeats it in each of its hellos. */
function isHelloOf(clientRandom: usize): bool {
  return isEqual(clientRandom, Hello.random, RANDOM);
}

function accept(connection: Connection): void {
  let handshake = openHandshake(connection)!; // there is room
  handshake.writeSequence = Incoming.sequence; // 6347-4.2.1-5
  if (HAS_CERTIFICATES) handshake.mirrored = piecesMax;
  let code = startServer(connection, handshake);
  if (code) end(connection, code, cause);
  speaker = connection.handle;
}
