// Figures kept as readable text beside the test, so that a change of behaviour is a diff somebody reads.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import assert from 'node:assert/strict';

/** Columns as wide as their widest cell, numbers to the right. */
export function textOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ') + '\n').join('');
}

/** Compares with the file of this name in test/sim; THIMBLE_UPDATE=1 writes it instead. */
export function compareWithFile(name: string, text: string): void {
  const file = new URL(`../../../test/sim/${name}`, import.meta.url);
  if (process.env['THIMBLE_UPDATE'] === '1') writeFileSync(file, text);
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '';
  assert.equal(text, kept, `test/sim/${name} no longer says what happens; if it should, write it anew: ` +
    'THIMBLE_UPDATE=1 npm test -- sim/handshakes');
}
