// werift's DTLS, which is all TypeScript and runs in the test's own process; it knows certificates and GCM alone.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { DtlsClient, DtlsServer } from 'werift-dtls/lib/dtls/src/index.js';
import { within } from './peers.js';

type Options = ConstructorParameters<typeof DtlsClient>[0];
type Transport = Options['transport'];
const SIGNED_BY = { hash: 4, signature: 3 } as const; // SHA-256, ECDSA

/** What one of its ends has heard. */
export class Werift {
  readonly #messages: string[] = [];
  readonly #connected: Promise<void>;
  #heed = (): void => {};

  constructor(readonly end: DtlsClient | DtlsServer) {
    this.#connected = new Promise((resolve) => end.onConnect.once(() => resolve()));
    end.onData.subscribe((message) => {
      this.#messages.push(String(message));
      this.#heed();
    });
  }

  connected(): Promise<void> {
    return within("werift's handshake", this.#connected);
  }

  async hears(): Promise<string> {
    if (this.#messages.length === 0) await within('a message', new Promise<void>((resolve) => this.#heed = resolve));
    return this.#messages.shift()!;
  }
}

/** Its client of a server of ours. */
export async function client(t: TestContext, port: number, options: Omit<Options, 'transport'>): Promise<Werift> {
  const end = new DtlsClient({ ...options, signatureHash: SIGNED_BY, transport: await transport(t, port) });
  const werift = new Werift(end);
  await end.connect();
  return werift;
}

/** Its server, and the port it is at. */
export async function server(t: TestContext, options: Omit<Options, 'transport'>): Promise<{ werift: Werift; port: number }> {
  const bound = await transport(t);
  const end = new DtlsServer({ ...options, signatureHash: SIGNED_BY, transport: bound });
  return { werift: new Werift(end), port: bound.address.port };
}

/** A socket as werift wants it: of its peer at this port, or of who wrote last. */
async function transport(t: TestContext, peer = 0): Promise<Transport> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const own: Transport = {
    type: 'udp',
    address: socket.address(),
    closed: false,
    onData: () => {},
    send: async (data) => {
      if (!own.closed) socket.send(data, peer, '127.0.0.1');
    },
    close: async () => {
      own.closed = true;
      socket.close();
    },
  };
  socket.on('message', (data, { port, address }) => {
    peer = port;
    own.onData(data, [address, port]);
  });
  t.after(() => own.closed || own.close());
  return own;
}
