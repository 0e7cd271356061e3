// What users of every board may set, and how a mistake is refused: by its name.
import { ContextFlag } from '../../assembly/records.js';
import { errorOf } from '../../host/core/errors.js';
import type { ClientOptions, ServerOptions } from './port.js';

/** Numbers that a context takes as they are; see host/core/context.ts for ranges and defaults. */
const NUMBERS = ['mtu', 'initialMs', 'maxMs', 'handshakeMs', 'recordSizeLimit'], CLIENT_NUMBERS = NUMBERS.concat('maxFragmentLength');
const FLAGS = ['requireExtendedMasterSecret', 'separateRecords'];
/** What connecting and listening have in common, and what only a client has. */
const COMMON = NUMBERS.concat(FLAGS, 'alpn', 'cid');
const CLIENT = ['psk', 'maxFragmentLength', 'servername', 'session', 'state', 'storeState'];
/** Numbers of the module are i32, and more would wrap unseen. */
const NUMBER_MAX = 0x7fffffff;
/** Of a server's connection IDs: its slot in two bytes, and four that nobody guesses. */
const SERVER_CID = 6;

/** The bytes of what users know as `name`. Throws ERR_INVALID_ARG_TYPE. */
export type Read = (value: never, name: string) => Uint8Array;

/** A client's options, as `check`. */
export function checkClient(options: object, own: string[]): void {
  check(options, own.concat(CLIENT));
}

/** Throws ERR_INVALID_ARG_TYPE if there are no options, ERR_DTLS_UNSUPPORTED_OPTION for one not in `own` or COMMON. */
export function check(options: object, own: string[]): void {
  checkNames(options, own.concat(COMMON));
}

/** As `check`, where only these names may be. */
export function checkNames(options: object, names: string[]): void {
  const hint = `Known are ${names.join(', ')}.`;
  if (typeof options !== 'object' || options === null) throw refusal('ERR_INVALID_ARG_TYPE', 'There are no options', hint);
  for (const name in options) {
    if (names.indexOf(name) < 0) throw refusal('ERR_DTLS_UNSUPPORTED_OPTION', `The option ${name} is not supported`, hint);
  }
}

/**
 * Brings what is set to the context's form. Throws ERR_OUT_OF_RANGE for a number that is no whole one, or no i32, and what `read`
 * throws.
 */
export function tune<T extends ClientOptions | ServerOptions>(target: T, options: object, read: Read): T {
  const into = target as unknown as { [name: string]: unknown }, from = options as { [name: string]: unknown };
  for (const name of FLAGS) if (from[name] !== undefined) into[name] = from[name];
  for (const name of CLIENT_NUMBERS) if (from[name] !== undefined) into[name] = checked(name, from[name]);
  if (from['cid'] !== undefined && from['cid'] !== false) takeCid(target, from['cid']);
  if (from['alpn'] !== undefined) takeProtocols(target, from['alpn'], read);
  if (from['servername'] !== undefined) target.name = read(from['servername'] as never, 'servername');
  if (from['session'] !== undefined && from['session'] !== false) {
    target.flags! |= ContextFlag.SESSIONS | ContextFlag.TICKETS;
    if (from['session'] !== true) target.session = read(from['session'] as never, 'session');
  }
  if (from['state'] !== undefined) into['state'] = read(from['state'] as never, 'state');
  return target;
}

/** true: who answers chooses; a client needs none of its own, as only the server must find it again (9146-8-1). */
function takeCid(target: ClientOptions | ServerOptions, cid: unknown): void {
  target.cidLength = cid !== true ? checked('cid', cid) : 'accept' in target ? SERVER_CID : 0;
  target.flags! |= ContextFlag.RETURN_ROUTABILITY;
}

/** Each name behind a byte with its length (RFC 7301 §3.1). */
function takeProtocols(target: ClientOptions | ServerOptions, names: unknown, read: Read): void {
  const list: number[] = [];
  if (!Array.isArray(names)) throw refusal('ERR_INVALID_ARG_TYPE', 'alpn must be a list', '');
  for (const name of names as never[]) {
    const bytes = read(name, 'alpn');
    list.push(bytes.length);
    for (const byte of bytes) list.push(byte);
  }
  target.protocols = new Uint8Array(list);
  target.alpn = names as string[];
}

function checked(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= NUMBER_MAX && value === Math.floor(value)) return value;
  throw refusal('ERR_OUT_OF_RANGE', `${name} must be a whole number`, `From 0 to ${NUMBER_MAX}.`);
}

/** The Error for a mistake in what a user gave. */
export function refusal(code: string, message: string, hint: string): Error {
  return errorOf({ code: code, message: message, phase: '', alert: '', cause: '', hint: hint });
}
