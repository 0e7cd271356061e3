// node boards/build/script.js APP: a script for the emulated board, one file, from an app that imports what a Moddable app
// imports.
import { readFileSync } from 'node:fs';
import { dist, top } from '../../native/build/paths.js';
import { main } from '../../native/build/process.js';
import { withHosts } from './hosts.js';

/** Where the board's modules stand, by the names that Moddable has for them. */
const MODULES = {
  'board': 'boards/emulator/board.js',
  'embedded:io/socket/udp': 'boards/emulator/udp.js',
  'timer': 'boards/emulator/timer.js',
  'time': 'boards/emulator/time.js',
  'thimble/native': 'boards/moddable/native.js',
};
/** The adapter as users get it. */
const ADAPTER = { name: 'embedded:io/socket/udp/dtls', path: `${dist}/moddable/dtls.js` };

const names = new RegExp(`^(${[...Object.keys(MODULES), ADAPTER.name].join('|')})$`);

const plugin = {
  name: 'board',
  setup(build) {
    build.onResolve({ filter: names }, ({ path }) =>
      ({ path: path === ADAPTER.name ? ADAPTER.path : `${top}/${MODULES[path]}` }));
    build.onLoad({ filter: /[\\/]boards[\\/](emulator|moddable)[\\/].*\.js$/ }, ({ path }) =>
      ({ contents: withHosts(readFileSync(path, 'utf8')), loader: 'js' }));
  },
};

/** The text of the script for the app at this path. Its words are ES2022, which XS reads as they stand. */
export async function bundle(app) {
  const { build } = await import('esbuild');
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [app], bundle: true, format: 'iife', target: 'es2022', minify: true, write: false, logLevel: 'warning',
    plugins: [plugin],
  });
  return outputFiles[0].text;
}

await main(import.meta.url, async ([app]) => console.log(await bundle(app)));
