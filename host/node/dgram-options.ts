// What the look-alike of node:dgram is given: its own options, and the arguments of `send`.
import type { Socket, SocketOptions } from 'node:dgram';
import type { Limits } from './admission.js';
import { invalidType, invalidValue, missing, outOfRange } from './errors.js';
import { connectionIds } from './connection-ids.js';
import { checkNames, checkServed, earlierSession, limits, savedSettings, sharedSettings } from './options.js';
import type { Settings, Timing } from './options.js';
import type { CommonOptions, ConnectOptions, ListenOptions } from './option-types.js';
import { isClientIdentity } from './psk.js';
import { DTLSSecureContext } from './secure-context.js';
import { ticketSecrets } from './tickets.js';
import { object, string } from './validate.js';

type Shown = 'ca' | 'cert' | 'key' | 'passphrase' | 'peerKeys' | 'rawPublicKey' | 'rejectUnauthorized' | 'sign' | 'verify';
type Part = 'alpn' | 'recordSizeLimit' | 'ciphers' | 'extendedMasterSecret' | 'psk' | 'secureContext' | 'separateRecords' | Shown;
type ClientPart = Pick<ConnectOptions, Part | 'maxFragmentLength' | 'servername' | 'session'>;
type ServerPart = Pick<ListenOptions, Part | 'hidePskIdentity' | 'pskIdentityHint' | 'requestCert' | 'sni'>;

/**
 * Of listen and connect. A `psk` of the form { identity, key } makes the socket a client, a map of keys a server;
 * `connect` and `listen` hold what is for one of them alone, so that one socket can be both.
 */
export type SocketDTLSOptions =
  Pick<CommonOptions, 'capture' | 'cid' | 'followNewest' | 'handshakeTimeout' | 'idleTimeout' | 'keylog' | 'mtu' | 'pathValidation' |
    'profile' | 'retransmit' | 'state' | 'stateKey' | 'storeState'> &
  Pick<ListenOptions, 'alpn' | 'recordSizeLimit' | 'maxHandshakes' | 'maxSessions' | 'maxSessionsPerHost' | 'versions' | 'ciphers' | 'extendedMasterSecret' |
    'pskIdentityHint' | 'separateRecords' | 'ticketKeys'> & {
    psk?: Exclude<ConnectOptions['psk'] | ListenOptions['psk'], (...args: never[]) => unknown>;
    connect?: ClientPart;
    listen?: ServerPart;
  };

export interface DTLSSocketOptions extends SocketOptions {
  reusePort?: boolean;
  dtls: SocketDTLSOptions;
}

export interface SocketSettings extends Pick<Settings, 'idleMs' | 'keylog' | 'capture' | 'saved'>, Limits {
  client: DTLSSecureContext | undefined;
  clientTiming: Timing;
  servername: string | undefined;
  /** What to resume; empty to begin a session that can be. */
  session: Uint8Array | undefined;
  server: DTLSSecureContext | undefined;
  serverTiming: Timing;
  ticketKeys: Uint8Array[] | undefined;
  /** For node:dgram. */
  socket: SocketOptions;
}

const DGRAM_OPTIONS = new Set(['dtls', 'ipv6Only', 'lookup', 'receiveBlockList', 'recvBufferSize', 'reuseAddr',
  'reusePort', 'sendBlockList', 'sendBufferSize', 'signal', 'type']);
const SUITES = ['alpn', 'ciphers', 'extendedMasterSecret', 'recordSizeLimit', 'separateRecords'];
const DTLS_OPTIONS = new Set([...SUITES, 'capture', 'cid', 'connect', 'followNewest', 'handshakeTimeout', 'idleTimeout', 'keylog',
  'listen', 'maxHandshakes', 'maxSessions', 'maxSessionsPerHost', 'mtu', 'pathValidation', 'profile', 'psk', 'pskIdentityHint',
  'retransmit', 'state', 'stateKey', 'storeState', 'ticketKeys', 'versions']);
const SHOWN = ['ca', 'cert', 'key', 'passphrase', 'peerKeys', 'rawPublicKey', 'rejectUnauthorized', 'sign', 'verify'];
const CLIENT_OPTIONS = new Set([...SUITES, ...SHOWN, 'maxFragmentLength', 'psk', 'secureContext', 'servername', 'session']);
const SERVER_OPTIONS = new Set([...SUITES, ...SHOWN, 'hidePskIdentity', 'psk', 'pskIdentityHint', 'requestCert', 'secureContext', 'sni']);
/** Shared options that say nothing to a client. */
const SERVER_ONLY = ['maxHandshakes', 'maxSessions', 'maxSessionsPerHost', 'pskIdentityHint', 'ticketKeys'];
/** Beside a `secureContext`. */
const OF_NO_CONTEXT = ['secureContext', 'servername', 'session'];

