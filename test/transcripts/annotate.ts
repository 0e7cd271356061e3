// A datagram in hex, one line a field, each with its name in the RFC.
import { AlertLevel, CipherSuite, ContentType, ExtensionType, HandshakeType } from '../../assembly/codes.js';
import { alertName, show } from './engine.js';
import { HANDSHAKE_HEADER, RECORD_HEADER, contentName, fragments, messageName, records, uint } from './wire.js';
import type { Record } from './wire.js';

/** Where the names begin. */
const COLUMN = 44;
const EXPLICIT_NONCE = 8;

/** One line: bytes, in groups of these sizes (the rest is the last group), and what they are. */
interface Line {
  depth: number;
  bytes: string;
  name: string;
}

export interface Keys {
  open(record: Record): Buffer | null;
  readonly tagLength: number;
}

/** The lines of a datagram; the last line holds what is no record. */
export function annotate(datagram: Buffer, keys: Keys): string[] {
  const lines: Line[] = [];
  let at = 0;
  for (const record of records(datagram)) {
    lines.push(...recordLines(record, keys));
    at += RECORD_HEADER + record.fragment.length;
  }
  if (at < datagram.length) lines.push({ depth: 0, bytes: datagram.toString('hex', at), name: 'no record' });
  if (datagram.length === 0) lines.push({ depth: 0, bytes: '', name: 'nothing at all' });
  return lines.map(format);
}

function format({ depth, bytes, name }: Line): string {
  return `${`${'  '.repeat(depth)}${bytes}`.padEnd(COLUMN - 1)} # ${name}`;
}

function groups(buffer: Buffer, sizes: number[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const size of sizes) parts.push(buffer.toString('hex', at, at += size));
  if (at < buffer.length) parts.push(buffer.toString('hex', at));
  return parts.filter(Boolean).join(' ');
}

function recordLines(record: Record, keys: Keys): Line[] {
  const version = record.version === 0xfefd ? '' : `, version ${record.version.toString(16)}`;
  const name = `${contentName(record.type)} record${version}, epoch ${record.epoch}, number ${record.number}, ${count(record.fragment.length)}`;
  const head = { depth: 0, bytes: groups(record.header, [1, 2, 2, 6, 2]), name };
  if (record.epoch === 0) return [head, ...contentLines(record.type, record.fragment, 1)];
  const text = keys.open(record);
  if (text === null) return [head, { depth: 1, bytes: record.fragment.toString('hex'), name: 'protected with other keys, or forged' }];
  const end = record.fragment.length - keys.tagLength;
  return [
    head,
    { depth: 1, bytes: record.fragment.toString('hex', 0, EXPLICIT_NONCE), name: 'explicit nonce: epoch and number once more' },
    { depth: 1, bytes: record.fragment.toString('hex', EXPLICIT_NONCE, end), name: text.length ? 'ciphertext of:' : 'ciphertext of nothing' },
    ...contentLines(record.type, text, 0).map((line) => hidden(line)),
    { depth: 1, bytes: record.fragment.toString('hex', end), name: 'tag' },
  ];
}

/** What is written of protected bytes stands behind the mark, for it is not on the wire in this form. */
function hidden({ depth, bytes, name }: Line): Line {
  return { depth: 0, bytes: '', name: `  ${'  '.repeat(depth)}${bytes}  ${name}`.trimEnd() };
}

function contentLines(type: number, text: Buffer, depth: number): Line[] {
  switch (type) {
    case ContentType.HANDSHAKE: return handshakeLines(text, depth);
    case ContentType.CHANGE_CIPHER_SPEC: return [{ depth, bytes: text.toString('hex'), name: 'ChangeCipherSpec' }];
    case ContentType.ALERT: return [{ depth, bytes: groups(text, [1, 1]), name: alertLine(text) }];
    case ContentType.APPLICATION_DATA: return text.length ? [{ depth, bytes: text.toString('hex'), name: show(text) }] : [];
    default: return text.length ? [{ depth, bytes: text.toString('hex'), name: 'its fragment' }] : [];
  }
}

function alertLine(text: Buffer): string {
  if (text.length !== 2) return 'no Alert';
  return `Alert: ${(AlertLevel[text[0]!] ?? `level ${text[0]}`).toLowerCase()}, ${alertName(text[1]!)}`;
}

function handshakeLines(text: Buffer, depth: number): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const { type, length, sequence, offset, header, body } of fragments(text)) {
    const isWhole = body.length === length;
    const part = isWhole ? count(length) : `bytes ${offset} to ${offset + body.length} of ${length}`;
    const name = `${messageName(type)}, message_seq ${sequence}, ${part}`;
    lines.push({ depth, bytes: groups(header, [1, 3, 2, 3, 3]), name });
    const fields = isWhole ? messageLines(type, body, depth + 1) : null;
    if (fields) lines.push(...fields);
    else if (body.length) lines.push({ depth: depth + 1, bytes: body.toString('hex'), name: isWhole ? 'its body' : '…' });
    at += HANDSHAKE_HEADER + body.length;
  }
  if (at < text.length) lines.push({ depth, bytes: text.toString('hex', at), name: 'no message' });
  return lines;
}

/** A cursor that names what it passes; `broken` once a field runs past the end. */
class Fields {
  readonly lines: Line[] = [];
  broken = false;
  private at = 0;

