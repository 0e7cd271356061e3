// node boards/build/script.js APP: a script for the emulated board, one file, from an app that imports what a Moddable app
// imports.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { dist, top } from '../../native/build/paths.js';
import { main } from '../../native/build/process.js';
import { withHosts } from './hosts.js';

/** Where the board's modules stand, by the names that Moddable has for them. The adapter is the one that users get. */
const MODULES = {
  'board': `${top}/boards/emulator/board.js`,
  'embedded:io/socket/udp': `${top}/boards/emulator/udp.js`,
  'embedded:io/socket/udp/dtls': `${dist}/moddable/dtls.js`,
  'timer': `${top}/boards/emulator/timer.js`,
  'time': `${top}/boards/emulator/time.js`,
  'thimble/native': `${top}/boards/moddable/native.js`,
  'coap': `${top}/boards/moddable/examples/coap.js`,
};

const plugin = (modules) => ({
  name: 'board',
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(modules).join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path: modules[path] }));
    build.onLoad({ filter: /[\\/]boards[\\/](emulator|moddable)[\\/][^\\/]*\.js$/ }, ({ path }) =>
      ({ contents: withHosts(readFileSync(path, 'utf8')), loader: 'js' }));
  },
});

/**
 * The text of the script for the app at this path. `modules`: paths of more modules by name, as an app's manifest has
 * them. Its words are ES2022, which XS reads as they stand.
 */
export async function bundle(app, modules = {}) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    stdin: { contents: `import 'board'; import ${JSON.stringify(resolve(app))};`, resolveDir: top },
    bundle: true, format: 'iife', target: 'es2022', minify: true, write: false, logLevel: 'warning',
    plugins: [plugin({ ...MODULES, ...modules })],
  });
  return outputFiles[0].text;
}

await main(import.meta.url, async ([app]) => console.log(await bundle(app)));
