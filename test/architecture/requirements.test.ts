// Each requirement that binds is named by the code that obeys it and by a test that proves it; and the list of those that
// bind is complete, where the requirements themselves are at hand.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { LATER, binding } from './requirements.js';
import { filesUnder, read, top } from './sources.js';

const REQUIREMENTS = `${top}../shared/rfc/requirements.md`;
const missing = existsSync(REQUIREMENTS) ? false : 'the requirements (../shared/rfc) are not here';
const ID = /\b[4-9]\d{3}-(?:[A-Z]\.?)?[\d.]*-\d+\b|\b9257-\d\b/g;
/** The tables whose rows a client and server of DTLS 1.2 with pre-shared keys may be bound by. */
const TABLES = [/^RFC 7925 /, /^RFC 6347 /, /^PSK and suites/, /^Extensions and session features/];

/** What is named in the files under these folders, each id with one of its places. */
function named(folders: string[], ends: string[]): Map<string, string> {
  const ids = new Map<string, string>();
  for (const path of folders.flatMap((folder) => ends.flatMap((end) => filesUnder(folder, end)))) {
    if (path.includes('node_modules') || path.startsWith('native/mbedtls/') || path.startsWith('test/architecture/requirements')) continue;
    for (const [id] of read(path).matchAll(ID)) ids.set(id, path);
  }
  return ids;
}

/** The rows of the tables that may bind, and every id there is. */
function requirements(): { rows: string[]; all: Set<string> } {
  const sections = readFileSync(REQUIREMENTS, 'utf8').split(/^## /m);
  const rowsOf = (section: string): string[] => [...section.matchAll(/^\| (\d{4}-[^ |]+) \|/gm)].map((row) => row[1]!);
  return {
    rows: sections.filter((section) => TABLES.some((table) => table.test(section))).flatMap(rowsOf),
    all: new Set(sections.flatMap(rowsOf)),
  };
}

describe('the requirements that bind', () => {
  const code = named(['assembly', 'host', 'native'], ['.ts', '.js', '.c', '.h']);
  const tests = named(['test'], ['.ts', '.md']);

  it('are named by the code that obeys them', () => {
    assert.deepEqual(binding.filter((id) => !code.has(id)), []);
  });

  it('are named by a test that proves them', () => {
    assert.deepEqual(binding.filter((id) => !tests.has(id)), []);
  });

  it('exist, like every other one that is named', { skip: missing }, () => {
    const { all } = requirements();
    const used = [...code, ...tests, ...binding.map((id) => [id, 'the list'] as const)];
    assert.deepEqual(used.filter(([id]) => !all.has(id)), []);
  });

  it('are all that do: whatever else stands in their tables has a reason to wait', { skip: missing }, () => {
    const { rows } = requirements();
    assert.equal(rows.length > 150, true);
    assert.deepEqual(rows.filter((id) => !binding.includes(id) && !LATER.some(([ids]) => ids.test(id))), []);
    assert.deepEqual(binding.filter((id) => LATER.some(([ids]) => ids.test(id))), []);
  });
});