  constructor(private readonly body: Buffer, private depth: number) {}

  get first(): number {
    return this.body[0] ?? 0;
  }

  get left(): number {
    return this.body.length - this.at;
  }

  take(length: number): Buffer {
    if (length > this.left) this.broken = true;
    return this.body.subarray(this.at, this.at += length);
  }

  fixed(length: number, name: string | ((bytes: Buffer) => string)): void {
    const bytes = this.take(length);
    this.lines.push({ depth: this.depth, bytes: bytes.toString('hex'), name: typeof name === 'string' ? name : name(bytes) });
  }

  /** A vector whose length has so many bytes. */
  vector(lengthBytes: number, name: (content: Buffer) => string, sizesOf: (content: Buffer) => number[] = () => []): void {
    const head = this.take(lengthBytes);
    const content = this.take(this.broken ? 0 : head.readUIntBE(0, lengthBytes));
    const sizes = content.length ? [lengthBytes, ...sizesOf(content)] : [lengthBytes];
    this.lines.push({ depth: this.depth, bytes: groups(Buffer.concat([head, content]), sizes), name: name(content) });
  }

  extensions(): void {
    if (this.left === 0) return;
    this.fixed(2, 'extensions');
    this.depth++;
    while (this.left !== 0 && !this.broken) {
      const head = this.take(4);
      if (this.broken) return;
      const type = head.readUInt16BE(0), content = this.take(head.readUInt16BE(2));
      const bytes = [groups(head, [2, 2]), content.toString('hex')].filter(Boolean).join(' ');
      this.lines.push({ depth: this.depth, bytes, name: (ExtensionType[type] ?? `extension ${type}`).toLowerCase() });
    }
  }
}

const count = (bytes: number): string => `${bytes} byte${bytes === 1 ? '' : 's'}`;
const named = (name: string) => (content: Buffer): string => content.length ? name : `${name}: empty`;

function suites(content: Buffer): string {
  const names: string[] = [];
  for (let at = 0; at + 2 <= content.length; at += 2) names.push(suiteName(content.readUInt16BE(at)));
  return `cipher_suites: ${names.join(', ') || 'none'}`;
}

function suiteName(suite: number): string {
  return CipherSuite[suite] ?? uint(suite, 2).toString('hex');
}

/** The fields of a whole message; null where it has not the form of its struct. */
function messageLines(type: number, body: Buffer, depth: number): Line[] | null {
  const fields = new Fields(body, depth);
  describe(type, fields);
  return fields.broken || fields.left !== 0 ? null : fields.lines;
}

function describe(type: number, fields: Fields): void {
  const isSigned = fields.first !== 0; // no identity and no hint has 256 bytes
  switch (type) {
    case HandshakeType.CLIENT_HELLO:
      fields.fixed(2, 'client_version');
      fields.fixed(32, 'random');
      fields.vector(1, named('session_id'));
      fields.vector(1, named('cookie'));
      fields.vector(2, suites, (content) => new Array<number>(content.length >> 1).fill(2));
      fields.vector(1, named('compression_methods'));
      return fields.extensions();
    case HandshakeType.HELLO_VERIFY_REQUEST:
      fields.fixed(2, 'server_version');
      return fields.vector(1, named('cookie'));
    case HandshakeType.SERVER_HELLO:
      fields.fixed(2, 'server_version');
      fields.fixed(32, 'random');
      fields.vector(1, named('session_id'));
      fields.fixed(2, (bytes) => `cipher_suite: ${bytes.length === 2 ? suiteName(bytes.readUInt16BE()) : ''}`);
      fields.fixed(1, 'compression_method');
      return fields.extensions();
    case HandshakeType.SERVER_KEY_EXCHANGE:
      if (!isSigned) return fields.vector(2, (content) => `psk_identity_hint: ${show(content)}`);
      fields.fixed(1, 'curve_type: named_curve');
      fields.fixed(2, 'namedcurve: secp256r1');
      fields.vector(1, () => 'public: the ephemeral key, uncompressed');
      return describeSignature(fields);
    case HandshakeType.CLIENT_KEY_EXCHANGE:
      return fields.vector(isSigned ? 1 : 2, (content) => isSigned ? 'ecdh_Yc: the ephemeral key, uncompressed' : `psk_identity: ${show(content)}`);
    case HandshakeType.CERTIFICATE: return fields.vector(3, nameOfCertificate);
    case HandshakeType.CERTIFICATE_REQUEST:
      fields.vector(1, () => 'certificate_types: ecdsa_sign');
      fields.vector(2, () => 'supported_signature_algorithms: ecdsa with sha256');
      return fields.vector(2, named('certificate_authorities'));
    case HandshakeType.CERTIFICATE_VERIFY: return describeSignature(fields);
    case HandshakeType.FINISHED: return fields.fixed(12, 'verify_data');
  }
}

function describeSignature(fields: Fields): void {
  fields.fixed(2, 'algorithm: sha256, ecdsa');
  fields.vector(2, () => 'signature, in DER');
}

/** A SubjectPublicKeyInfo begins with the tag of a SEQUENCE, a list with a length of three bytes. */
function nameOfCertificate(content: Buffer): string {
  if (content.length === 0) return 'certificate_list: empty';
  return content[0] === 0x30 ? 'ASN.1_subjectPublicKeyInfo' : 'certificate_list';
}
