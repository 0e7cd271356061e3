// The state of a look-alike of node:dgram: that of all its associations, which it has as a client and as a server.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { associationOf, newAssociation } from './dgram-association.js';
import type { SocketSettings } from './dgram-options.js';
import { DTLSError } from './errors.js';
import type { Hub } from './hub.js';
import { kSave, kStored } from './internal.js';
import { ofClient, ofServer } from './restoring.js';
import { exportedState, joinStates, settledState, splitStates, type Owner, type State } from './saved-state.js';
import { routeOf } from './shard.js';
import { StateKeeper, type Keepable } from './state-keeper.js';

/** The socket. */
export interface Holder {
  readonly settings: SocketSettings;
  readonly hub: Hub;
  readonly connections: Set<Connection>;
  localPort(): number;
  /** Restored, stored again, and able to send. */
  woken(connection: Connection): void;
  warn(warning: DTLSError): void;
  failed(error: Error): void;
}

export class SocketState {
  readonly keeper: StateKeeper;
  #states: State[];

  constructor(private readonly holder: Holder) {
    const { state, store } = holder.settings.saved;
    this.#states = state === undefined ? [] : splitStates('options.dtls.state', state);
    this.keeper = new StateKeeper(() => this.#keepables(), joinStates, store, (error) => holder.failed(error));
  }

  /** By which servers may know the socket; 0 where there is none. */
  get port(): number { return this.#states.find(({ port }) => port !== undefined)?.port ?? 0; }

  /** Once, when the socket is bound: nothing can come in or go out before. */
  restore(): void {
    const { settings, connections } = this.holder, states = this.#states;
    this.#states = [];
    const restored: Connection[] = [];
    this.keeper.isHeld = true;
    for (const state of states) {
      try {
        restored.push(this.#restored(state));
      } catch (error) {
        this.holder.warn(new DTLSError(error as Reason));
      }
    }
    for (const connection of restored) {
      connections.add(connection);
      associationOf(connection).isAsleep = settings.saved.store !== undefined;
    }
    this.keeper.isHeld = false;
    if (restored.length > 0) void Promise.resolve(this.keeper.due()).then(() => restored.forEach((connection) => this.#wake(connection)));
  }

  /** The state of all, which end without a word; those that cannot be exported say close_notify. */
  export(): Buffer {
    const states: State[] = [];
    this.keeper.stop(false);
    for (const connection of [...this.holder.connections]) {
      try {
        states.push(exportedState(connection, this.#owner(connection)));
      } catch {
        routeOf(connection.peer).shard.close(connection);
      }
    }
    return joinStates(states);
  }

  #restored(state: State): Connection {
    const { settings: { client, clientTiming, server, servername, idleMs }, hub } = this.holder, association = newAssociation(servername ?? '');
    const who = { identity: (identity: string) => { association.identity = identity; },
      peer: (peer: typeof association.peer) => { association.peer = peer; },
      name: (name: string) => { association.name = name; } };
    if (state.port === undefined) {
      if (server !== undefined) return hub.restore(null, state, ofServer(server, who), idleMs, association);
    } else if (client !== undefined) {
      const remember = ofClient(client, who, { expected: servername, localPort: this.holder.localPort() });
      return hub.restore(client.context(clientTiming), state, remember, idleMs, association);
    }
    throw new DTLSError({ code: 'ERR_DTLS_OTHER_STATE', message: 'The state is of a role that the socket has no credentials for',
      phase: '', alert: '', cause: '', hint: 'A new handshake will follow.' });
  }

  #wake(connection: Connection): void {
    if (connection.state !== 'connected') return;
    associationOf(connection).isAsleep = false;
    this.holder.woken(connection);
  }

  *#keepables(): Generator<Keepable> {
    for (const connection of this.holder.connections) {
      yield {
        [kSave]: () => settledState(connection, this.#owner(connection)),
        [kStored]: () => { if (connection.state === 'connected') connection.stored(); },
      };
    }
  }

  #owner(connection: Connection): Owner {
    const { identity, peer, name } = associationOf(connection), isServer = connection.role === 'server';
    const served = isServer ? this.holder.settings.server!.nameServed(connection.context) : name;
    return { identity, shown: peer, name: served, localPort: this.holder.localPort(), isShared: true };
  }
}
