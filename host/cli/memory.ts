import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Option, type Command } from 'commander';
import { Loader, type Engine, type Layout } from '../core/index.js';
import { integer } from './numbers.js';
import { UsageError } from './usage.js';

type Build = 'psk' | 'node';

interface MemoryOptions {
  build: Build;
  connections: number;
  handshakes?: number;
  aftercares?: number;
  contexts: number;
  datagram?: number;
  message?: number;
  json?: boolean;
}

/** Windows of the two builds as they are used: a mote's, and Node's. Bytes. */
const WINDOWS = { psk: { datagram: 512, message: 512 }, node: { datagram: 2_048, message: 1_536 } };

/** `thimble memory`: what the module itself says that a layout costs. */
export function addMemory(program: Command): void {
  program.command('memory')
    .description('the RAM and size bill, from the real module laid out as asked')
    .addOption(new Option('--build <name>', 'psk: for boards; node: for Node').choices(['psk', 'node']).default('psk'))
    .option('--connections <n>', 'connections at a time', integer('--connections', 1, 4096), 1)
    .option('--handshakes <n>', 'handshakes at a time (as many as connections)', integer('--handshakes', 1, 4096))
    .option('--aftercares <n>', 'finished handshakes whose last flight may be asked for again (as many as handshakes)',
      integer('--aftercares', 1, 4096))
    .option('--contexts <n>', 'sets of credentials', integer('--contexts', 1, 4097), 1)
    .option('--datagram <bytes>', 'longest datagram, in and out', integer('--datagram', 128, 65535))
    .option('--message <bytes>', 'longest handshake message to put together', integer('--message', 256, 65535))
    .option('--json', 'the same as a JSON object')
    .addHelpText('after', '\nExamples:\n  thimble memory\n  thimble memory --build node --connections 4096 --handshakes 256')
    .action((options: MemoryOptions) => {
      const bill = billOf(options);
      process.stdout.write(options.json === true ? `${JSON.stringify(bill)}\n` : `${billText(bill)}\n`);
    });
}

interface Bill {
  build: Build;
  module: { raw: number; gzip: number };
  layout: Layout;
  /** Bytes of linear memory: windows, one slot of each pool, what is neither, and the sum. */
  windows: number;
  slot: { connection: number; handshake: number; aftercare: number; context: number };
  fixed: number;
  used: number;
  pages: number;
}

const PAGE = 65_536;

function billOf(options: MemoryOptions): Bill {
  const file = readFileSync(new URL(`../../thimble-${options.build}.wasm`, import.meta.url));
  const layout = layoutOf(options);
  const { bill, layout: { bytes } } = engineOf(file, layout);
  const pools = layout.connections * bill.connection + layout.handshakes * bill.handshake +
    layout.aftercares * bill.aftercare + layout.contexts * bill.context;
  return {
    build: options.build,
    module: { raw: file.length, gzip: gzipSync(file, { level: 9 }).length },
    layout,
    windows: bill.used - bill.fixed - pools,
    slot: { connection: bill.connection, handshake: bill.handshake, aftercare: bill.aftercare, context: bill.context },
    fixed: bill.fixed,
    used: bill.used,
    pages: Math.ceil(bytes! / PAGE),
  };
}

function layoutOf(options: MemoryOptions): Layout {
  const windows = WINDOWS[options.build];
  const datagram = options.datagram ?? windows.datagram;
  const handshakes = options.handshakes ?? options.connections;
  return {
    inMax: datagram, outMax: datagram, messageMax: options.message ?? windows.message,
    connections: options.connections, handshakes, aftercares: options.aftercares ?? handshakes, contexts: options.contexts,
  };
}

function engineOf(file: Uint8Array, layout: Layout): Engine {
  try {
    return new Loader(file).engine(layout);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_DTLS_BAD_LAYOUT') throw error;
    throw new UsageError('no memory of at most 64 MiB holds this layout; ask for fewer or smaller things');
  }
}

function billText(bill: Bill): string {
  const { layout, slot, module } = bill;
  const line = (bytes: number, what: string) => `${bytes.toLocaleString('en-US').padStart(11)}  ${what}`;
  const pool = (count: number, bytes: number, what: string) =>
    line(count * bytes, `${count} × ${bytes.toLocaleString('en-US')}  ${what}`);
  return [
    `Module thimble-${bill.build}.wasm: ${module.raw.toLocaleString('en-US')} bytes, ` +
      `${module.gzip.toLocaleString('en-US')} with gzip`,
    '',
    'Linear memory, bytes:',
    line(bill.fixed, 'fixed: the C stack, C data, engine data'),
    line(bill.windows, `windows: a datagram of ${layout.inMax} in and one of ${layout.outMax} out`),
    pool(layout.contexts, slot.context, 'contexts: credentials, suites, timers'),
    pool(layout.connections, slot.connection, 'connections: for as long as they live'),
    pool(layout.handshakes, slot.handshake, `handshakes: while they run, messages of up to ${layout.messageMax}`),
    pool(layout.aftercares, slot.aftercare, 'aftercares: to answer for a last flight that was lost'),
    line(bill.used, `in all, in ${bill.pages} ${bill.pages === 1 ? 'page' : 'pages'} of 64 KiB`),
    '',
    'Not counted: the module\'s code, the native stack of whoever runs it, and the host\'s own objects and buffers',
    '(JavaScript: a Connection and a Peer for each connection, a copy of each datagram and message while it is handled).',
  ].join('\n');
}
