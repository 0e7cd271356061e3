// The options `cid`, `pathValidation` and `followNewest`: connection IDs (RFC 9146) and what becomes of a peer that moves (RFC 9853).
import { ContentType } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../core/context.js';
import { invalidValue } from './errors.js';
import { boolean, bytes, integer, string } from './validate.js';

/** What a context says of connection IDs; undefined where there are none. */
export type ConnectionIds = Pick<Context, 'cidLength' | 'cidPrefix' | 'flags'> | undefined;

const CID_MAX = 20;
/** A server's own: the shard in one byte, the slot in two, and three that nobody guesses. */
const SERVER_CID = 6;
/** Where a record's CID stands (RFC 9146 §4). */
const CID_AT = 11;
/** Slots that one byte counts, in shards whose CIDs have no room for two. */
const BYTE = 256;

export function connectionIds(options: Record<string, unknown>, isServer: boolean): ConnectionIds {
  const { cid } = options, flags = flagsOf(options);
  if (cid === undefined || cid === false) return undefined;
  if (cid === true) return { cidLength: isServer ? SERVER_CID : 0, flags };
  if (typeof cid === 'number') return { cidLength: integer('options.cid', cid, 0, CID_MAX), flags };
  const prefix = bytes('options.cid', cid);
  const most = isServer ? CID_MAX - SERVER_CID : CID_MAX;
  if (prefix.length > most) throw invalidValue('options.cid', `must have at most ${most} bytes`);
  return { cidLength: prefix.length + (isServer ? SERVER_CID : 0), cidPrefix: prefix, flags };
}

function flagsOf({ pathValidation, followNewest }: Record<string, unknown>): number {
  let flags = ContextFlag.RETURN_ROUTABILITY;
  if (pathValidation !== undefined && string('options.pathValidation', pathValidation) !== 'enhanced') {
    if (pathValidation !== 'basic') throw invalidValue('options.pathValidation', "must be 'enhanced' or 'basic'", pathValidation);
    flags |= ContextFlag.BASIC_PATH_CHECK;
  }
  if (followNewest !== undefined && boolean('options.followNewest', followNewest)) flags |= ContextFlag.NEWEST_PATH;
  return flags;
}

/** How the shards of a server tell their records apart: no table, but a byte of each CID. */
export class ShardNumbers {
  readonly #prefix: Uint8Array;
  /** Bytes of a CID behind the user's prefix. */
  readonly #own: number;

  constructor(contexts: Context[]) {
    const { cidLength = 0, cidPrefix = new Uint8Array(0) } = contexts[0] ?? {};
    this.#prefix = cidPrefix;
    this.#own = cidLength - cidPrefix.length;
  }

  /** Whether there is such a byte. */
  get areThere(): boolean { return this.#own > 0; }

  /** How many connections of a shard can have CIDs. */
  get connectionsMax(): number { return this.#own === 1 || this.#own === 2 ? BYTE : Infinity; }

  /** A server's context, as the shard of this number has it; with CIDs of one byte there is but one that gets them. */
  of(context: Context, number: number): Context {
    if (this.#own <= 0) return context;
    if (this.#own === 1) return number === 0 ? context : { ...context, cidLength: 0, cidPrefix: new Uint8Array(0) };
    return { ...context, cidPrefix: Buffer.from([...this.#prefix, number]) };
  }

  /** The number of the shard that the first record of a datagram names; undefined if it names none. */
  in(datagram: Uint8Array): number | undefined {
    if (datagram[0] !== ContentType.TLS12_CID || this.#own <= 0) return undefined;
    return this.#own === 1 ? 0 : datagram[CID_AT + this.#prefix.length];
  }
}
