// npm run build:host: TypeScript to JavaScript, file by file, in the same tree under dist/ (host, boards, test, the shared codes).
// Types are checked by `npm run typecheck`, not here.
import { rmSync } from 'node:fs';
import { list, replace } from './files.js';
import { dist, top } from './paths.js';
import { main } from './process.js';

const isSource = (path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !path.startsWith('unit/');

/** Every TypeScript file that becomes a module under dist/. test/unit is AssemblyScript. */
function sources() {
  const under = (folder) => list(`${top}/${folder}`, isSource).map((path) => `${folder}/${path}`);
  return ['assembly/codes.ts', 'assembly/records.ts', 'assembly/certificate-codes.ts', ...under('host'), ...under('boards'), ...under('test')];
}

/** Transpiles what has changed and removes modules whose source is gone. Returns how many files it wrote. */
export async function buildHost() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: top,
    entryPoints: sources(),
    outbase: top,
    outdir: dist,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    sourcemap: true,
    write: false,
    logLevel: 'warning',
  });
  const written = outputFiles.filter((file) => replace(file.path, file.contents)).length;
  removeStale(new Set(outputFiles.map((file) => stem(file.path))));
  return written;
}

const DERIVED = /\.(js|js\.map|d\.ts)$/;
const stem = (path) => path.replace(DERIVED, '');

function removeStale(current) {
  for (const folder of ['assembly', 'host', 'boards', 'test']) {
    const derived = list(`${dist}/${folder}`, (path) => DERIVED.test(path));
    for (const path of derived.map((path) => `${dist}/${folder}/${path}`)) {
      if (!current.has(stem(path))) rmSync(path);
    }
  }
}

await main(import.meta.url, async () => {
  const written = await buildHost();
  console.log(`dist: ${written} file${written === 1 ? '' : 's'} changed`);
});
