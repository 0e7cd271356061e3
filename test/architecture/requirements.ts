// The requirements that this version answers to (requirements.md beside this file), and where code and tests name them. An id is
// a document's number, a section of it and a running number: the code that obeys a row names it, and so does the test that
// proves it.
import { filesUnder, read } from './sources.js';

export interface Row {
  id: string;
  /** The keyword of the text. */
  level: string;
  /** What it asks, in our words. */
  text: string;
  /** The heading that it stands under. */
  heading: string;
  state: 'met' | 'deviates' | 'open';
  /** Why it deviates, or what is missing. */
  reason: string;
}

/** What this version leaves out by name: the only rows that may be open are theirs. */
export const LEFT_OUT = ['cached_info', 'client_certificate_url', 'trusted_ca_keys', 'heartbeat', 'False Start', 'use_srtp'];

/** `path:line` of every place that names an id. */
export type Places = Map<string, string[]>;

const ID = /\b[4-9]\d{3}-(?:[A-Z]\.?)?[\d.]*-\d+\b|\b9257-\d\b/g;
const TABLE = 'test/architecture/requirements.md';

/** Every row of the table, in its order. Throws where a line of it cannot be read. */
export function rows(): Row[] {
  let heading = '';
  return read(TABLE).split('\n').flatMap((line) => {
    if (line.startsWith('## ')) heading = line.slice(3);
    if (!/^\| \d/.test(line)) return [];
    const [, id, level, text, other] = line.split('|').map((cell) => cell.trim());
    const [, state = 'met', reason = ''] = /^(deviates|open): (.+)$/.exec(other ?? '') ?? [];
    if (!id || !level || !text || (other !== '' && reason === '')) throw new Error(`${TABLE}: ${line}`);
    return [{ id, level, text, heading, state, reason } as Row];
  });
}

/** Who obeys, and who proves it. */
export function places(): { code: Places; tests: Places } {
  return {
    code: named(['assembly', 'host', 'boards', 'native'], ['.ts', '.js', '.c', '.h']),
    tests: named(['test'], ['.ts', '.js', '.md']),
  };
}

/** What is named in the files under these folders; of what a build or set-up brought there, nothing. */
function named(folders: string[], ends: string[]): Places {
  const found: Places = new Map();
  for (const path of folders.flatMap((folder) => ends.flatMap((end) => filesUnder(folder, end)))) {
    if (/node_modules|^native\/(mbedtls|cache)\/|^test\/architecture\/requirements/.test(path)) continue;
    for (const [i, line] of read(path).split('\n').entries()) {
      for (const [id] of line.matchAll(ID)) found.set(id, [...found.get(id) ?? [], `${path}:${i + 1}`]);
    }
  }
  return found;
}

/** What is wrong with a row, empty if nothing. */
export function faultOf(row: Row, { code, tests }: { code: Places; tests: Places }): string {
  if (row.state === 'open') return LEFT_OUT.includes(row.reason) ? '' : 'is open, though it is not left out by name';
  if (row.state === 'deviates') return '';
  const missing = [...code.has(row.id) ? [] : ['code'], ...tests.has(row.id) ? [] : ['test']];
  return missing.length === 0 ? '' : `is named by no ${missing.join(' and no ')}`;
}
