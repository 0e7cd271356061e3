// dist/espruino: the module `dtls` as one CommonJS file in the JavaScript that Espruino knows, whole and minified, and the
// folder libs/dtls that a firmware takes: the native library, the module as C, the minified JavaScript.
import { readFileSync, rmSync } from 'node:fs';
import { list, replace } from '../../native/build/files.js';
import { dist, top } from '../../native/build/paths.js';

/** What a minifier must not write: Espruino does not know it. */
const SUPPORTED = {
  'optional-chain': false, 'logical-assignment': false, 'optional-catch-binding': false, 'exponent-operator': false,
  'object-rest-spread': false, 'destructuring': false, 'default-argument': false, 'class-static-blocks': false,
};

/** What of the firmware the module stands on. No bundler is to look for it. */
const REQUIRED = 'const thimble=require("thimble"),dgram=require("dgram");';

/** What this firmware never does costs JsVars for nothing. */
const WITHOUT = {
  name: 'without',
  setup({ onResolve }) {
    onResolve({ filter: /\/(certificate-words|idle|trace)\.js$/ }, () => ({ path: `${top}/boards/espruino/absent.ts` }));
  },
};

/** The exports of an ECMAScript module, which stand at its end, as CommonJS has them. */
function asCommonJs(text) {
  return text.replace(/export\s*\{([^}]*)\};?\s*$/, (_, names) => names.split(',').map((name) => {
    const [local, exported = local] = name.trim().split(' as ');
    return `exports.${exported}=${local};\n`;
  }).join(''));
}

/** The module as text, minified or for reading. Either has its syntax minified, which puts numbers in their names' places. */
export async function bundle(isMinified) {
  const { build } = await import('esbuild');
  const { outputFiles: [file] } = await build({
    absWorkingDir: top,
    entryPoints: ['boards/espruino/dtls.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [WITHOUT],
    banner: { js: REQUIRED },
    target: 'es2022',
    supported: SUPPORTED,
    minifySyntax: true,
    minifyWhitespace: isMinified,
    minifyIdentifiers: isMinified,
    legalComments: 'none',
    charset: 'ascii',
    logLevel: 'warning',
  });
  return asCommonJs(file.text);
}

/** Makes `to` the same as `from`, but for what is in `others` already. */
function copyFolder(from, to, others = []) {
  const paths = list(from);
  for (const path of paths) replace(`${to}/${path}`, readFileSync(`${from}/${path}`));
  for (const path of list(to)) if (!paths.includes(path) && !others.includes(path)) rmSync(`${to}/${path}`);
}

/** Writes dist/espruino. dist/c stands already. */
export async function buildEspruino() {
  const folder = `${dist}/espruino`, library = `${folder}/libs/dtls`, script = 'dtls.min.js';
  const minified = await bundle(true);
  replace(`${folder}/dtls.js`, await bundle(false));
  replace(`${folder}/${script}`, minified);
  copyFolder(`${top}/boards/espruino/libs/dtls`, library, [script, ...list(`${dist}/c`).map((path) => `c/${path}`)]);
  copyFolder(`${dist}/c`, `${library}/c`);
  replace(`${library}/${script}`, minified);
}
