// The file that `saveState` makes and `listen({ state })` reads: a line of text that says what it is, then one line for each
// connection, its sealed state in base64. A line that was damaged is one connection less, and never more.
import { isIP } from 'node:net';
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import type { SocketAddress } from './address.js';
import { dtlsError, DTLSError, invalidValue } from './errors.js';
import { routeOf } from './shard.js';

const TITLE = 'thimble state 1';

/** What a server's session needs to be itself again, beside its connection; sealed with it. */
export interface Memo extends SocketAddress {
  /** The client's PSK identity. */
  identity?: string | undefined;
}

export function joinStates(states: readonly Uint8Array[]): Buffer {
  const lines = states.map((state) => Buffer.from(state.buffer, state.byteOffset, state.length).toString('base64'));
  return Buffer.from([TITLE, ...lines, ''].join('\n'));
}

/** The states in a file, empty for what is none. Throws ERR_INVALID_ARG_VALUE for what is no such file, or of another version. */
export function splitStates(name: string, file: Uint8Array): Buffer[] {
  const [title, ...lines] = Buffer.from(file.buffer, file.byteOffset, file.length).toString('latin1').split('\n');
  if (title !== TITLE) {
    throw invalidValue(name, `must be what saveState() returned: its first line is '${TITLE}'`);
  }
  return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
}

/** The state of a connection that ends here: a client's as it is, a server's as a file. */
export function exportedState(connection: Connection, identity: string | undefined): Buffer {
  return wrapped(connection, sealed(connection, () => connection.exportState(memoOf(connection, identity))));
}

/** As `exportedState`, of one that goes on: the caller stores it at once. */
export function savedState(connection: Connection, identity: string | undefined): Buffer {
  const state = sealed(connection, () => connection.saveState(memoOf(connection, identity)));
  connection.stored();
  return wrapped(connection, state);
}

/** The state alone, of one that goes on; null if it cannot be saved now. Throws a DTLSError. */
export function settledState(connection: Connection, identity: string | undefined): Uint8Array | null {
  if (connection.state !== 'connected') return null;
  try {
    return sealed(connection, () => connection.saveState(memoOf(connection, identity)));
  } catch (error) {
    if ((error as Reason).code === 'ERR_DTLS_UNSETTLED') return null;
    throw new DTLSError(error as Reason);
  }
}

const sealed = ({ peer }: Connection, save: () => Uint8Array): Uint8Array => routeOf(peer).shard.sealingStates(save);

function wrapped({ role }: Connection, state: Uint8Array): Buffer {
  return role === 'server' ? joinStates([state]) : Buffer.from(state.buffer, state.byteOffset, state.length);
}

/** A client knows by itself whom it connects to. */
function memoOf(connection: Connection, identity: string | undefined): Uint8Array | undefined {
  if (connection.role === 'client') return undefined;
  const { address, family, port } = routeOf(connection.peer);
  const memo: Memo = { address, family, port, identity };
  return Buffer.from(JSON.stringify(memo));
}

/** The memo in a state that was opened, so it is our own; ERR_DTLS_BAD_STATE if a later version wrote it otherwise. */
export function readMemo(bytes: Uint8Array): Memo {
  const text = Buffer.from(bytes).toString();
  try {
    const memo = JSON.parse(text) as Memo;
    if (isIP(memo.address) !== 0) return memo;
  } catch {
    // said below
  }
  throw dtlsError('ERR_DTLS_BAD_STATE', 'The state does not say whose it is', 'It was made by another version.');
}
