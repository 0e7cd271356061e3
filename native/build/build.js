// npm run build: everything into dist/. Unchanged inputs cost nothing; see native/README.md.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { contents, hash } from './cache.js';
import { list, replace } from './files.js';
import { buildHost } from './host.js';
import { dist, modules, native, top } from './paths.js';
import { main, runNode } from './process.js';
import { setUp } from './setup.js';
import { buildWasm, showSizes } from './wasm.js';

/** The hash of all that the build reads (and of where it finds what it did not bring along). */
function inputs() {
  const isInput = (path) => !/^(mbedtls|cache)\//.test(path);
  const files = [
    'package.json', 'package-lock.json', 'tsconfig.json', 'asconfig.json',
    ...['assembly', 'host', 'boards', 'native', 'test'].flatMap((folder) =>
      list(`${top}/${folder}`, folder === 'native' ? isInput : undefined).map((path) => `${folder}/${path}`)),
  ];
  const { EMSDK = '', MBEDTLS_SOURCE = '' } = process.env;
  return hash([EMSDK, MBEDTLS_SOURCE, ...contents(top, files)]);
}

/** Does the work unless it was done for these very inputs; true if it did. */
async function once(name, work) {
  const stamp = `${dist}/.${name}`;
  const now = inputs();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return false;
  rmSync(stamp, { force: true });
  await work();
  replace(stamp, now);
  return true;
}

/** mbedTLS is inside the .wasm files: its licence asks for a notice beside them. */
function buildNotice() {
  replace(`${dist}/NOTICE`, readFileSync(`${native}/NOTICE`));
}

/** All that runs: modules, host, tests. Sets up what is missing first. */
export const build = () => once('built', async () => {
  await setUp();
  console.log('Building the WebAssembly modules …');
  showSizes(buildWasm());
  console.log('Building the host …');
  await buildHost();
  buildNotice();
});

/** The declarations of what the package exports, beside its modules; fails on a type error. */
export const buildTypes = () => once('typed', async () => {
  console.log('Writing types …');
  runNode(`${modules}/typescript/bin/tsc`, ['--project', `${native}/build/tsconfig.types.json`], { cwd: top });
});

await main(import.meta.url, async () => {
  const hasBuilt = await build();
  const hasTyped = await buildTypes();
  if (!hasBuilt && !hasTyped) console.log('dist is up to date.');
});
