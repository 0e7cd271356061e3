// Options of connect, listen and createSecureContext: every one is honoured or refused by its name.
import type { Limits } from './admission.js';
import { connectionIds } from './connection-ids.js';
import type { ConnectionIds } from './connection-ids.js';
import { invalidValue, missing, outOfRange, unsupported } from './errors.js';
import type { Capture, ContextOptions, ConnectOptions, ListenOptions } from './option-types.js';
import { OFFERS } from './offers.js';
import { splitStates } from './saved-state.js';
import type { StoreState } from './state-keeper.js';
import { DTLSSecureContext } from './secure-context.js';
import { ticketSecrets } from './tickets.js';
import { boolean, bytes, callable, integer, object, string } from './validate.js';

/** Credentials and suites belong to the context; these may not stand beside a `secureContext`. */
const CONTEXT_OPTIONS = [...OFFERS, 'ca', 'cert', 'ciphers', 'extendedMasterSecret', 'hidePskIdentity', 'key', 'passphrase', 'peerKeys',
  'psk', 'pskIdentityHint', 'rawPublicKey', 'rejectUnauthorized', 'requestCert', 'separateRecords', 'sign', 'sni', 'verify'];
const COMMON_OPTIONS = [...CONTEXT_OPTIONS, 'capture', 'cid', 'followNewest', 'handshakeTimeout', 'idleTimeout', 'keylog', 'mtu',
  'pathValidation', 'profile', 'retransmit', 'reusePort', 'secureContext', 'state', 'stateKey', 'storeState',
  'udpReceiveBufferSize', 'udpSendBufferSize', 'udpTTL', 'versions'];
const SERVED_OPTIONS = new Set(CONTEXT_OPTIONS.filter((name) => name !== 'sni'));
const OPTIONS = {
  connect: new Set([...COMMON_OPTIONS, 'bindHost', 'bindPort', 'servername', 'session']),
  listen: new Set([...COMMON_OPTIONS, 'host', 'ipv6Only', 'maxHandshakes', 'maxSessions', 'maxSessionsPerHost', 'port', 'ticketKeys']),
  createSecureContext: new Set([...CONTEXT_OPTIONS, 'isServer', 'versions']),
};

/** Options of node:dtls, or promised for later, that nothing stands behind yet. */
const NOT_YET = new Set(['ecdhCurve', 'keepAlive', 'sessionIdContext', 'srtp']);

const MTU_DEFAULT = 1200;
/** node:dtls's bounds; 256 also is the smallest MTU the engine is tested with. */
const MTU_MIN = 256;
const MTU_MAX = 65535;
const MS_MAX = 0x7fffffff;
const HANDSHAKE_MS = 60_000;
/** RFC 6347 §4.2.4.1 */
const INITIAL_MS = 1000;
const MAX_MS = 60_000;
/** RFC 7925 §11: 9 s, which doubles to 63 s by the third repeat, and time for them (requirements C-15). */
const IOT_HANDSHAKE_MS = 300_000;
const IOT_INITIAL_MS = 9000;

/** What a connection needs to know beside its secure context. */
export interface Timing {
  mtu: number;
  handshakeMs: number;
  initialMs: number;
  maxMs: number;
  cids?: ConnectionIds | undefined;
}

/** What went before, what seals it, and where the next state goes. */
export interface SavedSettings {
  state: Buffer | undefined;
  seals: Buffer[] | undefined;
  store: StoreState | undefined;
}

/** Options of both sides, checked, with their defaults. */
export interface Settings {
  secure: DTLSSecureContext;
  timing: Timing;
  idleMs: number;
  /** Use the trace build, and give every line to this function if there is one. */
  keylog: boolean | ((line: string) => void);
  capture: Capture | undefined;
  saved: SavedSettings;
  reusePort: boolean;
  udpReceiveBufferSize: number | undefined;
  udpSendBufferSize: number | undefined;
  udpTTL: number | undefined;
}

export interface ListenSettings extends Settings, Limits {
  host: string;
  port: number;
  ipv6Only: boolean;
  /** Undefined: random ones. */
  ticketKeys: Uint8Array[] | undefined;
}

export interface ConnectSettings extends Settings {
  servername: string | undefined;
  /** What to resume; empty to begin a session that can be, with a ticket if the server has one. */
  session: Uint8Array | undefined;
  bindHost: string | undefined;
  bindPort: number;
}

