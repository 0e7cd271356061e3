import { readFileSync } from 'node:fs';
import { Bound } from '../../assembly/codes.js';
import { UsageError } from './usage.js';

/** A pre-shared key and its name (RFC 4279 §2). */
export interface Psk {
  identity: Uint8Array;
  key: Uint8Array;
}

/** Reads `identity:hexkey`, split at the last colon. The errors never repeat the text, which may hold a key. */
export function parsePsk(text: string, where = '--psk'): Psk {
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw new UsageError(`${where}: write identity:hexkey, as in dev1:73656372657450534b`);
  return {
    identity: parseIdentity(text.slice(0, colon), where),
    key: parseKey(text.slice(colon + 1), where),
  };
}

/**
 * Reads a file of `identity:hexkey` lines, the form that GnuTLS and OpenSSL's scripts use. `#` and a space begin a comment;
 * `#` and hex digits are, as in GnuTLS, an identity that is no text.
 */
export function readPskFile(path: string): Psk[] {
  const lines = readText(path).split(/\r?\n/);
  const keys: Psk[] = [];
  lines.forEach((line, index) => {
    if (line.trim() === '' || /^#(\s|$)/.test(line)) return;
    keys.push(parsePsk(line.trim(), `${path}, line ${index + 1}`));
  });
  if (keys.length === 0) throw new UsageError(`${path}: no identity:hexkey line in it; make one with thimble key new psk`);
  return keys;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/:(?:[0-9a-f]{2})+$/i.test(path)) {
      throw new UsageError('--psk-file wants the name of a file; a key itself goes with --psk');
    }
    throw new UsageError(`--psk-file ${path}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
}

function parseIdentity(text: string, where: string): Uint8Array {
  const hex = /^#((?:[0-9a-f]{2})+)$/i.exec(text);
  const identity = hex ? Buffer.from(hex[1]!, 'hex') : Buffer.from(text, 'utf8');
  if (identity.length === 0) throw new UsageError(`${where}: the identity before the colon is empty`);
  if (identity.length > Bound.IDENTITY) {
    throw new UsageError(`${where}: the identity has ${identity.length} bytes, at most ${Bound.IDENTITY} are possible`);
  }
  return identity;
}

function parseKey(text: string, where: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) {
    throw new UsageError(`${where}: the key after the last colon must be pairs of hex digits`);
  }
  const key = Buffer.from(text, 'hex');
  if (key.length > Bound.KEY) {
    throw new UsageError(`${where}: the key has ${key.length} bytes, at most ${Bound.KEY} are possible`);
  }
  return key;
}
