import { createHash } from 'node:crypto';
import { ContentType, HandshakeType } from '../../../assembly/codes.js';
import { applicationText, helloText } from './describe.js';
import { alertName, contentName, messageName } from './names.js';
import { fragmentsOf, helloOf, RECORD_HEADER, recordsOf, type DtlsRecord, type HandshakeFragment } from './records.js';
import { RecordKeys, type KeyLog } from './secrets.js';
import type { Datagram } from './udp.js';

/** One thing that a record says. */
export interface Happening {
  atMs: number;
  /** Counts conversations from 1. */
  connection: number;
  from: 'client' | 'server';
  epoch: number;
  sequenceNumber: number;
  /** In the RFC's words. */
  what: string;
  detail: string;
  /** Bytes of the record, its header included. */
  bytes: number;
}

/** What passed between two addresses. */
export interface Conversation {
  connection: number;
  client: string;
  server: string;
  datagrams: number;
  bytes: number;
  retransmissions: number;
  /** Records that came again bit for bit, as the network or a resending host makes them. */
  duplicates: number;
  /** Records that no key opened. */
  unopened: number;
  /** Datagrams, or ends of them, that are no DTLS 1.0 or 1.2 records. */
  foreign: number;
}

/** What keys are made of. They are derived when a record wants them: only then does a growing key log have them. */
interface Randoms {
  client: Uint8Array;
  server: Uint8Array;
  suite: number;
  keys?: RecordKeys;
}

interface Secrets {
  clientRandom?: Uint8Array;
  /** The newest first: a client that starts anew has several handshakes at one address. */
  handshakes: Randoms[];
  /** Plaintext of each fragment sent, to know it again. */
  said: Set<string>;
  /** Records seen, to know them again. */
  records: Set<string>;
}

/** Turns datagrams into what they say; keys come from a key log. */
export class Timeline {
  readonly conversations: Conversation[] = [];
  private readonly byPair = new Map<string, Conversation & Secrets>();

  constructor(private readonly keyLog: KeyLog) {}

  /** What this datagram says, record by record. */
  read(datagram: Datagram): Happening[] {
    const { records, rest } = recordsOf(datagram.payload);
    const pair = [datagram.from, datagram.to].sort().join(' ');
    const known = this.byPair.get(pair);
    if (known === undefined && records.length === 0) return [];
    const conversation = known ?? this.begin(pair, datagram, records[0]!);
    conversation.datagrams++;
    conversation.bytes += datagram.payload.length;
    if (rest > 0) conversation.foreign++;
    const from = datagram.from === conversation.client ? 'client' : 'server';
    return records.flatMap((record) => this.readRecord(conversation, from, datagram.atMs, record));
  }

  /** Who speaks first is the client, unless it is the server's words that the capture begins with. */
  private begin(pair: string, { from, to }: Datagram, first: DtlsRecord): Conversation & Secrets {
    const type = first.type === ContentType.HANDSHAKE && first.epoch === 0 ? first.fragment[0] : undefined;
    const byServer = type === HandshakeType.SERVER_HELLO || type === HandshakeType.HELLO_VERIFY_REQUEST;
    const conversation = {
      connection: this.conversations.length + 1,
      client: byServer ? to : from,
      server: byServer ? from : to,
      datagrams: 0, bytes: 0, retransmissions: 0, duplicates: 0, unopened: 0, foreign: 0,
      handshakes: [], said: new Set<string>(), records: new Set<string>(),
    };
    this.byPair.set(pair, conversation);
    this.conversations.push(conversation);
    return conversation;
  }

