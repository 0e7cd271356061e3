// What boards/core asks of Espruino: the module of the firmware, the time, a timer.
import type { EngineModule } from '../../host/core/engine.js';
import type { Platform } from '../core/board.js';

/** The native library: the module itself, and what makes it a fresh one. */
declare const thimble: EngineModule & { start(): number };

/**
 * getTime() jumps when somebody sets the clock, as every board does that learns the time from a network; timers do not.
 * So no time passes backwards here, and never more than until the one timer that runs is due.
 */
export class EspruinoPlatform implements Platform {
  declare readonly layoutHint: string;
  private declare time: number;
  /** What getTime() said at `time`, in milliseconds. */
  private declare read: number;
  /** When the timer is due; null: none runs. */
  private declare due: number | null;

  constructor() {
    this.time = 0;
    this.read = getTime() * 1000;
    this.due = null;
    this.layoutHint = 'Build the firmware with a larger DTLS_MEMORY, or lower dtls.layout.';
  }

  module(): EngineModule {
    thimble.start();
    return thimble;
  }

  now(): number {
    const read = getTime() * 1000, next = this.time + Math.max(0, read - this.read);
    this.time = this.due === null ? next : Math.min(next, this.due);
    this.read = read;
    return this.time;
  }

  setTimer(callback: () => void, milliseconds: number): unknown {
    const due = this.now() + milliseconds;
    this.due = due;
    return setTimeout(() => {
      this.now();
      this.time = due;
      this.due = null;
      callback();
    }, milliseconds);
  }

  clearTimer(timer: unknown): void {
    this.now();
    this.due = null;
    clearTimeout(timer as NodeJS.Timeout);
  }

  later(callback: () => void): void {
    setTimeout(callback, 0);
  }

  seconds(): number {
    return Math.floor(getTime());
  }
}
