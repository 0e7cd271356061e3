// States as users have them. The file that a server's `saveState` makes and `listen({ state })` reads: a line of text that says what it is, then one line for each
// connection, its sealed state in base64. A line that was damaged is one connection less, and never more.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { dtlsError, DTLSError, invalidValue } from './errors.js';
import { identityFrom, savedIdentity, type SavedIdentity } from './peer-identity.js';
import { routeOf } from './shard.js';
import type { PeerIdentity } from './trust.js';

const TITLE = 'thimble state 1';
/** Bytes of a port. */
const PORT = 2;

/** What a session needs to be itself again, beside its connection; sealed with it. */
export interface Memo {
  /** A server's session: the client's. A client's: our own, which the server may know us by. */
  port: number;
  address?: string | undefined;
  family?: 'IPv4' | 'IPv6' | undefined;
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
  shown: PeerIdentity | undefined;
  localPort: number;
}

/** A connection's state, and which engine of the server its connection IDs name; undefined if none. */
export interface State {
  bytes: Uint8Array;
  shard: number | undefined;
}

export function joinStates(states: readonly State[]): Buffer {
  const lines = states.map(({ bytes, shard }) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
    return shard === undefined ? text : `${text} ${shard}`;
  });
  return Buffer.from([TITLE, ...lines, ''].join('\n'));
}

/** The states in a file, none for an empty one. Throws ERR_INVALID_ARG_VALUE for what is no such file, or of another version. */
export function splitStates(name: string, file: Uint8Array): State[] {
  const [title, ...lines] = Buffer.from(file.buffer, file.byteOffset, file.length).toString('latin1').split('\n');
  if (title !== TITLE) {
    throw invalidValue(name, `must be what saveState() returned: its first line is '${TITLE}'`);
  }
  return lines.filter((line) => line !== '').map((line) => {
    const [text, shard] = line.split(' ');
    return { bytes: Buffer.from(text!, 'base64'), shard: /^\d{1,3}$/.test(shard ?? '') ? Number(shard) & 255 : undefined };
  });
}

/** The state of a connection that ends here: a client's as it is, a server's as a file. */
export function exportedState(connection: Connection, memo: Uint8Array): Buffer {
  return wrapped(connection, memo, sealed(connection, () => connection.exportState(memo)));
}

/** As `exportedState`, of one that goes on: the caller stores it at once. */
export function savedState(connection: Connection, memo: Uint8Array): Buffer {
  const state = sealed(connection, () => connection.saveState(memo));
  connection.stored();
  return wrapped(connection, memo, state);
}

/** The state alone, of one that goes on; null if it cannot be saved now. Throws a DTLSError. */
export function settledState(connection: Connection, memo: Uint8Array): State | null {
  if (connection.state !== 'connected') return null;
  try {
    return stateOf(connection, memo, sealed(connection, () => connection.saveState(memo)));
  } catch (error) {
    if ((error as Reason).code === 'ERR_DTLS_UNSETTLED') return null;
    throw new DTLSError(error as Reason);
  }
}

const sealed = ({ peer }: Connection, save: () => Uint8Array): Uint8Array => routeOf(peer).shard.sealingStates(save);

function wrapped(connection: Connection, memo: Uint8Array, sealed: Uint8Array): Buffer {
  const state = stateOf(connection, memo, sealed);
  return connection.role === 'server' ? joinStates([state]) : Buffer.from(state.bytes);
}

/** A client's has its own port in front, for the socket that comes before the state can be opened. */
function stateOf({ ownCid, peer, role }: Connection, memo: Uint8Array, sealed: Uint8Array): State {
  if (role === 'client') return { bytes: Buffer.concat([memo.subarray(0, PORT), sealed]), shard: undefined };
  return { bytes: sealed, shard: ownCid.length === 0 ? undefined : routeOf(peer).shard.size.number };
}

/** A client's state in its two parts. */
export function splitClientState(state: Buffer): { port: number; bytes: Buffer } {
  return { port: state.length < PORT ? 0 : state.readUInt16BE(0), bytes: state.subarray(PORT) };
}

/** A client knows by itself whom it connects to, and need not say more than its port where it has seen no certificate and no key. */
export function memoOf({ role, peer }: Connection, { identity, name, shown, localPort }: Owner): Uint8Array {
  const { address, family, port } = routeOf(peer), saved = shown && savedIdentity(shown);
  if (role === 'server') return writeMemo({ port, address, family, identity, name, shown: saved });
  return writeMemo(saved === undefined ? { port: localPort } : { port: localPort, name, shown: saved });
}

/** The port in two bytes, and the rest, if there is any, as JSON. */
function writeMemo({ port, ...rest }: Memo): Uint8Array {
  const text = Object.values(rest).every((value) => value === undefined) ? '' : JSON.stringify(rest);
  return Buffer.concat([Buffer.from([port >> 8, port]), Buffer.from(text)]);
}

/** The memo in a state that was opened, so it is our own; ERR_DTLS_BAD_STATE if another version wrote it otherwise. */
export function readMemo(bytes: Uint8Array): Memo & { peer: PeerIdentity | undefined } {
  const text = Buffer.from(bytes.subarray(PORT)).toString();
  try {
    const rest = text === '' ? {} : JSON.parse(text) as Omit<Memo, 'port'>;
    return { ...rest, port: bytes[0]! << 8 | bytes[1]!, peer: rest.shown && identityFrom(rest.shown) };
  } catch {
    throw dtlsError('ERR_DTLS_BAD_STATE', 'The state does not say whose it is', 'It was made by another version.');
  }
}
