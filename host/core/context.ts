// What many connections share, written in the engine's form (ContextField).
import { Bound, ContextField, ContextFlag } from '../../assembly/codes.js';

/** Credentials, suites and timers of connections, for `Endpoint.define`. */
export interface Context {
  /** One to eight cipher suites (CipherSuite) in order of preference. */
  suites: number[];
  /** Bytes of the largest datagram to send: 80 to 65,535, and no more than the layout's outMax. */
  mtu: number;
  /** Milliseconds to the first retransmission; it doubles up to `maxMs`. Default: 9,000 and 60,000 (RFC 7925 §11). */
  initialMs?: number;
  maxMs?: number;
  /** Milliseconds after which a handshake gives up. Default: 300,000. */
  handshakeMs?: number;
  /** Client: its identity. Server: the identity hint, none if absent. 0 to 128 bytes (RFC 4279 §5.3). */
  identity?: Uint8Array;
  /** Client: its key, 1 to 64 bytes; absent to be asked by a Question. A server is always asked. */
  key?: Uint8Array;
  /** Refuse a peer without extended_master_secret (RFC 7627 §5.2). */
  requireExtendedMasterSecret?: boolean;
  /** A record for each handshake message, for peers that read only the first one of a record. */
  separateRecords?: boolean;
}

const SUITES_MAX = 2 * (ContextField.MTU - ContextField.SUITES);
const NOTHING = new Uint8Array(0);

/** Writes the record to the start of `window`; returns its length in bytes, or 0 if a field is out of its range. */
export function writeContext(window: Uint8Array, context: Context): number {
  const identity = context.identity ?? NOTHING, key = context.key ?? NOTHING;
  const start = ContextField.COUNT * 4;
  if (identity.length > Bound.IDENTITY || key.length > Bound.KEY) return 0;
  if (context.suites.length < 1 || context.suites.length > SUITES_MAX) return 0;
  if (start + identity.length + key.length > window.length) return 0;
  window.fill(0, 0, start);
  put(window, ContextField.FLAGS, flagsOf(context));
  for (let i = 0; i < context.suites.length; i += 2) {
    put(window, ContextField.SUITES + (i >> 1), context.suites[i]! | (context.suites[i + 1] ?? 0) << 16);
  }
  put(window, ContextField.MTU, context.mtu);
  put(window, ContextField.INITIAL_MS, context.initialMs ?? 0);
  put(window, ContextField.MAX_MS, context.maxMs ?? 0);
  put(window, ContextField.HANDSHAKE_MS, context.handshakeMs ?? 0);
  put(window, ContextField.IDENTITY_LENGTH, identity.length);
  put(window, ContextField.KEY_LENGTH, key.length);
  window.set(identity, start);
  window.set(key, start + identity.length);
  return start + identity.length + key.length;
}

function flagsOf(context: Context): number {
  return (context.requireExtendedMasterSecret ? ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET : 0) |
    (context.separateRecords ? ContextFlag.SEPARATE_RECORDS : 0);
}

/** An i32, little endian, as the engine reads it. */
function put(window: Uint8Array, field: number, value: number): void {
  for (let i = 0; i < 4; i++) window[field * 4 + i] = value >> (8 * i);
}
