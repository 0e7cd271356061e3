// Saving an endpoint's sessions, and handing their states to the user's `storeState` when it is time.
import type { Connection } from '../core/connection.js';
import type { Reason } from '../core/errors.js';
import { DTLSError } from './errors.js';
import { kBegin, kConnected, kSave, kStored, kWarning } from './internal.js';
import type { Awaitable } from './psk.js';
import { isPromiseLike } from './psk.js';
import { joinStates, type State } from './saved-state.js';
import type { DTLSSession } from './session.js';

/**
 * + Stores the state where the next start will find it, in place of the one before; done when it returns, or its promise
 * resolves. Nothing is sent that an older state does not allow for.
 */
export type StoreState = (state: Buffer) => Awaitable<void>;

/** How long sessions that come and go are gathered: a crash loses no more, and that costs its clients a handshake. */
const SOON_MS = 1000;

export class StateKeeper {
  /** While sessions are being restored, nothing is stored. */
  isHeld = false;
  #isDue = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
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

  /** A session began, came to be one that can be saved, or ended: that is stored soon, together with what follows at once. */
  changed(): void {
    if (this.store === undefined || this.#isOver) return;
    this.#timer ??= setTimeout(() => void this.due(), SOON_MS).unref();
  }

  /** The endpoint is over: in order, so that nothing is left to restore, or not. */
  stop(inOrder: boolean): void {
    if (inOrder && this.isServer && !this.#isOver) void this.due();
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Has the state stored; the promise is there while that lasts. */
  due(): Promise<void> | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
        const { state, stored } = this.#take();
        if (state.length === 0) continue; // a client that checks a path, say
        const done = this.store!(state);
        if (!isPromiseLike(done)) stored();
        else this.#storing = Promise.resolve(done).then(stored).catch(this.failed).then(() => this.#next());
      } catch (error) {
        this.failed(error as Error);
      }
    }
  }

  #take(): { state: Buffer; stored: () => void } {
    const saved: DTLSSession[] = [], states: State[] = [];
    for (const session of this.sessions) {
      const state = session[kSave]();
      if (state === null) continue;
      saved.push(session);
      states.push(state);
    }
    const state = this.isServer ? joinStates(states) : Buffer.from(states[0]?.bytes ?? []);
    return { state, stored: () => { for (const session of saved) session[kStored](); } };
  }
}
