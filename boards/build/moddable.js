// dist/moddable/dtls.js: the DTLS class with all that it shares with the other hosts, as one ECMAScript module. What the
// Moddable SDK brings stays an import.
import { replace } from '../../native/build/files.js';
import { dist, top } from '../../native/build/paths.js';

/** The SDK's modules, and our own that only the SDK's compiler can read (native.js). */
const EXTERNAL = ['embedded:*', 'timer', 'time', 'thimble/native'];

/** Writes dist/moddable. */
export async function buildModdable() {
  const { build } = await import('esbuild');
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
  replace(`${dist}/moddable/dtls.js`, preloadable(bundle.text));
}

/**
 * XS runs a preloaded module once, on the computer that builds, and leaves the result in flash. What may change has a pointer in
 * RAM and a warning at every build, so what does not change is said to be constant again, which esbuild made `var` of.
 */
function preloadable(text) {
  const frozen = [];
  const constant = text.replace(/^var (\w+) = (.*)/gm, (all, name, value) => {
    if (isAssigned(text, name)) return all;
    if (/^[[{]/.test(value)) frozen.push(name);
    return `const ${name} = ${value}`;
  });
  return constant.replace(/^export \{/m, `${frozen.map((name) => `Object.freeze(${name});\n`).join('')}export {`);
}

/** Whether a name of the module's own is given a value more than once, or before its own is complete (as an enum is). */
function isAssigned(text, name) {
  const assignment = new RegExp(`(?<![.\\w$])${name}(?:\\s*(?:[-+*/%|&^]|<<|>>>?|\\?\\?|&&|\\|\\|)?=(?![=>])|\\+\\+|--)`, 'g');
  return text.match(assignment).length > 1 || text.includes(`(${name} || {})`);
}
