// The built modules, compiled once a process.
import { readFileSync } from 'node:fs';
import { Loader } from '../../host/core/index.js';

export type Build = 'psk' | 'node' | 'trace';

const loaders = new Map<Build, Loader>();

/** The module file of this build under dist/. */
export function moduleFile(build: Build): Buffer {
  return readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url));
}

export function loaderOf(build: Build): Loader {
  let loader = loaders.get(build);
  if (loader === undefined) loaders.set(build, loader = new Loader(moduleFile(build)));
  return loader;
}
