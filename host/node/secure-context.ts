// Credentials and suites that connections share.
import { Bound } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import type { Context } from '../core/context.js';
import { chosenSuites, defaultSuites } from './ciphers.js';
import type { Kinds } from './ciphers.js';
import { ownCredentials } from './credentials.js';
import type { OwnCredentials, Sign } from './credentials.js';
import { invalidType, invalidValue, missing, unsupported } from './errors.js';
import type { Timing } from './options.js';
import { credentials, identityBytes, serverPSK } from './psk.js';
import type { ClientPSK, Credentials, ServerPSK } from './psk.js';
import { hostName } from './names.js';
import type { ServerName } from './names.js';
import { OFFERS, offers, protocolAt } from './offers.js';
import { Trust } from './trust.js';
import { boolean, object, string } from './validate.js';

/** The largest datagram of which a record can make use (RFC 6347 §4.1): 2^14 bytes, header, nonce and tag. */
export const DATAGRAM_MAX = 16384 + 13 + 8 + 16;

/** Each of these on a client says that the server shows a certificate or a raw public key. */
const CLIENT_TRUST = ['ca', 'cert', 'key', 'peerKeys', 'rawPublicKey', 'rejectUnauthorized', 'sign', 'verify'];
/** These on a server say nothing unless clients are asked for a certificate or a raw public key. */
const SERVER_TRUST = ['ca', 'peerKeys', 'verify'];
const SERVER_ONLY = ['hidePskIdentity', 'pskIdentityHint', 'requestCert', 'sni'];
/** What an entry of `sni` has of its endpoint, unless it says otherwise. */
const OF_THE_ENDPOINT = [...OFFERS, 'ca', 'ciphers', 'extendedMasterSecret', 'peerKeys', 'rejectUnauthorized', 'requestCert',
  'separateRecords', 'verify'];
/** The entry of `sni` for clients that ask for another name, or for none. */
const ANY_NAME = '*';

/** An opaque bundle of credentials, made by `createSecureContext`, for any number of `connect` or `listen` calls. */
export class DTLSSecureContext {
  /** Whether it is for `listen`. */
  readonly isServer: boolean;
  readonly #suites: number[];
  readonly #requireExtendedMasterSecret: boolean;
  readonly #separateRecords: boolean;
  readonly #hidesIdentities: boolean;
  readonly #hint: Buffer | undefined;
  readonly #credentials: Credentials | undefined;
  readonly #psk: ServerPSK | ClientPSK | undefined;
  readonly #own: OwnCredentials | undefined;
  readonly #trust: Trust | undefined;
  readonly #offers: ReturnType<typeof offers>;
  /** The default first, then those of `sni`: each one's place is the id of its context in the engine. */
  readonly #served: [name: string, context: DTLSSecureContext][];

