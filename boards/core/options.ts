// What users of every board may set, and how a mistake is refused: by its name.
import { errorOf } from '../../host/core/errors.js';
import type { Options } from './port.js';

/** What connecting and listening have in common; see Options for ranges and defaults. */
const NUMBERS = ['mtu', 'initialMs', 'maxMs', 'handshakeMs'];
const TUNING = NUMBERS.concat(['requireExtendedMasterSecret', 'separateRecords']);
/** Numbers of the module are i32, and more would wrap unseen. */
const NUMBER_MAX = 0x7fffffff;

/** Throws ERR_INVALID_ARG_TYPE if there are no options, ERR_DTLS_UNSUPPORTED_OPTION for one not in `own` or TUNING. */
export function check(options: object, own: string[]): void {
  checkNames(options, own.concat(TUNING));
}

/** As `check`, where only these names may be. */
export function checkNames(options: object, names: string[]): void {
  const hint = `Known are ${names.join(', ')}.`;
  if (typeof options !== 'object' || options === null) throw refusal('ERR_INVALID_ARG_TYPE', 'There are no options', hint);
  for (const name in options) {
    if (names.indexOf(name) < 0) throw refusal('ERR_DTLS_UNSUPPORTED_OPTION', `The option ${name} is not supported`, hint);
  }
}

/** Copies the common options that are set. Throws ERR_OUT_OF_RANGE for a number that is no whole one, or no i32. */
export function tune<T extends Options>(target: T, options: object): T {
  const into = target as unknown as { [name: string]: unknown }, from = options as { [name: string]: unknown };
  for (const name of TUNING) if (from[name] !== undefined) into[name] = from[name];
  for (const name of NUMBERS) if (into[name] !== undefined) checkNumber(name, into[name]);
  return target;
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= NUMBER_MAX && value === Math.floor(value)) return;
  throw refusal('ERR_OUT_OF_RANGE', `${name} must be a whole number`, `From 0 to ${NUMBER_MAX}.`);
}

/** The Error for a mistake in what a user gave. */
export function refusal(code: string, message: string, hint: string): Error {
  return errorOf({ code: code, message: message, phase: '', alert: '', cause: '', hint: hint });
}
