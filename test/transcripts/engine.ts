// A module by its raw ABI, with nothing between: what the host does goes in, what happens comes out as datagrams and lines.
import {
  Alert, Bound, Cause, CipherSuite, CodeClass, Drop, Ended, EventKind, HandshakeType, Misuse, Question,
} from '../../assembly/codes.js';
import { CertificateAlert, CertificateCheck } from '../../assembly/certificate-codes.js';
import { ConnectedFlag, ContextField, ContextFlag, EventField, InfoField } from '../../assembly/records.js';
import { MEANTIME } from '../certificates/factory.js';
import { moduleFile, type Build } from '../modules.js';

declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module { constructor(bytes: Uint8Array); }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Exports;
  }
}

interface Exports {
  INFO: { value: number };
  init(): number;
  context(id: number, length: number): number;
  listen(id: number): number;
  connect(id: number, now: number): number;
  receive(handle: number, length: number, now: number): number;
  send(handle: number, length: number): number;
  answer(serial: number, length: number, now: number): number;
  timeout(now: number): number;
  close(handle: number): number;
  discard(handle: number): number;
  poll(): number;
}

/** What a scenario settles before it begins. */
export interface Settings {
  role: 'client' | 'server';
  suites: number[];
  identity: Buffer;
  key: Buffer;
  mtu: number;
  initialMs: number;
  maxMs: number;
  handshakeMs: number;
  flags: ContextFlag[];
  /** Longest datagram in and longest message, in bytes; connections and handshakes. */
  inMax: number;
  messageMax: number;
  slots: number;
  /** Who it is and whom it trusts where keys are signed: private and public key, certificates, anchors, name, in this order. */
  who: Buffer[];
}

/** What came out of the engine: a datagram for the peer at this address, or a line about an event. */
export type Outcome = { datagram: Buffer; address: string } | { line: string };

const PAGES = 2;
const CONTEXT_BYTES = 1_400;
const modules = new Map<Build, WebAssembly.Module>();

function moduleOf(build: Build): WebAssembly.Module {
  let module = modules.get(build);
  if (!module) modules.set(build, module = new WebAssembly.Module(moduleFile(build)));
  return module;
}

/** Printable text in quotes, anything else in hex. */
export function show(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return /^[\x20-\x7e]*$/.test(text) ? `"${text}"` : Buffer.from(bytes).toString('hex');
}

export class Engine {
  private readonly exports: Exports;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly info: (field: InfoField) => number;
  /** Handles in the order in which they appeared: the first is #1. */
  private readonly handles: number[] = [];
  /** The handle that the host gives with a datagram of this address, and one that would follow it (RFC 6347 §4.2.8). */
  private readonly routes = new Map<string, number>();
  private readonly successors = new Map<string, number>();
  private readonly addresses = new Map<number, string>();
  private counters: number[] = [];
  private serial = 0;
  private nextRandom = 0;
  /** When the engine asked to be called, -1 if not. */
  dueInMs = -1;

  constructor(build: Build, private readonly settings: Settings) {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    const random = (pointer: number, length: number): number => this.random(pointer, length);
    this.exports = new WebAssembly.Instance(moduleOf(build), { host: { memory, random } }).exports;
    const at = this.exports.INFO.value >> 2;
    this.info = (field) => this.words[at + field]!;
    const { inMax, messageMax, slots } = settings;
    [PAGES << 16, inMax, Math.max(settings.mtu, 128), messageMax, slots, slots, slots, 1, CONTEXT_BYTES, 0, 0, 20, 0, 0, MEANTIME]
      .forEach((value, index) => { this.words[at + index] = value; });
    this.must(this.exports.init());
    this.must(this.exports.context(0, this.writeContext()));
    if (settings.role === 'server') this.must(this.exports.listen(0));
    this.counters = this.readCounters();
  }

  /** Random bytes that can be told when they are met again: 00, 01, 02, … */
  private random(pointer: number, length: number): number {
    for (let i = 0; i < length; i++) this.bytes[pointer + i] = this.nextRandom++;
    return 0;
  }

  private writeContext(): number {
    const { settings } = this, at = this.info(InfoField.IN);
    const fields = new Array<number>(ContextField.COUNT).fill(0);
    fields[ContextField.FLAGS] = settings.flags.reduce<number>((sum, flag) => sum | flag, 0);
    settings.suites.forEach((suite, index) => { fields[ContextField.SUITES + index] = suite; });
    fields[ContextField.MTU] = settings.mtu;
    fields[ContextField.INITIAL_MS] = settings.initialMs;
    fields[ContextField.MAX_MS] = settings.maxMs;
    fields[ContextField.HANDSHAKE_MS] = settings.handshakeMs;
    fields[ContextField.CID_LENGTH] = -1;
    const parts = [settings.identity, settings.role === 'client' ? settings.key : Buffer.alloc(0), ...settings.who];
    parts.forEach((part, index) => { fields[ContextField.IDENTITY_LENGTH + index] = part.length; });
    const record = Buffer.concat([Buffer.from(Int32Array.from(fields).buffer), ...parts]);
    this.bytes.set(record, at);
    return record.length;
  }

  private must(code: number): void {
    if (code !== 0) throw new Error(`the engine refused the scenario's settings: ${Misuse[-code]}`);
  }

  connect(address: string, now: number): Outcome[] {
    const handle = this.exports.connect(0, now);
    if (handle > 0) this.meet(handle, address);
    return this.drain(Math.min(handle, 0), address);
  }

