// The retransmission machine, RFC 6347 §4.2.4 figure 3, blind to what the flight says (6347-4.2.4-1): a flight is sent whole,
// waits, and is sent whole again when its timer expires or when the peer repeats the flight before it (6347-4.2.4-2).
import { MTU_MIN, RECORD_HEADER, REPEAT_MS, SAFE_MTU, SILENT_RETRANSMISSIONS } from "../limits";
import { Incoming } from "../record/plaintext";
import { arm, isDue, now } from "../state/clock";
import { Context } from "../state/context";
import {
  FINISHED, Handshake, PREPARING, SENDING, WAITING,
} from "../state/handshake";
import { outMax } from "../state/memory";
import { Fragment } from "./fragment";

export function startHandshakeTimers(handshake: Handshake, context: Context): void {
  handshake.timerMs = context.initialMs;
  handshake.deadlineAt = now + context.handshakeMs;
  arm(handshake.deadlineAt);
}

/** A new flight is ready. The timer keeps what it backed off to until an exchange without loss (6347-4.2.4.1-2). */
export function startFlight(handshake: Handshake, context: Context): void {
  if (handshake.silent == 0) handshake.timerMs = context.initialMs;
  handshake.silent = 0;
  startSending(handshake);
}

function startSending(handshake: Handshake): void {
  handshake.state = SENDING;
  handshake.sendingRow = handshake.flightFirst;
  handshake.sendingSequence = handshake.flightSequence;
  handshake.sendingOffset = 0;
}

/** The flight is out; the last one of a handshake waits for nothing. */
export function flightSent(handshake: Handshake, isLast: bool): void {
  if (isLast) handshake.state = FINISHED;
  else startWaiting(handshake);
}

export function startWaiting(handshake: Handshake): void {
  handshake.state = WAITING;
  handshake.sentAt = now;
  handshake.retransmitAt = now + handshake.timerMs;
  arm(handshake.retransmitAt);
}

/** A question in the middle of the peer's flight is answered: what came so far moves no timer (6347-4.2.4-3). */
export function resumeWaiting(handshake: Handshake): void {
  if (isDue(handshake.retransmitAt)) {
    startWaiting(handshake);
    return;
  }
  handshake.state = WAITING;
  arm(handshake.retransmitAt);
}

/**
 * The peer's whole flight is here, and nothing less stops the timer (6347-4.2.4-3, 7925-A.4-1): nothing is sent again until
 * ours is ready, or for as long as a question is open.
 */
export function stopWaiting(handshake: Handshake): void {
  handshake.state = PREPARING;
}

/** True if the timer had expired: the flight goes out again, and the timer doubles (6347-4.2.4.1-1, 7925-11-1, 7925-11-2). */
export function retransmitIfDue(handshake: Handshake, context: Context): bool {
  if (handshake.state != WAITING || !isDue(handshake.retransmitAt)) return false;
  handshake.timerMs = handshake.timerMs > context.maxMs >> 1 ? context.maxMs : handshake.timerMs << 1;
  if (handshake.silent < 255) handshake.silent++;
  countRetransmission(handshake);
  startSending(handshake);
  return true;
}

/** The peer repeats the flight that ours answers: ours goes out again, unless it just did. */
export function retransmitIfRepeated(handshake: Handshake, context: Context, sequence: u32): void {
  let last = <u32>handshake.answersSequence - 1;
  if (handshake.state != WAITING || sequence != last || handshake.receiveSequence != handshake.answersSequence) return;
  if (now - handshake.sentAt < min(context.initialMs, REPEAT_MS)) return;
  countRetransmission(handshake);
  startSending(handshake);
}

function countRetransmission(handshake: Handshake): void {
  if (handshake.retransmissions < 255) handshake.retransmissions++;
}

/** Asks for a call when something is due. */
export function armHandshake(handshake: Handshake): void {
  arm(handshake.deadlineAt);
  if (handshake.state == WAITING) arm(handshake.retransmitAt);
}

/** A client's message came in pieces: ours are no longer than its longest piece (7925-C-2). */
export function mirror(handshake: Handshake): void {
  if (!Fragment.isLast()) handshake.mirrored = max(handshake.mirrored, <u16>min(RECORD_HEADER + Incoming.length, 65535));
}

/**
 * The largest datagram to send now, in bytes (7925-C-1, 7925-A.2-1): a peer that takes short records takes short datagrams, so its limit
 * holds for both. Smaller after silence, which may be the path's MTU (6347-4.1.1.1-3).
 */
export function datagramLimit(handshake: Handshake, context: Context): u32 {
  let limit = min(context.mtu, outMax);
  if (handshake.datagramMax) limit = min(limit, handshake.datagramMax);
  if (handshake.mirrored) limit = min(limit, max(<u32>handshake.mirrored, MTU_MIN));
  return handshake.silent < SILENT_RETRANSMISSIONS ? limit : min(limit, SAFE_MTU);
}