export function listenSettings(options: ListenOptions): ListenSettings {
  const checked = known('listen', options);
  if (checked['port'] === undefined) throw missing('options.port');
  return {
    ...settings(checked, true),
    ...limits(checked),
    host: optional(checked, 'host', string, '0.0.0.0'),
    port: integer('options.port', checked['port'], 0, 65535),
    ipv6Only: optional(checked, 'ipv6Only', boolean, false),
    ticketKeys: optional(checked, 'ticketKeys', ticketSecrets, undefined),
  };
}

export function connectSettings(options: ConnectOptions): ConnectSettings {
  const checked = known('connect', options);
  return {
    ...settings(checked, false),
    servername: optional(checked, 'servername', string, undefined),
    session: optional(checked, 'session', earlierSession, undefined),
    bindHost: optional(checked, 'bindHost', string, undefined),
    bindPort: optional(checked, 'bindPort', (name, value) => integer(name, value, 0, 65535), 0),
  };
}

/** A client's `session`; empty for true. */
export const earlierSession = (name: string, value: unknown): Uint8Array => (value === true ? new Uint8Array(0) : bytes(name, value));

/** Bounds on a server's sessions, as in node:dtls, and on its handshakes: 0 is no bound. */
export function limits(options: Record<string, unknown>): Limits {
  const count = (name: string, value: unknown) => integer(name, value, 0, 0xffffffff);
  return {
    maxSessions: optional(options, 'maxSessions', count, 10_000) || Infinity,
    maxSessionsPerHost: optional(options, 'maxSessionsPerHost', count, 1000) || Infinity,
    maxHandshakes: optional(options, 'maxHandshakes', count, 1000) || Infinity,
  };
}

/** See `createSecureContext`. */
export function secureContext(options: ContextOptions): DTLSSecureContext {
  const checked = known('createSecureContext', options);
  const isServer = optional(checked, 'isServer', boolean, false);
  checkVersions(checked);
  return new DTLSSecureContext(checked, isServer);
}

function settings(options: Record<string, unknown>, isServer: boolean): Settings {
  const secure = resolveSecureContext(options, isServer), shared = sharedSettings(options);
  return {
    ...shared,
    timing: { ...shared.timing, cids: connectionIds(options, isServer) },
    secure,
    saved: savedSettings(options, isServer, secure.sealsItself),
    reusePort: reusePort(options),
    udpReceiveBufferSize: optional(options, 'udpReceiveBufferSize', size, undefined),
    udpSendBufferSize: optional(options, 'udpSendBufferSize', size, undefined),
    udpTTL: optional(options, 'udpTTL', (name, value) => integer(name, value, 1, 255), undefined),
  };
}

/** What does not depend on the socket or the side. */
export function sharedSettings(options: Record<string, unknown>): Pick<Settings, 'timing' | 'idleMs' | 'keylog' | 'capture'> {
  checkVersions(options);
  return {
    timing: timing(options),
    idleMs: optional(options, 'idleTimeout', milliseconds, 0),
    keylog: keylog(options['keylog']),
    capture: options['capture'] === undefined ? undefined : callable<Capture>('options.capture', options['capture']),
  };
}

/** `isFile`: of several connections. `sealsItself`: credentials that wait for no question can seal what only they have a use for. */
export function savedSettings(options: Record<string, unknown>, isFile: boolean, sealsItself: boolean): SavedSettings {
  const key = optional(options, 'stateKey', (name, value) => bytes(name, value, true), undefined);
  if (key !== undefined && (key.length < 16 || key.length > 64)) {
    throw outOfRange('options.stateKey.byteLength', '>= 16 && <= 64', key.length);
  }
  const store = options['storeState'] === undefined ? undefined : callable<StoreState>('options.storeState', options['storeState']);
  const state = optional(options, 'state', bytes, undefined);
  if (state !== undefined && isFile) splitStates('options.state', state); // what is no such file is said before a port is bound
  if (key === undefined && !sealsItself && (state ?? store) !== undefined) {
    throw missing('options.stateKey'); // the credentials come only when they are asked for
  }
  return { state, store, seals: key === undefined ? undefined : [Buffer.from(key)] };
}

