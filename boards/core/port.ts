// A UDP socket of a board, and the associations over it.
import { Drop, Question as QuestionKind } from '../../assembly/codes.js';
import type { Connection } from '../../host/core/connection.js';
import type { Context } from '../../host/core/context.js';
import { packAddress } from '../../host/core/address.js';
import type { Endpoint } from '../../host/core/endpoint.js';
import { Peer } from '../../host/core/peer.js';
import { restore } from '../../host/core/saved-state.js';
import type { Question } from '../../host/core/sink.js';
import { Association } from './association.js';
import type { Events } from './association.js';
import { SUITES } from './board.js';
import type { Board } from './board.js';
import { refusal } from './options.js';

/** What both sides may set: a context's fields (host/core/context.ts), of which `suites` and `mtu` have defaults here. */
export interface Options extends Partial<Context> {
  /** The names in `protocols`. */
  alpn?: string[];
  /** Answers what is asked about certificates and raw public keys, of which this module knows nothing. */
  certify?(question: Question, association: Association): Answer;
}

export interface ClientOptions extends Options {
  /** A saved connection to go on with. */
  state?: Uint8Array;
  /** Stores a state where the next start finds it, in place of the one before; it is stored when this returns. */
  storeState?(state: Uint8Array): void;
}

/** What answers a question, now or later; null: there is nothing. */
export type Answer = Uint8Array | null | Promise<Uint8Array | null>;

export interface ServerOptions extends Options {
  /** The key of an identity, or null; or a promise of either. */
  psk(identity: Uint8Array, association: Association): Answer;
  /** A client proved its address, and its handshake begins: what is to happen with it. */
  accept(association: Association): void;
}

/** RFC 6347 §4.1.1.1: the 1,280 bytes that every IPv6 link carries, less its headers and some room for tunnels. */
const MTU = 1200;
const NOTHING: Events = { connected: () => {}, data: () => {}, session: () => {}, closed: () => {}, warning: () => {} };
let opened = 0;

export class Port {
  /** The id of the context that new peers are served with; -1: none are. */
  declare listening: number;
  private declare readonly board: Board;
  private declare readonly send: (bytes: Uint8Array, address: string, port: number) => void;
  private declare readonly id: number;
  private declare server: ServerOptions | null;

  /** `send` puts a datagram on the wire; the port is open until `close`. */
  constructor(board: Board, send: (bytes: Uint8Array, address: string, port: number) => void) {
    this.board = board;
    this.send = send;
    this.id = opened++;
    this.server = null;
    this.listening = -1;
    board.ports.push(this);
  }

  /**
   * Goes on with a saved connection, or begins a handshake. Throws ERR_DTLS_FULL, ERR_DTLS_BAD_CONTEXT, ERR_DTLS_BAD_LAYOUT,
   * ERR_DTLS_NO_ENTROPY.
   */
  connect(address: string, port: number, options: ClientOptions, events: Events): Association {
    return this.board.run((endpoint) => {
      const context = this.board.define(endpoint, this.contextOf(options)), now = this.board.platform.now();
      const association = new Association(this.board, address, port, options, events), peer = this.peer(endpoint, address, port);
      const how = { peer: () => peer, tag: association };
      if (options.state !== undefined && association.restore(() => restore(endpoint, context, 'client', options.state!, now, how))) {
        return association;
      }
      association.connection = endpoint.connect(context, peer, now, association);
      return association;
    });
  }

  /** Serves new peers from here on. Throws as `connect` does; ERR_INVALID_STATE where a port of the board serves already. */
  listen(options: ServerOptions): void {
    for (const port of this.board.ports) if (port.server !== null) throw serving();
    this.server = options;
    this.board.run((endpoint) => { if (this.listening < 0) this.serve(endpoint); });
  }

  /** Defines what is served in an endpoint that has just been made. */
  serve(endpoint: Endpoint): void {
    if (this.server === null) return;
    const id = this.board.define(endpoint, this.contextOf(this.server));
    endpoint.listen(id);
    this.listening = id;
  }

  /** Takes a datagram that came in. What is too long is dropped, counted, and told once to the association it came to. */
  receive(bytes: Uint8Array, address: string, port: number): void {
    this.board.run((endpoint) => {
      const peer = this.peer(endpoint, address, port);
      // The module knows no ports: a stranger to a client's would be served as one to the server's.
      if (this.server === null && peer.connection === null) return endpoint.engine.count(Drop.UNKNOWN_PEER);
      endpoint.receive(bytes, peer, this.board.platform.now());
      const most = endpoint.engine.layout.inMax;
      if (bytes.length <= most || peer.connection === null) return;
      const association = peer.connection.tag as Association;
      if (association.isToldOfLength) return; // who sent it is not known: once is enough
      association.isToldOfLength = true;
      association.events.warning(tooLong(bytes.length, most));
    });
  }

  /** Closes every association, with a word to its peer, and serves no more. */
  close(): void {
    if (this.board.isLive) this.board.run((endpoint) => this.end(endpoint));
    this.server = null;
    this.listening = -1;
    const place = this.board.ports.indexOf(this);
    if (place >= 0) this.board.ports.splice(place, 1);
  }

  private end(endpoint: Endpoint): void {
    if (this.listening >= 0) endpoint.listen(-1);
    for (const connection of endpoint.associations.all.slice()) {
      if ((connection.peer.tag as Route).port === this) connection.close();
    }
  }

  /** The endpoint's: a datagram for one of our peers. */
  sendTo(bytes: Uint8Array, peer: Peer): void {
    const route = peer.tag as Route;
    this.send(bytes, route.address, route.number);
  }

  /** The endpoint's: a new connection. */
  accepted(connection: Connection): void {
    const route = connection.peer.tag as Route;
    const association = new Association(this.board, route.address, route.number, this.server ?? {}, NOTHING);
    association.connection = connection;
    connection.tag = association;
    if (this.server === null) return connection.discard(); // our own server would be our client
    this.server.accept(association);
  }

  /** The endpoint's: it asks for the key of an identity, or about a certificate. */
  asked(association: Association, question: Question): void {
    const refuse = (error: Error) => {
      association.events.warning(error);
      association.answer(question.serial, null);
    };
    try {
      const options = association.options as ServerOptions;
      const answer = question.kind === QuestionKind.PSK ? options.psk(question.bytes, association)
        : options.certify!(question, association);
      if (answer === null || answer instanceof Uint8Array) return association.answer(question.serial, answer);
      answer.then((key) => association.answer(question.serial, key)).catch(refuse); // also a key that cannot be one
    } catch (error) {
      refuse(error as Error);
    }
  }

  private peer(endpoint: Endpoint, address: string, port: number): Peer {
    const key = `${this.id} ${address} ${port}`, known = endpoint.associations.peers[key];
    if (known !== undefined) return known;
    const route: Route = { port: this, address: address, number: port };
    return new Peer(packAddress(address, port), key, route);
  }

  private contextOf(options: Options): Context {
    return Object.assign({ suites: SUITES, mtu: Math.min(MTU, this.board.layout.outMax) }, options);
  }
}

/** What a Peer carries. */
export interface Route {
  port: Port;
  address: string;
  number: number;
}

/** The module knows no ports, and has one context for all strangers. */
function serving(): Error {
  return refusal('ERR_INVALID_STATE', 'A socket of this board is serving already',
    'A board serves on one socket at a time: close the other one first.');
}

function tooLong(length: number, most: number): Error {
  return refusal('ERR_DTLS_DATAGRAM_TOO_LONG', `A datagram of ${length} bytes was dropped: this board takes ${most}`,
    'Lay out longer datagrams, or make the peer send smaller ones.');
}
