import { Random } from './random.js';

/** What a network does to datagrams. Rates are probabilities, 0 to 1. */
export interface Conditions {
  /** Rate of datagrams that never arrive. */
  loss: number;
  /** Rate of datagrams that arrive twice. */
  duplicate: number;
  /** Rate of datagrams held back long enough that those behind them overtake. */
  reorder: number;
  /** Rate of datagrams that arrive with some bits flipped. */
  corrupt: number;
  /** Time from one side to the other, milliseconds. */
  delayMs: number;
  /** Up to this much more, milliseconds; jitter alone changes no order. */
  jitterMs: number;
  /** Longer datagrams never arrive, bytes. */
  mtu: number;
}

/** A network that does nothing. */
export const PERFECT: Readonly<Conditions> = {
  loss: 0, duplicate: 0, reorder: 0, corrupt: 0, delayMs: 0, jitterMs: 0, mtu: 65535,
};

/** A copy of a datagram, and how long after it was sent it arrives. */
export interface Arrival {
  afterMs: number;
  datagram: Uint8Array;
}

/** What happened to the datagrams of a link, or of many, so far. */
export interface Tally {
  sent: number;
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  /** Over the MTU. */
  tooLong: number;
}

/** A tally of nothing yet. */
export function newTally(): Tally {
  return { sent: 0, lost: 0, duplicated: 0, reordered: 0, corrupted: 0, tooLong: 0 };
}

/** One direction of one path through a bad network: the fate of each datagram follows from the seed and its number. */
export class Impairment {
  private lastArrivalMs = 0;

  /** @param tally where to count; shared by many links to count them together. */
  constructor(
    private readonly conditions: Conditions,
    private readonly random: Random,
    readonly tally: Tally = newTally(),
  ) {}

  /** The copies of this datagram that arrive: none, one or two. The datagram is not copied unless it is changed. */
  pass(datagram: Uint8Array, nowMs: number): Arrival[] {
    const { conditions, random, tally } = this;
    tally.sent++;
    // Every fate is drawn whether it matters or not, so that the numbers of the next datagram never move.
    const lost = random.chance(conditions.loss);
    const duplicated = random.chance(conditions.duplicate);
    const reordered = random.chance(conditions.reorder);
    const corrupted = random.chance(conditions.corrupt);
    const jitterMs = random.fraction() * conditions.jitterMs;
    const heldMs = random.fraction() * 2 * (conditions.delayMs + conditions.jitterMs) + 5;
    const flipAt = random.next();
    if (datagram.length > conditions.mtu) {
      tally.tooLong++;
      return [];
    }
    if (lost) {
      tally.lost++;
      return [];
    }
    if (corrupted) tally.corrupted++;
    const content = corrupted ? flipped(datagram, flipAt) : datagram;
    const afterMs = reordered ? this.overtaken(jitterMs + heldMs) : this.inOrder(jitterMs, nowMs);
    if (!duplicated) return [{ afterMs, datagram: content }];
    tally.duplicated++;
    return [{ afterMs, datagram: content }, { afterMs: afterMs + heldMs, datagram: content }];
  }

  /** Held back alone: those behind it do not wait for it. */
  private overtaken(extraMs: number): number {
    this.tally.reordered++;
    return this.conditions.delayMs + extraMs;
  }

  /** Like a queue: never before the one in front of it. */
  private inOrder(jitterMs: number, nowMs: number): number {
    const arrivalMs = Math.max(nowMs + this.conditions.delayMs + jitterMs, this.lastArrivalMs);
    this.lastArrivalMs = arrivalMs;
    return arrivalMs - nowMs;
  }
}

/** A copy with one to three neighbouring bits changed. */
function flipped(datagram: Uint8Array, at: number): Uint8Array {
  const copy = datagram.slice();
  if (copy.length > 0) copy[at % copy.length]! ^= [1, 3, 7][at % 3]! << (at % 6);
  return copy;
}
