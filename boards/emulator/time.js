// Moddable's "time", as far as a monotonic clock goes.
import { microseconds, milliseconds } from "board";

export default class Time {
  static get ticks() {
    return Math.floor(milliseconds());
  }

  static get microseconds() {
    return microseconds();
  }

  static delta(start, end = Time.ticks) {
    return end - start;
  }
}
