// A lane: Thimble itself, both ends in memory and in one thread, through host/core.
import { readFileSync } from 'node:fs';
import { CipherSuite, Endpoint, Loader, Peer, type Connection, type Context, type Layout, type Sink } from '../../host/core/index.js';
import { repeat, serve } from './serve.js';

const IDENTITY = new TextEncoder().encode('dev1');
const KEY = new TextEncoder().encode('secretPSK');
const LAYOUT: Layout = { inMax: 1500, outMax: 1500, messageMax: 1500, connections: 4, handshakes: 4, aftercares: 4, contexts: 1 };
const CONTEXT: Context = {
  suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 1200, initialMs: 1000, maxMs: 60_000, handshakeMs: 60_000,
};

/** A client's and a server's endpoint, each the other's network. */
class Pair {
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** As each end sees the other. */
  readonly #toServer = new Peer(new Uint8Array([127, 0, 0, 1, 0x16, 0x34]), '', null);
  readonly #toClient = new Peer(new Uint8Array([127, 0, 0, 1, 0xc0, 0x01]), '', null);
  clientConnection: Connection | null = null;
  serverConnection: Connection | null = null;
  bytes = 0;
  datagrams = 0;
  received = 0;

  constructor(loader: Loader, layout: Layout) {
    this.client = new Endpoint(loader.engine(layout), this.#sink(
      (bytes) => this.server.receive(bytes, this.#toClient, performance.now()),
      (connection) => (this.clientConnection = connection)));
    this.server = new Endpoint(loader.engine(layout), this.#sink(
      (bytes) => this.client.receive(bytes, this.#toServer, performance.now()),
      (connection) => (this.serverConnection = connection)));
    this.client.define(0, { ...CONTEXT, identity: IDENTITY, key: KEY, mtu: Math.min(CONTEXT.mtu, layout.outMax) });
    this.server.define(0, { ...CONTEXT, mtu: Math.min(CONTEXT.mtu, layout.outMax) });
    this.server.listen(0);
  }

  #sink(deliver: (bytes: Uint8Array) => void, connected: (connection: Connection) => void): Sink {
    return {
      datagram: (bytes) => {
        this.bytes += bytes.length;
        this.datagrams++;
        deliver(bytes);
      },
      connected,
      accepted: () => {},
      data: (_connection, bytes) => void (this.received += bytes.length),
      question: (connection, { serial }) => connection.answer(serial, KEY, performance.now()),
      warning: () => {},
      closed: (_connection, reason) => {
        if (reason && reason.code !== 'ERR_DTLS_DISCARDED') throw new Error(reason.message);
      },
    };
  }

  /** A full handshake: the connections at both ends are connected when it returns. */
  open(): void {
    this.clientConnection = this.serverConnection = null;
    this.client.connect(0, this.#toServer, performance.now());
    if (!this.clientConnection || !this.serverConnection) throw new Error('the handshake does not end');
  }

  /** Forgets them, as freeing an SSL object does: nothing is sent. */
  close(): void {
    this.clientConnection!.discard();
    this.serverConnection!.discard();
  }
}

const load = (build: string) => new Loader(readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url)));
const pair = new Pair(load('node'), LAYOUT);

function handshakes(): void {
  for (let i = 0; i < 16; i++) {
    pair.open();
    pair.close();
  }
}

function records(size: number, ms: number) {
  pair.open();
  const data = new Uint8Array(size);
  const before = pair.received;
  const measured = repeat(ms, 64, () => {
    for (let i = 0; i < 64; i++) pair.clientConnection!.send(data);
  });
  if (pair.received - before !== measured.count * size) throw new Error('records were lost in memory');
  pair.close();
  return measured;
}

function facts() {
  const bytes = pair.bytes;
  const datagrams = pair.datagrams;
  pair.open();
  pair.close();
  return { bytes: pair.bytes - bytes, datagrams: pair.datagrams - datagrams };
}

/** The bill of the smallest build with windows of 512 bytes; a pool's slot costs the same at either end. */
function memory() {
  const small: Layout = { inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1 };
  const { bill } = load('psk').engine(small);
  const held = { connection: bill.connection, handshake: bill.handshake };
  return { client: held, server: held };
}

await serve({ handshakes: (ms) => repeat(ms, 16, handshakes), records, facts, memory });
