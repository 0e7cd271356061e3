import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Ends } from '../host/ends.js';
import { thimble } from './thimble.js';

test('the bill is what the module itself says, and adds up', async (t) => {
  const large = ['--connections', '100', '--handshakes', '10', '--contexts', '2', '--sessions', '50', '--lobbies', '3', '--ticket', '200',
    '--cid', '8', '--exporters'];
  for (const args of [[], ['--build', 'full'], ['--build', 'full', ...large], ['--build', 'node', ...large]]) {
    const { code, stdout } = await thimble(t, ['memory', '--json', ...args]);
    assert.equal(code, 0);
    const { build, module, layout, windows, slot, fixed, used, pages } = JSON.parse(stdout);
    const file = readFileSync(new URL(`../../thimble${build === 'full' ? '' : `-${build}`}.wasm`, import.meta.url));
    assert.deepEqual(module, { raw: file.length, gzip: gzipSync(file, { level: 9 }).length });
    const pools = layout.connections * slot.connection + layout.handshakes * slot.handshake +
      layout.aftercares * slot.aftercare + layout.contexts * slot.context + layout.sessions * slot.session + layout.lobbies * slot.lobby;
    assert.deepEqual([layout.cidMax, layout.exporters], args.includes('--cid') ? [8, true] : [20, false]);
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

test('certificates of 400 bytes on both sides fit the board\'s other build in 17 KiB', async (t) => {
  const { stdout } = await thimble(t, ['memory', '--build', 'full', '--json']);
  const { layout, used } = JSON.parse(stdout);
  assert.ok(layout.inMax >= 1_280 && used <= 17_408, `${used}`);
});

test('the bill has a row for what a layout has, and none for what it has not', async (t) => {
  const rows = async (...args: string[]) => (await thimble(t, ['memory', ...args])).stdout;
  assert.doesNotMatch(await rows(), /sessions:|lobbies:|exporters|certificates/);
  assert.match(await rows('--build', 'full', '--sessions', '7', '--lobbies', '2', '--ticket', '255', '--cid', '8', '--exporters'),
    /certificates.*CID of up to 8, what exporters need.*ticket of up to 255.*\n +[\d,]+  7 × \d+  sessions:.*\n +[\d,]+  2 × [\d,]+  lobbies:/s);
});

test('what the bill says of states is what a state is', async (t) => {
  for (const exporters of [false, true]) {
    const { stdout } = await thimble(t, ['memory', '--build', 'node', ...(exporters ? ['--exporters'] : [])]);
    const ends = new Ends('node', { layout: { exporters }, client: { cidLength: 8 }, server: { cidLength: 4 } });
    const state = ends.connected().exportState();
    assert.equal(Number(/state of a live connection.*: (\d+) bytes/.exec(stdout)![1]), state.length - 8 - 4);
  }
});

test('the bill for people says what it does not count', async (t) => {
  const { code, stdout } = await thimble(t, ['memory', '--build', 'node']);
  assert.equal(code, 0);
  assert.match(stdout, /^Module thimble-node\.wasm: [\d,]+ bytes, [\d,]+ with gzip\n/);
  assert.match(stdout, /Not counted: .*native stack.*JavaScript/s);
});
