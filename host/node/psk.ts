// Pre-shared keys (RFC 4279): what users give, and the answers to the engine's questions.
import { Bound } from '../../assembly/codes.js';
import { invalidType, invalidValue, outOfRange } from './errors.js';
import { bytes, object } from './validate.js';

export type Key = Buffer | NodeJS.TypedArray | DataView;
export type Awaitable<T> = T | PromiseLike<T>;

/** What a server knows: keys by identity, or a function that finds one, now or later. */
export type ServerPSK =
  | Map<string, Key>
  | { [identity: string]: Key }
  | ((identity: string, identityBytes: Buffer) => Awaitable<Key | null | undefined>);

export interface ClientIdentity {
  /** Text (UTF-8) or bytes, at most 128 of them (RFC 4279 §5.3). */
  identity: string | Uint8Array;
  /** 1 to 64 bytes. */
  key: Key;
}

/** Who a client is, or a function of the server's hint (null without one) that says so, now or later. */
export type ClientPSK = ClientIdentity | ((hint: string | null) => Awaitable<ClientIdentity | null | undefined>);

export interface Credentials {
  identity: Buffer;
  key: Buffer;
}

/** Bytes of a key that is as strong as AES-128 (8442-3-2, 9257-1). */
const STRONG = 16;
let hasWarned = false;

/** A key's bytes; ERR_OUT_OF_RANGE unless there are 1 to 64 of them. A short one is warned of, once. Its value is never shown. */
export function keyBytes(name: string, value: unknown): Buffer {
  const key = bytes(name, value, true);
  if (key.length < 1 || key.length > Bound.KEY) {
    throw outOfRange(`${name}.byteLength`, `>= 1 && <= ${Bound.KEY}`, key.length);
  }
  if (key.length < STRONG && !hasWarned) warnOfShortKey(key.length);
  return key;
}

/** RFC 4279 §5.3 takes keys of any length, but whoever records a handshake tries all of the short ones (7925-4.1-2). */
function warnOfShortKey(length: number): void {
  hasWarned = true;
  process.emitWarning(`A pre-shared key has ${length} bytes, and can be guessed from one handshake. Take ${STRONG} random bytes or more: thimble key new psk.`,
    { type: 'DTLSWarning', code: 'DTLS_SHORT_KEY' });
}

/** An identity's bytes; ERR_OUT_OF_RANGE if there are more than 128. */
export function identityBytes(name: string, value: unknown): Buffer {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw invalidType(name, 'of type string or an instance of Uint8Array', value);
  }
  const identity = Buffer.from(value as string);
  if (identity.length > Bound.IDENTITY) throw outOfRange(`${name}.byteLength`, `<= ${Bound.IDENTITY}`, identity.length);
  return identity;
}

/** Copies of a client's identity and key. */
export function credentials(name: string, value: unknown): Credentials {
  const { identity, key } = object(name, value, true);
  return {
    identity: identityBytes(`${name}.identity`, identity),
    key: Buffer.from(keyBytes(`${name}.key`, key)),
  };
}

/** Checks a server's `psk`. Maps and objects are looked up anew for each client, so they may change later. */
export function serverPSK(name: string, value: unknown): ServerPSK {
  if (typeof value === 'function') return value as ServerPSK;
  const entries = value instanceof Map ? [...value] : Object.entries(object(name, value, true));
  if (entries.length === 0 && !(value instanceof Map)) throw invalidValue(name, 'must have at least one entry');
  for (const [identity, key] of entries) {
    identityBytes(`${name} identity`, identity);
    keyBytes(`${name}['${identity}']`, key);
  }
  return value as ServerPSK;
}

/** Whether this has the shape of a client's `psk` rather than of a server's map of keys. */
export function isClientIdentity(value: unknown): value is ClientIdentity {
  if (value === null || typeof value !== 'object' || value instanceof Map) return false;
  const { identity } = value as Record<string, unknown>;
  return typeof identity === 'string' || (identity instanceof Uint8Array && 'key' in value);
}

/** The key a server has for this identity, null if none; it rejects with what the user's function throws. */
export function findKey(psk: ServerPSK, identity: Buffer): Awaitable<Buffer | null> {
  const text = identity.toString();
  if (typeof psk !== 'function') {
    const key = psk instanceof Map ? psk.get(text) : Object.hasOwn(psk, text) ? psk[text] : undefined;
    return key === undefined ? null : keyBytes('options.psk', key);
  }
  return after(psk(text, identity), (key) => key === null || key === undefined ? null :
    keyBytes('the value returned by options.psk', key));
}

/** Who a client is towards a server with this hint, null if nobody. */
export function findCredentials(psk: ClientPSK, hint: Buffer): Awaitable<Credentials | null> {
  if (typeof psk !== 'function') return credentials('options.psk', psk);
  return after(psk(hint.length === 0 ? null : hint.toString()), (found) => found === null || found === undefined ? null :
    credentials('the value returned by options.psk', found));
}

/** `then`, but at once for what is there at once: a key from a table costs no turn of the event loop. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPromiseLike(value) ? value.then(next) : next(value);
}

export function isPromiseLike<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return value !== null && typeof value === 'object' && typeof (value as PromiseLike<T>).then === 'function';
}
