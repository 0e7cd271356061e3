import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { Agent, type IncomingMessage, type ObserveReadStream, type OutgoingMessage } from 'coap';
import { formatAddress, type CoapsUrl } from './address.js';
import { Failure, UsageError } from './usage.js';

/** One request (RFC 7252 §5), by the client of the association (7252-9.1.1-1). */
export interface CoapRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: CoapsUrl;
  payload?: Uint8Array;
  contentFormat?: string | number;
  accept?: string | number;
  isConfirmable: boolean;
  isObserving: boolean;
  /** Milliseconds to the first answer, the handshake included. */
  timeoutMs: number;
  /** Bytes of a datagram: longer payloads go in blocks (RFC 7959). */
  mtu: number;
}

/** Where a name leads. */
export interface Resolved {
  address: string;
  family: 4 | 6;
}

/** The first address that the system gives for the name. */
export async function resolve(host: string): Promise<Resolved> {
  const { address, family } = await lookup(host);
  return { address, family: family === 6 ? 6 : 4 };
}

/** Sends the request over the socket and returns the first response; rejects on errors, and after the timeout. */
export function exchange(
  socket: Socket, { address }: Resolved, request: CoapRequest, signal: AbortSignal,
): Promise<IncomingMessage | ObserveReadStream> {
  return new Promise((resolvePromise, reject) => {
    const agent = new Agent({ socket });
    const message = newMessage(agent, address, request);
    let isConnected = false;
    socket.on('secureConnection', () => {
      if (isConnected) { // a repetition waits for it, and must not cross over (7252-9.1.1-4)
        socket.close();
        fail(new Failure('the server ended the association before it answered', 'ask again'));
      }
      isConnected = true;
    });
    const late = () => fail(isConnected ? noAnswer(request) : noHandshake(request));
    const timer = setTimeout(late, request.timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    signal.addEventListener('abort', () => fail(new Failure('interrupted')), { once: true });
    agent.on('error', fail);
    message.on('error', fail);
    message.on('timeout', late);
    message.on('response', (response: IncomingMessage | ObserveReadStream) => {
      clearTimeout(timer);
      resolvePromise(response);
    });
    message.end(request.payload === undefined ? undefined : Buffer.from(request.payload));
  });
}

function noAnswer({ timeoutMs }: CoapRequest): Failure {
  return new Failure(`no answer within ${timeoutMs / 1_000} s`,
    'check that the server serves CoAP there, or wait longer with --timeout');
}

function noHandshake({ url, timeoutMs }: CoapRequest): Failure {
  return new Failure(`no DTLS handshake with ${formatAddress(url)} within ${timeoutMs / 1_000} s`,
    'check the address and the port, that a DTLS server runs there, or wait longer with --timeout');
}

function newMessage(agent: Agent, address: string, request: CoapRequest): OutgoingMessage {
  const { url, method, isConfirmable } = request;
  const message = agent.request({
    hostname: address, port: url.port, method, confirmable: isConfirmable,
    observe: request.isObserving ? true : undefined,
    // For the end of an observation, whose request the library makes from these alone.
    pathname: url.uriPath.join('/'), query: url.uriQuery.join('&'),
  });
  setFormat(message, 'Content-Format', request.contentFormat);
  setFormat(message, 'Accept', request.accept);
  if (request.payload !== undefined) setBlocks(message, request.payload.length, request.mtu);
  const values = (parts: string[]) => parts.map((part) => Buffer.from(part, 'utf8'));
  message.setOption('Uri-Path', values(url.uriPath));
  message.setOption('Uri-Query', values(url.uriQuery));
  // RFC 7252 §6.4: an IP address stands in the datagram already.
  if (isIP(url.host) === 0) message.setOption('Uri-Host', values([url.host]));
  return message;
}

/** For the record, the CoAP header and options beside a block. */
const SURROUNDINGS = 128;

/** The largest block that fits a datagram, if there must be several: 16 to 1,024 bytes, by its exponent (RFC 7959 §2.2). */
function setBlocks(message: OutgoingMessage, length: number, mtu: number): void {
  const exponent = Math.min(6, Math.floor(Math.log2(mtu - SURROUNDINGS)) - 4);
  if (length > 2 ** (exponent + 4)) message.setOption('Block1', Buffer.of(exponent));
}

function setFormat(message: OutgoingMessage, option: 'Content-Format' | 'Accept', format?: string | number): void {
  if (format === undefined) return;
  try {
    message.setOption(option, format);
  } catch {
    throw new UsageError(`${option} '${format}' has no known number: write the number itself`);
  }
}
