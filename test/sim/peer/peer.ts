// A DTLS 1.2 peer with pre-shared keys, written from the RFCs apart from the engine, that misbehaves on command: its flights can be
// edited, its messages cut anywhere, and every record forged, all with valid MACs. No timers: the test says when to repeat.
import { createECDH, type ECDH } from 'node:crypto';
import { Random } from '../../../host/fleet/random.js';
import * as Keys from './keys.js';
import { CHANGE_CIPHER_SPEC, type Item, type PeerOptions } from './options.js';
import { Reassembler, type Message } from './reassembler.js';
import * as Wire from './wire.js';

interface Sent {
  type: number;
  epoch: number;
  sequence: number;
  body: Buffer;
}

export interface Received {
  type: number;
  epoch: number;
  /** Of the record. */
  sequence: number;
  body: Buffer;
}

const EMPTY = Buffer.alloc(0);

export class Peer {
  /** The peer's Finished verified, and ours is out. */
  connected = false;
  /** What the engine did wrong, in one line; '' if nothing. */
  fault = '';
  /** Every record that came, opened; handshake messages also whole and in order. */
  readonly received: Received[] = [];
  readonly messages: Message[] = [];
  /** Next record numbers, by epoch. */
  readonly writeSequences = [0, 0];
  keys: Keys.Keys | undefined;
  suite = 0;
  random: Buffer;
  transcript: Buffer = EMPTY;
  /** Our next message_seq. */
  sendSequence = 0;
  cookie: Buffer = EMPTY;
  private hello: Wire.ClientHello | undefined;
  private peerRandom: Buffer = EMPTY;
  private isExtended = false;
  private sessionHash: Buffer = EMPTY;
  private readonly reassembler = new Reassembler();
  private early: Wire.DtlsRecord[] = [];
  /** Protected records that came, by their numbers: another one under a number is a nonce used twice (6347-4.1-3). */
  private readonly opened = new Map<number, string>();
  private flight: Sent[] = [];
  private readonly ecdh: ECDH = createECDH('prime256v1');
  /** What both keys make, where the suite is ephemeral. */
  private shared: Buffer | undefined;

  constructor(readonly options: PeerOptions) {
    this.random = Buffer.from(new Random(options.seed, `${options.role} random`).fill(new Uint8Array(32)));
    this.ecdh.setPrivateKey(Keys.sha256(this.random));
  }

  // ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** The client's first hello. */
  start(): Buffer[] {
    return this.speak([this.clientHello()]);
  }

  /** The last flight once more: new record numbers, the rest as it was. */
  repeat(): Buffer[] {
    return this.pack(this.flight);
  }

  data(text: Uint8Array): Buffer {
    return this.sealed(Wire.DATA, text);
  }

  alert(level: number, description: number): Buffer {
    return this.keys === undefined
      ? this.plain(Wire.ALERT, Buffer.from([level, description]))
      : this.sealed(Wire.ALERT, Buffer.from([level, description]));
  }

  /** A record of epoch 0 around any body. */
  plain(type: number, body: Uint8Array, sequence = this.writeSequences[0]!++): Buffer {
    return Wire.record(type, 0, sequence, body);
  }

  /** A record of epoch 1 around any text, with a valid tag. */
  sealed(type: number, text: Uint8Array, sequence = this.writeSequences[1]!++): Buffer {
    const mine = this.options.role === 'client' ? this.keys!.client : this.keys!.server;
    return Wire.record(type, 1, sequence, Keys.seal(this.suite, mine, type, 1, sequence, text));
  }

  /** The records of this message, each fragment in one. */
  recordsFor({ type, epoch, sequence, body }: Sent): Buffer[] {
    if (type === CHANGE_CIPHER_SPEC) return [this.plain(Wire.CCS, body)];
    const cuts = this.options.cut?.({ type, sequence, body }) ?? [[0, body.length]];
    return cuts.map(([offset, length]) => {
      const part = Wire.fragment({ type, length: body.length, sequence, offset, body: body.subarray(offset, offset + length) });
      return epoch === 0 ? this.plain(Wire.HANDSHAKE, part) : this.sealed(Wire.HANDSHAKE, part);
    });
  }

  private pack(flight: readonly Sent[]): Buffer[] {
    const records = flight.flatMap((sent) => this.recordsFor(sent));
    return this.options.apart === true || records.length === 0 ? records : [Buffer.concat(records)];
  }

