import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Option, type Command } from 'commander';
import { Loader, type Bill, type Engine, type Layout } from '../core/index.js';
import { integer } from './numbers.js';
import { UsageError } from './usage.js';

type Build = 'psk' | 'full' | 'node';

interface MemoryOptions {
  build: Build;
  connections: number;
  handshakes?: number;
  aftercares?: number;
  contexts: number;
  contextBytes?: number;
  sessions: number;
  lobbies: number;
  cid: number;
  ticket: number;
  exporters?: boolean;
  datagram?: number;
  message?: number;
  json?: boolean;
}

/** Bytes as the builds are used: a mote's, one's with a certificate of 400 bytes on either side, and Node's. */
const USUAL = {
  psk: { datagram: 512, message: 512, contextBytes: 192 },
  full: { datagram: 1_280, message: 1_024, contextBytes: 1_024 },
  node: { datagram: 2_048, message: 1_536, contextBytes: 768 },
};
const FILES = { psk: 'thimble-psk.wasm', full: 'thimble.wasm', node: 'thimble-node.wasm' };

/** `thimble memory`: what the module itself says that a layout costs. */
export function addMemory(program: Command): void {
  program.command('memory')
    .description('the RAM and size bill, from the real module laid out as asked')
    .addOption(new Option('--build <name>', 'psk: for boards, pre-shared keys alone; full: for boards, with certificates; node: for Node')
      .choices(Object.keys(FILES)).default('psk'))
    .option('--connections <n>', 'connections at a time', integer('--connections', 1, 4096), 1)
    .option('--handshakes <n>', 'handshakes at a time (as many as connections)', integer('--handshakes', 1, 4096))
    .option('--aftercares <n>', 'finished handshakes whose last flight may be asked for again (as many as handshakes)',
      integer('--aftercares', 1, 4096))
    .option('--contexts <n>', 'sets of credentials', integer('--contexts', 1, 4097), 1)
    .option('--context-bytes <n>', 'of a set: keys, names, certificates, authorities (192, 1024 or 768 by the build)',
      integer('--context-bytes', 16, 65535))
    .option('--sessions <n>', 'sessions that a server keeps by their ids', integer('--sessions', 0, 4096), 0)
    .option('--lobbies <n>', 'first hellos that may come in pieces at a time', integer('--lobbies', 0, 4096), 0)
    .option('--cid <bytes>', 'the longest connection ID that a peer may want', integer('--cid', 0, 255), 20)
    .option('--ticket <bytes>', 'the longest ticket that a server gives', integer('--ticket', 0, 255), 0)
    .option('--exporters', 'connections keep what exporters need (not with psk)')
    .option('--datagram <bytes>', 'longest datagram, in and out', integer('--datagram', 128, 65535))
    .option('--message <bytes>', 'longest handshake message to put together', integer('--message', 256, 65535))
    .option('--json', 'the same as a JSON object')
    .addHelpText('after', '\nExamples:\n  thimble memory\n  thimble memory --build full --datagram 512\n' +
      '  thimble memory --build node --connections 4096 --handshakes 256 --sessions 4096 --ticket 255 --exporters')
    .action((options: MemoryOptions) => {
      const bill = billOf(options);
      process.stdout.write(options.json === true ? `${JSON.stringify(bill)}\n` : `${billText(bill)}\n`);
    });
}

interface WholeBill {
  build: Build;
  module: { raw: number; gzip: number };
  layout: Layout;
  /** Bytes of linear memory: windows, one slot of each pool, what is neither, and the sum. */
  windows: number;
  slot: Omit<Bill, 'fixed' | 'used'>;
  fixed: number;
  used: number;
  pages: number;
}

const PAGE = 65_536;
/** What assembly/saved-state.ts saves of a connection, sealed; and of its exporters. */
const STATE = 118, EXPORTER = 128;
const stateBytes = ({ exporters }: Layout): number => STATE + (exporters === true ? EXPORTER : 0);

