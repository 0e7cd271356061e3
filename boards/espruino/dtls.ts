// require("dtls") for Espruino: DTLS 1.2 with pre-shared keys over require("dgram"), in the manner of its net and tls.
import { ContextFlag } from '../../assembly/records.js';
import type { Association, Events } from '../core/association.js';
import { Board } from '../core/board.js';
import { check, checkClient, checkNames, refusal, tune } from '../core/options.js';
import { Port } from '../core/port.js';
import type { ClientOptions, ServerOptions } from '../core/port.js';
import { bytesOf, demand, textOf } from './data.js';
import type { Data } from './data.js';
import type { Datagrams, DatagramSocket, Emitter } from './espruino.js';
import { EspruinoPlatform } from './platform.js';

/** Espruino's library; the first line of the built module requires it. */
declare const dgram: Datagrams;

export interface ConnectOptions {
  /** A name or an IPv4 address. */
  host: string;
  /** Default: 5684, CoAP's (RFC 7252 §6.2). */
  port?: number;
  psk: { identity: Data; key: Data };
  /** Called with a binary string; it is stored when this returns. */
  storeState?(state: string): void;
}

export interface ListenOptions {
  /** Default: 5684. */
  port?: number;
  /** The key of an identity, which comes as a string; null or undefined: there is none. May be a promise. */
  psk(identity: string): Data | null | undefined | Promise<Data | null | undefined>;
  /** Sent to clients that have several keys (RFC 4279 §5.2). */
  hint?: Data;
}

const COAPS_PORT = 5684;
/** Bytes of the longest datagram that Espruino's sockets take unasked, and of what they put before each. */
const DATAGRAM_MAX = 528;
const DATAGRAM_HEADER = 8;
/** Stands for the server of a client, whose socket has no other peer: where a name leads, only the socket knows. */
const ANY_ADDRESS = '0.0.0.0';

const board = new Board(new EspruinoPlatform()), LAYOUT_NAMES = Object.keys(board.layout);

/** The port to use. Throws ERR_INVALID_ARG_TYPE: a string would send, and no answer would ever be from that port. */
function portOf(options: { port?: number }, least: number): number {
  const port = options.port ?? COAPS_PORT;
  demand(typeof port === 'number' && port >= least && port < 65536, `port must be a number from ${least} to 65535`);
  return port;
}

const CERTIFICATE_OPTIONS = 'ca cert key peerKeys rawPublicKey sign'.split(' ');

/** This firmware's module knows pre-shared keys: who gives another credential is told that, and not a list of options. */
function checkKeys(options: object): void {
  for (const name in options) {
    if (CERTIFICATE_OPTIONS.indexOf(name) >= 0) {
      throw refusal('ERR_DTLS_UNSUPPORTED_OPTION', `This build has no certificates: ${name} is not supported`, 'Use psk.');
    }
  }
}

/** How the firmware's memory is shared out; may be changed before the first `connect` or `listen`. */
export const layout = board.layout = {
  bytes: 0, inMax: DATAGRAM_MAX, outMax: DATAGRAM_MAX, messageMax: 512,
  connections: 2, handshakes: 2, aftercares: 2, contexts: 2, contextBytes: 192, sessions: 0,
};

/** Events: data and session (binary strings), warning (an Error), error (an Error: why it ended), close (whether it failed). */
interface Connection extends Emitter {}
class Connection {
  /** Of the client, as a server sees it; on a client undefined. */
  declare identity: string | undefined;
  private declare association: Association | null;

  constructor() {
    this.association = null;
  }

  /** Bytes of the longest message that `write` takes. */
  get maxPayload(): number {
    return this.association!.maxPayload;
  }

  /** The application protocol that was agreed on; undefined if none was. */
  get alpnProtocol(): string | undefined {
    return this.association!.protocol;
  }

  /** Whether an earlier session was resumed. */
  get reused(): boolean {
    return this.association!.connection!.resumed;
  }

  /** Sends one message. Throws ERR_INVALID_STATE before it is connected, ERR_DTLS_EXCEEDS_MTU beyond `maxPayload`. */
  write(data: Data): boolean {
    this.association!.send(bytesOf(data, 'data'));
    return true;
  }

  /** Sends a last message, if one is given, says goodbye (close_notify) and closes. */
  end(data?: Data): void {
    if (data !== undefined) this.write(data);
    this.association!.close();
  }

  /** The connection as a binary string, to go on with as `state` of a later one; it ends here, and the peer hears nothing. */
  exportState(): string {
    return textOf(this.association!.exportState());
  }

  /** As `exportState`, but it goes on; store the state at once. */
  saveState(): string {
    return textOf(this.association!.saveState());
  }

  /** The module's own. */
  attach(association: Association): void {
    this.association = association;
  }
}

/**
 * What happens to an association becomes events of its connection. Espruino calls listeners in a later turn, and loses
 * an event that nobody listens to yet: so `connected`, in which users begin to listen, is no event but a call.
 */
function eventsOf(connection: Connection, connected: () => void, closed: (error: Error | null) => void): Events {
  return {
    connected: connected,
    data: (bytes) => connection.emit('data', textOf(bytes)),
    session: (bytes) => connection.emit('session', textOf(bytes)),
    warning: (error) => connection.emit('warning', error),
    closed: (error) => {
      if (error !== null) connection.emit('error', error);
      connection.emit('close', error !== null);
      closed(error);
    },
  };
}

