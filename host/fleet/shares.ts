import { Random } from './random.js';

/** Parts of a whole, in any unit: 70, 20 and 10 are what 7, 2 and 1 are. */
export interface Shares {
  psk: number;
  /** Raw public keys (RFC 7250), of both sides. */
  raw: number;
  /** X.509 certificates, of both sides. */
  certificate: number;
}

/** The usual fleet: mostly what is cheapest, and some of all that RFC 7252 §9.1.3 has. */
export const SHARES: Readonly<Shares> = { psk: 70, raw: 20, certificate: 10 };

/** In the order in which they are reported. */
export const KINDS = Object.keys(SHARES) as (keyof Shares)[];

/**
 * One kind for each of `nodes`: as many of each as its share says, the largest remainders rounded up, in an order that follows
 * from the seed. The sum of the shares is above 0.
 */
export function dealt(nodes: number, shares: Shares, seed: number): (keyof Shares)[] {
  const whole = KINDS.reduce((sum, kind) => sum + shares[kind], 0);
  const exact = KINDS.map((kind) => (nodes * shares[kind]) / whole), counts = exact.map(Math.floor);
  const byRemainder = KINDS.map((_, index) => index).sort((a, b) => exact[b]! % 1 - exact[a]! % 1);
  const missing = nodes - counts.reduce((sum, count) => sum + count, 0);
  for (const index of byRemainder.slice(0, missing)) counts[index]!++;
  return shuffled(KINDS.flatMap((kind, index) => new Array<keyof Shares>(counts[index]!).fill(kind)), new Random(seed, 'credentials'));
}

/** Every order is as likely as any other (Fisher and Yates). */
function shuffled<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
