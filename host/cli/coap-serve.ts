import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { IncomingMessage } from 'coap';
import type { Command } from 'commander';
import { createSocket } from '../node/dgram.js';
import { DEFAULT_PORT, formatAddress, parseListenAddress } from './address.js';
import { ResourceTree } from './coap-tree.js';
import { serverOptions } from './connection.js';
import { aborted, interruption } from './interruption.js';
import { leaveSocket } from './kept.js';
import { outputOf, withCommon, withKeys, type CommonOptions } from './options.js';
import { problemText } from './problems.js';
import { Exit } from './usage.js';

/** `thimble coap serve`: something to try clients with. */
export function addCoapServe(coap: Command): void {
  const command = coap.command('serve').argument('[address]', '[host:]port', String(DEFAULT_PORT))
    .description('serve a small resource tree: /.well-known/core, /time (may be observed), /echo, and what was put');
  withKeys(command, 'server');
  withCommon(command).action(async (address: string, options: CommonOptions) => {
    process.exitCode = await run(address, options);
  });
}

async function run(text: string, options: CommonOptions): Promise<Exit> {
  const { TreeServer } = await import('./coap-server.js'); // its libraries are slow to load
  const output = outputOf(options);
  const { host, port } = parseListenAddress(text);
  const { shared, credentials, kept, finish } = serverOptions(options, output);
  const signal = interruption();
  const address = host === '' ? '0.0.0.0' : (await lookup(host)).address;
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', dtls: { ...shared, ...kept.options, listen: credentials } });
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
    socket.on('error', (error: Error) => output.warn(problemText(error)));
    const server = new TreeServer(socket, new ResourceTree(), (request, code) => {
      output.event('request', about(request, code), requestText(request, code));
    });
    const bound = socket.address();
    const where = formatAddress({ host: bound.address, port: bound.port });
    output.event('listening', { address: bound.address, port: bound.port }, `serving coaps://${where}/`);
    await aborted(signal);
    server.close();
    return Exit.DONE;
  } finally {
    await leaveSocket(socket, kept, output);
    finish();
  }
}

function about({ method, url, rsinfo }: IncomingMessage, code: string): Record<string, unknown> {
  return { method, path: url, code, address: rsinfo.address, port: rsinfo.port };
}

function requestText({ method, url, rsinfo }: IncomingMessage, code: string): string {
  return `${formatAddress({ host: rsinfo.address, port: rsinfo.port })} ${method} ${url} ${code}`;
}