  /** Numbers and hashes what the test made of the flight, and sends it. */
  private speak(items: Item[]): Buffer[] {
    let epoch = 0;
    this.flight = (this.options.edit?.(items) ?? items).map(({ type, make }) => {
      const body = make();
      if (type === CHANGE_CIPHER_SPEC) {
        epoch = 1;
        return { type, epoch: 0, sequence: 0, body };
      }
      const sequence = this.sendSequence++;
      if (type !== Wire.HELLO_VERIFY_REQUEST) this.hash({ type, sequence, body });
      return { type, epoch: type === Wire.FINISHED ? 1 : epoch, sequence, body };
    });
    return this.pack(this.flight);
  }

  private hash({ type, sequence, body }: Message): void {
    if (type === Wire.CLIENT_HELLO) this.transcript = EMPTY; // the first hello and its answer do not count
    this.transcript = Buffer.concat([this.transcript, Wire.whole(type, sequence, body)]);
    if (type === Wire.CLIENT_KEY_EXCHANGE) this.sessionHash = Keys.sha256(this.transcript);
  }

  private extensions(): Buffer {
    const { extended = true, renegotiation = true, role } = this.options;
    const offered = role === 'client' || this.offers(Wire.EXTENDED_MASTER_SECRET);
    const list: Buffer[] = [];
    if (extended && offered) list.push(Wire.extension(Wire.EXTENDED_MASTER_SECRET));
    if (renegotiation && role === 'server') list.push(Wire.extension(Wire.RENEGOTIATION_INFO, Buffer.from([0])));
    const { groups = [23], formats = [0] } = this.options;
    if (role === 'client' && this.options.suites.some(Keys.isEphemeral)) {
      list.push(Wire.extension(Wire.SUPPORTED_GROUPS, Wire.vector(2, ...groups.map((group) => Wire.uint(group, 2)))));
      if (formats.length > 0) list.push(Wire.extension(Wire.EC_POINT_FORMATS, Wire.vector(1, Buffer.from(formats))));
    }
    return list.length === 0 ? EMPTY : Wire.vector(2, ...list);
  }

  private offers(type: number): boolean {
    return Wire.extensionTypes(this.hello!.extensions).includes(type);
  }

  private clientHello(): Item {
    const scsv = this.options.renegotiation === false ? [] : [Wire.EMPTY_RENEGOTIATION_INFO_SCSV];
    return { type: Wire.CLIENT_HELLO, make: () => Wire.clientHello({
      version: 0xfefd, random: this.random, sessionId: EMPTY, cookie: this.cookie,
      suites: [...this.options.suites, ...scsv], compression: Buffer.from([0]), extensions: this.extensions(),
    }) };
  }

  private finish(): Item[] {
    const { role } = this.options;
    return [
      { type: CHANGE_CIPHER_SPEC, make: () => {
        this.deriveKeys();
        return Buffer.from([1]);
      } },
      { type: Wire.FINISHED, make: () => {
        this.deriveKeys();
        return Keys.verifyData(this.keys!.master, role, this.transcript);
      } },
    ];
  }

  private deriveKeys(): void {
    const [client, server] = this.options.role === 'client' ? [this.random, this.peerRandom] : [this.peerRandom, this.random];
    const hash = this.sessionHash.length > 0 ? this.sessionHash : Keys.sha256(this.transcript);
    this.keys ??= Keys.keysOf(Keys.premaster(this.options.key, this.shared), client, server, this.isExtended ? hash : undefined);
  }

  /** Our point as a vector; nothing where the suite has none. */
  private share(): Buffer {
    return Keys.isEphemeral(this.suite) ? Wire.vector(1, this.options.point ?? this.ecdh.getPublicKey()) : EMPTY;
  }

  /** Reads the peer's point, which ends a key exchange. */
  private agree(body: Buffer): void {
    if (Keys.isEphemeral(this.suite)) this.shared = this.ecdh.computeSecret(body.subarray(-65));
  }

  private serverKeyExchange(): Buffer {
    const { hint = EMPTY, parameters = Buffer.from([3, 0, 23]) } = this.options;
    return Buffer.concat([Wire.vector(2, hint), ...(Keys.isEphemeral(this.suite) ? [parameters, this.share()] : [])]);
  }

  // ── what it hears ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a datagram; returns the datagrams that answer it. */
  receive(datagram: Uint8Array): Buffer[] {
    return Wire.recordsOf(datagram).flatMap((record) => this.receiveRecord(record));
  }

