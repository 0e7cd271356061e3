// What many connections share, written in the engine's form (ContextField).
import { ContextField, ContextFlag } from '../../assembly/records.js';

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
  /** Bytes of plaintext that we take in a record, 64 to 16,384 (RFC 8449); absent: nothing is said. */
  recordSizeLimit?: number;
  /** Client: records of 512, 1,024, 2,048 or 4,096 bytes at most (RFC 6066 §4). */
  maxFragmentLength?: number;
  /**
   * Bytes of the connection IDs that peers send to us, 1 to 20; 0: we only send theirs; absent: none (RFC 9146), as for
   * whoever must not be followed from network to network (9146-8-1).
   */
  cidLength?: number;
  /** How our connection IDs begin, 0 to `cidLength` bytes. */
  cidPrefix?: Uint8Array;
  /** The P-256 private key, 32 bytes; absent where it is outside (`askToSign`). */
  privateKey?: Uint8Array;
  /** X and Y of its public key, 64 bytes, to be shown as a raw public key (RFC 7250). */
  publicKey?: Uint8Array;
  /** The body of our X.509 Certificate message (RFC 5246 §7.4.2). */
  certificates?: Uint8Array;
  /** Whom we trust: a list of TrustAnchor (certificate-codes.ts). */
  anchors?: Uint8Array;
  /** Client: the server's name, to say and to check. Server: the name that this context serves. To 253 bytes. */
  name?: Uint8Array;
  /** Application protocols in order of preference, each behind a byte with its length (RFC 7301). */
  protocols?: Uint8Array;
  /** Client: the bytes of an earlier connection's session. */
  session?: Uint8Array;
  /** More bits of ContextFlag, for what has no name here. */
  flags?: number;
  /** Refuse a peer without extended_master_secret (RFC 7627 §5.2). */
  requireExtendedMasterSecret?: boolean;
  /** A record for each handshake message, for peers that read only the first one of a record. */
  separateRecords?: boolean;
}

const SUITES_MAX = 2 * (ContextField.MTU - ContextField.SUITES);
const NOTHING = new Uint8Array(0);

/** Writes the record to the start of `window`; returns its length in bytes, or 0 if a field is out of its range. */
export function writeContext(window: Uint8Array, context: Context): number {
  const parts = partsOf(context), start = ContextField.COUNT * 4, length = start + contextBytes(context);
  if (context.suites.length < 1 || context.suites.length > SUITES_MAX || length > window.length) return 0;
  window.fill(0, 0, start);
  put(window, ContextField.FLAGS, flagsOf(context));
  for (let i = 0; i < context.suites.length; i += 2) {
    put(window, ContextField.SUITES + (i >> 1), context.suites[i]! | (context.suites[i + 1] ?? 0) << 16);
  }
  put(window, ContextField.MTU, context.mtu);
  put(window, ContextField.INITIAL_MS, context.initialMs ?? 0);
  put(window, ContextField.MAX_MS, context.maxMs ?? 0);
  put(window, ContextField.HANDSHAKE_MS, context.handshakeMs ?? 0);
  put(window, ContextField.RECORD_SIZE_LIMIT, context.recordSizeLimit ?? 0);
  put(window, ContextField.MAX_FRAGMENT_LENGTH, context.maxFragmentLength ?? 0);
  put(window, ContextField.CID_LENGTH, context.cidLength ?? -1);
  let at = start;
  for (let i = 0; i < parts.length; i++) {
    put(window, ContextField.IDENTITY_LENGTH + i, parts[i]!.length);
    window.set(parts[i]!, at);
    at += parts[i]!.length;
  }
  return length;
}

/** What a context takes of the layout's contextBytes. */
export function contextBytes(context: Context): number {
  return partsOf(context).reduce((sum, part) => sum + part.length, 0);
}

/** What varies in length, in the order of ContextField. */
function partsOf(context: Context): Uint8Array[] {
  return [context.identity ?? NOTHING, context.key ?? NOTHING, context.privateKey ?? NOTHING, context.publicKey ?? NOTHING,
    context.certificates ?? NOTHING, context.anchors ?? NOTHING, context.name ?? NOTHING, context.protocols ?? NOTHING,
    context.cidPrefix ?? NOTHING, context.session ?? NOTHING];
}

function flagsOf(context: Context): number {
  return (context.flags ?? 0) | (context.requireExtendedMasterSecret ? ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET : 0) |
    (context.separateRecords ? ContextFlag.SEPARATE_RECORDS : 0);
}

/** An i32, little endian, as the engine reads it. */
function put(window: Uint8Array, field: number, value: number): void {
  for (let i = 0; i < 4; i++) window[field * 4 + i] = value >> (8 * i);
}

/** Writes secrets to the start of `window`, each behind a byte with its length; returns all their bytes, or -1 if they do not fit. */
export function writeSecrets(window: Uint8Array, secrets: Uint8Array[]): number {
  let length = 0;
  for (let i = 0; i < secrets.length; i++) {
    const secret = secrets[i]!;
    if (length + 1 + secret.length > window.length) return -1;
    window[length] = secret.length;
    window.set(secret, length + 1);
    length += 1 + secret.length;
  }
  return length;
}
