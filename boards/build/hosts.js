// JavaScript functions whose body is in C, as XS's compiler reads them: `export function poll() @ "xs_thimble_poll";`.
// In the emulator's firmware C registers them in `host`, where a script finds them by that name.
import { readFileSync } from 'node:fs';
import { list } from '../../native/build/files.js';
import { top } from '../../native/build/paths.js';

const HOST = /^(export )?function (\w+)\([^)]*\) @ "(\w+)";$/gm;

/** The files that declare such functions. */
const declaring = () => [
  `${top}/boards/moddable/native.js`,
  ...list(`${top}/boards/emulator`, (path) => path.endsWith('.js')).map((path) => `${top}/boards/emulator/${path}`),
];

/** The names of all such functions in C, sorted. */
export function hostNames() {
  return declaring().flatMap((path) => [...readFileSync(path, 'utf8').matchAll(HOST)].map((match) => match[3])).sort();
}

/** The text as JavaScript that any engine reads. */
export function withHosts(text) {
  return text.replace(HOST, (_, exported = '', name, inC) => `${exported}const ${name} = host.${inC};`);
}
