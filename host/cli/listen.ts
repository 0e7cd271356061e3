import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import { listen, type DTLSEndpoint, type DTLSSession, type ListenOptions as NodeListenOptions } from '../node/index.js';
import { nameOf } from '../node/refusal.js';
import { formatAddress, parseListenAddress } from './address.js';
import { serverOptions } from './connection.js';
import { showExported, withExport, type ExportOptions } from './exporter.js';
import { aborted, interruption } from './interruption.js';
import type { Kept } from './kept.js';
import { integer } from './numbers.js';
import { outputOf, withCommon, withKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';
import { Exit } from './usage.js';

interface ListenOptions extends CommonOptions, ExportOptions {
  echo?: boolean;
  hideIdentities?: boolean;
  maxHandshakes?: number;
  maxSessions?: number;
  maxSessionsPerHost?: number;
}

/** `thimble listen`: messages of every client on standard output, or back to them. */
export function addListen(program: Command): void {
  const command = program.command('listen').argument('<address>', '[host:]port; port 0 for any free one')
    .description('serve DTLS: messages go to standard output, or back to who sent them');
  withKeys(command, 'server').option('--echo', 'send each message back instead of printing it')
    .option('--hide-identities', 'answer an identity that nobody has like a wrong key, later')
    .option('--max-handshakes <number>', 'handshakes at a time (1000); 0: as many as there are', limit('--max-handshakes'))
    .option('--max-sessions <number>', 'sessions at a time (10000); 0: as many as there are', limit('--max-sessions'))
    .option('--max-sessions-per-host <number>', 'of one address (1000); 0: as many as there are', limit('--max-sessions-per-host'));
  withCommon(withExport(command))
    .addHelpText('after', '\nExample:\n  thimble listen 127.0.0.1:5684 --psk-file keys.txt --echo\n' +
      '  thimble listen 5684 --cert gateway.example.pem --key gateway.example.key --ca root.pem --require-cert\n' +
      '  thimble listen 5684 --psk-file keys.txt --state sessions --state-key secret')
    .action(async (address: string, options: ListenOptions) => { process.exitCode = await run(address, options); });
}

async function run(text: string, options: ListenOptions): Promise<Exit> {
  const output = outputOf(options);
  const { host, port } = parseListenAddress(text);
  const { shared, credentials, kept, finish } = serverOptions(options, output);
  const signal = interruption();
  const address = host === '' ? '0.0.0.0' : (await lookup(host)).address;
  const endpoint = listen((session) => serve(session, options, output), {
    ...shared, ...credentials, ...kept.options, ...limitsOf(options), host: address, port,
  });
  try {
    announce(endpoint, output);
    await aborted(signal);
    return Exit.DONE;
  } finally {
    await leave(endpoint, kept, output);
    report(endpoint, output);
    finish();
  }
}

const limit = (name: string) => integer(name, 0, 1_000_000);

function limitsOf({ hideIdentities, maxHandshakes, maxSessions, maxSessionsPerHost }: ListenOptions): Partial<NodeListenOptions> {
  const limits = { hidePskIdentity: hideIdentities, maxHandshakes, maxSessions, maxSessionsPerHost };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** With --state the sessions are for the next run: then no client hears of the end of this one. */
async function leave(endpoint: DTLSEndpoint, kept: Kept, output: Output): Promise<void> {
  if (!kept.hasState) return endpoint.close();
  try {
    kept.store(endpoint.saveState());
    endpoint.destroy();
  } catch (error) {
    output.warn(problemText(error));
    await endpoint.close();
  }
}

function announce(endpoint: DTLSEndpoint, output: Output): void {
  const { address, port } = endpoint.address!;
  endpoint.onerror = (error) => output.warn(problemText(error));
  output.event('listening', { address, port }, `listening on ${formatAddress({ host: address, port })}`);
}

/** One client, from its proved address to its end. */
function serve(session: DTLSSession, options: ListenOptions, output: Output): void {
  const { echo } = options;
  const { address, port } = session.remoteAddress!;
  const from = formatAddress({ host: address, port });
  const about = () => ({ identity: identityOf(session), address, port });
  session.onwarning = (warning) => output.warn(`${from}: ${problemText(warning)}`);
  session.onmessage = (message) => {
    if (echo === true) sendBack(session, message, from, output);
    else if (output.json) output.event('message', { ...about(), ...content(message) }, '');
    else output.data(message);
  };
  session.onhandshake = () => { // not after `opened`: by then, a hasty peer may have closed
    session.onerror = (error) => output.warn(`${from}: ${problemText(error)}`);
    const cipher = session.cipher!.standardName;
    const { reused, restored } = session;
    output.event('connected', { ...about(), cipher, protocol: session.protocol, reused, restored },
      `${identityOf(session)} connected from ${from}, ${cipher}${howOf(session)}`);
    showExported(session, options, output);
    void session.closed.then(() => output.event('closed', about(), `${identityOf(session)} closed, ${from}`));
  };
  session.opened.catch((error: Error) => {
    output.event('failed', { ...about(), ...fields(error) }, `${from} failed: ${problemText(error)}`);
  });
}

/** How a session came to be, if not by a full handshake. */
export function howOf({ restored, reused }: DTLSSession): string {
  if (restored) return ', went on without a handshake';
  return reused ? ', session resumed' : '';
}

/** Who the client is: its PSK identity, the subject of its certificate, its key's name, or nobody. */
function identityOf({ pskIdentity, peerX509Certificate, peerKeyName }: DTLSSession): string {
  if (peerX509Certificate !== undefined) return nameOf(peerX509Certificate);
  return pskIdentity ?? peerKeyName ?? 'anonymous';
}

/** A peer may send longer messages than our MTU lets us send. */
function sendBack(session: DTLSSession, message: Buffer, from: string, output: Output): void {
  if (message.length <= session.maxPayload) session.send(message);
  else output.warn(`${from}: ${message.length} bytes are too long to send back; raise --mtu`);
}

/** A message as text where it is text, and in hex. */
export function content(message: Buffer): { text: string; hex: string } {
  return { text: message.toString('utf8'), hex: message.toString('hex') };
}

/** What an error of the protocol says, for --json. */
export function fields(error: Error): Record<string, unknown> {
  const { message, code, phase, alert, hint } = error as Error & Record<string, unknown>;
  return { message, code, phase, alert, hint };
}

function report({ stats }: DTLSEndpoint, output: Output): void {
  const { packetsReceived, packetsSent, bytesReceived, bytesSent, serverSessions, drops } = stats;
  const dropped = Object.entries(drops).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`);
  output.note(`${serverSessions} sessions; ${packetsReceived} datagrams (${bytesReceived} B) in, ` +
    `${packetsSent} (${bytesSent} B) out; dropped: ${dropped.length === 0 ? 'none' : dropped.join(', ')}`);
}
