// Checks of single values, with Node's own errors. What is `secret` is never shown in them.
import { invalidType, outOfRange } from './errors.js';

export function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
  return value;
}

export function string(name: string, value: unknown, secret = false): string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value, secret);
  return value;
}

export function boolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
  return value;
}

export function object(name: string, value: unknown, secret = false): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidType(name, 'of type object', value, secret);
  }
  return value as Record<string, unknown>;
}

export type AnyFunction = (...args: never[]) => unknown;

export function callable<F extends AnyFunction>(name: string, value: unknown): F {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value);
  return value as F;
}

/** A handler property: a function, or nothing. */
export function handler<F extends AnyFunction>(name: string, value: F | null | undefined): F | undefined {
  return value === undefined || value === null ? undefined : callable<F>(name, value);
}

/** The bytes of a Buffer, TypedArray or DataView, not copied. */
export function bytes(name: string, value: unknown, secret = false): Buffer {
  if (!ArrayBuffer.isView(value)) {
    throw invalidType(name, 'an instance of Buffer, TypedArray, or DataView', value, secret);
  }
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** What `send` takes: text as UTF-8, or bytes. */
export function messageBytes(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return bytes('data', data);
  throw invalidType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}
