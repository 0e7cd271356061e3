// States as users have them. A client's session: its own port in two bytes, and the sealed state. All of a server's, or of a
// look-alike's: a line of text that says what it is, then one for each connection, its sealed state in base64 and where it belongs.
// A line that was damaged is one connection less, and never more.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import type { SocketAddress } from './address.js';
import { dtlsError, DTLSError, invalidValue } from './errors.js';
import { identityFrom, savedIdentity, type SavedIdentity } from './peer-identity.js';
import { routeOf } from './shard.js';
import type { KnownPeer } from './trust.js';

const TITLE = 'thimble state 1';
/** Bytes of a port. */
const PORT = 2;

/** A connection's state, and what must be known before it can be opened. */
export interface State {
  bytes: Uint8Array;
  /** A server's: the engine that its connection IDs name; undefined if none. */
  shard?: number | undefined;
  /** A client's: our own, which the server may know us by. */
  port?: number | undefined;
}

/** What a session needs to be itself again, beside its connection; sealed with it. */
interface Memo {
  /** The peer, where the host cannot know it otherwise. */
  at?: SocketAddress | undefined;
  /** The client's PSK identity. */
  identity?: string | undefined;
  /** The server's name, where it was asked for. */
  name?: string | undefined;
  shown?: SavedIdentity | undefined;
}

/** Whoever has a connection, a session say. */
export interface Owner {
  identity: string | undefined;
  name: string | undefined;
  shown: KnownPeer | undefined;
  localPort: number;
  /** Others have the same socket. */
  isShared: boolean;
}

export function joinStates(states: readonly State[]): Buffer {
  const lines = states.map(({ bytes, shard, port }) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    if (port !== undefined) return `${text} :${port}`;
    return shard === undefined ? text : `${text} ${shard}`;
  });
  return Buffer.from([TITLE, ...lines, ''].join('\n'));
}

/** The states in a file. Throws ERR_INVALID_ARG_VALUE for what is no such file, or of another version. */
export function splitStates(name: string, file: Uint8Array): State[] {
  const [title, ...lines] = Buffer.from(file.buffer, file.byteOffset, file.length).toString('latin1').split('\n');
  if (title !== TITLE) {
    throw invalidValue(name, `must be what saveState() returned: its first line is '${TITLE}'`);
  }
  return lines.filter((line) => line !== '').map((line) => {
    const [, text, colon, number] = /^(\S*)(?: (:?)(\d+))?/.exec(line)!, bytes = Buffer.from(text!, 'base64');
    if (number === undefined) return { bytes };
    return colon === ':' ? { bytes, port: Number(number) & 0xffff } : { bytes, shard: Number(number) & 0xff };
  });
}

/** A client's one state; empty for none. */
export function joinClientState([state]: readonly State[]): Buffer {
  if (state === undefined) return Buffer.alloc(0);
  return Buffer.concat([portBytes(state.port!), state.bytes]);
}

export function splitClientState(state: Buffer): State & { port: number } {
  return { port: state.length < PORT ? 0 : state.readUInt16BE(0), bytes: state.subarray(PORT) };
}

const portBytes = (port: number): Buffer => Buffer.from([port >> 8, port]);

/** The state of a connection that ends here. */
export function exportedState(connection: Connection, owner: Owner): State {
  return stateOf(connection, owner, () => connection.exportState(memoOf(connection, owner)));
}

/** Of one that goes on: the caller stores it. */
export function savedState(connection: Connection, owner: Owner): State {
  return stateOf(connection, owner, () => connection.saveState(memoOf(connection, owner)));
}

/** As `savedState`; null if it cannot be saved now. Throws a DTLSError. */
export function settledState(connection: Connection, owner: Owner): State | null {
  if (connection.state !== 'connected') return null;
  try {
    return savedState(connection, owner);
  } catch (error) {
    if ((error as Reason).code === 'ERR_DTLS_UNSETTLED') return null;
    throw new DTLSError(error as Reason);
  }
}

function stateOf({ ownCid, peer, role }: Connection, { localPort }: Owner, save: () => Uint8Array): State {
  const { shard } = routeOf(peer), bytes = shard.sealingStates(save);
  if (role === 'client') return { bytes, port: localPort };
  return ownCid.length === 0 ? { bytes } : { bytes, shard: shard.size.number };
}

/** A client with a socket of its own knows whom it connects to, and need not say more than its port where it has seen no certificate. */
function memoOf({ role, peer }: Connection, { identity, name, shown, localPort, isShared }: Owner): Uint8Array {
  const { address, family, port } = routeOf(peer), isServer = role === 'server';
  const memo: Memo = { shown: shown && savedIdentity(shown) };
  if (isServer || isShared) memo.at = { address, family, port };
  if (isServer) memo.identity = identity;
  if (isServer || isShared || shown !== undefined) memo.name = name;
  const text = Object.values(memo).every((value) => value === undefined) ? '' : JSON.stringify(memo);
  return Buffer.concat([portBytes(isServer ? 0 : localPort), Buffer.from(text)]);
}

/** The memo in a state that was opened, so it is our own; ERR_DTLS_BAD_STATE if another version wrote it otherwise. */
export function readMemo(bytes: Uint8Array): Memo & { port: number; peer: KnownPeer | undefined } {
  const text = Buffer.from(bytes.subarray(PORT)).toString();
  try {
    const memo = text === '' ? {} : JSON.parse(text) as Memo;
    return { ...memo, port: bytes[0]! << 8 | bytes[1]!, peer: memo.shown && identityFrom(memo.shown) };
  } catch {
    throw dtlsError('ERR_DTLS_BAD_STATE', 'The state does not say whose it is', 'It was made by another version.');
  }
}
