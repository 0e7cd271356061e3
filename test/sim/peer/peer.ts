// A DTLS 1.2 peer with pre-shared keys, certificates and raw public keys, written from the RFCs apart from the engine, that misbehaves
// on command: its flights can be edited, its messages cut anywhere, and every record forged, all with valid MACs. No timers: the test
// says when to repeat. It trusts any certificate: whose it is, the test says.
import { createECDH, type ECDH } from 'node:crypto';
import { Random } from '../../../host/fleet/random.js';
import { Certificates } from './certificates.js';
import { Channel, EMPTY } from './channel.js';
import * as Keys from './keys.js';
import { CHANGE_CIPHER_SPEC, type Item, type PeerOptions } from './options.js';
import { Reassembler, type Message } from './reassembler.js';
import { Sessions, type Session } from './sessions.js';
import * as Wire from './wire.js';

export interface Received {
  type: number;
  epoch: number;
  /** Of the record. */
  sequence: number;
  body: Buffer;
}

export class Peer extends Channel {
  /** The peer's Finished verified, and ours is out. */
  connected = false;
  /** What the engine did wrong, in one line; '' if nothing. */
  fault = '';
  /** Every record that came, opened; handshake messages also whole and in order. */
  readonly received: Received[] = [];
  readonly messages: Message[] = [];
  readonly certificates: Certificates;
  readonly sessions: Sessions;
  random: Buffer;
  cookie: Buffer = EMPTY;
  private hello: Wire.ClientHello | undefined;
  private peerRandom: Buffer = EMPTY;
  private isExtended = false;
  private readonly reassembler = new Reassembler();
  private early: Wire.DtlsRecord[] = [];
  /** Protected records that came, by their numbers: another one under a number is a nonce used twice (6347-4.1-3). */
  private readonly opened = new Map<number, string>();
  private readonly ecdh: ECDH = createECDH('prime256v1');
  /** What both keys make, where the suite is ephemeral. */
  shared: Buffer | undefined;

  constructor(options: PeerOptions) {
    super(options);
    this.certificates = new Certificates(options);
    this.sessions = new Sessions(options);
    this.random = Buffer.from(new Random(options.seed, `${options.role} random`).fill(new Uint8Array(32)));
    this.ecdh.setPrivateKey(Keys.sha256(this.random));
  }

  // ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** The client's first hello. */
  start(): Buffer[] {
    return this.speak([this.clientHello()]);
  }

  /** What either side can resume with, after a full handshake that promised it. */
  get session(): Session {
    const { id, ticket } = this.sessions;
    return { id: ticket === undefined ? id : Buffer.from('our own'), ...(ticket && { ticket }), master: this.keys!.master, suite: this.suite };
  }

  private extensions(): Buffer {
    const { extended = true, renegotiation = true, role, extend } = this.options;
    const isClient = role === 'client', list: Wire.Extension[] = [];
    if (extended && (isClient || this.offers(Wire.EXTENDED_MASTER_SECRET))) list.push([Wire.EXTENDED_MASTER_SECRET, EMPTY]);
    if (renegotiation && !isClient) list.push([Wire.RENEGOTIATION_INFO, Buffer.from([0])]);
    const { cid, rrc = false } = this.options;
    if (cid !== undefined && (isClient || this.offers(Wire.CONNECTION_ID))) list.push([Wire.CONNECTION_ID, Wire.vector(1, cid)]);
    if (rrc && (isClient || this.offers(Wire.RRC))) list.push([Wire.RRC, EMPTY]);
    const { groups = [23], formats = [0], suites } = this.options;
    if (isClient && suites.some(Keys.isEphemeral)) {
      list.push([Wire.SUPPORTED_GROUPS, Wire.vector(2, ...groups.map((group) => Wire.uint(group, 2)))]);
      if (formats.length > 0) list.push([Wire.EC_POINT_FORMATS, Wire.vector(1, Buffer.from(formats))]);
    }
    if (isClient && suites.some(Keys.isSigned)) list.push(...this.certificates.offer());
    if (!isClient && Keys.isSigned(this.suite)) list.push(...this.certificates.answer(this.hello!.extensions));
    list.push(...(isClient ? this.sessions.offer() : this.sessions.answer()));
    const all = extend?.(list) ?? list;
    return all.length === 0 ? EMPTY : Wire.vector(2, ...all.map(([type, data]) => Wire.extension(type, data)));
  }

