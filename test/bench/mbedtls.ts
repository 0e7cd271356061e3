// A lane: mbedTLS's own DTLS 1.2 in WebAssembly, both ends in memory. Arguments: the module for speed, the one for size.
import { readFileSync } from 'node:fs';
import { instantiate } from './instantiate.js';
import { repeat, serve } from './serve.js';

/** What ends.c and loops.c export. */
interface Exports {
  _initialize(): void;
  setup(): number;
  open_end(end: number): number;
  handshake(end: number): number;
  close_end(end: number): void;
  sent_bytes(): number;
  sent_datagrams(): number;
  end_now(end: number): number;
  end_most(end: number): number;
  handshakes(count: number): number;
  records_start(): number;
  records(size: number, count: number): number;
  records_end(): void;
}

const CLIENT = 0;
const SERVER = 1;

async function load(path: string): Promise<Exports> {
  const module = await instantiate<Exports>(readFileSync(path));
  module._initialize();
  check('setup', module.setup());
  return module;
}

function check(what: string, result: number): void {
  if (result !== 0) throw new Error(`mbedTLS: ${what} returned ${result}`);
}

/** One handshake from the outside, so that what each end holds can be read in between. */
function handshake(module: Exports): void {
  for (let turn = 0; turn < 10; turn++) {
    const waiting = [CLIENT, SERVER].map((end) => module.handshake(end));
    waiting.forEach((result) => result < 0 && check('handshake', result));
    if (waiting.every((result) => result === 0)) return;
  }
  throw new Error('mbedTLS: the handshake does not end');
}

function facts(module: Exports) {
  const bytes = module.sent_bytes();
  const datagrams = module.sent_datagrams();
  check('open_end', module.open_end(CLIENT) || module.open_end(SERVER));
  handshake(module);
  const sent = { bytes: module.sent_bytes() - bytes, datagrams: module.sent_datagrams() - datagrams };
  module.close_end(CLIENT);
  module.close_end(SERVER);
  return sent;
}

/** Bytes each end of the size build holds once connected, its 512-byte buffers included, and at the handshake's peak. */
function memory(module: Exports) {
  check('open_end', module.open_end(CLIENT) || module.open_end(SERVER));
  handshake(module);
  const [client, server] = [CLIENT, SERVER].map((end) => {
    const connection = module.end_now(end);
    return { connection, handshake: module.end_most(end) - connection };
  });
  module.close_end(CLIENT);
  module.close_end(SERVER);
  return { client, server };
}

const [speedPath, sizePath] = process.argv.slice(2);
if (!speedPath || !sizePath) throw new Error('name the module for speed and the module for size');
const speed = await load(speedPath);
const size = await load(sizePath);

await serve({
  handshakes: (ms) => repeat(ms, 16, () => check('handshakes', speed.handshakes(16))),
  records: (length, ms) => {
    check('records_start', speed.records_start());
    const measured = repeat(ms, 64, () => check('records', speed.records(length, 64)));
    speed.records_end();
    return measured;
  },
  facts: () => facts(speed),
  memory: () => memory(size),
});
