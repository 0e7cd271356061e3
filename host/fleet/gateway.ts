import { once } from 'node:events';
import type { Socket } from 'node:dgram';
import { createServer, type IncomingMessage, type OutgoingMessage, type Server } from 'coap';
import { createSocket } from '../node/dgram.js';
import type { CommonOptions, ListenOptions } from '../node/index.js';
import type { Target } from './node.js';

/** What it shows to nodes, and knows them by. */
export type GatewayCredentials =
  Pick<ListenOptions, 'psk' | 'cert' | 'key' | 'rawPublicKey' | 'ca' | 'peerKeys' | 'requestCert'>;

/** Who sees the datagrams and the keys. */
export type Watch = Pick<CommonOptions, 'capture' | 'keylog'>;

const LOOPBACK = '127.0.0.1';

/**
 * The other end of a fleet: the Node module behind a socket that looks like dgram's, and the npm package `coap` on top of
 * it. It keeps the last reading of each node.
 */
export class Gateway {
  /** Name of a node to its last reading. */
  readonly lastReadings = new Map<string, string>();
  private readonly server: Server;

  private constructor(private readonly socket: Socket) {
    this.server = createServer((request, response) => this.answer(request, response as OutgoingMessage));
    this.server.on('error', () => {}); // of a peer that is gone; the nodes themselves say what failed
    this.server.listen(socket);
  }

  /** Serves the nodes that it knows, and nobody else, on a port of the system's choice; `watch` may capture what passes. */
  static async start(credentials: GatewayCredentials, watch: Watch = {}): Promise<Gateway> {
    const socket = createSocket({
      type: 'udp4', dtls: { ...watch, listen: credentials, maxSessions: 0, maxSessionsPerHost: 0, maxHandshakes: 0 },
    });
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    return new Gateway(socket);
  }

  /** Where nodes find it. */
  get target(): Target {
    return { address: LOOPBACK, port: this.socket.address().port };
  }

  async close(): Promise<void> {
    this.server.close();
    await new Promise<void>((done) => { this.socket.close(done); });
  }

  /** PUT /readings/<name> (RFC 7252 §5.8.3). */
  private answer({ method, url, payload }: IncomingMessage, response: OutgoingMessage): void {
    const name = /^\/readings\/([^/?]+)$/.exec(url)?.[1];
    response.on('error', () => {});
    if (name === undefined) response.statusCode = '4.04';
    else if (method !== 'PUT') response.statusCode = '4.05';
    else response.statusCode = this.keep(name, payload.toString('utf8'));
    response.end();
  }

  private keep(name: string, reading: string): string {
    const code = this.lastReadings.has(name) ? '2.04' : '2.01';
    this.lastReadings.set(name, reading);
    return code;
  }
}