  private receiveRecord(record: Wire.DtlsRecord): Buffer[] {
    const { type, epoch, sequence } = record;
    if (record.version !== 0xfefd) this.fault = `a record of version ${record.version.toString(16)}`;
    if (epoch === 0) return this.take({ type, epoch, sequence, body: record.body });
    if (this.keys === undefined) {
      this.early.push(record);
      return [];
    }
    const theirs = this.options.role === 'client' ? this.keys.server : this.keys.client;
    let body: Buffer;
    try {
      body = Keys.open(this.suite, theirs, type, epoch, sequence, record.body);
    } catch (error) {
      this.fault = `a record that does not open: ${(error as Error).message}`;
      return [];
    }
    const content = record.body.toString('hex');
    if ((this.opened.get(sequence) ?? content) !== content) this.fault = `number ${sequence} used for two records`;
    this.opened.set(sequence, content);
    return this.take({ type, epoch, sequence, body });
  }

  private take(received: Received): Buffer[] {
    this.received.push(received);
    if (received.type !== Wire.HANDSHAKE) return [];
    return Wire.fragmentsOf(received.body).flatMap((fragment) => {
      // before ServerHello there is no state: whatever number a hello or its answer has is the one that counts
      const isFresh = fragment.type === Wire.CLIENT_HELLO && fragment.sequence > this.reassembler.next;
      if (isFresh || fragment.type === Wire.HELLO_VERIFY_REQUEST) this.reassembler.next = fragment.sequence;
      return this.reassembler.take(fragment).flatMap((message) => this.handle(message));
    });
  }

  private handle(message: Message): Buffer[] {
    this.messages.push(message);
    if (message.type === Wire.FINISHED) return this.receiveFinished(message);
    if (message.type === Wire.HELLO_VERIFY_REQUEST) {
      this.cookie = Wire.readVerifyRequest(message.body).cookie;
      return this.speak([this.clientHello()]);
    }
    if (message.type === Wire.CLIENT_HELLO) return this.receiveClientHello(message);
    this.hash(message);
    if (message.type === Wire.SERVER_HELLO) this.receiveServerHello(message);
    if (message.type === Wire.SERVER_KEY_EXCHANGE) this.agree(message.body);
    if (message.type === Wire.SERVER_HELLO_DONE) {
      const identity = this.options.identity ?? EMPTY;
      return this.speak([
        { type: Wire.CLIENT_KEY_EXCHANGE, make: () => Buffer.concat([Wire.vector(2, identity), this.share()]) },
        ...this.finish()]);
    }
    if (message.type === Wire.CLIENT_KEY_EXCHANGE) {
      this.agree(message.body);
      this.deriveKeys();
      return this.early.splice(0).flatMap((record) => this.receiveRecord(record));
    }
    return [];
  }

  private receiveClientHello(message: Message): Buffer[] {
    const { options } = this;
    const hello = this.hello = Wire.readClientHello(message.body);
    this.peerRandom = hello.random;
    if (options.cookie !== undefined && options.cookie.length > 0 && !hello.cookie.equals(options.cookie)) {
      this.sendSequence = message.sequence;
      return this.speak([{ type: Wire.HELLO_VERIFY_REQUEST,
        make: () => Buffer.concat([Wire.uint(0xfefd, 2), Wire.vector(1, options.cookie!)]) }]);
    }
    this.hash(message);
    this.sendSequence = message.sequence;
    this.suite = options.suites.find((suite) => hello.suites.includes(suite)) ?? options.suites[0]!;
    this.isExtended = options.extended !== false && this.offers(Wire.EXTENDED_MASTER_SECRET);
    const hasKeyExchange = options.hint !== undefined || Keys.isEphemeral(this.suite);
    return this.speak([
      { type: Wire.SERVER_HELLO, make: () => Wire.serverHello({ version: 0xfefd, random: this.random, sessionId: EMPTY,
        suite: this.suite, compression: 0, extensions: this.extensions() }) },
      ...(hasKeyExchange ? [{ type: Wire.SERVER_KEY_EXCHANGE, make: () => this.serverKeyExchange() }] : []),
      { type: Wire.SERVER_HELLO_DONE, make: () => EMPTY },
    ]);
  }

  private receiveServerHello(message: Message): void {
    const hello = Wire.readServerHello(message.body);
    this.peerRandom = hello.random;
    this.suite = hello.suite;
    this.isExtended = Wire.extensionTypes(hello.extensions).includes(Wire.EXTENDED_MASTER_SECRET);
  }

  private receiveFinished(message: Message): Buffer[] {
    const isClient = this.options.role === 'client';
    const expected = Keys.verifyData(this.keys!.master, isClient ? 'server' : 'client', this.transcript);
    if (!message.body.equals(expected)) {
      this.fault = 'a Finished that does not match';
      return [];
    }
    this.hash(message);
    this.connected = true;
    return isClient ? [] : this.speak(this.finish());
  }
}