/** Checks the options of `createSocket`; throws as `connect` and `listen` do. */
export function socketSettings(options: DTLSSocketOptions): SocketSettings {
  const { dtls, ...socket } = checkNames(object('options', options), DGRAM_OPTIONS, 'createSocket()');
  if (dtls === undefined) throw missing('options.dtls');
  const checked = checkNames(object('options.dtls', dtls), DTLS_OPTIONS, 'createSocket()');
  const { client, server } = contexts(checked);
  if (client === undefined && server === undefined) throw missing('options.dtls.psk');
  for (const name of server === undefined ? SERVER_ONLY : []) {
    if (checked[name] !== undefined) throw invalidValue(`options.dtls.${name}`, 'is only meaningful with keys to listen with');
  }
  const { servername, session } = (checked['connect'] ?? {}) as ClientPart, { timing, ...shared } = sharedSettings(checked);
  const ofSide = (isServer: boolean): Timing => ({ ...timing, cids: connectionIds(checked, isServer) });
  return { ...shared, ...limits(checked), client, server, clientTiming: ofSide(false), serverTiming: ofSide(true),
    servername: servername === undefined ? undefined : string('options.dtls.connect.servername', servername),
    session: session === undefined ? undefined : earlierSession('options.dtls.connect.session', session),
    ticketKeys: checked['ticketKeys'] === undefined ? undefined : ticketSecrets('options.dtls.ticketKeys', checked['ticketKeys']),
    saved: savedSettings(checked, true, server === undefined && client!.sealsItself), socket: socket as unknown as SocketOptions };
}

function contexts(options: Record<string, unknown>): Pick<SocketSettings, 'client' | 'server'> {
  const { psk } = options;
  if (typeof psk === 'function') {
    throw invalidValue('options.dtls.psk', 'is a function: say whose, as dtls.connect.psk or dtls.listen.psk');
  }
  const isClient = isClientIdentity(psk);
  return {
    client: context(options, 'connect', CLIENT_OPTIONS, isClient),
    server: context(options, 'listen', SERVER_OPTIONS, psk !== undefined && !isClient),
  };
}

/** The credentials for one side, undefined if there are none. */
function context(options: Record<string, unknown>, side: 'connect' | 'listen', names: Set<string>, hasKeys: boolean):
  DTLSSecureContext | undefined {
  const own = options[side] === undefined ? undefined :
    checkServed(checkNames(object(`options.dtls.${side}`, options[side]), names, `dtls.${side}`));
  if (own === undefined && !hasKeys) return undefined;
  const shared = Object.fromEntries(Object.entries(options).filter(([name]) =>
    names.has(name) && (name !== 'psk' || hasKeys)));
  if (own?.['secureContext'] !== undefined) {
    for (const name of Object.keys(own)) {
      if (OF_NO_CONTEXT.includes(name)) continue;
      throw invalidValue(`options.dtls.${side}.${name}`, 'cannot be combined with secureContext; set it on the context instead');
    }
    for (const name of Object.keys(shared)) {
      throw invalidValue(`options.dtls.${name}`, `cannot be combined with ${side}.secureContext; set it on the context instead`);
    }
    return DTLSSecureContext.check(`options.dtls.${side}.secureContext`, own['secureContext'], side === 'listen');
  }
  const merged: Record<string, unknown> = { ...shared, ...own };
  if (Object.keys(own ?? {}).length === 0 && !hasKeys) throw missing(`options.dtls.${side}.psk`);
  return new DTLSSecureContext(merged, side === 'listen');
}

export type SendCallback = (error: Error | null, bytes: number) => void;

export interface SendCall {
  message: Buffer;
  /** Undefined on a connected socket. */
  port: number | undefined;
  address: string | undefined;
  callback: SendCallback | undefined;
}

type Message = Parameters<Socket['send']>[0] | readonly unknown[];

/** The forms of dgram's send: (message[, offset, length][, port][, address][, callback]). */
export function parseSend(args: readonly unknown[], isConnected: boolean): SendCall {
  const rest = args.slice(1), last = rest.findIndex((argument) => typeof argument === 'function');
  const callback = last < 0 ? undefined : rest[last] as SendCallback;
  const values = last < 0 ? rest : rest.slice(0, last);
  let message = toBuffer(args[0] as Message);
  const isSliced = isConnected ? typeof values[1] === 'number' :
    typeof values[1] === 'number' && typeof values[2] === 'number';
  if (isSliced) message = slice(message, values[0], values[1] as number);
  const [port, address] = isSliced ? values.slice(2) : values;
  if (isConnected) return { message, port: undefined, address: undefined, callback };
  return { message, port: portNumber(port), callback,
    address: address === undefined || address === null ? undefined : string('address', address) };
}

function toBuffer(message: Message): Buffer {
  if (typeof message === 'string') return Buffer.from(message);
  if (ArrayBuffer.isView(message)) return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (Array.isArray(message)) return Buffer.concat(message.map(toBuffer));
  throw invalidType('msg', 'of type string or an instance of Buffer, TypedArray, DataView, or Array', message);
}

function slice(message: Buffer, offset: unknown, length: number): Buffer {
  const start = Number(offset);
  if (!(start >= 0 && start <= message.length)) throw outOfRange('offset', `>= 0 && <= ${message.length}`, offset);
  if (!(length >= 0 && start + length <= message.length)) {
    throw outOfRange('length', `>= 0 && <= ${message.length - start}`, length);
  }
  return message.subarray(start, start + length);
}

function portNumber(port: unknown): number {
  const number = typeof port === 'string' && port.trim() !== '' ? Number(port) : port;
  if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65536) return number;
  throw Object.assign(outOfRange('Port', '> 0 && < 65536', port), { code: 'ERR_SOCKET_BAD_PORT' });
}
