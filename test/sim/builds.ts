// The built modules, compiled once a process.
import { Loader } from '../../host/core/index.js';
import { moduleFile, type Build } from '../modules.js';

const loaders = new Map<Build, Loader>();

export function loaderOf(build: Build): Loader {
  let loader = loaders.get(build);
  if (loader === undefined) loaders.set(build, loader = new Loader(moduleFile(build)));
  return loader;
}
