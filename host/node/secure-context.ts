// Credentials and suites that connections share.
import type { Context } from '../core/context.js';
import { DEFAULT_SUITES, parseCiphers } from './ciphers.js';
import { invalidType, invalidValue } from './errors.js';
import type { Timing } from './options.js';
import { credentials, identityBytes, serverPSK } from './psk.js';
import type { ClientPSK, Credentials, ServerPSK } from './psk.js';
import { boolean, string } from './validate.js';

/** The largest datagram of which a record can make use (RFC 6347 §4.1): 2^14 bytes, header, nonce and tag. */
export const DATAGRAM_MAX = 16384 + 13 + 8 + 16;

/** An opaque bundle of credentials, made by `createSecureContext`, for any number of `connect` or `listen` calls. */
export class DTLSSecureContext {
  /** Whether it is for `listen`. */
  readonly isServer: boolean;
  readonly #suites: number[];
  readonly #requireExtendedMasterSecret: boolean;
  readonly #separateRecords: boolean;
  readonly #hint: Buffer | undefined;
  readonly #credentials: Credentials | undefined;
  readonly #psk: ServerPSK | ClientPSK;

  /** @internal From options whose names are checked. */
  constructor(options: Record<string, unknown>, isServer: boolean) {
    this.isServer = isServer;
    const { ciphers, extendedMasterSecret, psk, pskIdentityHint, separateRecords } = options;
    this.#suites = ciphers === undefined ? DEFAULT_SUITES :
      parseCiphers('options.ciphers', string('options.ciphers', ciphers));
    this.#requireExtendedMasterSecret = requires(extendedMasterSecret);
    this.#separateRecords = separateRecords !== undefined && boolean('options.separateRecords', separateRecords);
    if (pskIdentityHint !== undefined) {
      if (!isServer) throw invalidValue('options.pskIdentityHint', 'is only meaningful for a server');
      this.#hint = identityBytes('options.pskIdentityHint', string('options.pskIdentityHint', pskIdentityHint));
    }
    if (isServer) {
      this.#psk = serverPSK('options.psk', psk);
    } else {
      if (typeof psk !== 'function') this.#credentials = credentials('options.psk', psk);
      this.#psk = psk as ClientPSK;
    }
  }

  /** @internal `value` as a context of this side, or Node's errors for what it is instead. */
  static check(name: string, value: unknown, isServer: boolean): DTLSSecureContext {
    if (!(value instanceof DTLSSecureContext)) throw invalidType(name, 'an instance of DTLSSecureContext', value);
    if (value.isServer === isServer) return value;
    throw invalidValue(name, isServer ? 'was created for a client; listen() needs isServer: true' :
      'was created for a server; connect() needs isServer: false');
  }

  /** @internal The user's `psk`, to answer questions with. */
  get psk(): ServerPSK | ClientPSK {
    return this.#psk;
  }

  /** @internal A client's fixed identity, if it has one. */
  get identity(): Buffer | undefined {
    return this.#credentials?.identity;
  }

  /** @internal As the core wants it. */
  context({ mtu, handshakeMs, initialMs, maxMs }: Timing): Context {
    const context: Context = { suites: this.#suites, mtu: Math.min(mtu, DATAGRAM_MAX), handshakeMs, initialMs, maxMs,
      requireExtendedMasterSecret: this.#requireExtendedMasterSecret, separateRecords: this.#separateRecords };
    const identity = this.isServer ? this.#hint : this.#credentials?.identity;
    if (identity !== undefined) context.identity = identity;
    if (this.#credentials !== undefined) context.key = this.#credentials.key;
    return context;
  }
}

function requires(extendedMasterSecret: unknown): boolean {
  if (extendedMasterSecret === undefined || extendedMasterSecret === 'offer') return false;
  if (string('options.extendedMasterSecret', extendedMasterSecret) === 'require') return true;
  throw invalidValue('options.extendedMasterSecret', "must be 'offer' or 'require'", extendedMasterSecret);
}
