import { setImmediate } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { connect, type DTLSSession } from '../node/index.js';
import { formatAddress, parsePeerAddress } from './address.js';
import { clientOptions } from './connection.js';
import { showExported, withExport, type ExportOptions } from './exporter.js';
import { aborted, interruption } from './interruption.js';
import { lines } from './lines.js';
import type { Kept } from './kept.js';
import { content, howOf } from './listen.js';
import { duration } from './numbers.js';
import { outputOf, withCommon, withKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';
import { Exit } from './usage.js';

interface ConnectOptions extends CommonOptions, ExportOptions {
  linger: number;
}

/** How long after the end of standard input answers are still awaited, from the last one on. Milliseconds. */
const LINGER_MS = 500;

/** `thimble connect`: lines of standard input are messages, messages go to standard output. */
export function addConnect(program: Command): void {
  const command = program.command('connect').argument('<address>', 'host:port')
    .description('connect: each line of standard input is a message, messages go to standard output');
  withKeys(command, 'client').addOption(new Option('--linger <time>',
    'after the end of standard input, wait for messages until none came for this long')
    .argParser(duration('--linger', 's')).default(LINGER_MS, '500ms'));
  withCommon(withExport(command))
    .addHelpText('after', '\nExample:\n  echo hello | thimble connect 127.0.0.1:5684 --psk-file keys.txt\n' +
      '  thimble connect gateway.example:5684 --ca root.pem\n' +
      '  echo 21.5 | thimble connect gateway.example:5684 --psk-file keys.txt --state asleep')
    .action(async (address: string, options: ConnectOptions) => { process.exitCode = await run(address, options); });
}

async function run(text: string, options: ConnectOptions): Promise<Exit> {
  const output = outputOf(options);
  const address = parsePeerAddress(text);
  const { shared, credentials, kept, finish } = clientOptions(options, output);
  const signal = interruption();
  const session = connect(address.host, address.port, { ...shared, ...credentials, ...kept.options });
  const listening = new Listening(session, formatAddress(address), output);
  session.onsession = (bytes) => kept.keepSession(bytes);
  session.onhandshake = (protocol) => {
    const cipher = session.cipher!.standardName;
    const { reused, restored } = session;
    output.event('connected', { address: address.host, port: address.port, cipher, protocol, reused, restored },
      `connected to ${formatAddress(address)}, ${cipher}${howOf(session)}`);
    showExported(session, options, output);
  };
  try {
    if (await Promise.race([opened(session), aborted(signal)]) === undefined) return Exit.FAILED;
    await Promise.race([
      sendLines(session).then(() => listening.silence(options.linger)),
      listening.failure, session.closed, aborted(signal),
    ]);
    return Exit.DONE;
  } finally {
    await leave(session, kept, output);
    await session.endpoint.closed;
    finish();
    note(session, output);
  }
}

/** With --state the session is for the next run: then the server does not hear of the end of this one. */
async function leave(session: DTLSSession, kept: Kept, output: Output): Promise<void> {
  if (!kept.hasState || session.protocol === undefined) {
    if (session.stats.handshakeCompletedAt > 0n) kept.forget(); // its peer has ended it
    return session.close();
  }
  const { messagesReceived, messagesSent } = session.stats;
  if (session.restored && messagesSent > 0n && messagesReceived === 0n) {
    output.warn('nothing came back since the state was restored; if the server has forgotten the session, remove the --state file');
  }
  try {
    kept.store(session.exportState());
  } catch (error) {
    output.warn(`--state: the session ends, ${problemText(error)}`);
    kept.forget();
    await session.close();
  }
}

async function opened(session: DTLSSession): Promise<true> {
  await session.opened;
  return true;
}

/** What comes from the peer. */
class Listening {
  /** Rejects with what ends the session, if it does not end in order. */
  readonly failure: Promise<never>;
  private lastMs = 0;

  constructor(session: DTLSSession, peer: string, output: Output) {
    session.onwarning = (warning) => output.warn(warning.code === 'ERR_DTLS_PORT_UNREACHABLE' ?
      `nothing listens on ${peer} (ICMP port unreachable); still trying until --handshake-timeout` : problemText(warning));
    session.onmessage = (message) => {
      this.lastMs = performance.now();
      if (output.json) output.event('message', content(message), '');
      else output.data(message);
    };
    this.failure = new Promise((_, reject) => {
      session.onerror = (error) => {
        // The handshake's own failure is what `opened` says.
        if (session.destroyed) reject(error);
        else output.warn(problemText(error));
      };
    });
    this.failure.catch(() => {});
  }

  /** Resolves when no message came for so long. */
  async silence(ms: number): Promise<void> {
    this.lastMs = performance.now();
    for (let leftMs = ms; leftMs > 0; leftMs = this.lastMs + ms - performance.now()) {
      await new Promise((resolve) => { setTimeout(resolve, leftMs); });
    }
  }
}

/** Each line of standard input, its newline included, is a message. */
async function sendLines(session: DTLSSession): Promise<void> {
  for await (const line of lines(process.stdin, session.maxPayload)) {
    if (session.destroyed) return;
    session.send(line);
    await setImmediate(); // a burst would overrun the socket buffers, and here nobody sends again
  }
}

function note({ restored, stats }: DTLSSession, output: Output): void {
  const handshakeMs = Number(stats.handshakeCompletedAt - stats.createdAt) / 1e6;
  if (handshakeMs < 0) return;
  output.note(`${restored ? 'no handshake' : `handshake ${handshakeMs.toFixed(1)} ms`}, ${stats.retransmitCount} datagrams sent again; ` +
    `${stats.messagesSent} messages out, ${stats.messagesReceived} in`);
}