/**
 * A socket for datagrams of `inMax` bytes; longer ones it would cut. To ask for more costs stack, and makes the operating
 * system keep no more than that for us: two datagrams, where it otherwise has its own, ampler measure.
 */
function createSocket(): DatagramSocket {
  if (layout.inMax <= DATAGRAM_MAX) return dgram.createSocket('udp4');
  return dgram.createSocket({ type: 'udp4', recvBufferSize: 2 * (layout.inMax + DATAGRAM_HEADER) });
}

/** Puts a datagram on the wire. What the network does not take is lost, as any datagram may be. */
function transmit(socket: DatagramSocket, bytes: Uint8Array, port: number, address: string, from: Emitter): void {
  try {
    socket.send(textOf(bytes), port, address);
  } catch (error) {
    from.emit('warning', error);
  }
}

/** A client's socket: whoever it sends to and hears is the server. */
function openTo(host: string, number: number, connection: Connection): { port: Port; close: () => void } {
  const socket = createSocket(), isName = /[^0-9.]/.test(host);
  const port = new Port(board, (bytes) => transmit(socket, bytes, number, host, connection));
  socket.on('message', (message, from) => {
    if (from.port !== number || !(isName || from.address === host)) return;
    port.receive(new Uint8Array(E.toArrayBuffer(message)), ANY_ADDRESS, number);
  });
  const close = () => {
    port.close();
    socket.close();
  };
  return { port: port, close: close };
}

/**
 * Connects to a server; `callback` gets the connection when the handshake is complete. Throws ERR_DTLS_NO_ENTROPY,
 * ERR_DTLS_FULL, ERR_DTLS_BAD_CONTEXT, ERR_DTLS_BAD_LAYOUT; for mistakes ERR_INVALID_ARG_TYPE, ERR_DTLS_UNSUPPORTED_OPTION.
 */
export function connect(options: ConnectOptions, callback?: (connection: Connection) => void): Connection {
  checkKeys(options);
  checkClient(options, ['host', 'port']);
  checkNames(layout, LAYOUT_NAMES);
  const psk = options.psk;
  demand(typeof options.host === 'string', 'host must be a string');
  demand(typeof psk === 'object' && psk !== null, 'psk must be an object with identity and key');
  const identity = bytesOf(psk.identity, 'psk.identity'), key = bytesOf(psk.key, 'psk.key');
  const number = portOf(options, 1), connection = new Connection(), way = openTo(options.host, number, connection);
  const connected = () => {
    if (callback) callback(connection);
  };
  try {
    const client = tune<ClientOptions>({ identity: identity, key: key }, options, bytesOf), store = options.storeState;
    if (store) client.storeState = (state) => store(textOf(state));
    connection.attach(way.port.connect(ANY_ADDRESS, number, client, eventsOf(connection, connected, way.close)));
  } catch (error) {
    way.close();
    throw error;
  }
  return connection;
}

/** A server. Events: clientError (an Error: a handshake failed), warning (an Error). */
interface Server extends Emitter {}
class Server {
  private declare readonly socket: DatagramSocket;
  private declare readonly port: Port;

  constructor() {
    const socket = createSocket();
    this.socket = socket;
    this.port = new Port(board, (bytes, address, port) => transmit(socket, bytes, port, address, this));
  }

  /** The module's own. */
  open(options: ServerOptions, number: number): void {
    this.port.listen(options);
    this.socket.on('message', (message, from) => {
      this.port.receive(new Uint8Array(E.toArrayBuffer(message)), from.address, from.port);
    });
    this.socket.bind(number);
  }

  /** Ends all connections and serves no more. */
  close(): void {
    this.port.close();
    this.socket.close();
  }
}

/** The key that the user's function gives for an identity. */
function lookUp(options: ListenOptions, identity: Uint8Array): Uint8Array | null | Promise<Uint8Array | null> {
  const keyOf = (key: Data | null | undefined) =>
    key === null || key === undefined ? null : bytesOf(key, 'what psk returns');
  const answer = options.psk(textOf(identity));
  return answer instanceof Promise ? answer.then(keyOf) : keyOf(answer);
}

/**
 * Serves clients; `callback` gets each connection when its handshake is complete. One server at a time. Throws what
 * `connect` throws.
 */
export function listen(options: ListenOptions, callback?: (connection: Connection) => void): Server {
  checkKeys(options);
  check(options, ['port', 'psk', 'hint']);
  checkNames(layout, LAYOUT_NAMES);
  demand(typeof options.psk === 'function', 'psk must be a function');
  const number = portOf(options, 0), server = new Server();
  const accept = (association: Association) => {
    const connection = new Connection();
    connection.attach(association);
    let isConnected = false;
    association.events = eventsOf(connection, () => {
      isConnected = true;
      connection.identity = textOf(association.identity!);
      if (callback) callback(connection);
    }, (error) => {
      if (!isConnected && error !== null) server.emit('clientError', error);
    });
  };
  const serving: ServerOptions = { psk: (identity) => lookUp(options, identity), accept: accept, flags: ContextFlag.SESSIONS };
  if (options.hint !== undefined) serving.identity = bytesOf(options.hint, 'hint');
  tune(serving, options, bytesOf);
  try {
    server.open(serving, number);
  } catch (error) {
    server.close();
    throw error;
  }
  return server;
}
