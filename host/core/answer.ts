// Answers to questions, in the engine's form.
import { Misuse } from '../../assembly/codes.js';
import type { Answer } from './connection.js';
import { misuse } from './errors.js';

/** Writes the answer to the start of `window`; returns its length in bytes, -1 for none. Throws ERR_OUT_OF_RANGE. */
export function writeAnswer(window: Uint8Array, answer: Answer): number {
  if (answer === null) return -1;
  const identity = answer instanceof Uint8Array ? null : answer.identity;
  const key = answer instanceof Uint8Array ? answer : answer.key;
  const start = identity === null ? 0 : 1 + identity.length;
  if (start + key.length > window.length) throw misuse(-Misuse.BAD_LENGTH);
  if (identity !== null) {
    window[0] = identity.length;
    window.set(identity, 1);
  }
  window.set(key, start);
  return start + key.length;
}
