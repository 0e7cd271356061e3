// Each requirement that is claimed is named by the code that obeys it and by a test that proves it; nothing is open but what is
// left out by name; and the table is complete, where the requirements themselves are at hand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { faultOf, LEFT_OUT, places, rows } from './requirements.js';
import { top } from './sources.js';

const REQUIREMENTS = `${top}../shared/rfc/requirements.md`;
const missing = existsSync(REQUIREMENTS) ? false : 'the requirements (../shared/rfc) are not here';
/** The documents of which every row is in our table. */
const WHOLE = /^(7925|6347|5246|4279|5489|6655|7251|8442|8422|5746|7627|5077|6066|8449|7301|7250|9146|9853|5705|9325|7252)-/;

describe('the requirements', () => {
  const table = rows(), where = places();
  const ids = new Set(table.map(({ id }) => id));

  it('stand in the table once each', () => {
    assert.ok(table.length > 200);
    assert.deepEqual(table.map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i), []);
  });

  it('that are claimed are named by code and by a test, and only what is left out by name is open', () => {
    assert.deepEqual(table.map((row) => [row.id, faultOf(row, where)]).filter(([, fault]) => fault), []);
  });

  it('that are not met say why in one line', () => {
    for (const { id, state, reason } of table) {
      if (state === 'deviates') assert.ok(reason.length > 30 && reason.length < 140, `${id}: ${reason}`);
    }
  });

  it('that code and tests name stand in the table', () => {
    const named = [...where.code, ...where.tests];
    assert.deepEqual(named.filter(([id]) => !ids.has(id)), []);
  });

  it('are all there are in these documents', { skip: missing }, () => {
    const all = [...readFileSync(REQUIREMENTS, 'utf8').matchAll(/^\| (\d{4}-[^ |]+) \|/gm)].map((row) => row[1]!);
    assert.deepEqual(all.filter((id) => WHOLE.test(id) && !ids.has(id)), []);
    assert.deepEqual([...ids].filter((id) => !all.includes(id)), []);
    const text = readFileSync(REQUIREMENTS, 'utf8');
    for (const { id, level } of table) assert.ok(text.includes(`\n| ${id} | ${level} |`), `${id} is no ${level}`);
  });

  it('are what `npm run rfc` prints, for people and as JSON', () => {
    const run = (...more: string[]) => spawnSync(process.execPath, [`${top}dist/test/architecture/rfc.js`, ...more],
      { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    const text = run();
    assert.equal(text.status, 0, text.stderr);
    for (const id of ids) assert.ok(text.stdout.includes(` ${id} `), id);
    for (const name of LEFT_OUT) assert.ok(text.stdout.includes(name), name);
    const json = JSON.parse(run('--json').stdout) as { rows: { id: string; state: string; code: string[]; tests: string[] }[] };
    assert.deepEqual(json.rows.map(({ id }) => id), [...ids]);
    for (const { id, state, code, tests } of json.rows) assert.ok(state !== 'met' || code.length * tests.length > 0, id);
    assert.equal(run('--what').status, 2);
  });
});
