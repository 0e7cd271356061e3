import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { Bound } from '../../assembly/codes.js';
import { parsePsk } from './keys.js';
import { integer } from './numbers.js';
import { UsageError } from './usage.js';

/** As many bytes as the cipher's own key has: more would protect nothing better (RFC 7925 §4.2). */
const KEY_BYTES = 16;

/** `thimble key new psk`: the one command that prints a secret. */
export function addKey(program: Command): void {
  program.command('key').description('make keys to try things with')
    .command('new <kind> [identity]')
    .description('print a new identity:hexkey line, as --psk-file reads them; the kind is psk')
    .option('--bytes <n>', `length of the key, 1 to ${Bound.KEY}`, integer('--bytes', 1, Bound.KEY), KEY_BYTES)
    .addHelpText('after', '\nExample:\n  thimble key new psk node-17 >> keys.txt')
    .action((kind: string, identity: string | undefined, options: { bytes: number }) => {
      checkKind(kind);
      process.stdout.write(`${newPsk(identity ?? `node-${randomBytes(4).toString('hex')}`, options.bytes)}\n`);
    });
}

function checkKind(kind: string): void {
  if (kind === 'raw' || kind === 'certificate') {
    throw new UsageError(`key new ${kind} is not there yet: this version has pre-shared keys, thimble key new psk`);
  }
  if (kind !== 'psk') throw new UsageError(`key new '${kind}': the kind is psk, as in thimble key new psk node-17`);
}

/** 16 bytes by chance or more: as strong as AES-128 (7925-4.1-2, 8442-3-2, 9257-1). */
function newPsk(identity: string, bytes: number): string {
  if (/^#|[\r\n]|^\s|\s$/.test(identity)) {
    throw new UsageError('the identity must begin with no # and no space, end with no space, and stand on one line');
  }
  const line = `${identity}:${randomBytes(bytes).toString('hex')}`;
  parsePsk(line, 'identity');
  return line;
}
