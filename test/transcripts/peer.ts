// The other side of a transcript: it writes the messages that a scenario asks for, well or badly, and follows what the
// engine says far enough to derive the same keys and to check the engine's Finished.
import { CipherSuite, ContentType, HandshakeType, ProtocolVersion } from '../../assembly/codes.js';
import { Direction, directions, premaster, prf, sha256 } from './crypto.js';
import { Exchange } from './exchange.js';
import {
  HANDSHAKE_HEADER, fragments, handshakeHeader, messageType, recordHeader, records, uint, vector,
} from './wire.js';
import type { Fragment, Record } from './wire.js';

/** What a scenario says of a message: `name=value`, or a bare word as a name with an empty value. */
export type Wishes = { [name: string]: string };

interface Message {
  type: number;
  sequence: number;
  body: Buffer;
}

const EXTENDED_MASTER_SECRET = '00170000';
const SECURE_RENEGOTIATION = 'ff01000100';
/** supported_groups, ec_point_formats, signature_algorithms: P-256, uncompressed, ecdsa with sha256. */
const SIGNED = '000a000400020017' + '000b00020100' + '000d000400020403';
/** client_ and server_certificate_type: raw public keys, in a client's list and as a server's answer. */
const RAW_KEYS = { client: ['001300020102', '001400020102'], server: ['0013000102', '0014000102'] };
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

export class Peer {
  private clientRandom: Buffer;
  private serverRandom: Buffer;
  private cookie = Buffer.alloc(0);
  private transcript: Buffer[] = [];
  private extended = false;
  private master: Buffer | null = null;
  private keys: { client: Direction; server: Direction } | null = null;
  private nextSequence = 0;
  private readonly nextNumber = [0, 0];
  /** True after our Finished: from there on we speak in epoch 1. */
  private isProtected = false;
  private readonly written = new Map<string, Message>();
  private readonly seen = new Map<string, { body: Buffer; arrived: Set<number> }>();

  /** Certificates and ephemeral keys, where the suite has them. */
  private readonly exchange: Exchange;

  /**
   * The suite is the one it offers or chooses; `random` is the first byte of its random, which counts upwards. In place of certificates
   * both sides may have raw public keys.
   */
  constructor(
    private readonly role: 'client' | 'server', private suite: number, private readonly identity: Buffer,
    private readonly key: Buffer, random: number, private readonly isRaw = false,
  ) {
    this.exchange = new Exchange(role, isRaw);
    const own = Buffer.from(Array.from({ length: 32 }, (_, index) => (random + index) & 0xff));
    [this.clientRandom, this.serverRandom] = role === 'client' ? [own, Buffer.alloc(32)] : [Buffer.alloc(32), own];
  }

  // ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A record of these messages, each a name and wishes, with wishes for the record itself. */
  record(wishes: Wishes, items: { name: string; wishes: Wishes }[]): Buffer {
    const { type, text, epoch: usual } = this.content(items);
    const epoch = Number(wishes.epoch ?? usual);
    const number = wishes.number === undefined ? this.nextNumber[epoch]! : Number(wishes.number);
    this.nextNumber[epoch] = number + 1;
    const version = wishes.version === undefined ? ProtocolVersion.DTLS_1_2 : parseInt(wishes.version, 16);
    const kind = wishes.type === undefined ? type : Number(wishes.type);
    const header = recordHeader(kind, version, epoch, number, text.length);
    const fragment = epoch === 0 || wishes.clear !== undefined ? text : this.direction(this.role).seal(header, text);
    header.writeUInt16BE(wishes.length === undefined ? fragment.length : Number(wishes.length), 11);
    const record = Buffer.concat([header, fragment]);
    if (wishes.flip !== undefined) record[Number(wishes.flip)]! ^= 1;
    return wishes.cut === undefined ? record : record.subarray(0, record.length - Number(wishes.cut));
  }

  private content(items: { name: string; wishes: Wishes }[]): { type: number; text: Buffer; epoch: number } {
    const { name, wishes } = items[0]!;
    const epoch = this.isProtected ? 1 : 0;
    if (name === 'ChangeCipherSpec') return { type: ContentType.CHANGE_CIPHER_SPEC, text: hex(wishes.body ?? '01'), epoch: 0 };
    if (name === 'Alert') return { type: ContentType.ALERT, text: hex(wishes.body ?? `${wishes.level}${wishes.description}`), epoch };
    if (name === 'Data') return { type: ContentType.APPLICATION_DATA, text: Buffer.from(wishes.text ?? ''), epoch: 1 };
    const text = Buffer.concat(items.map((item) => this.handshake(item.name, item.wishes)));
    return { type: ContentType.HANDSHAKE, text, epoch: this.isProtected ? 1 : 0 };
  }

