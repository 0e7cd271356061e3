// What many connections share: suites, timers, MTU, and a client's identity and key (or a server's hint). A context's
// slot is the record the host wrote, byte for byte, so that there is no second form of it. No credential is built in
// (7925-4.1-1).
import { ContextField, ContextFlag, InfoField } from "../codes";
import { aeadTagLength } from "../crypto";
import { HANDSHAKE_MS, IDENTITY_MAX, INITIAL_MS, KEY_MAX, MAX_MS, MTU_MIN } from "../limits";
import { aeadOf, isEphemeral } from "../suites";
import { carve, info, setInfo } from "./memory";

export const SUITES: u32 = 8;

@final @unmanaged
export class Context {
  flags: u32;
  suites01: u32;
  suites23: u32;
  suites45: u32;
  suites67: u32;
  /** Bytes of the largest datagram to send. */
  mtu: u32;
  initialMs: i32;
  maxMs: i32;
  handshakeMs: i32;
  identityLength: u32;
  keyLength: u32;
  /** How many connections use it; while any does, it is immutable. */
  users: u32;

  get identity(): usize { return changetype<usize>(this) + IDENTITY; }
  get key(): usize { return changetype<usize>(this) + KEY; }
  suite(index: u32): u32 {
    return load<u16>(changetype<usize>(this) + (index << 1), offsetof<Context>("suites01"));
  }
  has(suite: u32): bool {
    for (let i: u32 = 0; i < SUITES; i++) if (suite != 0 && this.suite(i) == suite) return true;
    return false;
  }
  /** Whether a hello of this context must speak of curves (8422-5.1-1). */
  get hasCurves(): bool {
    for (let i: u32 = 0; i < SUITES; i++) if (isEphemeral(this.suite(i))) return true;
    return false;
  }
  asks(flag: ContextFlag): bool {
    return (this.flags & flag) != 0;
  }
}
const IDENTITY = offsetof<Context>();
const KEY = IDENTITY + IDENTITY_MAX;
const SIZE: u32 = (<u32>KEY + KEY_MAX + 15) & ~15;
/** Bytes of the fixed part of a record, as the host writes it. */
const RECORD: u32 = ContextField.COUNT * 4;

let pool: usize = 0;

export function carveContexts(): bool {
  pool = carve(SIZE, info(InfoField.CONTEXTS));
  setInfo(InfoField.CONTEXT_SIZE, SIZE);
  return pool != 0;
}

/** The context of this number, defined or not; null outside the pool. */
export function contextAt(id: i32): Context | null {
  if (<u32>id >= info(InfoField.CONTEXTS)) return null;
  return changetype<Context>(pool + <u32>id * SIZE);
}

export function isDefined(context: Context): bool {
  return context.mtu != 0;
}

/** Takes the record of `length` bytes, 0 for a timer's default, into the context; false if it cannot be. */
export function define(context: Context, record: usize, length: u32): bool {
  let wanted = changetype<Context>(record);
  if (length < RECORD || context.users != 0) return false;
  let identityLength = wanted.identityLength;
  let keyLength = wanted.keyLength;
  if (identityLength > IDENTITY_MAX || keyLength > KEY_MAX) return false;
  if (length != RECORD + identityLength + keyLength) return false;
  if (wanted.mtu < MTU_MIN || wanted.mtu > 65535) return false;
  if (wanted.initialMs == 0) wanted.initialMs = INITIAL_MS;
  if (wanted.maxMs == 0) wanted.maxMs = MAX_MS;
  if (wanted.handshakeMs == 0) wanted.handshakeMs = HANDSHAKE_MS;
  if (wanted.initialMs <= 0 || wanted.maxMs < wanted.initialMs || wanted.handshakeMs <= 0) return false;
  if (wanted.suite(0) == 0) return false;
  for (let i: u32 = 0; i < SUITES; i++) {
    let suite = wanted.suite(i);
    if (suite != 0 && aeadTagLength(aeadOf(suite)) == 0) return false;
  }
  memory.fill(changetype<usize>(context), 0, SIZE);
  memory.copy(changetype<usize>(context), record, RECORD);
  memory.copy(context.identity, record + RECORD, identityLength);
  memory.copy(context.key, record + RECORD + identityLength, keyLength);
  return true;
}
