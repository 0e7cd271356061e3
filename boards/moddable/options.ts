// What users give in an options object, checked.
import { ContextFlag } from '../../assembly/records.js';
import { CREDENTIALS, takeCredentials } from '../core/credentials.js';
import { check, checkClient, checkNames, refusal, tune } from '../core/options.js';
import type { ClientOptions, ServerOptions } from '../core/port.js';

/** Bytes, or a text that stands for its UTF-8. */
export type Data = string | ArrayBuffer | ArrayBufferView;
export type Bytes = ArrayBuffer | ArrayBufferView;

type Key = Bytes | null | undefined;

/** What users give; typings/dtls.d.ts says what it means. */
export interface ClientSecurity {
  psk?: { identity: Data; key: Bytes };
  storeState?(state: ArrayBuffer): void;
}

export interface ServerSecurity {
  psk?(identity: string): Key | Promise<Key>;
  hint?: Data;
}

/** The bytes of what the user calls `name`, not copied. Throws ERR_INVALID_ARG_TYPE. */
export function bytesOf(data: unknown, name: string): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw refusal('ERR_INVALID_ARG_TYPE', `${name} must be an ArrayBuffer or a view of one`, '');
}

const dataOf = (data: unknown, name: string): Uint8Array =>
  typeof data === 'string' ? new Uint8Array(ArrayBuffer.fromString(data)) : bytesOf(data, name);

/** Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_DTLS_UNSUPPORTED_OPTION. */
export function clientOptions(dtls: ClientSecurity): ClientOptions {
  checkClient(dtls, CREDENTIALS);
  const options: ClientOptions = {}, { psk, storeState } = dtls;
  if (psk !== undefined) {
    checkNames(psk, ['identity', 'key']);
    options.identity = dataOf(psk.identity, 'psk.identity');
    options.key = bytesOf(psk.key, 'psk.key');
  }
  takeCredentials(options, dtls, bytesOf, psk !== undefined);
  tune(options, dtls, dataOf);
  if (storeState !== undefined) {
    checkFunction(storeState, 'storeState');
    options.storeState = (state) => storeState(state.buffer as ArrayBuffer);
  }
  return options;
}

/** All but what is to happen with a client. Throws as `clientOptions`. */
export function serverOptions(dtls: ServerSecurity, accept: ServerOptions['accept']): ServerOptions {
  check(dtls, CREDENTIALS.concat('psk', 'hint'));
  const { psk, hint } = dtls;
  if (psk !== undefined) checkFunction(psk, 'psk');
  const options: ServerOptions = {
    psk: (identity) => keyOf(psk, identity), accept: accept, flags: ContextFlag.SESSIONS,
  };
  if (hint !== undefined) options.identity = dataOf(hint, 'hint');
  takeCredentials(options, dtls, bytesOf, psk !== undefined);
  return tune(options, dtls, dataOf);
}

function keyOf(psk: ServerSecurity['psk'], identity: Uint8Array): Uint8Array | null | Promise<Uint8Array | null> {
  const given = (key: Key) => key === null || key === undefined ? null : bytesOf(key, 'what psk returns');
  const name = textOf(identity);
  const answer = name === null || psk === undefined ? null : psk(name);
  return answer instanceof Promise ? answer.then(given) : given(answer);
}

/** The text of UTF-8, or null if it is none: then nobody has such a name (RFC 4279 §5.1). */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return String.fromArrayBuffer(bytes.slice().buffer);
  } catch {
    return null;
  }
}

export function checkFormat(format: unknown, known: string): void {
  if (format !== undefined && format !== known) throw new RangeError(`The format is ${known}, not ${format}`);
}

export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw refusal('ERR_INVALID_ARG_TYPE', `${name} must be a function`, '');
}

/** Throws ERR_INVALID_ARG_VALUE where an address is a name, which nothing here resolves. */
export function checkAddress(address: unknown, port: unknown): void {
  if (typeof address !== 'string' || !(address.indexOf(':') >= 0 || isIPv4(address))) {
    throw refusal('ERR_INVALID_ARG_VALUE', 'address must be a numeric IP address', 'Resolve a host name first.');
  }
  if (typeof port !== 'number' || !(port > 0 && port < 65536)) {
    throw refusal('ERR_INVALID_ARG_VALUE', 'port must be a number from 1 to 65535', 'CoAP over DTLS has 5684.');
  }
}

function isIPv4(address: string): boolean {
  const parts = address.split('.');
  return parts.length === 4 && parts.every((part) => String(parseInt(part, 10)) === part && Number(part) < 256);
}
