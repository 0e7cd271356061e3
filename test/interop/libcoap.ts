// libcoap's coap-server and coap-client, over either of their backends; on our side npm's coap over the look-alike of node:dgram.
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Agent } from 'coap';
import type { CoapRequestParams, IncomingMessage, ObserveReadStream } from 'coap';
import { TreeServer } from '../../host/cli/coap-server.js';
import { ResourceTree } from '../../host/cli/coap-tree.js';
import { createSocket } from '../../host/node/dgram.js';
import type { SocketDTLSOptions } from '../../host/node/dgram.js';
import { IDENTITY, KEY, start, within } from './peers.js';
import type { Peer, Program } from './peers.js';

type Credentials = SocketDTLSOptions;
type Ask = (params: CoapRequestParams, payload?: string) => Promise<IncomingMessage | ObserveReadStream>;

let count = 0;

/**
 * Their server for the length of a test; new resources may be put. It takes two ports in a row, which the system cannot choose:
 * so it has an address of its own, made of the number of the process.
 */
export async function startCoapServer(
  t: TestContext, program: Program, credentials = ['-k', KEY.toString()],
): Promise<{ host: string; port: number; peer: Peer }> {
  const { pid } = process, host = `127.${pid >> 16 & 255}.${pid >> 8 & 255}.${pid & 255}`, port = 5683 + 2 * count++;
  const peer = start(t, program, ['-A', host, '-p', `${port}`, ...credentials, '-d', '10', '-v', '7']);
  await peer.says(/created DTLS endpoint/);
  return { host, port: port + 1, peer };
}

/** Their client, which asks for one resource. */
export function coapClient(
  t: TestContext, program: Program, uri: string, credentials = ['-u', IDENTITY, '-k', KEY.toString()], ...more: string[]
): Peer {
  return start(t, program, [...credentials, '-B', '10', ...more, uri]);
}

/** Our server with its tree of resources, for the length of a test; returns its port. */
export async function serveTree(
  t: TestContext, tree = new ResourceTree(), dtls: Credentials = { psk: { [IDENTITY]: KEY } },
): Promise<number> {
  const socket = createSocket({ type: 'udp4', dtls });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server = new TreeServer(socket, tree, () => {});
  t.after(() => (server.close(), new Promise<void>((done) => void socket.close(done))));
  return socket.address().port;
}

/** Our client of one server. */
export function ourClient(
  t: TestContext, { host, port }: { host: string; port: number }, dtls: Credentials = { psk: { identity: IDENTITY, key: KEY } },
): Ask {
  const socket = createSocket({ type: 'udp4', dtls });
  const agent = new Agent({ socket });
  t.after(() => new Promise<void>((done) => void socket.close(done)));
  return async (params, payload) => {
    const request = agent.request({ hostname: host, port, ...params });
    if (payload !== undefined && payload.length > 1024) request.setOption('Block1', Buffer.of(6));
    const response = once(request, 'response');
    request.end(payload === undefined ? undefined : Buffer.from(payload));
    const [message] = await within(`the answer to ${params.method ?? 'GET'} ${params.pathname}`, response);
    return message as IncomingMessage | ObserveReadStream;
  };
}