  receive(datagram: Uint8Array, address: string, now: number): Outcome[] {
    this.bytes.set(datagram.subarray(0, this.settings.inMax), this.info(InfoField.IN));
    const peer = this.info(InfoField.PEER);
    this.bytes.fill(0, peer, peer + Bound.PEER).set(Buffer.from(address), peer);
    return this.drain(this.exports.receive(this.routes.get(address) ?? 0, datagram.length, now), address);
  }

  send(data: Uint8Array, address: string): Outcome[] {
    this.bytes.set(data, this.info(InfoField.IN));
    return this.drain(this.exports.send(this.routes.get(address) ?? 0, data.length), address);
  }

  /** Answers the last question; null: there is no answer. */
  answer(answer: Uint8Array | null, now: number): Outcome[] {
    if (answer) this.bytes.set(answer, this.info(InfoField.ANSWER));
    return this.drain(this.exports.answer(this.serial, answer ? answer.length : -1, now), '');
  }

  timeout(now: number): Outcome[] {
    return this.drain(this.exports.timeout(now), '');
  }

  close(address: string): Outcome[] {
    return this.drain(this.exports.close(this.routes.get(address) ?? 0), address);
  }

  discard(address: string): Outcome[] {
    return this.drain(this.exports.discard(this.routes.get(address) ?? 0), address);
  }

  private drain(code: number, address: string): Outcome[] {
    if (code !== 0) return [{ line: `REFUSED ${Misuse[-code] ?? Ended[-code]}` }, ...(Ended[-code] ? this.drain(0, address) : [])];
    const outcomes: Outcome[] = [];
    while (this.exports.poll() !== EventKind.NONE) outcomes.push(this.read(address));
    this.dueInMs = this.field(EventField.DUE_IN_MS);
    return [...outcomes, ...this.dropped()];
  }

  private field(field: EventField): number {
    return this.words[(this.info(InfoField.EVENT) >> 2) + field]!;
  }

  private read(address: string): Outcome {
    const handle = this.field(EventField.HANDLE);
    if (handle !== 0 && !this.handles.includes(handle)) this.meet(handle, address);
    const pointer = this.field(EventField.POINTER);
    const bytes = Buffer.from(this.bytes.slice(pointer, pointer + this.field(EventField.LENGTH)));
    const kind = this.field(EventField.KIND) as EventKind;
    if (kind === EventKind.DATAGRAM) return { datagram: bytes, address: this.addresses.get(handle) ?? address };
    const line = `${EventKind[kind]}${this.label(handle)}${this.describe(kind, bytes)}`;
    if (kind === EventKind.CLOSED) this.part(handle);
    return { line };
  }

  /** What distinguishes an event of this kind. */
  private describe(kind: EventKind, bytes: Buffer): string {
    const code = this.field(EventField.CODE);
    switch (kind) {
      case EventKind.DATA: return ` ${show(bytes)} in epoch ${code}`;
      case EventKind.CONNECTED: {
        const isExtended = this.field(EventField.FLAGS) & ConnectedFlag.EXTENDED_MASTER_SECRET;
        return ` ${CipherSuite[code]}${isExtended ? ' with' : ' without'} extended_master_secret`;
      }
      case EventKind.QUESTION:
        this.serial = this.field(EventField.SERIAL);
        return ` ${Question[code]} ${show(bytes)}`;
      default: return `${closing(code)}${this.because()}`;
    }
  }

  private because(): string {
    const cause = this.field(EventField.CAUSE), phase = this.field(EventField.PHASE);
    const row = HandshakeType[phase & 0xff];
    return `${cause ? `; cause ${causeName(cause)}` : ''}${phase ? `; ${phase > 0xff ? 'about to send' : 'awaiting'} ${row}` : ''}`;
  }

  private label(handle: number): string {
    return this.handles.length > 1 ? ` #${this.handles.indexOf(handle) + 1}` : '';
  }

  private meet(handle: number, address: string): void {
    this.handles.push(handle);
    this.addresses.set(handle, address);
    (this.routes.has(address) ? this.successors : this.routes).set(address, handle);
  }

  private part(handle: number): void {
    const address = this.addresses.get(handle)!;
    this.addresses.delete(handle);
    const successor = this.successors.get(address);
    if (successor === handle) this.successors.delete(address);
    if (this.routes.get(address) !== handle) return;
    this.routes.delete(address);
    this.successors.delete(address);
    if (successor !== undefined) this.routes.set(address, successor);
  }

  private readCounters(): number[] {
    const at = this.info(InfoField.COUNTERS) >> 2;
    return [...this.words.subarray(at, at + Drop.COUNT)];
  }

  /** A line for each counter that has moved. */
  private dropped(): Outcome[] {
    const before = this.counters;
    this.counters = this.readCounters();
    return this.counters.flatMap((count, index) => {
      const times = count - before[index]!;
      return times === 0 ? [] : [{ line: `DROP ${Drop[index]}${times > 1 ? ` ${times} times` : ''}` }];
    });
  }
}

function closing(code: number): string {
  if (code === 0) return '';
  if (code < CodeClass.PEER_ABORTED) return ` we sent ${alertName(code - CodeClass.WE_ABORTED)}`;
  if (code < CodeClass.MISUSE) return ` the peer sent ${alertName(code - CodeClass.PEER_ABORTED)}`;
  return ` ${Ended[code]}`;
}

function causeName(cause: number): string {
  return Cause[cause] ?? CertificateCheck[cause - Cause.CERTIFICATE] ?? `${cause}`;
}

/** An alert's name as RFC 5246 §7.2 writes it. */
export function alertName(alert: number): string {
  return (Alert[alert] ?? CertificateAlert[alert] ?? `alert ${alert}`).toLowerCase();
}
