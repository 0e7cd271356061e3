import { isIP } from 'node:net';
import { buffer as readAll } from 'node:stream/consumers';
import type { IncomingMessage, ObserveReadStream } from 'coap';
import { createSocket } from '../node/dgram.js';
import { parseCoapsUrl } from './address.js';
import type { CoapOptions, Verb } from './coap.js';
import { exchange, resolve, type CoapRequest } from './coap-client.js';
import { clientOptions } from './connection.js';
import { aborted, interruption } from './interruption.js';
import { leaveSocket } from './kept.js';
import { content } from './listen.js';
import { outputOf } from './options.js';
import type { Output } from './output.js';
import { problemText } from './problems.js';
import { Exit } from './usage.js';

/** The Node host's default, bytes. */
const MTU = 1_200;

/** Sends one request and shows its answer, or answers. */
export async function request(verb: Verb, uri: string, options: CoapOptions): Promise<Exit> {
  const output = outputOf(options);
  const url = parseCoapsUrl(uri);
  const { shared, credentials, kept, finish } = clientOptions(options, output);
  const message: CoapRequest = {
    method: verb === 'observe' ? 'GET' : verb.toUpperCase() as CoapRequest['method'],
    url,
    payload: await payloadOf(verb, options),
    contentFormat: formatOf(options.format),
    accept: formatOf(options.accept),
    isConfirmable: options.con,
    isObserving: verb === 'observe',
    timeoutMs: options.timeout,
    mtu: options.mtu ?? MTU,
  };
  const signal = interruption();
  const server = await resolve(url.host);
  const { session, ...state } = kept.options;
  // 7252-9.1.3-1
  const named = { ...(isIP(url.host) === 0 ? { servername: url.host } : {}), ...credentials, ...(session && { session }) };
  const socket = createSocket({
    type: server.family === 6 ? 'udp6' : 'udp4', dtls: { ...shared, ...state, connect: named },
  });
  socket.on('session', (bytes: Buffer) => kept.keepSession(bytes));
  socket.on('warning', (warning: Error) => output.warn(problemText(warning)));
  try {
    const response = await exchange(socket, server, message, signal);
    return verb === 'observe' ? await follow(response, options, output, signal) : show(response, output);
  } finally {
    await leaveSocket(socket, kept, output);
    finish();
  }
}

async function payloadOf(verb: Verb, { payload }: CoapOptions): Promise<Uint8Array | undefined> {
  if (verb !== 'put' && verb !== 'post') return undefined;
  return payload === undefined ? readAll(process.stdin) : Buffer.from(payload, 'utf8');
}

function formatOf(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

/** The payload on standard output; a response code that is no success on standard error. */
function show(response: IncomingMessage, output: Output): Exit {
  const { code, payload, headers } = response;
  const isSuccess = code.startsWith('2.');
  if (output.json) {
    const format = headers['Content-Format'];
    output.event('response', { code, format, ...content(payload) }, '');
  } else {
    if (isSuccess) output.note(`${code} ${CODES[code] ?? ''}`);
    else output.say(`thimble: ${code} ${CODES[code] ?? ''}`.trimEnd());
    output.data(payload);
    if (payload.length > 0 && payload.at(-1) !== 0x0a && process.stdout.isTTY) output.line('');
  }
  return isSuccess ? Exit.DONE : Exit.FAILED;
}

/** RFC 7252 §12.1.2 */
const CODES: Readonly<Record<string, string>> = {
  '2.01': 'Created', '2.02': 'Deleted', '2.03': 'Valid', '2.04': 'Changed', '2.05': 'Content', '2.31': 'Continue',
  '4.00': 'Bad Request', '4.01': 'Unauthorized', '4.02': 'Bad Option', '4.03': 'Forbidden', '4.04': 'Not Found',
  '4.05': 'Method Not Allowed', '4.06': 'Not Acceptable', '4.12': 'Precondition Failed', '4.13': 'Request Entity Too Large',
  '4.15': 'Unsupported Content-Format', '5.00': 'Internal Server Error', '5.01': 'Not Implemented', '5.02': 'Bad Gateway',
  '5.03': 'Service Unavailable', '5.04': 'Gateway Timeout', '5.05': 'Proxying Not Supported',
};

/** A line for each notification, until there are enough or the user has seen enough. */
async function follow(
  response: IncomingMessage | ObserveReadStream, { count }: CoapOptions, output: Output, signal: AbortSignal,
): Promise<Exit> {
  if (!response.code.startsWith('2.')) return show(response, output);
  const stream = response as ObserveReadStream;
  let seen = 0;
  const enough = new Promise<Exit>((resolveExit) => {
    stream.on('data', (payload: Buffer) => {
      if (output.json) output.event('notification', { code: stream.code, ...content(payload) }, '');
      else output.line(payload.toString('utf8'));
      if (!stream.code.startsWith('2.')) resolveExit(Exit.FAILED);
      if (++seen === count) resolveExit(Exit.DONE);
    });
    stream.on('error', () => resolveExit(Exit.FAILED));
  });
  const exit = await Promise.race([enough, aborted(signal)]);
  stream.close(true);
  return exit ?? Exit.DONE;
}
