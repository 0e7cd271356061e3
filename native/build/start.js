// npm start [-- options]: set-up and build where needed, then the fleet.
import { build } from './build.js';
import { dist } from './paths.js';
import { handOver, main } from './process.js';

await main(import.meta.url, async (args) => {
  await build();
  return handOver(process.execPath, [`${dist}/host/cli/main.js`, 'fleet', ...args]);
});