function billOf(options: MemoryOptions): WholeBill {
  const file = readFileSync(new URL(`../../${FILES[options.build]}`, import.meta.url));
  const layout = layoutOf(options);
  const { bill: { fixed, used, ...slot }, layout: { bytes } } = engineOf(file, layout);
  const pools = poolsOf(options.build, layout, slot).reduce((sum, [count, size]) => sum + count * size, 0);
  return {
    build: options.build,
    module: { raw: file.length, gzip: gzipSync(file, { level: 9 }).length },
    layout,
    windows: used - fixed - pools,
    slot,
    fixed,
    used,
    pages: Math.ceil(bytes! / PAGE),
  };
}

function layoutOf(options: MemoryOptions): Layout {
  const { build, connections, contexts, sessions, lobbies, cid: cidMax, ticket: ticketMax } = options, usual = USUAL[build];
  const inMax = options.datagram ?? usual.datagram, handshakes = options.handshakes ?? connections;
  const exporters = options.exporters === true;
  if (exporters && build === 'psk') throw new UsageError('--exporters: the psk build has none; say --build full or node');
  return {
    inMax, outMax: inMax, messageMax: options.message ?? usual.message,
    connections, handshakes, aftercares: options.aftercares ?? handshakes, contexts,
    contextBytes: options.contextBytes ?? usual.contextBytes, sessions, lobbies, cidMax, ticketMax, exporters,
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

/** How many slots of how many bytes, and what they are. */
function poolsOf(build: Build, layout: Layout, slot: WholeBill['slot']): [count: number, bytes: number, what: string][] {
  const { contextBytes, messageMax, cidMax, ticketMax = 0, exporters } = layout;
  const kept = [`the peer's CID of up to ${cidMax}`, ...(exporters === true ? ['what exporters need'] : [])];
  const ticket = ticketMax === 0 ? '' : `, with a ticket of up to ${ticketMax}`;
  return [
    [layout.contexts, slot.context, `contexts: suites, timers, ${contextBytes} for keys${build === 'psk' ? '' : ', certificates'} and names`],
    [layout.connections, slot.connection, `connections: for as long as they live; ${kept.join(', ')}`],
    [layout.handshakes, slot.handshake, `handshakes: while they run, messages of up to ${messageMax}`],
    [layout.aftercares, slot.aftercare, `aftercares: to answer for a last flight that was lost${ticket}; paths that are checked`],
    [layout.sessions!, slot.session, 'sessions: that clients may resume by their ids'],
    [layout.lobbies!, slot.lobby, 'lobbies: first hellos in pieces'],
  ];
}

function billText(bill: WholeBill): string {
  const { build, layout, slot, module } = bill;
  const number = (bytes: number) => bytes.toLocaleString('en-US');
  const line = (bytes: number, what: string) => `${number(bytes).padStart(11)}  ${what}`;
  return [
    `Module ${FILES[build]}: ${number(module.raw)} bytes, ${number(module.gzip)} with gzip`,
    '',
    'Linear memory, bytes:',
    line(bill.fixed, 'fixed: the C stack, C data, engine data'),
    line(bill.windows, `windows: a datagram of ${layout.inMax} in and one of ${layout.outMax} out`),
    ...poolsOf(build, layout, slot).filter(([count]) => count > 0)
      .map(([count, bytes, what]) => line(count * bytes, `${count} × ${number(bytes)}  ${what}`)),
    line(bill.used, `in all, in ${bill.pages} ${bill.pages === 1 ? 'page' : 'pages'} of 64 KiB`),
    '',
    `The state of a live connection, to sleep with: ${number(stateBytes(layout))} bytes, sealed, and its CIDs.`,
    'Not counted: the module\'s code, the native stack of whoever runs it, and the host\'s own objects and buffers',
    '(JavaScript: a Connection and a Peer for each connection, a copy of each datagram and message while it is handled).',
  ].join('\n');
}
