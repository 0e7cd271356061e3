// npm run board: the module as C (dist/c), and the adapters' JavaScript (dist/moddable, dist/espruino).
import { build } from '../../native/build/build.js';
import { main } from '../../native/build/process.js';
import { buildC } from './c.js';
import { buildEspruino } from './espruino.js';
import { buildModdable } from './moddable.js';

export { lacksWasm2c } from './c.js';

/** Everything a board's firmware takes from here. */
export async function buildBoards() {
  await buildWithoutC();
  await buildC();
  await buildEspruino();
}

/** As much of it as a machine without wasm2c can build, and can test. */
export async function buildWithoutC() {
  await build();
  await buildModdable();
}

await main(import.meta.url, async () => {
  await buildBoards();
  console.log('dist/c         the module as C, for any toolchain: begin with its README.md');
  console.log('dist/moddable  with boards/moddable/manifest.json, which an app includes');
  console.log('dist/espruino  libs/dtls, which a firmware takes, and the module on its own');
});
