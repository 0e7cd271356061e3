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
  /** The connections opened last. */
  clientConnection: Connection | null = null;
  serverConnection: Connection | null = null;
  bytes = 0;
  datagrams = 0;
  received = 0;

  constructor(loader: Loader, layout: Layout) {
    this.client = new Endpoint(loader.engine(layout), this.#sink(
      () => this.server, (connection) => (this.clientConnection = connection)));
    this.server = new Endpoint(loader.engine(layout), this.#sink(
      () => this.client, (connection) => (this.serverConnection = connection)));
    this.client.define(0, { ...CONTEXT, identity: IDENTITY, key: KEY });
    this.server.define(0, CONTEXT);
    this.server.listen(0);
  }

  /** A peer's tag is the peer that the other end sees. */
  #sink(other: () => Endpoint, connected: (connection: Connection) => void): Sink {
    return {
      datagram: (bytes, peer) => {
        this.bytes += bytes.length;
        this.datagrams++;
        other().receive(bytes, peer.tag as Peer, performance.now());
      },
      connected,
      accepted: () => {},
      data: (_connection, bytes) => void (this.received += bytes.length),
      question: (connection, { serial }) => connection.answer(serial, KEY, performance.now()),
      warning: () => {},
      closed: (_connection, reason) => {
        if (reason) throw new Error(reason.message);
      },
    };
  }

  /** A full handshake: the connections at both ends are connected when it returns. */
  open(toServer: Peer): void {
    this.clientConnection = this.serverConnection = null;
    this.client.connect(0, toServer, performance.now());
    if (!this.clientConnection || !this.serverConnection) throw new Error('the handshake does not end');
  }

  /** Forgets them, as freeing an SSL object does: nothing is sent. */
  close(): void {
    this.clientConnection!.discard();
    this.serverConnection!.discard();
  }
}

/** The server as a client at this port sees it; its tag is the client as the server sees it. */
function peers(port: number): Peer {
  const toServer = new Peer(new Uint8Array([127, 0, 0, 1, 0x16, 0x34]), '', null);
  toServer.tag = new Peer(new Uint8Array([127, 0, 0, 1, port >> 8, port]), '', toServer);
  return toServer;
}

const load = (build: string) => new Loader(readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url)));
const pair = new Pair(load('node'), LAYOUT);
const toServer = peers(49152);

function handshakes(): void {
  for (let i = 0; i < 16; i++) {
    pair.open(toServer);
    pair.close();
  }
}

function records(size: number, ms: number) {
  pair.open(toServer);
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
  pair.open(toServer);
  pair.close();
  return { bytes: pair.bytes - bytes, datagrams: pair.datagrams - datagrams };
}

/** The bill of the smallest build with windows of 512 bytes; a pool's slot costs the same at either end. */
function memory() {
  const small: Layout = { inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1 };
  const { bill } = load('psk').engine(small);
  const held = { connection: bill.connection, handshake: bill.handshake };
  return { client: held, server: held, aftercare: bill.aftercare, javascript: javascriptBytes() };
}

/** Bytes an end of a connection takes in the JavaScript heap beside it: the mean of a thousand, after a first thousand. */
function javascriptBytes(): number {
  const many = new Pair(load('node'), { ...LAYOUT, connections: 1000 });
  const heapAfter = (connections: number) => {
    for (let i = 0; i < connections; i++) many.open(peers(49152 + many.client.associations.all.length));
    for (let i = 0; i < 4; i++) (globalThis as { gc?: () => void }).gc!();
    return process.memoryUsage().heapUsed;
  };
  const first = heapAfter(500);
  return (heapAfter(500) - first) / 1000;
}

await serve({ handshakes: (ms) => repeat(ms, 16, handshakes), records, facts, memory });
