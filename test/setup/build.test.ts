// Builds repeat: the same inputs give the same bytes wherever the tree stands, and unchanged inputs cost nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const scratch = mkdtempSync(`${tmpdir()}/thimble-build-`);
after(() => rmSync(scratch, { recursive: true }));

/** The psk module, built from nothing in a copy of these sources. */
function cleanBuild(sources: string, name: string): Buffer {
  const tree = `${scratch}/${name}`;
  cpSync(sources, tree, { recursive: true });
  symlinkSync(`${TOP}/node_modules`, `${tree}/node_modules`);
  const env = { ...process.env, MBEDTLS_SOURCE: process.env.MBEDTLS_SOURCE ?? `${TOP}/native/mbedtls` };
  execFileSync(process.execPath, ['native/build/wasm.js', 'psk'], { cwd: tree, env, stdio: 'pipe' });
  return readFileSync(`${tree}/dist/thimble-psk.wasm`);
}

test('two clean builds in two places are byte-identical', () => {
  const sources = `${scratch}/sources`;
  const isSource = (path: string) => !/native\/(mbedtls|cache)(\/|$)/.test(path);
  for (const path of ['package-lock.json', 'asconfig.json', 'assembly', 'native']) {
    cpSync(`${TOP}/${path}`, `${sources}/${path}`, { recursive: true, filter: isSource });
  }
  assert.ok(cleanBuild(sources, 'here').equals(cleanBuild(sources, 'somewhere else')));
});

test('a second build says that nothing is to do, and writes nothing', () => {
  const build = () => execFileSync(process.execPath, ['native/build/build.js'], { cwd: TOP, encoding: 'utf8' });
  build();
  const written = () => ['dist/thimble-psk.wasm', 'dist/host/node/index.js'].map((path) => statSync(`${TOP}/${path}`).mtimeMs);
  const before = written();
  assert.equal(build().trim(), 'dist is up to date.');
  assert.deepEqual(written(), before);
});
