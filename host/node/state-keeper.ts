// Saving an endpoint's sessions, and handing their states to the user's `storeState` when it is time.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { DTLSError } from './errors.js';
import { kBegin, kConnected, kSave, kStored, kWarning } from './internal.js';
import type { Awaitable } from './psk.js';
import { isPromiseLike } from './psk.js';
import { joinStates } from './saved-state.js';
import type { DTLSSession } from './session.js';

/**
 * + Stores the state where the next start will find it, in place of the one before; done when it returns, or its promise
 * resolves. Nothing is sent that an older state does not allow for.
 */
export type StoreState = (state: Buffer) => Awaitable<void>;

export class StateKeeper {
  /** While sessions are being restored, nothing is stored. */
  isHeld = false;
  #isDue = false;
  #storing: Promise<void> | undefined;

  /** `failed` hears what `store` throws; sessions that need it do not send until it works again. */
  constructor(private readonly sessions: ReadonlySet<DTLSSession>, private readonly isServer: boolean,
    private readonly store: StoreState | undefined, private readonly failed: (error: Error) => void) {}

  /** The state of every session that can be saved, for a caller who stores it at once. */
  save(): Buffer {
    const { state, stored } = this.#take();
    stored();
    return state;
  }

  /** Has the state stored; the promise is there while that lasts. */
  due(): Promise<void> | undefined {
    this.#isDue = this.store !== undefined;
    if (!this.isHeld && this.#storing === undefined) this.#next();
    return this.#storing;
  }

  /** A client's session goes on as `restore` brings it back; false, with a warning, if the state cannot be used. */
  restore(session: DTLSSession, restore: () => Connection): boolean {
    this.isHeld = true;
    try {
      session[kBegin](restore());
    } catch (error) {
      session[kWarning](new DTLSError(error as Reason));
      return false;
    } finally {
      this.isHeld = false;
    }
    void Promise.resolve(this.due()).then(() => { if (!session.destroyed) session[kConnected](); });
    return true;
  }

  #next(): void {
    this.#storing = undefined;
    while (this.#isDue && this.#storing === undefined) {
      this.#isDue = false;
      try {
        const { state, stored } = this.#take(), done = this.store!(state);
        if (!isPromiseLike(done)) stored();
        else this.#storing = Promise.resolve(done).then(stored).catch(this.failed).then(() => this.#next());
      } catch (error) {
        this.failed(error as Error);
      }
    }
  }

  #take(): { state: Buffer; stored: () => void } {
    const saved: DTLSSession[] = [], states: Uint8Array[] = [];
    for (const session of this.sessions) {
      const state = session[kSave]();
      if (state === null) continue;
      saved.push(session);
      states.push(state);
    }
    const state = this.isServer ? joinStates(states) : Buffer.from(states[0] ?? []);
    return { state, stored: () => { for (const session of saved) session[kStored](); } };
  }
}