  private readRecord(
    conversation: Conversation & Secrets, from: 'client' | 'server', atMs: number, record: DtlsRecord,
  ): Happening[] {
    const happening = (what: string, detail = ''): Happening => ({
      atMs, connection: conversation.connection, from, epoch: record.epoch, sequenceNumber: record.sequenceNumber,
      what, detail, bytes: RECORD_HEADER + record.fragment.length,
    });
    if (isKnown(conversation, from, record)) {
      conversation.duplicates++;
      const isClear = record.type === ContentType.HANDSHAKE && record.epoch === 0 && record.fragment.length > 0;
      const what = isClear ? messageName(record.fragment[0]!) : contentName(record.type);
      return [happening(what, 'a record that was here before')];
    }
    const plaintext = this.open(conversation, from, record);
    if (plaintext === undefined) {
      conversation.unopened++;
      return [happening(contentName(record.type), 'encrypted')];
    }
    if (record.type === ContentType.ALERT && plaintext.length === 2) {
      return [happening('Alert', alertName(plaintext[0]!, plaintext[1]!))];
    }
    if (record.type === ContentType.APPLICATION_DATA) return [happening('ApplicationData', applicationText(plaintext))];
    const fragments = record.type === ContentType.HANDSHAKE ? fragmentsOf(plaintext) : [];
    if (fragments.length === 0) return [happening(contentName(record.type))];
    return fragments.map((fragment) => {
      const detail = this.readFragment(conversation, from, record.epoch, fragment);
      return happening(messageName(fragment.type), detail);
    });
  }

  private readFragment(
    conversation: Conversation & Secrets, from: 'client' | 'server', epoch: number, fragment: HandshakeFragment,
  ): string {
    const { type, length, messageSeq, offset, body } = fragment;
    const words = [`message_seq ${messageSeq}`];
    if (body.length < length) words.push(`fragment ${offset}..${offset + body.length} of ${length} B`);
    else words.push(`${length} B`);
    const place = `${from} ${epoch} ${messageSeq} ${type} ${offset} `;
    const id = createHash('sha256').update(place).update(body).digest('hex');
    if (conversation.said.has(id)) {
      conversation.retransmissions++;
      words.push('retransmission');
    }
    conversation.said.add(id);
    const isHello = type === HandshakeType.CLIENT_HELLO || type === HandshakeType.SERVER_HELLO;
    const hello = isHello && offset === 0 ? helloOf(body, type === HandshakeType.CLIENT_HELLO) : undefined;
    if (hello !== undefined) {
      words.push(helloText(hello, type === HandshakeType.CLIENT_HELLO));
      if (type === HandshakeType.CLIENT_HELLO) conversation.clientRandom = hello.random;
      else addRandoms(conversation, hello.random, hello.suites[0]!);
    }
    return words.join(', ');
  }

  private open({ handshakes }: Secrets, from: 'client' | 'server', record: DtlsRecord): Uint8Array | undefined {
    if (record.epoch === 0) return record.fragment;
    for (const handshake of handshakes) {
      handshake.keys ??= this.derive(handshake);
      const plaintext = handshake.keys?.open(record, from === 'client');
      if (plaintext !== undefined) return plaintext;
    }
    return undefined;
  }

  private derive({ client, server, suite }: Randoms): RecordKeys | undefined {
    const masterSecret = this.keyLog.masterSecret(client);
    return masterSecret === undefined ? undefined : RecordKeys.derive(suite, masterSecret, client, server);
  }
}

/** A ServerHello that is sent again changes nothing. */
function addRandoms({ clientRandom, handshakes }: Secrets, server: Uint8Array, suite: number): void {
  if (clientRandom === undefined || handshakes.some((known) => Buffer.from(known.server).equals(server))) return;
  handshakes.unshift({ client: clientRandom, server, suite });
}

/** The same number and the same bytes: a retransmission would have a number of its own (RFC 6347 §4.2.4). */
function isKnown({ records }: Secrets, from: string, { epoch, sequenceNumber, fragment }: DtlsRecord): boolean {
  const id = createHash('sha256').update(`${from} ${epoch} ${sequenceNumber} `).update(fragment).digest('hex');
  const before = records.size;
  return records.add(id).size === before;
}
