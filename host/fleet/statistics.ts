/** What a list of measurements comes to. */
export interface Summary {
  count: number;
  minimum: number;
  mean: number;
  p50: number;
  p95: number;
  p99: number;
  maximum: number;
}

/** Summarizes; undefined for an empty list, of which nothing can be said. */
export function summarize(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    minimum: sorted[0]!,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    maximum: sorted[sorted.length - 1]!,
  };
}

/** Nearest rank: the smallest value that `percent` (above 0, to 100) of the ascending, non-empty list do not exceed. */
export function percentile(ascending: readonly number[], percent: number): number {
  return ascending[Math.ceil((percent / 100) * ascending.length) - 1]!;
}
