// What goes on from run to run: --session and --state of a client, --state and --ticket-keys of a server.
import type { Command } from 'commander';
import type { DTLSSocket } from '../node/dgram.js';
import type { ListenOptions } from '../node/index.js';
import { KeptFile, readSecrets } from './kept-file.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';
import { UsageError } from './usage.js';

/** What commander collects. */
export interface KeepingOptions {
  session?: string;
  state?: string;
  stateKey?: string;
  ticketKeys?: string;
}

export function withKept(command: Command, role: 'client' | 'server'): Command {
  const sealed = role === 'client' ? 'seals --state, where no pre-shared or private key of ours can' : 'seals --state';
  command
    .option('--state <file>', role === 'client' ? 'go on without a handshake from what the last run left in this file, and leave it there' :
      'go on with the sessions in this file, and keep them there: after a crash, too')
    .option('--state-key <file>', `a secret in hex that ${sealed}: 32 to 128 digits, as of openssl rand -hex 32`);
  if (role === 'client') return command.option('--session <file>', 'resume the session in this file, and keep the newest one there');
  return command.option('--ticket-keys <file>', 'hex secrets that seal tickets, one a line, newest first; other servers may share them');
}

/** The second byte of what the engine seals, behind its version, 1. */
const SESSION = 2, STATE = 3;
const TITLE = /^thimble state \d/;

interface Keeping extends Pick<ListenOptions, 'state' | 'stateKey' | 'storeState' | 'ticketKeys'> {
  session?: Uint8Array | true;
}

/** The files, and what the Node host is given of them. */
export class Kept {
  readonly options: Keeping = {};
  readonly #session: KeptFile | undefined;
  readonly #state: KeptFile | undefined;

  /** `sealsItself`: the credentials can seal states. Throws a UsageError for files that are not what they should be. */
  constructor({ session, state, stateKey, ticketKeys }: KeepingOptions, sealsItself: boolean, private readonly output: Output) {
    if (ticketKeys !== undefined) this.options.ticketKeys = readSecrets('--ticket-keys', ticketKeys, 3);
    if (stateKey !== undefined) this.options.stateKey = readSecrets('--state-key', stateKey, 1)[0]!;
    if (session !== undefined) {
      this.#session = new KeptFile('--session', session);
      this.options.session = this.#session.read((bytes) => bytes[0] === 1 && bytes[1] === SESSION) ?? true;
    }
    if (state === undefined) return;
    if (stateKey === undefined && !sealsItself) throw new UsageError('--state needs a secret to seal it with: --state-key F');
    this.#state = new KeptFile('--state', state);
    const last = this.#state.read((bytes) => TITLE.test(bytes.toString('latin1', 0, 16)) || bytes[2] === 1 && bytes[3] === STATE);
    if (last !== undefined) this.options.state = last;
    this.options.storeState = (next) => this.store(next);
  }

  get hasState(): boolean { return this.#state !== undefined; }

  /** Throws the system's error. */
  store(state: Uint8Array): void {
    this.#state!.write(state);
    this.output.note(`state stored, ${state.length.toLocaleString('en-US')} bytes`);
  }

  /** The next run has nothing to go on with. */
  forget(): void { this.#state?.remove(); }

  /** A client's new session, if it is to be kept. */
  keepSession(session: Uint8Array | undefined): void {
    if (this.#session === undefined || session === undefined) return;
    try {
      this.#session.write(session);
    } catch (error) {
      this.output.warn(problemText(error));
    }
  }
}

/** The end of a command with a look-alike of node:dgram. With --state its associations are for the next run: then no peer hears of it. */
export async function leaveSocket(socket: DTLSSocket, kept: Kept, output: Output): Promise<void> {
  const closed = new Promise((resolve) => { socket.once('close', resolve); });
  try {
    if (kept.hasState) kept.store(socket.exportState());
    else socket.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SOCKET_DGRAM_NOT_RUNNING') return; // it is closed already
    output.warn(problemText(error));
  }
  await closed;
}
