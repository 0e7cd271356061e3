// The engine straight on a UDP socket, through host/core: for MTUs below those that host/node allows.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { CipherSuite, Endpoint, Loader, Peer } from '../../host/core/index.js';
import type { Connection, Context, Sink } from '../../host/core/index.js';
import { KEY, within } from './peers.js';

const loader = new Loader(readFileSync(new URL('../../thimble-node.wasm', import.meta.url)));
const BASIC = { suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], maxMs: 60_000, handshakeMs: 60_000 };
/** No retransmission comes to the rescue of what a client could not read. */
const SERVER = { ...BASIC, initialMs: 60_000 };
/** Servers may lose a hello while they change sockets. */
const CLIENT = { ...BASIC, initialMs: 200 };

/** One endpoint, which echoes if it serves. */
export class Bare {
  /** Lengths of the datagrams sent, in bytes. */
  readonly sizes: number[] = [];
  /** Datagrams that came with a piece of a ClientHello. */
  pieces = 0;
  readonly #socket: Socket;
  readonly #endpoint: Endpoint;
  readonly #peers: { [port: number]: Peer } = {};
  readonly #isServer: boolean;
  #timer: NodeJS.Timeout | undefined;
  #heed: { connected(): void; data(text: string): void; closed(reason: unknown): void } =
    { connected: () => {}, data: () => {}, closed: () => {} };

  private constructor(socket: Socket, context: Partial<Context> & { mtu: number }, isServer: boolean) {
    const engine = loader.engine({ inMax: 1500, outMax: 1500, messageMax: 1500, connections: 2, handshakes: 2, aftercares: 2,
      contexts: 1, lobbies: isServer ? 2 : 0 });
    this.#socket = socket;
    this.#isServer = isServer;
    this.#endpoint = new Endpoint(engine, this.#sink());
    this.#endpoint.define(0, { ...(isServer ? SERVER : CLIENT), ...context });
    if (isServer) this.#endpoint.listen(0);
    socket.on('message', (datagram, { port }) => {
      if (isPieceOfHello(datagram)) this.pieces++;
      this.#endpoint.receive(datagram, this.#peer(port), performance.now());
      this.#arm();
    });
  }

  /** A server that sends this hint, for the length of a test. */
  static async serve(t: TestContext, mtu: number, hint: string): Promise<Bare> {
    const bare = new Bare(await boundSocket(t), { mtu, identity: Buffer.from(hint) }, true);
    t.after(() => clearTimeout(bare.#timer));
    return bare;
  }

  /** A client that shakes hands, sends a text, waits for an answer and closes; resolves with the answer and itself. */
  static async call(t: TestContext, port: number, mtu: number, identity: string, text: string): Promise<[string, Bare]> {
    const bare = new Bare(await boundSocket(t), { mtu, identity: Buffer.from(identity), key: KEY }, false);
    try {
      return [await within(`the answer at an MTU of ${mtu}`, bare.#call(port, text)), bare];
    } finally {
      clearTimeout(bare.#timer);
    }
  }

  get port(): number {
    return this.#socket.address().port;
  }

  #call(port: number, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const connection = this.#endpoint.connect(0, this.#peer(port), performance.now());
      this.#heed = {
        connected: () => connection.send(Buffer.from(text)),
        data: (answer) => {
          resolve(answer);
          connection.close();
        },
        closed: (reason) => reject(new Error(`closed: ${JSON.stringify(reason)}`)),
      };
      this.#arm();
    });
  }

  #sink(): Sink {
    return {
      datagram: (bytes, peer) => {
        this.sizes.push(bytes.length);
        this.#socket.send(bytes, peer.tag as number, '127.0.0.1');
      },
      accepted: () => {},
      connected: () => this.#heed.connected(),
      data: (connection, bytes) => this.#isServer ? connection.send(bytes) : this.#heed.data(String(Buffer.from(bytes))),
      question: (connection: Connection, { serial }) => connection.answer(serial, KEY, performance.now()),
      warning: () => {},
      closed: (_, reason) => this.#heed.closed(reason),
    };
  }

  #peer(port: number): Peer {
    return this.#peers[port] ??= new Peer(Uint8Array.of(port >> 8, port), `${port}`, port);
  }

  #arm(): void {
    const { deadline } = this.#endpoint;
    clearTimeout(this.#timer);
    if (deadline === null) return;
    this.#timer = setTimeout(() => {
      this.#endpoint.timeout(performance.now());
      this.#arm();
    }, Math.ceil(deadline - performance.now())).unref();
  }
}

/** A record of epoch 0 with a fragment of a ClientHello that is not the whole of it. */
function isPieceOfHello(datagram: Buffer): boolean {
  return datagram[0] === 22 && datagram.readUInt16BE(3) === 0 && datagram[13] === 1 &&
    datagram.readUIntBE(14, 3) !== datagram.readUIntBE(22, 3);
}

async function boundSocket(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return socket;
}
