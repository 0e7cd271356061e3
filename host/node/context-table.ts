// The contexts of an engine: how much room they need, and which are defined.
import { createHash } from 'node:crypto';
import { ContextField, ContextFlag } from '../../assembly/records.js';
import { contextBytes, writeContext } from '../core/context.js';
import type { Context } from '../core/context.js';
import type { Endpoint } from '../core/endpoint.js';

/** What connections of some contexts take of a layout. */
export interface Need {
  /** Of the longest handshake message. */
  messageMax: number;
  /** Of all that varies in a context: names, keys, certificates. */
  contextBytes: number;
  /** Of a peer's connection ID. */
  cidMax: number;
}

/** A ClientHello that offers every suite there is, and some extensions; a name, an identity and keys. */
const SMALL: Need = { messageMax: 1536, contextBytes: 768, cidMax: 0 };
/** A chain of certificates such as public authorities make, of 2 to 5 kB; our own, and the authorities that we trust. */
const LARGE: Need = { messageMax: 8192, contextBytes: 12_288, cidMax: 255 };

/** The least that these contexts fit in. */
export function needOf(contexts: Context[]): Need {
  const takesCertificates = contexts.some(({ flags = 0 }) => (flags & ContextFlag.PEER_CERTIFICATE) !== 0);
  const isLarge = contexts.some((context) => contextBytes(context) > SMALL.contextBytes);
  const hasCids = contexts.some(({ cidLength }) => cidLength !== undefined);
  return { cidMax: (hasCids ? LARGE : SMALL).cidMax, messageMax: (takesCertificates ? LARGE : SMALL).messageMax,
    contextBytes: (isLarge ? LARGE : SMALL).contextBytes };
}

/** Bytes of the longest record of a context. */
const RECORD_MAX = ContextField.COUNT * 4 + LARGE.contextBytes;

/** Which contexts are defined, by what is in them, and how many connections use each. */
export class ContextTable {
  readonly #endpoint: Endpoint;
  readonly #ids = new Map<string, number>();
  readonly #slots: { digest: string; users: number }[];

  constructor(endpoint: Endpoint, count: number) {
    this.#endpoint = endpoint;
    this.#slots = Array.from({ length: count }, () => ({ digest: '', users: 0 }));
  }

  /** The id of a context with just this content, defined if need be; to be given back. Throws ERR_DTLS_BAD_CONTEXT. */
  take(context: Context): number {
    const digest = digestOf(context);
    let id = this.#ids.get(digest);
    if (id === undefined) {
      id = this.#slots.findIndex((slot) => slot.users === 0);
      this.#endpoint.define(id, context);
      this.#ids.delete(this.#slots[id]!.digest);
      this.#ids.set(digest, id);
      this.#slots[id]!.digest = digest;
    }
    this.#slots[id]!.users++;
    return id;
  }

  give(id: number): void {
    this.#slots[id]!.users--;
  }
}

/** A name for a context's content that does not hold its key. */
function digestOf(context: Context): string {
  const record = Buffer.alloc(RECORD_MAX);
  const length = writeContext(record, context);
  const digest = createHash('sha256').update(record.subarray(0, length)).digest('base64');
  record.fill(0);
  return digest;
}
