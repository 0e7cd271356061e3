import { UsageError } from './usage.js';

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads an option's value `text`; `name` is for the error. */
export type Reader<T> = (text: string) => T;

/** An integer, both bounds included. */
export function integer(name: string, minimum: number, maximum: number): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new UsageError(`${name} '${text}': write a whole number from ${minimum} to ${maximum}`);
  };
}

/** A time in milliseconds, from text as 250ms, 20s, 2m or 1h; a number alone counts in `unit`. */
export function duration(name: string, unit: 'ms' | 's'): Reader<number> {
  return (text) => {
    const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
    const value = parts === null ? NaN : Number(parts[1]) * MILLISECONDS[parts[2] ?? unit]!;
    if (value < 2 ** 31) return value;
    throw new UsageError(`${name} '${text}': write a time as 250ms, 20s or 2m; a number alone is in ${unit}`);
  };
}

/** A probability, 0 to 1, from text as 10% or 0.1. */
export function rate(name: string): Reader<number> {
  return (text) => {
    const parts = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
    const value = parts === null ? NaN : Number(parts[1]) / (parts[2] === '' ? 1 : 100);
    if (value <= 1) return value;
    throw new UsageError(`${name} '${text}': write a rate as 10% or 0.1`);
  };
}
