// A client's and a server's endpoint in memory, each the other's network.
import { Endpoint, Peer, type Connection, type Engine, type Sink } from '../../host/core/index.js';
import { KEY, type Ends } from './kinds.js';

export class Pair {
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** The connections opened last, and what the client may resume. */
  clientConnection: Connection | null = null;
  serverConnection: Connection | null = null;
  session: Uint8Array | null = null;
  bytes = 0;
  datagrams = 0;
  received = 0;

  /** Both take these contexts; the engines' layouts have room for one. */
  constructor(client: Engine, server: Engine, readonly ends: Ends) {
    this.client = new Endpoint(client, this.#sink(() => this.server, (connection) => (this.clientConnection = connection)));
    this.server = new Endpoint(server, this.#sink(() => this.client, (connection) => (this.serverConnection = connection)));
    for (const { engine } of [this.client, this.server]) engine.setSeconds(Math.floor(Date.now() / 1_000));
    this.client.define(0, ends.client);
    this.server.define(0, ends.server);
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
      session: (_connection, bytes) => (this.session = bytes),
      accepted: () => {},
      data: (_connection, bytes) => void (this.received += bytes.length),
      question: (connection, { serial }) => connection.answer(serial, KEY, performance.now()),
      warning: () => {},
      closed: (_connection, reason) => {
        if (reason) throw new Error(reason.message);
      },
    };
  }

  /** A handshake: the connections at both ends are connected when it returns. */
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

  /** From now on handshakes resume the session of a first one. */
  resume(toServer: Peer): void {
    for (const end of [this.client, this.server]) end.seal([Buffer.alloc(32, 1)]);
    this.open(toServer);
    this.close();
    this.client.define(0, { ...this.ends.client, session: this.session! });
    this.open(toServer);
    if (!this.clientConnection!.resumed) throw new Error('the session was not resumed');
    this.close();
  }
}

/** The server as a client at this port sees it; its tag is the client as the server sees it. */
export function peers(port: number): Peer {
  const toServer = new Peer(new Uint8Array([127, 0, 0, 1, 0x16, 0x34]), '', null);
  toServer.tag = new Peer(new Uint8Array([127, 0, 0, 1, port >> 8, port]), '', toServer);
  return toServer;
}
