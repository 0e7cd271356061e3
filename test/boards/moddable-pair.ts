// Two Moddable boards on a network in memory, and what their callbacks heard.
import assert from 'node:assert/strict';
import type DTLS from 'embedded:io/socket/udp/dtls';
import type { ClientOptions, DTLSError, Layout, Listener, ListenerOptions } from 'embedded:io/socket/udp/dtls';
import { ModdableBoard, Network } from './moddable-board.js';
import type { Build } from './platform.js';

export const KEY = Uint8Array.from(Buffer.from('secretPSK'));
export const CLIENT: ClientOptions = { address: '10.0.0.2', port: 5684, dtls: { psk: { identity: 'dev1', key: KEY } } };
export const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
export const textOf = (buffer: ArrayBuffer | undefined) => buffer && Buffer.from(buffer).toString();

/** What a connection's callbacks were called with. */
export class Log {
  readonly heard: string[] = [];
  readonly errors: DTLSError[] = [];
  readonly sessions: ArrayBuffer[] = [];
  /** Runs after a message was read. */
  then: (dtls: DTLS, text: string) => void = () => {};

  readonly callbacks = {
    target: this,
    onWritable(this: DTLS, count: number) { this.target.heard.push(`writable ${count}`); },
    onReadable(this: DTLS, count: number) {
      for (; count > 0; count--) {
        const text = textOf(this.read())!;
        this.target.heard.push(text);
        this.target.then(this, text);
      }
    },
    onClose(this: DTLS) { this.target.heard.push('closed'); },
    onError(this: DTLS, error?: DTLSError) { this.target.failed(error); },
    onWarning(this: DTLS, error: DTLSError) { this.target.failed(error, 'warning '); },
    onSession(this: DTLS, session: ArrayBuffer) { this.target.sessions.push(session); },
  };

  failed(error: DTLSError | undefined, prefix = ''): void {
    this.heard.push(prefix + (error?.code ?? 'no error'));
    if (error !== undefined) this.errors.push(error);
  }
}

/** A client at 10.0.0.1 and an echoing server at 10.0.0.2:5684. */
export class Pair {
  readonly network = new Network();
  readonly client: ModdableBoard;
  readonly server: ModdableBoard;
  readonly log = new Log();
  readonly accepted: { dtls: DTLS; log: Log }[] = [];
  readonly listener: Listener;
  readonly warnings: DTLSError[] = [];

  constructor(options: Partial<ListenerOptions> = {}, layout?: Partial<Layout>, build: Build = 'psk') {
    this.client = new ModdableBoard(this.network, '10.0.0.1');
    this.server = new ModdableBoard(this.network, '10.0.0.2');
    this.client.build = this.server.build = build;
    if (layout) this.client.dtls.default.layout = this.server.dtls.default.layout = layout;
    const pair = this;
    this.listener = new this.server.dtls.Listener({
      port: 5684,
      dtls: { psk: (identity) => (identity === 'dev1' ? KEY : undefined) },
      onReadable(count) { for (; count > 0; count--) pair.accept(this.read()!); },
      onWarning: (error) => this.warnings.push(error),
      ...options,
    });
  }

  accept(from: DTLS): void {
    const log = new Log();
    log.then = (dtls, text) => dtls.write(bytes(text));
    this.accepted.push({ dtls: new this.server.dtls.default({ from, ...log.callbacks }), log });
  }

  connect(options: Partial<ClientOptions> = {}): DTLS {
    const dtls = new this.client.dtls.default({ ...CLIENT, ...this.log.callbacks, ...options });
    this.network.flow();
    return dtls;
  }
}

/** The code of what the call throws, which has a hint. */
export const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    assert.equal(error instanceof Error, true);
    assert.notEqual((error as DTLSError).message, '');
    return (error as DTLSError).code ?? (error as Error).name;
  }
  return 'no error';
};
