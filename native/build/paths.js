// Where things stand in the tree. Plain JavaScript without dependencies: it runs before anything is installed.
import { fileURLToPath } from 'node:url';

/** The repository's top folder, without a trailing slash. */
export const top = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
/** Tools of the installed packages, started with `process.execPath`. */
export const modules = `${top}/node_modules`;
export const native = `${top}/native`;
export const dist = `${top}/dist`;