  private offers(type: number): boolean {
    return Wire.extensionTypes(this.hello!.extensions).includes(type);
  }

  private clientHello(): Item {
    const scsv = this.options.renegotiation === false ? [] : [Wire.EMPTY_RENEGOTIATION_INFO_SCSV];
    return { type: Wire.CLIENT_HELLO, make: () => Wire.clientHello({
      version: 0xfefd, random: this.random, sessionId: this.options.session?.id ?? EMPTY, cookie: this.cookie,
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

  /** Both hellos' randoms, the client's first. */
  private randoms(): [Buffer, Buffer] {
    return this.options.role === 'client' ? [this.random, this.peerRandom] : [this.peerRandom, this.random];
  }

  private deriveKeys(): void {
    const { resumed } = this.sessions;
    if (resumed !== undefined) this.keys ??= Keys.expand(resumed.master, ...this.randoms());
    const hash = this.sessionHash.length > 0 ? this.sessionHash : Keys.sha256(this.transcript);
    const secret = Keys.isSigned(this.suite) ? this.shared! : Keys.premaster(this.options.key, this.shared);
    this.keys ??= Keys.keysOf(secret, ...this.randoms(), this.isExtended ? hash : undefined);
  }

  /** Our point as a vector; nothing where the suite has none. */
  private share(): Buffer {
    return Keys.isEphemeral(this.suite) ? Wire.vector(1, this.options.point ?? this.ecdh.getPublicKey()) : EMPTY;
  }

  /** Behind the signed suites' parameters stands their signature, behind the others' nothing; before them those have a hint. */
  private serverKeyExchange(): Buffer {
    const { hint = EMPTY, parameters = Buffer.from([3, 0, 23]) } = this.options;
    if (!Keys.isEphemeral(this.suite)) return Wire.vector(2, hint);
    const share = Buffer.concat([parameters, this.share()]);
    if (!Keys.isSigned(this.suite)) return Buffer.concat([Wire.vector(2, hint), share]);
    return Buffer.concat([share, this.certificates.signed(Buffer.concat([...this.randoms(), share]))]);
  }

  private certificate(): Item {
    return { type: Wire.CERTIFICATE, make: () => this.certificates.certificate() };
  }

  private serverFlight(): Item[] {
    const isSigned = Keys.isSigned(this.suite), { asks = false, hint } = this.options;
    const hello = { type: Wire.SERVER_HELLO, make: () => Wire.serverHello({ version: 0xfefd, random: this.random,
      sessionId: this.sessions.id, suite: this.suite, compression: 0, extensions: this.extensions() }) };
    if (this.sessions.resumed !== undefined) return [hello, ...this.ticket(), ...this.finish()];
    return [
      hello,
      ...(isSigned ? [this.certificate()] : []),
      ...(hint !== undefined || Keys.isEphemeral(this.suite)
        ? [{ type: Wire.SERVER_KEY_EXCHANGE, make: () => this.serverKeyExchange() }] : []),
      ...(isSigned && asks ? [{ type: Wire.CERTIFICATE_REQUEST, make: () => this.certificates.request() }] : []),
      { type: Wire.SERVER_HELLO_DONE, make: () => EMPTY },
    ];
  }

  private ticket(): Item[] {
    return this.sessions.isPromised ? [{ type: Wire.NEW_SESSION_TICKET, make: () => this.sessions.newSessionTicket() }] : [];
  }

  private clientFlight(): Item[] {
    const { identity = EMPTY, credential } = this.options, { isAsked } = this.certificates;
    const start = Keys.isSigned(this.suite) ? EMPTY : Wire.vector(2, identity);
    return [
      ...(isAsked ? [this.certificate()] : []),
      { type: Wire.CLIENT_KEY_EXCHANGE, make: () => Buffer.concat([start, this.share()]) },
      ...(isAsked && credential !== undefined
        ? [{ type: Wire.CERTIFICATE_VERIFY, make: () => this.certificates.signed(this.transcript) }] : []),
      ...this.finish(),
    ];
  }

  // ── what it hears ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a datagram; returns the datagrams that answer it. */
  receive(datagram: Uint8Array): Buffer[] {
    return Wire.recordsOf(datagram, this.options.cid?.length).flatMap((record) => this.receiveRecord(record));
  }

  private receiveRecord(record: Wire.DtlsRecord): Buffer[] {
    const { type, epoch, sequence } = record;
    if (record.version !== 0xfefd) this.fault = `a record of version ${record.version.toString(16)}`;
    if (epoch === 0) return this.take({ type, epoch, sequence, body: record.body });
    if (this.keys === undefined) {
      this.early.push(record);
      return [];
    }
    let opened: { type: number; body: Buffer };
    try {
      opened = this.open(record);
    } catch (error) {
      this.fault = `a record that does not open: ${(error as Error).message}`;
      return [];
    }
    const content = record.body.toString('hex');
    if ((this.opened.get(sequence) ?? content) !== content) this.fault = `number ${sequence} used for two records`;
    this.opened.set(sequence, content);
    return this.take({ ...opened, epoch, sequence });
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
    if (message.type === Wire.CERTIFICATE_VERIFY) this.attempt(() => this.certificates.check(this.transcript, message.body));
    this.hash(message);
    this.attempt(() => this.read(message));
    if (message.type === Wire.SERVER_HELLO_DONE) return this.speak(this.clientFlight());
    if (message.type === Wire.CLIENT_KEY_EXCHANGE) this.deriveKeys();
    else if (message.type !== Wire.SERVER_HELLO || this.sessions.resumed === undefined) return [];
    return this.early.splice(0).flatMap((record) => this.receiveRecord(record));
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fault = (error as Error).message;
    }
  }

  /** Takes from a message what it is for. */
  private read({ type, body }: Message): void {
    if (type === Wire.SERVER_HELLO) this.receiveServerHello(body);
    if (type === Wire.CERTIFICATE) {
      if (this.options.role === 'server' && this.options.asks !== true) throw new Error('a certificate that nobody asked for');
      this.certificates.take(body);
    }
    if (type === Wire.NEW_SESSION_TICKET) this.sessions.take(body);
    if (type === Wire.CERTIFICATE_REQUEST) this.certificates.isAsked = true;
    if (type === Wire.CLIENT_KEY_EXCHANGE && Keys.isEphemeral(this.suite)) this.shared = this.ecdh.computeSecret(body.subarray(-65));
    if (type !== Wire.SERVER_KEY_EXCHANGE || !Keys.isEphemeral(this.suite)) return;
    const share = Keys.isSigned(this.suite) ? body.subarray(0, 69) : body.subarray(-69);
    this.shared = this.ecdh.computeSecret(share.subarray(4));
    if (Keys.isSigned(this.suite)) this.certificates.check(Buffer.concat([...this.randoms(), share]), body.subarray(69));
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
    this.learnCid(hello.extensions);
    this.hash(message);
    this.sendSequence = message.sequence;
    this.suite = options.suites.find((suite) => hello.suites.includes(suite)) ?? options.suites[0]!;
    this.isExtended = options.extended !== false && this.offers(Wire.EXTENDED_MASTER_SECRET);
    this.sessions.choose(hello);
    if (this.sessions.resumed !== undefined) this.suite = this.sessions.resumed.suite;
    return this.speak(this.serverFlight());
  }

  private receiveServerHello(body: Buffer): void {
    const hello = Wire.readServerHello(body);
    this.peerRandom = hello.random;
    this.suite = hello.suite;
    this.learnCid(hello.extensions);
    this.isExtended = Wire.extensionTypes(hello.extensions).includes(Wire.EXTENDED_MASTER_SECRET);
    this.certificates.settle(hello.extensions);
    this.sessions.settle(hello);
    if (this.sessions.resumed !== undefined) this.deriveKeys();
  }

  private receiveFinished(message: Message): Buffer[] {
    const isClient = this.options.role === 'client';
    const expected = Keys.verifyData(this.keys!.master, isClient ? 'server' : 'client', this.transcript);
    if (!message.body.equals(expected)) {
      this.fault = 'a Finished that does not match';
      return [];
    }
    const { received, isProven } = this.certificates;
    if ((received[0]?.length ?? 0) > 0 && !isProven) this.fault ||= 'a certificate without a proof of its key';
    this.hash(message);
    this.connected = true;
    if (isClient === (this.sessions.resumed === undefined)) return [];
    return this.speak(isClient ? this.finish() : [...this.ticket(), ...this.finish()]);
  }
}
