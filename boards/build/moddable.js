// dist/moddable/dtls.js: the DTLS class with all that it shares with the other hosts, as one ECMAScript module. What the
// Moddable SDK brings stays an import.
import { build } from 'esbuild';
import { replace } from '../../native/build/files.js';
import { dist, top } from '../../native/build/paths.js';

/** The SDK's modules, and our own that only the SDK's compiler can read (native.js). */
const EXTERNAL = ['embedded:*', 'timer', 'time', 'thimble/native'];

/** Writes dist/moddable. */
export async function buildModdable() {
  const { outputFiles: [bundle] } = await build({
    absWorkingDir: top,
    entryPoints: ['boards/moddable/dtls.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: EXTERNAL,
    legalComments: 'none',
    logLevel: 'warning',
  });
  replace(`${dist}/moddable/dtls.js`, bundle.contents);
}
