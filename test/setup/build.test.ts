// Builds repeat: the same inputs give the same bytes wherever the tree stands, and unchanged inputs cost nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const scratch = mkdtempSync(`${tmpdir()}/thimble-build-`);
after(() => rmSync(scratch, { recursive: true }));

/** A copy of the tree under that name, as it stands now, but for what is fetched or kept for the build. */
function copy(name: string, ...parts: string[]): string {
  const tree = `${scratch}/${name}`;
  const isOurs = (path: string) => !/native\/(mbedtls|cache)(\/|$)/.test(path);
  for (const part of ['package.json', 'package-lock.json', 'asconfig.json', 'assembly', 'native', ...parts]) {
    cpSync(`${TOP}/${part}`, `${tree}/${part}`, { recursive: true, filter: isOurs });
  }
  symlinkSync(`${TOP}/node_modules`, `${tree}/node_modules`);
  return tree;
}

function build(tree: string, script: string, ...args: string[]): string {
  const env = { ...process.env, MBEDTLS_SOURCE: process.env.MBEDTLS_SOURCE ?? `${TOP}/native/mbedtls` };
  return execFileSync(process.execPath, [`native/build/${script}`, ...args], { cwd: tree, env, encoding: 'utf8' });
}

test('two clean builds in two places are byte-identical', () => {
  const trees = [copy('here')];
  cpSync(trees[0], `${scratch}/somewhere else`, { recursive: true, verbatimSymlinks: true });
  trees.push(`${scratch}/somewhere else`);
  const modules = trees.map((tree) => {
    build(tree, 'wasm.js', 'psk');
    return readFileSync(`${tree}/dist/thimble-psk.wasm`);
  });
  assert.ok(modules[0].equals(modules[1]));
});

test('a second build says that nothing is to do, and writes nothing', () => {
  const tree = copy('again', 'tsconfig.json', 'host');
  mkdirSync(`${tree}/test`);
  symlinkSync(`${TOP}/native/cache`, `${tree}/native/cache`);
  const results = ['dist/thimble-psk.wasm', 'dist/host/node/index.js', 'dist/host/node/index.d.ts'];
  const written = () => results.map((path) => statSync(`${tree}/${path}`).mtimeMs);
  build(tree, 'build.js');
  const before = written();
  assert.equal(build(tree, 'build.js').trim(), 'dist is up to date.');
  assert.deepEqual(written(), before);
});
