// Moddable's "timer": callbacks after milliseconds, once or again and again.
import { addTimer, milliseconds, removeTimer, rest } from "board";

function start(callback, delay, interval) {
  const timer = { at: milliseconds() + delay, interval, callback: (timer) => callback(timer) };
  addTimer(timer);
  rest();
  return timer;
}

export default class Timer {
  /** Once after `delay`, then every `repeat` milliseconds, if given. Returns what the callback gets and `clear` takes. */
  static set(callback, delay = 0, repeat = undefined) {
    return start(callback, delay, repeat);
  }

  static repeat(callback, interval) {
    return start(callback, interval, interval);
  }

  /** Begins anew with another delay. */
  static schedule(timer, delay, repeat = undefined) {
    removeTimer(timer);
    addTimer(Object.assign(timer, { at: milliseconds() + delay, interval: repeat }));
    rest();
  }

  static clear(timer) {
    if (!timer) return;
    timer.interval = undefined;
    removeTimer(timer);
    rest();
  }
}
