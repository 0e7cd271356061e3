// A network in the test's own process, which loses just what it is told to lose, and counts what handshakes take.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import * as Wire from '../sim/peer/wire.js';

/** One datagram of a conversation: whose, and how many of that side's went before it. */
export interface Loss {
  from: 'client' | 'server';
  index: number;
}

/** Nothing is lost. */
const NONE: Loss = { from: 'client', index: -1 };

/** Passes datagrams of one client on to the server at `port`, and back, but for one. `done` tells that it was lost. */
export class Relay {
  done = false;
  /** Bytes of both sides' records of handshakes and ChangeCipherSpec. */
  handshakeBytes = 0;
  readonly #loss: Loss;
  readonly #counts = { client: 0, server: 0 };
  readonly #toClient: Socket;

  private constructor(toClient: Socket, toServer: Socket, port: number, loss: Loss) {
    this.#toClient = toClient;
    this.#loss = loss;
    let client = 0;
    toClient.on('message', (datagram, sender) => {
      client = sender.port;
      this.#count(datagram);
      if (!this.#loses('client')) toServer.send(datagram, port, '127.0.0.1');
    });
    toServer.on('message', (datagram) => {
      this.#count(datagram);
      if (!this.#loses('server')) toClient.send(datagram, client, '127.0.0.1');
    });
  }

  static async start(t: TestContext, port: number, loss = NONE): Promise<Relay> {
    return new Relay(await bound(t), await bound(t), port, loss);
  }

  get port(): number {
    return this.#toClient.address().port;
  }

  #count(datagram: Buffer): void {
    for (const { type, body } of Wire.recordsOf(datagram)) {
      if (type === Wire.HANDSHAKE || type === Wire.CCS) this.handshakeBytes += 13 + body.length;
    }
  }

  #loses(from: Loss['from']): boolean {
    const loses = from === this.#loss.from && this.#counts[from]++ === this.#loss.index;
    this.done ||= loses;
    return loses;
  }
}

/** A NAT between one client and the server at `port`. */
export interface Nat {
  port: number;
  /** Its ports outside, the old one and the new one. */
  outside: number[];
}

/** One that forgets before the client's datagram of this index: that one and what follows leave from the new port, the old one is dead. */
export async function forgettingAt(t: TestContext, port: number, index: number): Promise<Nat> {
  const inside = await bound(t), outside = [await bound(t), await bound(t)];
  let client = 0, count = 0;
  const current = () => outside[count > index ? 1 : 0]!;
  inside.on('message', (datagram, sender) => {
    client = sender.port;
    count++;
    current().send(datagram, port, '127.0.0.1');
  });
  for (const socket of outside) {
    socket.on('message', (datagram) => {
      if (socket === current()) inside.send(datagram, client, '127.0.0.1');
    });
  }
  return { port: inside.address().port, outside: outside.map((socket) => socket.address().port) };
}

async function bound(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return socket;
}