  /** One message, or a fragment of it. */
  private handshake(name: string, wishes: Wishes): Buffer {
    const message = wishes.again !== undefined ? this.written.get(name)! : this.compose(name, wishes);
    if (!message) throw new Error(`${name} was not written before`);
    const [from, to] = (wishes.fragment ?? `0..${message.body.length}`).split('..').map(Number);
    const part = message.body.subarray(from!, to!);
    const length = wishes.length === undefined ? message.body.length : Number(wishes.length);
    return Buffer.concat([handshakeHeader(message.type, length, message.sequence, from!, part.length), part]);
  }

  private compose(name: string, wishes: Wishes): Message {
    const type = wishes.type === undefined ? messageType(name) : Number(wishes.type);
    let body = wishes.body === undefined ? this.body(name, wishes) : hex(wishes.body);
    if (wishes.append !== undefined) body = Buffer.concat([body, hex(wishes.append)]);
    if (wishes.drop !== undefined) body = body.subarray(0, body.length - Number(wishes.drop));
    const sequence = wishes.message_seq === undefined ? this.nextSequence : Number(wishes.message_seq);
    const message = { type, sequence, body };
    this.written.set(name, message);
    if (wishes.aside !== undefined) return message;
    this.nextSequence = sequence + 1;
    if (type === HandshakeType.CLIENT_HELLO && !this.isProtected) this.transcript = [];
    if (type !== HandshakeType.HELLO_VERIFY_REQUEST && type !== HandshakeType.HELLO_REQUEST) this.remember(message);
    if (type === HandshakeType.CLIENT_KEY_EXCHANGE) this.derive();
    if (type === HandshakeType.FINISHED) this.isProtected = true;
    return message;
  }

  private body(name: string, wishes: Wishes): Buffer {
    const version = hex(wishes.version ?? 'fefd');
    switch (name) {
      case 'HelloVerifyRequest': return Buffer.concat([version, vector(1, hex(wishes.cookie ?? 'a0a1a2a3a4a5a6a7'))]);
      case 'ClientHello': return this.clientHello(version, wishes);
      case 'ServerHello': return this.serverHello(version, wishes);
      case 'Certificate': return this.exchange.certificate();
      case 'ServerKeyExchange': return this.isSigned() ? this.exchange.serverKeyExchange(this.randoms()) : vector(2, Buffer.from(wishes.hint ?? ''));
      case 'CertificateRequest': return hex('0140' + '00020403' + '0000');
      case 'ClientKeyExchange':
        if (this.isSigned()) return this.exchange.point();
        return vector(2, wishes.identity === undefined ? this.identity : Buffer.from(wishes.identity));
      case 'CertificateVerify': return this.exchange.signed(Buffer.concat(this.transcript));
      case 'Finished': return wishes.verify_data === undefined ? this.verifyData(this.role) : hex(wishes.verify_data);
      default: return Buffer.alloc(0);
    }
  }

  private clientHello(version: Buffer, wishes: Wishes): Buffer {
    const cookie = wishes.cookie === undefined ? this.cookie : hex(wishes.cookie);
    return Buffer.concat([
      version, this.clientRandom, vector(1, hex(wishes.session_id ?? '')), vector(1, cookie),
      vector(2, hex(wishes.cipher_suites ?? `${uint(this.suite, 2).toString('hex')}00ff`)), vector(1, hex(wishes.compression_methods ?? '00')),
      extensions(wishes.extensions ?? EXTENDED_MASTER_SECRET + (this.isSigned() ? SIGNED + this.rawKeys() : '')),
    ]);
  }

  /** RFC 7250 §3; that of the client's only where the server asks for it (7250-4.2-1). */
  private rawKeys(isOneSided = false): string {
    return this.isRaw ? RAW_KEYS[this.role].slice(isOneSided ? 1 : 0).join('') : '';
  }

  /** RFC 7251 §2 and RFC 5289 §3.2: ECDHE_ECDSA. */
  private isSigned(): boolean {
    return CipherSuite[this.suite]!.startsWith('TLS_ECDHE_ECDSA');
  }

  private randoms(): Buffer {
    return Buffer.concat([this.clientRandom, this.serverRandom]);
  }

