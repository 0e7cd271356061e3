// Where emscripten is, and what it can do.
import { existsSync } from 'node:fs';
import { run, Failure, which } from './process.js';

export const HOW_TO_GET_IT =
  'install emscripten (on Debian: apt-get install emscripten), or set EMSDK or PATH so that an existing emcc is found';

/** The compiler's path: EMSDK's if that is set, else PATH's; null if there is none. */
export function findEmcc() {
  const sdk = process.env.EMSDK;
  if (!sdk) return which('emcc');
  const emcc = [`${sdk}/upstream/emscripten/emcc`, `${sdk}/emcc`].find((path) => existsSync(path));
  if (!emcc) throw new Failure(`EMSDK is set, but there is no emcc in it; ${HOW_TO_GET_IT}.`);
  return emcc;
}

/** {path, version: [major, minor, patch], run(args)}; emcc's own scripts run on this very Node. */
export function emscripten() {
  const path = findEmcc();
  if (!path) throw new Failure(`No emscripten found: ${HOW_TO_GET_IT}.`);
  const env = { ...process.env, EM_NODE_JS: process.execPath, PYTHONHASHSEED: '0' };
  const said = run(path, ['--version'], { env }).split('\n')[0];
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(said)?.slice(1).map(Number);
  if (!version) throw new Failure(`${path} does not say its version; ${HOW_TO_GET_IT}.`);
  return { path, version, run: (args) => run(path, args, { env }) };
}
