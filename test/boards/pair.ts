// Two boards on a wire, the module as WebAssembly, and what their associations heard.
import assert from 'node:assert/strict';
import type { Association, Events } from '../../boards/core/association.js';
import type { Board } from '../../boards/core/board.js';
import type { ClientOptions, Port, ServerOptions } from '../../boards/core/port.js';
import type { Layout } from '../../host/core/index.js';
import { boardOf, Clock, moduleAsOnBoard, Wire } from './platform.js';

export const IDENTITY = Buffer.from('dev1'), KEY = Buffer.from('secretPSK');
export const CLIENT: ClientOptions = { identity: IDENTITY, key: KEY };
type Coded = Error & { code: string; hint: string; alert: string };

/** What an association heard. */
export class Log implements Events {
  readonly heard: string[] = [];
  readonly errors: Coded[] = [];
  readonly sessions: Uint8Array[] = [];
  onData: (bytes: Uint8Array) => void = () => {};
  onClosed: () => void = () => {};

  connected(): void { this.heard.push('connected'); }

  data(bytes: Uint8Array): void {
    this.heard.push(Buffer.from(bytes).toString());
    this.onData(bytes);
  }

  session(bytes: Uint8Array): void { this.sessions.push(bytes); }

  warning(error: Error): void {
    this.errors.push(error as Coded);
    this.heard.push('warning');
  }

  closed(error: Error | null): void {
    if (error !== null) this.errors.push(error as Coded);
    this.heard.push(error === null ? 'closed' : (error as Coded).code);
    this.onClosed();
  }
}

/** A client board at 10.0.0.1:1000 and an echoing server board at 10.0.0.2:5684. */
export class Pair {
  readonly clock = new Clock();
  readonly wire = new Wire();
  readonly log = new Log();
  readonly accepted: { association: Association; log: Log }[] = [];
  readonly client: Port;
  readonly server: Port;
  readonly boards: { client: Board; server: Board };

  constructor(options: Partial<ServerOptions> = {}, layout: Partial<Layout> = {}, serverModule = moduleAsOnBoard) {
    this.boards = { client: boardOf(this.clock), server: boardOf(this.clock, layout, serverModule) };
    this.client = this.wire.open(this.boards.client, '10.0.0.1', 1000);
    this.server = this.wire.open(this.boards.server, '10.0.0.2', 5684);
    this.server.listen({
      psk: (identity) => (Buffer.from(identity).equals(IDENTITY) ? KEY : null),
      accept: (association) => {
        const log = new Log();
        log.onData = (bytes) => association.send(bytes);
        association.events = log;
        this.accepted.push({ association, log });
      },
      ...options,
    });
  }

  connect(options = CLIENT): Association {
    const association = this.client.connect('10.0.0.2', 5684, options, this.log);
    this.wire.flow();
    return association;
  }
}

/** The code of what it throws. */
export const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    assert.notEqual((error as Coded).hint, '');
    return (error as Coded).code;
  }
  return 'no error';
};
