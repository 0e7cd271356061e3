// npm run build: everything into dist/. Unchanged inputs cost nothing; see native/README.md.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { contents, hash } from './cache.js';
import { list, replace } from './files.js';
import { buildHost } from './host.js';
import { dist, modules, native, top } from './paths.js';
import { main, runNode } from './process.js';
import { setUp } from './setup.js';
import { buildWasm, showSizes } from './wasm.js';

const STAMP = `${dist}/.inputs`;

/** The hash of all that the build reads (and of where it finds what it did not bring along). */
function inputs() {
  const isInput = (path) => !/^(mbedtls|cache)\//.test(path);
  const files = [
    'package.json', 'package-lock.json', 'tsconfig.json', 'asconfig.json',
    ...['assembly', 'host', 'native', 'test'].flatMap((folder) =>
      list(`${top}/${folder}`, folder === 'native' ? isInput : undefined).map((path) => `${folder}/${path}`)),
  ];
  const { EMSDK = '', MBEDTLS_SOURCE = '' } = process.env;
  return hash([EMSDK, MBEDTLS_SOURCE, ...contents(top, files)]);
}

/** The declarations of what the package exports, beside the modules. */
function buildTypes() {
  runNode(`${modules}/typescript/bin/tsc`, ['--project', `${native}/build/tsconfig.types.json`], { cwd: top });
}

/** mbedTLS is inside the .wasm files: its licence asks for a notice beside them. */
function buildNotice() {
  replace(`${dist}/NOTICE`, readFileSync(`${native}/NOTICE`));
}

/** Builds what has changed since the last build; with `always`, looks at everything again. Returns whether it did. */
export async function build({ always = false } = {}) {
  const now = inputs();
  const isCurrent = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now;
  if (isCurrent && !always) return false;
  await setUp();
  rmSync(STAMP, { force: true });
  console.log('Building the WebAssembly modules …');
  showSizes(buildWasm());
  console.log('Building the host …');
  await buildHost();
  buildTypes();
  buildNotice();
  replace(STAMP, now);
  return true;
}

await main(import.meta.url, async () => {
  if (!(await build())) console.log('dist is up to date.');
});
