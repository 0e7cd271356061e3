// npm run board: the module as C (dist/c), and the adapters' JavaScript (dist/moddable, dist/espruino).
import { build } from '../../native/build/build.js';
import { main } from '../../native/build/process.js';
import { buildC } from './c.js';
import { buildEspruino } from './espruino.js';
import { buildModdable } from './moddable.js';

export { lacksWasm2c } from './c.js';

/** Everything a board's firmware takes from here. */
export async function buildBoards() {
  await build();
  await buildC();
  await buildModdable();
  await buildEspruino();
}

await main(import.meta.url, async () => {
  await buildBoards();
  console.log('dist/c         the module as C, for any toolchain: begin with its README.md');
  console.log('dist/moddable  with boards/moddable/manifest.json, which an app includes');
  console.log('dist/espruino  libs/dtls, which a firmware takes, and the module on its own');
});
