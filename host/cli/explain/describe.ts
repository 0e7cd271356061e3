import { parse } from 'coap-packet';
import { printable } from '../output.js';
import { extensionName, suiteName, versionName } from './names.js';
import type { Hello } from './records.js';
import type { Conversation, Happening } from './timeline.js';

/** A hello's contents in one line. */
export function helloText(hello: Hello, isClient: boolean): string {
  const words = [versionName(hello.version)];
  if (isClient) words.push(`cookie ${hello.cookieLength} B`);
  if (hello.sessionIdLength > 0) words.push(`session_id ${hello.sessionIdLength} B`);
  words.push(hello.suites.map(suiteName).join(' '));
  if (hello.extensions.length > 0) words.push(hello.extensions.map(extensionName).join(' '));
  return words.join(', ');
}

/** Application data in one line: what it says as CoAP (RFC 7252 §3), or its length. */
export function applicationText(plaintext: Uint8Array): string {
  try {
    const packet = parse(Buffer.from(plaintext));
    if (!isLikely(packet)) return `${plaintext.length} B`;
    const type = packet.confirmable ? 'CON' : packet.ack ? 'ACK' : packet.reset ? 'RST' : 'NON';
    return ['CoAP', type, `mid ${packet.messageId}`, ...requestOrResponse(packet)].join(' ');
  } catch {
    return `${plaintext.length} B`;
  }
}

const METHODS: Readonly<Record<string, string>> = {
  '0.01': 'GET', '0.02': 'POST', '0.03': 'PUT', '0.04': 'DELETE', '0.05': 'FETCH', '0.06': 'PATCH', '0.07': 'iPATCH',
};

/** Text can parse as CoAP by chance, but then its code is seldom one that exists (RFC 7252 §12.1). */
function isLikely({ code, token, payload, options }: ReturnType<typeof parse>): boolean {
  if (code === '0.00') return token.length + payload.length + options.length === 0;
  return code in METHODS || /^[245]\.(0\d|1[0-5]|2[0-9]|31)$/.test(code);
}

function requestOrResponse(packet: ReturnType<typeof parse>): string[] {
  if (packet.code === '0.00') return ['empty'];
  const values = (name: string) =>
    packet.options.filter((option) => option.name === name).map(({ value }) => `${value}`);
  const words = [METHODS[packet.code] ?? packet.code];
  if (packet.code.startsWith('0.')) {
    const query = values('Uri-Query');
    words.push(`/${values('Uri-Path').join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}`);
  }
  if (packet.options.some(({ name }) => name === 'Observe')) words.push('Observe');
  if (packet.token.length > 0) words.push(`token ${packet.token.toString('hex')}`);
  if (packet.payload.length > 0) words.push(`payload ${packet.payload.length} B`);
  return words;
}

/** `12.4ms c3 client 0:1 ClientHello  …`: time since the start, connection, sender, epoch and number, what it says. */
export function happeningText(happening: Happening, startMs: number): string {
  const time = `${(happening.atMs - startMs).toFixed(1)}ms`.padStart(10);
  const number = `${happening.epoch}:${happening.sequenceNumber}`.padEnd(5);
  const what = happening.what.padEnd(18);
  return printable(`${time} c${happening.connection} ${happening.from} ${number} ${what} ${happening.detail}`.trimEnd());
}

/** A conversation's sums, in one line. */
export function conversationText(conversation: Conversation, hasKeys: boolean): string {
  const { connection, client, server, datagrams, bytes, retransmissions, duplicates, unopened, foreign } = conversation;
  const words = [`${datagrams} datagrams`, `${bytes} B`, `${retransmissions} messages sent again`];
  if (duplicates > 0) words.push(`${duplicates} duplicate records`);
  if (foreign > 0) words.push(`${foreign} with bytes that are no DTLS 1.2 record`);
  const why = hasKeys ? 'its keys are not in the key log' : 'no key log';
  if (unopened > 0) words.push(`${unopened} records not opened (${why})`);
  return `c${connection} ${client} > ${server}: ${words.join(', ')}`;
}
