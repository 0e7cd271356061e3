// Saving an endpoint's sessions, and handing their states to the user's `storeState` when it is time.
import { kSave, kStored } from './internal.js';
import type { Awaitable } from './psk.js';
import { isPromiseLike } from './psk.js';
import type { State } from './saved-state.js';

/**
 * + Stores the state where the next start will find it, in place of the one before; done when it returns, or its promise
 * resolves. Nothing is sent that an older state does not allow for.
 */
export type StoreState = (state: Buffer) => Awaitable<void>;

/** What can be saved, a session say: its state, null if that cannot be now; and that it is stored. */
export interface Keepable {
  [kSave](): State | null;
  [kStored](): void;
}

/** How long sessions that come and go are gathered: a crash loses no more, and that costs its clients a handshake. */
const SOON_MS = 1000;

export class StateKeeper {
  /** While sessions are being restored, nothing is stored. */
  isHeld = false;
  #isDue = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;

  /** `join` makes the user's form of states. `failed` hears what `store` throws; sessions that need it do not send until it works again. */
  constructor(private readonly all: () => Iterable<Keepable>, readonly join: (states: State[]) => Buffer,
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

  /** It is all over; `storesNothing`: nothing is left to restore, and that is stored. */
  stop(storesNothing: boolean): void {
    if (storesNothing && !this.#isOver) void this.due();
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
    const saved: Keepable[] = [], states: State[] = [];
    for (const one of this.all()) {
      const state = one[kSave]();
      if (state === null) continue;
      saved.push(one);
      states.push(state);
    }
    return { state: this.join(states), stored: () => { for (const one of saved) one[kStored](); } };
  }
}
