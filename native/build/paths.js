// Where things stand in the tree. Plain JavaScript without dependencies: it runs before anything is installed.
import { fileURLToPath } from 'node:url';

/** The repository's top folder, without a trailing slash. */
export const top = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
export const modules = `${top}/node_modules`;
export const native = `${top}/native`;
/** What the build keeps between runs, by the hash of its inputs; git-ignored, may be deleted at any time. */
export const cache = `${native}/cache`;
/** mbedTLS's source, fetched at set-up; git-ignored. */
export const fetched = `${native}/mbedtls`;
export const dist = `${top}/dist`;
