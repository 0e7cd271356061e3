import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import { listen, publicKeyName, type DTLSEndpoint, type DTLSSession } from '../node/index.js';
import { nameOf } from '../node/refusal.js';
import { formatAddress, parseListenAddress } from './address.js';
import { serverOptions } from './connection.js';
import { aborted, interruption } from './interruption.js';
import { outputOf, withCommon, withKeys, type CommonOptions } from './options.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';
import { readTicketKeys } from './sessions.js';
import { Exit } from './usage.js';

interface ListenOptions extends CommonOptions {
  echo?: boolean;
  ticketKeys?: string;
}

/** `thimble listen`: messages of every client on standard output, or back to them. */
export function addListen(program: Command): void {
  const command = program.command('listen').argument('<address>', '[host:]port; port 0 for any free one')
    .description('serve DTLS: messages go to standard output, or back to who sent them');
  withKeys(command, 'server').option('--echo', 'send each message back instead of printing it')
    .option('--ticket-keys <file>', 'hex secrets that seal tickets, one a line, newest first; other servers may share them');
  withCommon(command, true)
    .addHelpText('after', '\nExample:\n  thimble listen 127.0.0.1:5684 --psk-file keys.txt --echo\n' +
      '  thimble listen 5684 --cert gateway.example.pem --key gateway.example.key --ca root.pem --require-cert')
    .action(async (address: string, options: ListenOptions) => { process.exitCode = await run(address, options); });
}

async function run(text: string, options: ListenOptions): Promise<Exit> {
  const output = outputOf(options);
  const { host, port } = parseListenAddress(text);
  const { shared, credentials, finish } = serverOptions(options, output);
  const signal = interruption();
  const address = host === '' ? '0.0.0.0' : (await lookup(host)).address;
  const endpoint = listen((session) => serve(session, options, output), {
    ...shared, ...credentials, ...readTicketKeys(options.ticketKeys), host: address, port,
  });
  try {
    announce(endpoint, output);
    await aborted(signal);
    return Exit.DONE;
  } finally {
    await endpoint.close();
    report(endpoint, output);
    finish();
  }
}

function announce(endpoint: DTLSEndpoint, output: Output): void {
  const { address, port } = endpoint.address!;
  endpoint.onerror = (error) => output.warn(problemText(error));
  output.event('listening', { address, port }, `listening on ${formatAddress({ host: address, port })}`);
}

/** One client, from its proved address to its end. */
function serve(session: DTLSSession, { echo }: ListenOptions, output: Output): void {
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
    const { reused } = session;
    output.event('connected', { ...about(), cipher, protocol: session.protocol, reused },
      `${identityOf(session)} connected from ${from}, ${cipher}${reused ? ', session resumed' : ''}`);
    void session.closed.then(() => output.event('closed', about(), `${identityOf(session)} closed, ${from}`));
  };
  session.opened.catch((error: Error) => {
    output.event('failed', { ...about(), ...fields(error) }, `${from} failed: ${problemText(error)}`);
  });
}

/** Who the client is: its PSK identity, the subject of its certificate, its key's name, or nobody. */
function identityOf({ pskIdentity, peerX509Certificate, peerRawPublicKey }: DTLSSession): string {
  if (peerX509Certificate !== undefined) return nameOf(peerX509Certificate);
  return pskIdentity ?? (peerRawPublicKey === undefined ? 'anonymous' : publicKeyName(peerRawPublicKey));
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
