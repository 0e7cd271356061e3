// What `exportKeyingMaterial` takes (RFC 5705).
import { invalidValue, outOfRange } from './errors.js';
import { bytes, integer, string } from './validate.js';

/** RFC 5705 §4: these belong to the handshake itself. */
const RESERVED = new Set(['client finished', 'server finished', 'master secret', 'extended master secret', 'key expansion']);
const LENGTH_MAX = 16_384;
const CONTEXT_MAX = 8_192;

export interface KeyingMaterial {
  length: number;
  label: Buffer;
  context: Buffer | undefined;
}

/** Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE. */
export function keyingMaterial(length: unknown, label: unknown, context: unknown): KeyingMaterial {
  const wanted = integer('length', length, 1, LENGTH_MAX), name = Buffer.from(string('label', label));
  if (RESERVED.has(name.toString())) throw invalidValue('label', 'is one of the handshake\'s own', label);
  if (name.length > 255) throw outOfRange('label.length', '<= 255 bytes', name.length);
  if (context === undefined) return { length: wanted, label: name, context };
  const value = bytes('context', context);
  if (value.length > CONTEXT_MAX) throw outOfRange('context.byteLength', `<= ${CONTEXT_MAX}`, value.length);
  return { length: wanted, label: name, context: value };
}
