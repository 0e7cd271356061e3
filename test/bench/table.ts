// Tables as text.

export function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Columns as wide as they must be: the first to the left, the others to the right. */
export function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]! + 2)).join('').trimEnd());
}
