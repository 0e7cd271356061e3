/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Where devices get the time from: the machine's clock, or one that jumps from event to event. */
export interface Clock {
  /** Monotonic milliseconds; wraps nowhere. */
  now(): number;
  /** Calls `action` once, `afterMs` milliseconds from now, never before this call returned. */
  after(afterMs: number, action: () => void): Timer;
}

/** The machine's monotonic clock. */
export const realClock: Clock = {
  now: () => performance.now(),
  after(afterMs, action) {
    const timer = setTimeout(action, Math.max(0, Math.ceil(afterMs)));
    return { cancel: () => clearTimeout(timer) };
  },
};

interface Appointment {
  atMs: number;
  action: () => void;
}

/** Time that passes only by what is due in it: `run` plays every appointment in order, those of one moment as they came. */
export class VirtualClock implements Clock {
  private nowMs = 0;
  /** Sorted by time, the next one last. */
  private readonly appointments: Appointment[] = [];

  now(): number {
    return this.nowMs;
  }

  after(afterMs: number, action: () => void): Timer {
    const appointment = { atMs: this.nowMs + Math.max(0, afterMs), action };
    this.appointments.splice(this.placeOf(appointment.atMs), 0, appointment);
    return { cancel: () => this.cancel(appointment) };
  }

  /** How many appointments wait. */
  get waiting(): number {
    return this.appointments.length;
  }

  /** Goes to the next appointment and plays it; false if there is none, or none until `untilMs`. */
  step(untilMs = Infinity): boolean {
    const next = this.appointments[this.appointments.length - 1];
    if (next === undefined || next.atMs > untilMs) return false;
    this.appointments.pop();
    this.nowMs = next.atMs;
    next.action();
    return true;
  }

  /** Plays everything due until `untilMs`, or until `done` says so; then the time is at least that of the last event. */
  run(untilMs = Infinity, done: () => boolean = () => false): void {
    while (!done()) {
      if (this.step(untilMs)) continue;
      if (untilMs !== Infinity) this.nowMs = Math.max(this.nowMs, untilMs);
      return;
    }
  }

  /** Before every appointment of the same or an earlier time: they play first. */
  private placeOf(atMs: number): number {
    let low = 0;
    let high = this.appointments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.appointments[middle]!.atMs > atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private cancel(appointment: Appointment): void {
    const place = this.appointments.indexOf(appointment);
    if (place >= 0) this.appointments.splice(place, 1);
  }
}
