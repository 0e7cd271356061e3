// What many connections share: suites, timers, MTU, credentials, whom to trust, what to offer. A context's slot is the record that
// the host wrote, byte for byte, so that there is no second form of it. No credential is built in (7925-4.1-1).
import { TrustAnchor } from "../certificate-codes";
import { ContextField, ContextFlag, InfoField } from "../records";
import { P256_PRIVATE, P256_PUBLIC, SHA256_HASH, aeadTagLength } from "../crypto";
import { HAS_CERTIFICATES } from "../features";
import {
  CID_MAX, HANDSHAKE_MS, IDENTITY_MAX, INITIAL_MS, KEY_MAX, KEY_NAME_MIN, MAX_MS, MTU_MIN, NAME_MAX, PLAINTEXT_MAX,
  RECORD_SIZE_LIMIT_MIN, SAID_MAX, SESSION_UNSAID,
} from "../limits";
import { aeadOf, isEphemeral, isSigned } from "../suites";
import { isListOfNames } from "../wire";
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
  /** Bytes; what they say stands at ContextField. */
  recordSizeLimit: u32;
  maxFragmentLength: u32;
  cidLength: i32;
  identityLength: u32;
  keyLength: u32;
  privateKeyLength: u32;
  publicKeyLength: u32;
  certificatesLength: u32;
  anchorsLength: u32;
  nameLength: u32;
  protocolsLength: u32;
  cidPrefixLength: u32;
  sessionLength: u32;
  /** How many connections use it; while any does, it is immutable. */
  users: u32;

  get identity(): usize { return changetype<usize>(this) + PARTS; }
  get key(): usize { return this.identity + this.identityLength; }
  get privateKey(): usize { return this.key + this.keyLength; }
  get publicKey(): usize { return this.privateKey + this.privateKeyLength; }
  get certificates(): usize { return this.publicKey + this.publicKeyLength; }
  get anchors(): usize { return this.certificates + this.certificatesLength; }
  get name(): usize { return this.anchors + this.anchorsLength; }
  get protocols(): usize { return this.name + this.nameLength; }
  get cidPrefix(): usize { return this.protocols + this.protocolsLength; }
  get session(): usize { return this.cidPrefix + this.cidPrefixLength; }
  suite(index: u32): u32 {
    return load<u16>(changetype<usize>(this) + (index << 1), offsetof<Context>("suites01"));
  }
  has(suite: u32): bool {
    for (let i: u32 = 0; i < SUITES; i++) if (suite != 0 && this.suite(i) == suite) return true;
    return false;
  }
  /** Whether a hello of this context must speak of curves (8422-5.1-1) … */
  get hasCurves(): bool {
    for (let i: u32 = 0; i < SUITES; i++) if (isEphemeral(this.suite(i))) return true;
    return false;
  }
  /** … and of signatures (7925-5-1, 7925-5-2). */
  get hasSignatures(): bool {
    for (let i: u32 = 0; i < SUITES; i++) if (isSigned(this.suite(i))) return true;
    return false;
  }
  /** Bytes of the CIDs that peers send to us. */
  get ownCidLength(): u32 { return max(this.cidLength, 0); }
  asks(flag: ContextFlag): bool {
    return (this.flags & flag) != 0;
  }
}
const PARTS = offsetof<Context>();
/** Bytes of the fixed part of a record, as the host writes it. */
const RECORD: u32 = ContextField.COUNT * 4;

let pool: usize = 0;
let size: u32 = 0;

export function carveContexts(): bool {
  size = (<u32>PARTS + info(InfoField.CONTEXT_BYTES) + 15) & ~15;
  pool = carve(size, info(InfoField.CONTEXTS));
  setInfo(InfoField.CONTEXT_SIZE, size);
  return pool != 0;
}

/** The context of this number, defined or not; null outside the pool. */
export function contextAt(id: i32): Context | null {
  if (<u32>id >= info(InfoField.CONTEXTS)) return null;
  return changetype<Context>(pool + <u32>id * size);
}

export function idOf(context: Context): u32 {
  return <u32>(changetype<usize>(context) - pool) / size;
}

export function isDefined(context: Context): bool {
  return context.mtu != 0;
}