function timing(options: Record<string, unknown>): Timing {
  const iot = isIot(options['profile']);
  const handshakeMs = optional(options, 'handshakeTimeout', milliseconds, iot ? IOT_HANDSHAKE_MS : HANDSHAKE_MS);
  const retransmit = options['retransmit'] === undefined ? {} : object('options.retransmit', options['retransmit']);
  for (const name of Object.keys(retransmit)) {
    if (name !== 'initialMs' && name !== 'maxMs') throw unsupported(`retransmit.${name}`, 'is not known');
  }
  const delay = (name: string, value: unknown, fallback: number) =>
    value === undefined ? fallback : integer(`options.retransmit.${name}`, value, 1, MS_MAX);
  const initialMs = delay('initialMs', retransmit['initialMs'], iot ? IOT_INITIAL_MS : INITIAL_MS);
  const maxMs = delay('maxMs', retransmit['maxMs'], Math.max(MAX_MS, initialMs));
  if (maxMs < initialMs) throw outOfRange('options.retransmit.maxMs', `>= initialMs (${initialMs})`, maxMs);
  return {
    mtu: optional(options, 'mtu', (name, value) => integer(name, value, MTU_MIN, MTU_MAX), MTU_DEFAULT),
    handshakeMs: handshakeMs === 0 ? MS_MAX : handshakeMs, // node:dtls: 0 disables it
    initialMs,
    maxMs,
  };
}

function isIot(profile: unknown): boolean {
  if (profile === undefined) return false;
  if (profile === 'webrtc') throw unsupported('profile', "'webrtc' is not supported yet");
  if (string('options.profile', profile) !== 'iot') throw invalidValue('options.profile', "must be 'iot'", profile);
  return true;
}

/** DTLS 1.2 is what there is. */
function checkVersions(options: Record<string, unknown>): void {
  const versions = options['versions'];
  if (versions === undefined) return;
  if (!Array.isArray(versions) || versions.length === 0) {
    throw invalidValue('options.versions', 'must be a list of versions', versions);
  }
  for (const version of versions) {
    if (version === '1.3') throw unsupported('versions', "cannot hold '1.3' yet");
    if (version !== '1.2') throw invalidValue('options.versions', "may hold '1.2'", version);
  }
}

function keylog(value: unknown): boolean | ((line: string) => void) {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  return callable<(line: string) => void>('options.keylog', value);
}

/** The `reusePort` of node:dgram, where there is one: elsewhere dgram would ignore it. */
function reusePort(options: Record<string, unknown>): boolean {
  const wanted = optional(options, 'reusePort', boolean, false);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (wanted && !(major >= 24 || major === 23 && minor >= 1 || major === 22 && minor >= 12)) {
    throw unsupported('reusePort', 'needs Node.js 22.12 or 23.1');
  }
  return wanted;
}

function resolveSecureContext(options: Record<string, unknown>, isServer: boolean): DTLSSecureContext {
  const given = options['secureContext'];
  if (given === undefined) return new DTLSSecureContext(options, isServer);
  const context = DTLSSecureContext.check('options.secureContext', given, isServer);
  for (const name of CONTEXT_OPTIONS) {
    if (options[name] === undefined) continue;
    throw invalidValue(`options.${name}`, 'cannot be combined with options.secureContext; set it on the context instead');
  }
  return context;
}

/** The options that were given, once it is sure that each is understood. */
function known(call: keyof typeof OPTIONS, options: unknown): Record<string, unknown> {
  return checkServed(checkNames(object('options', options), OPTIONS[call], `${call}()`));
}

/** As `known`, for the options that stand in the entries of `sni`. */
export function checkServed(options: Record<string, unknown>): Record<string, unknown> {
  const { sni } = options;
  if (sni === undefined || sni === null || typeof sni !== 'object') return options;
  for (const [name, entry] of Object.entries(sni)) {
    if (entry === null || typeof entry !== 'object' || entry instanceof DTLSSecureContext) continue;
    checkNames(entry as Record<string, unknown>, SERVED_OPTIONS, `sni['${name}']`);
  }
  return options;
}

/** Throws ERR_DTLS_UNSUPPORTED_OPTION for every name outside `names`; drops those without a value. */
export function checkNames(options: Record<string, unknown>, names: Set<string>, of: string): Record<string, unknown> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (names.has(name)) continue;
    throw unsupported(name, NOT_YET.has(name) ? 'is not supported yet' : `is not an option of ${of}`);
  }
  return Object.fromEntries(given);
}

const milliseconds = (name: string, value: unknown) => integer(name, value, 0, MS_MAX);
const size = (name: string, value: unknown) => integer(name, value, 1, 0x7fffffff);

function optional<T, D>(options: Record<string, unknown>, name: string, check: (name: string, value: unknown) => T,
  fallback: D): T | D {
  return options[name] === undefined ? fallback : check(`options.${name}`, options[name]);
}
