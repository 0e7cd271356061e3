// Our side of a conversation, through host/node: an echoing server, a client, and what each has heard.
import type { TestContext } from 'node:test';
import { connect, listen } from '../../host/node/index.js';
import type { ConnectOptions, DTLSEndpoint, DTLSError, DTLSSession, ListenOptions } from '../../host/node/index.js';
import { IDENTITY, KEY, within } from './peers.js';

/** One session of ours. */
export class Talk {
  readonly warnings: DTLSError[] = [];
  readonly #messages: AsyncIterator<Buffer>;
  #error: DTLSError | null = null;

  constructor(readonly session: DTLSSession) {
    session.onwarning = (warning) => void this.warnings.push(warning);
    session.onerror = (error) => void (this.#error = error as DTLSError);
    this.#messages = session[Symbol.asyncIterator]();
  }

  async opened(): Promise<void> {
    await within('the handshake', this.session.opened);
  }

  /** What the handshake fails of. */
  fails(): Promise<DTLSError> {
    const failure = this.session.opened.then(() => {
      throw new Error('the handshake succeeded');
    }, (error: DTLSError) => error);
    return within('the handshake\'s failure', failure);
  }

  /** The next message. */
  async hears(): Promise<string> {
    const { value } = await within('a message', this.#messages.next());
    return String(value);
  }

  /** Resolves when the session is over, with the error it ended of, null if it ended in order. */
  async ends(): Promise<DTLSError | null> {
    await within('the end', this.session.closed);
    return new Promise((resolve) => setImmediate(() => resolve(this.#error)));
  }
}

/** Our client of a server on loopback. */
export function dial(t: TestContext, port: number, options: Partial<ConnectOptions> = {}): Talk {
  const talk = new Talk(connect('127.0.0.1', port, { psk: { identity: IDENTITY, key: KEY }, ...options }));
  t.after(() => talk.session.destroy());
  return talk;
}

/** Loopback loses nothing, and no retransmission comes to the rescue of what a client could not read. */
const NEVER = { initialMs: 60_000 };

/** Our server on loopback, which sends everything back. */
export class Server {
  readonly endpoint: DTLSEndpoint;
  readonly #accepted: Talk[] = [];
  #heed = (): void => {};

  constructor(options: Partial<ListenOptions>) {
    this.endpoint = listen((session) => {
      this.#accepted.push(new Talk(session));
      session.onmessage = (data) => void session.send(data);
      this.#heed();
    }, { host: '127.0.0.1', port: 0, psk: { [IDENTITY]: KEY }, retransmit: NEVER, ...options });
  }

  get port(): number {
    return this.endpoint.address!.port;
  }

  /** The next client, its handshake under way or over. */
  async accepts(): Promise<Talk> {
    if (this.#accepted.length === 0) await within('a client', new Promise<void>((resolve) => this.#heed = resolve));
    return this.#accepted.shift()!;
  }
}

/** A server for the length of a test. */
export function serve(t: TestContext, options: Partial<ListenOptions> = {}): Server {
  const server = new Server(options);
  t.after(() => server.endpoint.destroy());
  return server;
}
