import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { thimble } from './thimble.js';

test('the bill is what the module itself says, and adds up', async (t) => {
  for (const args of [[], ['--build', 'node', '--connections', '100', '--handshakes', '10', '--contexts', '2']]) {
    const { code, stdout } = await thimble(t, ['memory', '--json', ...args]);
    assert.equal(code, 0);
    const { build, module, layout, windows, slot, fixed, used, pages } = JSON.parse(stdout);
    const file = readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url));
    assert.deepEqual(module, { raw: file.length, gzip: gzipSync(file, { level: 9 }).length });
    const pools = layout.connections * slot.connection + layout.handshakes * slot.handshake +
      layout.aftercares * slot.aftercare + layout.contexts * slot.context;
    assert.equal(fixed + windows + pools, used);
    assert.ok(windows >= layout.inMax + layout.outMax && windows < layout.inMax + layout.outMax + 64);
    assert.ok(used <= pages * 65_536 && used > (pages - 1) * 65_536);
  }
});

test('a mote\'s bill fits what is promised: 12 KiB, and so much for each thing', async (t) => {
  const { stdout } = await thimble(t, ['memory', '--json']);
  const { module, slot, used } = JSON.parse(stdout);
  assert.ok(used <= 12_288, `${used}`);
  assert.ok(module.raw <= 30_000, `${module.raw}`);
  assert.ok(slot.connection <= 256 && slot.aftercare <= 160 && slot.handshake <= 2_560, JSON.stringify(slot));
});

test('the bill for people says what it does not count', async (t) => {
  const { code, stdout } = await thimble(t, ['memory', '--build', 'node']);
  assert.equal(code, 0);
  assert.match(stdout, /^Module thimble-node\.wasm: [\d,]+ bytes, [\d,]+ with gzip\n/);
  assert.match(stdout, /Not counted: .*native stack.*JavaScript/s);
});
