// The retransmission machine, RFC 6347 §4.2.4 figure 3.
import { REPEAT_MS, SAFE_MTU, SILENT_RETRANSMISSIONS } from "../../assembly/limits";
import {
  datagramLimit, flightSent, retransmitIfDue, retransmitIfRepeated, startFlight, startHandshakeTimers, stopWaiting,
} from "../../assembly/flight/retransmit";
import { dueInMs, disarm, setNow } from "../../assembly/state/clock";
import { Context } from "../../assembly/state/context";
import { FINISHED, Handshake, PREPARING, SENDING, WAITING } from "../../assembly/state/handshake";
import { OUT_MAX, freshContext, freshHandshake } from "./support";

/** Timers of RFC 7925: 9 s, to 60 s. */
function iot(): Context {
  let context = freshContext();
  context.initialMs = 9000;
  context.maxMs = 60000;
  context.handshakeMs = 300000;
  context.mtu = 1200;
  return context;
}

/** A handshake that has sent its first flight at time 0. */
function sent(context: Context): Handshake {
  let handshake = freshHandshake();
  disarm();
  setNow(0);
  startHandshakeTimers(handshake, context);
  startFlight(handshake, context);
  expect(handshake.state).toBe(SENDING);
  flightSent(handshake, false);
  expect(handshake.state).toBe(WAITING);
  return handshake;
}

/** At this time the flight must be due, and not before; it goes out. */
function expectRepeat(handshake: Handshake, context: Context, at: i32): void {
  setNow(at - 1);
  expect(retransmitIfDue(handshake, context)).toBe(false, `just before ${at}`);
  setNow(at);
  expect(retransmitIfDue(handshake, context)).toBe(true, `at ${at}`);
  expect(handshake.state).toBe(SENDING);
  flightSent(handshake, false);
}

describe("the timer", () => {
  // 7925-11-1, 6347-4.2.4.1-1
  it("runs out after 9, 18, 36, then 60 s each", () => {
    let context = iot();
    let handshake = sent(context);
    expect(dueInMs()).toBe(9000);
    expectRepeat(handshake, context, 9000);
    expectRepeat(handshake, context, 27000);
    expectRepeat(handshake, context, 63000);
    expectRepeat(handshake, context, 123000);
    expectRepeat(handshake, context, 183000);
    expect(handshake.retransmissions).toBe(5);
  });

  // 7925-11-2
  it("backs off from a small start in the same way, to the same end", () => {
    let context = iot();
    context.initialMs = 1;
    let handshake = sent(context);
    let at = 0;
    for (let wait = 1; wait < 65536; wait *= 2) {
      at += wait;
      expectRepeat(handshake, context, at);
    }
    expect(handshake.timerMs).toBe(60000);
  });

  it("does not overflow, whatever its end", () => {
    let context = iot();
    context.initialMs = 0x40000000;
    context.maxMs = i32.MAX_VALUE;
    let handshake = sent(context);
    setNow(0x40000000);
    retransmitIfDue(handshake, context);
    expect(handshake.timerMs).toBe(i32.MAX_VALUE);
  });

  // 6347-4.2.4.1-2
  it("keeps what it backed off to until a flight was answered without loss", () => {
    let context = iot();
    let handshake = sent(context);
    expectRepeat(handshake, context, 9000);
    startFlight(handshake, context);
    expect(handshake.timerMs).toBe(18000);
    flightSent(handshake, false);
    startFlight(handshake, context);
    expect(handshake.timerMs).toBe(9000);
  });

  // 6347-4.2.4-3
  it("stands still while we prepare, and after the last flight", () => {
    let context = iot();
    let handshake = sent(context);
    stopWaiting(handshake);
    expect(handshake.state).toBe(PREPARING);
    setNow(100000);
    expect(retransmitIfDue(handshake, context)).toBe(false);
    startFlight(handshake, context);
    flightSent(handshake, true);
    expect(handshake.state).toBe(FINISHED);
    setNow(200000);
    expect(retransmitIfDue(handshake, context)).toBe(false);
  });
});

describe("a flight that the peer repeats", () => {
  // 6347-4.2.4-2: by the last message of the flight before ours, once in a while
  it("brings ours out again, but not at once, and not for any other message", () => {
    let context = iot();
    let handshake = freshHandshake();
    setNow(0);
    startHandshakeTimers(handshake, context);
    handshake.receiveSequence = handshake.answersSequence = 3;
    startFlight(handshake, context);
    flightSent(handshake, false);
    setNow(REPEAT_MS - 1);
    retransmitIfRepeated(handshake, context, 2);
    expect(handshake.state).toBe(WAITING, "too soon");
    setNow(REPEAT_MS);
    retransmitIfRepeated(handshake, context, 1);
    expect(handshake.state).toBe(WAITING, "not the last message");
    retransmitIfRepeated(handshake, context, 2);
    expect(handshake.state).toBe(SENDING);
    expect(handshake.timerMs).toBe(9000, "no silence, no longer wait");
    flightSent(handshake, false);
    handshake.receiveSequence = 4;
    setNow(2 * REPEAT_MS);
    retransmitIfRepeated(handshake, context, 2);
    expect(handshake.state).toBe(WAITING, "the peer is further");
  });

  it("is none for a client's first hello, which answers nothing", () => {
    let context = iot();
    let handshake = sent(context);
    setNow(5000);
    for (let sequence: u32 = 0; sequence < 0x10000; sequence++) retransmitIfRepeated(handshake, context, sequence);
    expect(handshake.state).toBe(WAITING);
  });
});

describe("the limit of a datagram", () => {
  // 6347-4.1.1-3, 6347-4.1.1.1-3, 7925-C-1
  it("is the MTU, and after three silent repetitions what every path carries", () => {
    let context = iot();
    let handshake = freshHandshake();
    expect(datagramLimit(handshake, context)).toBe(1200);
    handshake.silent = <u8>(SILENT_RETRANSMISSIONS - 1);
    expect(datagramLimit(handshake, context)).toBe(1200);
    handshake.silent = <u8>SILENT_RETRANSMISSIONS;
    expect(datagramLimit(handshake, context)).toBe(SAFE_MTU);
    context.mtu = 100;
    expect(datagramLimit(handshake, context)).toBe(100);
  });

  it("is never more than the window", () => {
    let context = iot();
    context.mtu = 60000;
    expect(datagramLimit(freshHandshake(), context)).toBe(OUT_MAX);
  });
});
