// Connections that leave as bytes and come back (assembly/saved-state.ts).
import { Misuse } from '../../assembly/codes.js';
import { EventField } from '../../assembly/records.js';
import type { Connection } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { misuse, MISUSE_TAKEN } from './errors.js';
import type { Peer } from './peer.js';

const NOTHING = new Uint8Array(0);

/** The state of a connection, with the host's own bytes sealed into it. */
export function save(connection: Connection, own: Uint8Array | undefined, keeps: boolean): Uint8Array {
  const endpoint = connection.endpoint, bytes = own ?? NOTHING;
  if (bytes.length > endpoint.engine.in.length) throw misuse(-Misuse.TOO_LONG);
  endpoint.engine.in.set(bytes);
  endpoint.call(connection, endpoint.engine.module.save, bytes.length, keeps ? 1 : 0);
  const state = endpoint.state;
  endpoint.state = NOTHING;
  return state;
}

/** What becomes of a state that was opened. */
export interface Restoring {
  /** Who the peer is, from the host's own bytes in it; `connected` is the event of that name. Throws to refuse it. */
  peer(own: Uint8Array, connected: Int32Array): Peer;
  /** See Connection. */
  tag?: unknown;
  idleMs?: number;
}

/**
 * Goes on with a connection from the latest state that `saveState` or `exportState` gave of it, in the same role, with a context
 * that has its suite. It is connected at once, and sends nothing before it is saved and stored again, for which `saveDue` of
 * the sink asks. Throws ERR_DTLS_BAD_STATE, ERR_DTLS_OTHER_STATE, ERR_DTLS_FULL, ERR_DTLS_BAD_CONTEXT, ERR_INVALID_STATE if the
 * peer has a connection, and what `how.peer` throws.
 */
export function restore(endpoint: Endpoint, context: number, role: 'client' | 'server', state: Uint8Array, now: number,
  how: Restoring): Connection {
  endpoint.now = now;
  const engine = endpoint.engine, event = engine.event;
  if (state.length > engine.in.length) throw misuse(-Misuse.BAD_STATE);
  engine.in.set(state);
  let connection: Connection | null = null, problem: unknown = null;
  const code = endpoint.run((id, length, isServer) => {
    const handle = engine.module.restore(id, length, isServer);
    if (handle < 0) return handle;
    engine.module.poll(); // CONNECTED, before anything can happen to it
    try {
      const peer = how.peer(engine.module.copy(event[EventField.POINTER]!, event[EventField.LENGTH]!), event);
      if (peer.connection !== null) throw misuse(-MISUSE_TAKEN);
      connection = endpoint.associations.add(endpoint, peer, role, handle, context);
      connection.tag = how.tag ?? null;
      connection.idleMs = how.idleMs ?? 0;
      connection.generation = event[EventField.SERIAL]!;
      endpoint.connected(connection, event);
    } catch (error) {
      problem = error;
    }
    return handle;
  }, context, state.length, role === 'server' ? 1 : 0);
  if (problem !== null) {
    endpoint.run(engine.module.discard, code, 0, 0);
    throw problem;
  }
  endpoint.finish(code);
  if (connection === null) throw misuse(-Misuse.NOT_READY); // a trap: the sink knows
  return connection;
}
