// Bytes as users give and get them.
import { refusal } from '../core/options.js';

/** A string (one byte a character; in UTF-8 if Espruino knows it to be Unicode) or bytes. */
export type Data = string | Uint8Array;

/** Throws ERR_INVALID_ARG_TYPE with this message unless it is so. */
export function demand(isGood: boolean, message: string): void {
  if (!isGood) throw refusal('ERR_INVALID_ARG_TYPE', message, '');
}

/** The bytes of what users know as `name`. Throws ERR_INVALID_ARG_TYPE. */
export function bytesOf(data: Data, name: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const bytes = typeof data === 'string' ? E.toUint8Array(data) : undefined;
  demand(bytes !== undefined, `${name} must be a string or a Uint8Array`);
  return bytes!;
}

/** A binary string, one character a byte. */
export function textOf(bytes: Uint8Array): string {
  return E.toString(bytes);
}