  /** @internal From options whose names are checked. */
  constructor(options: Record<string, unknown>, isServer: boolean) {
    this.isServer = isServer;
    const { ciphers, extendedMasterSecret, hidePskIdentity, psk, pskIdentityHint, separateRecords, sni } = options;
    for (const name of isServer ? [] : SERVER_ONLY) {
      if (options[name] !== undefined) throw invalidValue(`options.${name}`, 'is only meaningful for a server');
    }
    this.#offers = offers(options, isServer);
    this.#own = ownCredentials(options);
    this.#trust = isServer ? clientTrust(options) : serverTrust(options);
    const kinds = { psk: psk !== undefined, certificates: (isServer ? this.#own : this.#trust) !== undefined };
    if (!kinds.psk && !kinds.certificates) {
      throw missing('options.psk', ...(isServer ? ['options.cert', 'options.rawPublicKey'] : ['options.ca', 'options.peerKeys']));
    }
    this.#suites = suites(ciphers, kinds);
    this.#requireExtendedMasterSecret = requires(extendedMasterSecret);
    this.#separateRecords = separateRecords !== undefined && boolean('options.separateRecords', separateRecords);
    this.#hidesIdentities = hidePskIdentity !== undefined && boolean('options.hidePskIdentity', hidePskIdentity);
    if (pskIdentityHint !== undefined) {
      this.#hint = identityBytes('options.pskIdentityHint', string('options.pskIdentityHint', pskIdentityHint));
    }
    if (psk !== undefined) {
      if (!isServer && typeof psk !== 'function') this.#credentials = credentials('options.psk', psk);
      this.#psk = isServer ? serverPSK('options.psk', psk) : psk as ClientPSK;
    }
    const served = servedNames(sni, options);
    this.#served = [served.find(([name]) => name === ANY_NAME) ?? ['', this], ...served.filter(([name]) => name !== ANY_NAME)];
  }

  /** @internal `value` as a context of this side, or Node's errors for what it is instead. */
  static check(name: string, value: unknown, isServer: boolean): DTLSSecureContext {
    if (!(value instanceof DTLSSecureContext)) throw invalidType(name, 'an instance of DTLSSecureContext', value);
    if (value.isServer === isServer) return value;
    throw invalidValue(name, isServer ? 'was created for a client; listen() needs isServer: true' :
      'was created for a server; connect() needs isServer: false');
  }

  /** @internal The user's `psk`, to answer questions with. */
  get psk(): ServerPSK | ClientPSK | undefined { return this.#psk; }
  /** @internal A client's fixed identity, if it has one. */
  get identity(): Buffer | undefined { return this.#credentials?.identity; }
  /** @internal Whether what comes back to the same client can be sealed with a secret of its own. */
  get sealsItself(): boolean { return !this.isServer && (this.#credentials ?? this.#own?.privateKey) !== undefined; }
  /** @internal Who is trusted, if peers show what they are. */
  get trust(): Trust | undefined { return this.#trust; }
  /** @internal The user's `sign`. */
  get sign(): Sign | undefined { return this.#own?.sign; }
  /** @internal A server's own for the engine's context of this number, and the name it serves. */
  serving(id: number): DTLSSecureContext { return this.#served[id]![1]; }
  /** @internal The application protocol at this place of the list, from 1. */
  protocolAt(place: number): string | undefined { return protocolAt(this.#offers.protocols, place); }
  nameServed(id: number): string | undefined {
    const name = this.#served[id]![0];
    return name === '' || name === ANY_NAME ? undefined : name;
  }

  /** @internal A server's, in the order of their numbers. Its names are all there are, but for one that serves any (node:dtls). */
  contexts(timing: Timing): Context[] {
    return this.#served.map(([name, secure]) => {
      const context = secure.context(timing, name === ANY_NAME ? '' : name);
      context.flags! |= ContextFlag.TICKETS | ContextFlag.SESSIONS | (name === '' ? 0 : ContextFlag.SERVES_NAME);
      return context;
    });
  }

  get #flags(): number {
    return (this.#own?.sign === undefined ? 0 : ContextFlag.ASK_TO_SIGN) | (this.#trust?.flags ?? 0) |
      (this.#hidesIdentities ? ContextFlag.HIDE_IDENTITY : 0);
  }

  /** @internal A client's: with a session to resume, which may be empty, it also asks for a ticket. */
  clientContext(timing: Timing, { said, expected }: ServerName, session: Uint8Array | undefined): Context {
    const context = this.context(timing, said, said === expected ? '' : expected);
    context.flags! |= ContextFlag.SESSIONS | (session === undefined ? 0 : ContextFlag.TICKETS);
    const length = [context.name, context.protocols, context.cidPrefix, session].reduce((sum, part) => sum + (part?.length ?? 0), 0);
    if (session !== undefined && length <= Bound.SAID) context.session = session;
    return context;
  }

  /** @internal As the core wants it. `name`: what a client says to its server; what a server's context serves. `unsaid`: see Trust. */
  context({ mtu, handshakeMs, initialMs, maxMs, cids }: Timing, name = '', unsaid = ''): Context {
    const context: Context = { ...this.#offers, suites: this.#suites, mtu: Math.min(mtu, DATAGRAM_MAX), handshakeMs, initialMs, maxMs,
      requireExtendedMasterSecret: this.#requireExtendedMasterSecret, separateRecords: this.#separateRecords,
      name: Buffer.from(name), ...cids, flags: this.#flags | (cids?.flags ?? 0) };
    const identity = this.isServer ? this.#hint : this.#credentials?.identity;
    if (identity !== undefined) context.identity = identity;
    if (this.#credentials !== undefined) context.key = this.#credentials.key;
    if (this.#trust !== undefined) context.anchors = this.#trust.anchors(unsaid);
    const { privateKey, publicKey, certificates } = this.#own ?? {};
    if (privateKey !== undefined) context.privateKey = privateKey;
    if (publicKey !== undefined) context.publicKey = publicKey;
    if (certificates !== undefined) context.certificates = certificates;
    return context;
  }
}

/** How a client judges servers, undefined if it has but pre-shared keys. */
function serverTrust(options: Record<string, unknown>): Trust | undefined {
  const isMeant = CLIENT_TRUST.some((name) => options[name] !== undefined);
  if (!isMeant && (options['psk'] !== undefined || options['servername'] === undefined)) return undefined;
  return new Trust(options, false);
}

/** How a server judges clients, undefined if it asks them for nothing. */
function clientTrust(options: Record<string, unknown>): Trust | undefined {
  const { requestCert, rejectUnauthorized } = options;
  if (requestCert !== undefined && boolean('options.requestCert', requestCert)) return new Trust(options, true);
  if (rejectUnauthorized !== undefined) boolean('options.rejectUnauthorized', rejectUnauthorized);
  for (const name of SERVER_TRUST) {
    if (options[name] !== undefined) throw invalidValue(`options.${name}`, 'is only meaningful with requestCert: true');
  }
  return undefined;
}

/** The entries of a map of names to contexts, or to the options of one. Throws, naming the entry or the option. */
function servedNames(sni: unknown, endpoint: Record<string, unknown>): [string, DTLSSecureContext][] {
  if (sni === undefined) return [];
  if (typeof sni === 'function') throw unsupported('sni', 'must be a map of names: the engine has them all before a client asks');
  const shared = Object.fromEntries(OF_THE_ENDPOINT.map((name) => [name, endpoint[name]]));
  const served = new Map<string, DTLSSecureContext>();
  for (const [given, entry] of Object.entries(object('options.sni', sni))) {
    const where = `options.sni['${given}']`, name = given === ANY_NAME ? given : hostName(where, given);
    if (served.has(name)) throw invalidValue(where, 'stands there twice');
    served.set(name, entry instanceof DTLSSecureContext ? DTLSSecureContext.check(where, entry, true) :
      new DTLSSecureContext({ ...shared, ...object(where, entry) }, true));
  }
  return [...served];
}

function suites(ciphers: unknown, kinds: Kinds): number[] {
  if (ciphers === undefined) return defaultSuites(kinds);
  return chosenSuites('options.ciphers', string('options.ciphers', ciphers), kinds);
}

function requires(extendedMasterSecret: unknown): boolean {
  if (extendedMasterSecret === undefined || extendedMasterSecret === 'offer') return false;
  if (string('options.extendedMasterSecret', extendedMasterSecret) === 'require') return true;
  throw invalidValue('options.extendedMasterSecret', "must be 'offer' or 'require'", extendedMasterSecret);
}