/** Takes the record of `length` bytes, 0 for a timer's default, into the context; false if it cannot be. */
export function define(context: Context, record: usize, length: u32): bool {
  let wanted = changetype<Context>(record);
  if (length < RECORD || context.users != 0) return false;
  if (!arePartsRight(wanted, length - RECORD) || !areSuitesRight(wanted) || !areLimitsRight(wanted)) return false;
  if (wanted.initialMs == 0) wanted.initialMs = INITIAL_MS;
  if (wanted.maxMs == 0) wanted.maxMs = MAX_MS;
  if (wanted.handshakeMs == 0) wanted.handshakeMs = HANDSHAKE_MS;
  if (wanted.initialMs <= 0 || wanted.maxMs < wanted.initialMs || wanted.handshakeMs <= 0) return false;
  memory.fill(changetype<usize>(context), 0, size);
  memory.copy(changetype<usize>(context), record, RECORD);
  memory.copy(changetype<usize>(context) + PARTS, record + RECORD, length - RECORD);
  return true;
}

/** Each part within its bounds, all of them `length` bytes, and room for them. */
function arePartsRight(wanted: Context, length: u32): bool {
  if (length > size - <u32>PARTS) return false;
  let sum: u32 = 0;
  let lengths = changetype<usize>(wanted) + ContextField.IDENTITY_LENGTH * 4;
  for (let i = 0; i < ContextField.COUNT - ContextField.IDENTITY_LENGTH; i++) {
    let part = load<u32>(lengths + (<usize>i << 2));
    if (part > length) return false;
    sum += part;
  }
  if (sum != length) return false;
  let protocols = wanted.protocols - (PARTS - RECORD); // in the record, which has no place for `users`
  if (wanted.protocolsLength != 0 && !isListOfNames(protocols, wanted.protocolsLength)) return false;
  if (HAS_CERTIFICATES && !areAnchors(wanted.anchors - (PARTS - RECORD), wanted.anchorsLength)) return false;
  let said = wanted.nameLength + wanted.protocolsLength + wanted.cidPrefixLength + max(wanted.sessionLength, SESSION_UNSAID);
  return wanted.identityLength <= IDENTITY_MAX && wanted.keyLength <= KEY_MAX && wanted.nameLength <= NAME_MAX &&
    said <= SAID_MAX + SESSION_UNSAID &&
    (wanted.privateKeyLength == 0 || wanted.privateKeyLength == P256_PRIVATE) &&
    (wanted.publicKeyLength == 0 || wanted.publicKeyLength == P256_PUBLIC);
}

/** A list that ends elsewhere would be read beyond its end, and of a name that is too short many keys are the one. */
export function areAnchors(at: usize, length: u32): bool {
  while (length >= 2) {
    let kind = load<u8>(at);
    let bytes: u32 = load<u8>(at, 1);
    if (kind == TrustAnchor.ROOT ? bytes != SHA256_HASH + P256_PUBLIC
      : kind == TrustAnchor.FOREIGN_ROOT ? bytes != SHA256_HASH
      : kind != TrustAnchor.KEY || bytes < KEY_NAME_MIN || bytes > <u32>SHA256_HASH) return false;
    if (bytes > length - 2) return false;
    at += 2 + bytes;
    length -= 2 + bytes;
  }
  return length == 0;
}

function areSuitesRight(wanted: Context): bool {
  if (wanted.suite(0) == 0) return false;
  for (let i: u32 = 0; i < SUITES; i++) {
    let suite = wanted.suite(i);
    if (suite != 0 && aeadTagLength(aeadOf(suite)) == 0) return false;
  }
  return true;
}

function areLimitsRight(wanted: Context): bool {
  let size = wanted.recordSizeLimit;
  let fragment = wanted.maxFragmentLength;
  if (size != 0 && (size < RECORD_SIZE_LIMIT_MIN || size > PLAINTEXT_MAX)) return false; // 8449-4-2
  if (fragment != 0 && ((fragment & (fragment - 1)) != 0 || fragment < 512 || fragment > 4096)) return false;
  return wanted.mtu >= MTU_MIN && wanted.mtu <= 65535 && wanted.cidLength >= -1 && wanted.cidLength <= CID_MAX &&
    <i32>wanted.cidPrefixLength <= max(wanted.cidLength, 0);
}
