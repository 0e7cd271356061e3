// Errors in Node's own form: its classes, codes and wording for wrong arguments, and DTLSError for the protocol.
import { inspect } from 'node:util';
import type { Reason } from '../core/errors.js';

/** What ended or troubled a session. */
export class DTLSError extends Error {
  /** ERR_DTLS_… */
  readonly code: string;
  /** Where the handshake stood, by the name of the message awaited or sent (RFC 5246 §7.4): WAIT_FINISHED, CONNECTED. */
  readonly phase: string;
  /** The alert sent or received, by its name in RFC 5246 §7.2; '' if there was none. */
  readonly alert: string;
  /** What to do about it; '' if there is nothing to say. */
  hint: string;

  constructor(reason: Reason, hint = reason.hint) {
    super(reason.message, reason.cause === '' ? undefined : { cause: reason.cause });
    this.name = 'DTLSError';
    this.code = reason.code;
    this.phase = reason.phase;
    this.alert = reason.alert;
    this.hint = hint;
  }
}

/** A DTLSError that arises in this layer, outside any handshake. */
export function dtlsError(code: string, message: string, hint: string): DTLSError {
  return new DTLSError({ code, message, phase: '', alert: '', cause: '', hint });
}

type Coded<E extends Error> = E & { code: string };

function coded<E extends Error>(error: E, code: string): Coded<E> {
  Object.defineProperty(error, 'stack', { value: error.stack?.replace(error.name, `${error.name} [${code}]`) });
  return Object.assign(error, { code });
}

const kindOf = (name: string) => (name.includes('.') ? 'property' : 'argument');

/** ERR_INVALID_ARG_TYPE. `expected` completes "must be …". A secret's value is never shown. */
export function invalidType(name: string, expected: string, value: unknown, secret = false): Coded<TypeError> {
  const message = `The "${name}" ${kindOf(name)} must be ${expected}. Received ${received(value, secret)}`;
  return coded(new TypeError(message), 'ERR_INVALID_ARG_TYPE');
}

function received(value: unknown, secret: boolean): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return secret ? `type ${typeof value}` : `type ${typeof value} (${inspect(value).slice(0, 30)})`;
}

/** ERR_INVALID_ARG_VALUE. `reason` completes "The property 'options.x' …". */
export function invalidValue(name: string, reason: string, value?: unknown): Coded<TypeError> {
  const shown = value === undefined ? '' : `. Received ${inspect(value).slice(0, 128)}`;
  return coded(new TypeError(`The ${kindOf(name)} '${name}' ${reason}${shown}`), 'ERR_INVALID_ARG_VALUE');
}

/** ERR_OUT_OF_RANGE. `range` completes "It must be …". */
export function outOfRange(name: string, range: string, value: unknown): Coded<RangeError> {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value)}`;
  return coded(new RangeError(message), 'ERR_OUT_OF_RANGE');
}

/** ERR_MISSING_ARGS; any one of several would do. */
export function missing(name: string, ...others: string[]): Coded<TypeError> {
  const names = [name, ...others].map((one) => `"${one}"`);
  const text = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return coded(new TypeError(`The ${text} ${kindOf(name)} must be specified`), 'ERR_MISSING_ARGS');
}

/** ERR_INVALID_STATE. */
export function invalidState(message: string): Coded<Error> {
  return coded(new Error(`Invalid state: ${message}`), 'ERR_INVALID_STATE');
}

/** ERR_SOCKET_DGRAM_NOT_RUNNING, as dgram has it for a closed socket. */
export function notRunning(): Coded<Error> {
  return coded(new Error('Not running'), 'ERR_SOCKET_DGRAM_NOT_RUNNING');
}

/** ERR_DTLS_UNSUPPORTED_OPTION: an option that cannot be honoured is refused by name, never ignored. */
export function unsupported(name: string, why: string): Coded<TypeError> {
  return coded(new TypeError(`The option '${name}' ${why}`), 'ERR_DTLS_UNSUPPORTED_OPTION');
}
