/**
 * Numbers that look random and are not: the same seed and label give the same sequence on every machine, so that a seed
 * replays a whole network. Never a source of keys.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed 32 bits; @param label tells apart the sequences that one seed gives, say one for each link. */
  constructor(readonly seed: number, readonly label = '') {
    this.a = seed | 0;
    this.b = hash(label);
    this.c = 0x5eed;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** The next 32 bits, 0 to 2^32 - 1 (the small fast counting generator, sfc32). */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 ≤ fraction < 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** An integer, 0 ≤ integer < bound. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** True with this probability, 0 to 1. Always takes one number, so that changing one rate shifts no other draw. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Fills the array, as an entropy source would. */
  fill(bytes: Uint8Array): Uint8Array {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.next();
    return bytes;
  }
}

/** FNV-1a over the characters: enough to tell labels apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value | 0;
}
