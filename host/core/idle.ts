// When associations have been silent for too long. The engine knows nothing of it.
import type { Connection } from './connection.js';

/** All are looked at together, and at most this often, so that thousands of them cost nothing between. */
const SWEEP_MS = 500;

export class Idleness {
  /** When to look again; null: never. */
  declare deadline: number | null;

  constructor() {
    this.deadline = null;
  }

  /** Counts a connection in that has just been heard, at `now`. */
  watch(connection: Connection, now: number): void {
    if (connection.idleMs === 0) return;
    const idleAt = now + connection.idleMs;
    if (this.deadline === null || idleAt < this.deadline) this.deadline = idleAt;
  }

  /** Gives what has been idle for too long to `end`, which may remove it from `all`, and sets the next deadline. */
  sweep(all: Connection[], now: number, end: (connection: Connection) => void): void {
    let next = Infinity;
    for (let i = all.length - 1; i >= 0; i--) {
      const connection = all[i];
      if (connection === undefined || connection.state !== 'connected' || connection.idleMs === 0) continue;
      const idleAt = connection.lastHeardMs + connection.idleMs;
      if (idleAt > now) next = Math.min(next, idleAt);
      else end(connection);
    }
    this.deadline = next === Infinity ? null : Math.max(next, now + SWEEP_MS);
  }
}
