// --export: keying material for another protocol (RFC 5705), in hex.
import type { Command } from 'commander';
import type { DTLSSession } from '../node/index.js';
import { integer } from './numbers.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';

export interface ExportOptions {
  export?: string;
  exportBytes: number;
}

/** As many bytes as openssl's -keymatexport gives unless told otherwise. */
const BYTES = 20;

export function withExport(command: Command): Command {
  return command
    .option('--export <label>', 'print keying material of this label for another protocol (RFC 5705): whoever sees it has a secret')
    .option('--export-bytes <bytes>', 'how much of it, 1 to 1024', integer('--export-bytes', 1, 1024), BYTES);
}

/** To be called once the session is open. A session without it, or a reserved label, gives a warning. */
export function showExported(session: DTLSSession, { export: label, exportBytes }: ExportOptions, output: Output): void {
  if (label === undefined) return;
  try {
    const hex = session.exportKeyingMaterial(exportBytes, label).toString('hex');
    output.event('exported', { label, hex }, `exported ${label}: ${hex}`);
  } catch (error) {
    output.warn(problemText(error));
  }
}