  private serverHello(version: Buffer, wishes: Wishes): Buffer {
    const list = wishes.extensions ?? EXTENDED_MASTER_SECRET + SECURE_RENEGOTIATION + this.rawKeys(wishes.one_sided !== undefined);
    if (wishes.cipher_suite !== undefined) this.suite = parseInt(wishes.cipher_suite, 16);
    this.extended = list.includes(EXTENDED_MASTER_SECRET);
    return Buffer.concat([
      version, this.serverRandom, vector(1, hex(wishes.session_id ?? '')), uint(this.suite, 2),
      hex(wishes.compression_method ?? '00'), extensions(list),
    ]);
  }

  // ── what it hears ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Follows a datagram of the engine's. */
  observe(datagram: Buffer): void {
    for (const record of records(datagram)) {
      const text = this.open(record);
      if (record.type !== ContentType.HANDSHAKE || text === null) continue;
      for (const fragment of fragments(text)) this.collect(fragment);
    }
  }

  /** The plaintext of a record of either side; null if it is protected and these are not its keys. */
  open(record: Record): Buffer | null {
    if (record.epoch === 0) return record.fragment;
    if (!this.keys) return null;
    return this.keys.client.open(record.header, record.fragment) ?? this.keys.server.open(record.header, record.fragment);
  }

  get tagLength(): number {
    return this.keys?.client.tag ?? 0;
  }

  private collect(fragment: Fragment): void {
    const id = `${fragment.type} ${fragment.sequence}`;
    const message = this.seen.get(id) ?? { body: Buffer.alloc(fragment.length), arrived: new Set<number>() };
    if (this.seen.has(id) && message.arrived.size === fragment.length) return;
    this.seen.set(id, message);
    fragment.body.copy(message.body, fragment.offset);
    for (let i = 0; i < fragment.body.length; i++) message.arrived.add(fragment.offset + i);
    if (message.arrived.size === fragment.length) this.hear({ type: fragment.type, sequence: fragment.sequence, body: message.body });
  }

  private hear(message: Message): void {
    const { type, body } = message;
    if (type === HandshakeType.HELLO_VERIFY_REQUEST) {
      this.cookie = Buffer.from(body.subarray(3));
      return;
    }
    if (type === HandshakeType.CLIENT_HELLO) {
      this.transcript = [];
      this.clientRandom = body.subarray(2, 34);
    }
    if (type === HandshakeType.SERVER_HELLO) {
      this.serverRandom = body.subarray(2, 34);
      this.suite = body.readUInt16BE(35);
      this.extended = body.includes(hex(EXTENDED_MASTER_SECRET));
    }
    if (type === HandshakeType.FINISHED && !body.equals(this.verifyData(this.role === 'client' ? 'server' : 'client'))) {
      throw new Error('the engine\'s verify_data is not what RFC 5246 §7.4.9 makes of this handshake');
    }
    if (this.isSigned()) this.hearSigned(type, body);
    this.remember(message);
    if (type === HandshakeType.CLIENT_KEY_EXCHANGE) this.derive();
  }

  private hearSigned(type: number, body: Buffer): void {
    const { exchange } = this;
    if (type === HandshakeType.CERTIFICATE) exchange.takeCertificate(body);
    if (type === HandshakeType.SERVER_KEY_EXCHANGE) exchange.takeServerKeyExchange(body, this.randoms());
    if (type === HandshakeType.CLIENT_KEY_EXCHANGE) exchange.takeClientKeyExchange(body);
    if (type === HandshakeType.CERTIFICATE_VERIFY) exchange.check(Buffer.concat(this.transcript), body, 'CertificateVerify');
  }

  // ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** RFC 6347 §4.2.6: each message as if it had come in one fragment. */
  private remember(message: Message): void {
    this.transcript.push(handshakeHeader(message.type, message.body.length, message.sequence, 0, message.body.length), message.body);
  }

  private derive(): void {
    const hash = sha256(Buffer.concat(this.transcript));
    const secret = this.isSigned() ? this.exchange.shared! : premaster(this.key);
    this.master = this.extended ? prf(secret, 'extended master secret', hash, 48)
      : prf(secret, 'master secret', Buffer.concat([this.clientRandom, this.serverRandom]), 48);
    this.keys = directions(this.suite, this.master, this.clientRandom, this.serverRandom);
  }

  private direction(role: 'client' | 'server'): Direction {
    if (!this.keys) throw new Error('no keys yet: nothing can be protected');
    return this.keys[role];
  }

  private verifyData(role: 'client' | 'server'): Buffer {
    if (!this.master) return Buffer.alloc(HANDSHAKE_HEADER);
    return prf(this.master, `${role} finished`, sha256(Buffer.concat(this.transcript)), 12);
  }
}

/** An extension list with its length; `none`: not even that. */
function extensions(list: string): Buffer {
  return list === 'none' ? Buffer.alloc(0) : vector(2, hex(list));
}
