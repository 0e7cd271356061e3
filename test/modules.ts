// The modules that `npm run build` leaves in dist/.
import { readFileSync } from 'node:fs';

export const BUILDS = ['psk', 'full', 'node', 'trace'] as const;
export type Build = (typeof BUILDS)[number];

/** The file's name under dist/; what holds everything for boards has the plain name. */
export function fileName(build: Build): string {
  return build === 'full' ? 'thimble.wasm' : `thimble-${build}.wasm`;
}

export function moduleFile(build: Build): Buffer {
  return readFileSync(new URL(`../${fileName(build)}`, import.meta.url));
}
