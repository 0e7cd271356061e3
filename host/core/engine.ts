// One engine: a module with its memory, laid out once, seen through one small view per window.
import { Bound, Drop } from '../../assembly/codes.js';
import { EventField, InfoField } from '../../assembly/records.js';
import { misuse } from './errors.js';

/**
 * What a module gives its host, wherever it runs: WebAssembly (load.ts), or the same module as C on a board. Numbers
 * are i32; a negative result is minus a Misuse code. The functions need no `this`.
 */
export interface EngineModule {
  /** Address of the InfoField array. */
  INFO: number;
  /** Address of the trace entries; only in the trace build. */
  TRACE?: number;
  init(): number;
  context(id: number, length: number): number;
  listen(context: number): number;
  connect(context: number, now: number): number;
  receive(handle: number, length: number, now: number): number;
  send(handle: number, length: number): number;
  answer(serial: number, length: number, now: number): number;
  timeout(now: number): number;
  close(handle: number): number;
  discard(handle: number): number;
  seals(length: number): number;
  save(handle: number, length: number, keeps: number): number;
  stored(handle: number): number;
  restore(id: number, length: number, role: number): number;
  exporter(handle: number, length: number, wanted: number): number;
  poll(): number;
  /** A live view of `length` bytes (at most 65,535) at `address`. */
  bytes(address: number, length: number): Uint8Array;
  /** A copy of `length` bytes at `address`, which is the caller's to keep. */
  copy(address: number, length: number): Uint8Array;
  /** A live view of `count` i32 at `address`, which is a multiple of 4. */
  words(address: number, count: number): Int32Array;
}

/** How the memory is shared out. */
export interface Layout {
  /** Bytes of linear memory to use; absent: as many as the rest needs (load.ts computes it). */
  bytes?: number;
  /** Bytes of the longest datagram to receive and to send, 128 to 65,535. */
  inMax: number;
  outMax: number;
  /** Bytes of the longest handshake message to reassemble. */
  messageMax: number;
  /** How many at a time; 1 to 4,096 connections. */
  connections: number;
  handshakes: number;
  aftercares: number;
  contexts: number;
  /** Bytes of all that varies in a context: identity, key, certificates, trust anchors, names … Absent: 192, an identity and a key. */
  contextBytes?: number;
  /** Sessions that a server keeps by their ids, and first hellos that may come in pieces. Absent: 0. */
  sessions?: number;
  lobbies?: number;
  /** Bytes of the longest connection ID that a peer may ask for, 0 to 255. Absent: 20. */
  cidMax?: number;
  /** True: connections keep what exporters need (RFC 5705). */
  exporters?: boolean;
  /** Bytes of the longest ticket that a server gives; none if absent. */
  ticketMax?: number;
}

/** What the memory costs, in bytes: a slot of each pool, all that is neither pool nor window, and the sum. */
export interface Bill {
  connection: number;
  handshake: number;
  aftercare: number;
  context: number;
  session: number;
  lobby: number;
  fixed: number;
  used: number;
}

/** An answer to a client's question: a length byte, the identity, the key. */
const ANSWER_MAX = 1 + Bound.IDENTITY + Bound.KEY;

/** A module after `init`: its windows, its bill, its counters. */
export class Engine {
  declare readonly module: EngineModule;
  declare readonly layout: Layout;
  /** Where the peer's address, a datagram or message in, an answer, and the event stand. */
  declare readonly peer: Uint8Array;
  declare readonly peerAt: number;
  declare readonly in: Uint8Array;
  declare readonly out: Uint8Array;
  declare readonly answer: Uint8Array;
  declare readonly event: Int32Array;
  declare readonly bill: Bill;
  private declare readonly counters: Int32Array;
  private declare readonly clock: Int32Array;

  /** Lays the memory out. Throws ERR_DTLS_BAD_LAYOUT or ERR_DTLS_NO_ENTROPY. */
  constructor(module: EngineModule, layout: Layout) {
    const info = module.words(module.INFO, InfoField.COUNT);
    info[InfoField.BYTES] = layout.bytes ?? 0;
    info[InfoField.IN_MAX] = layout.inMax;
    info[InfoField.OUT_MAX] = layout.outMax;
    info[InfoField.MESSAGE_MAX] = layout.messageMax;
    info[InfoField.CONNECTIONS] = layout.connections;
    info[InfoField.HANDSHAKES] = layout.handshakes;
    info[InfoField.AFTERCARES] = layout.aftercares;
    info[InfoField.CONTEXTS] = layout.contexts;
    info[InfoField.CONTEXT_BYTES] = layout.contextBytes ?? Bound.IDENTITY + Bound.KEY;
    info[InfoField.SESSIONS] = layout.sessions ?? 0;
    info[InfoField.LOBBIES] = layout.lobbies ?? 0;
    info[InfoField.CID_MAX] = layout.cidMax ?? Bound.CID;
    info[InfoField.EXPORTERS] = layout.exporters ? 1 : 0;
    info[InfoField.TICKET_MAX] = layout.ticketMax ?? 0;
    const code = module.init();
    if (code < 0) throw misuse(code);
    this.module = module;
    this.layout = layout;
    this.peerAt = info[InfoField.PEER]!;
    this.peer = module.bytes(this.peerAt, Bound.PEER);
    this.in = module.bytes(info[InfoField.IN]!, layout.inMax);
    this.out = module.bytes(info[InfoField.OUT]!, layout.outMax);
    this.answer = module.bytes(info[InfoField.ANSWER]!, ANSWER_MAX);
    this.event = module.words(info[InfoField.EVENT]!, EventField.COUNT);
    this.counters = module.words(info[InfoField.COUNTERS]!, Drop.COUNT);
    this.clock = module.words(module.INFO + 4 * InfoField.SECONDS, 1);
    this.bill = billOf(info);
  }

  /** Tells the time, in seconds since 1970 (UTC): how long a session can be resumed, and whether a certificate is valid. */
  setSeconds(seconds: number): void {
    this.clock[0] = seconds;
  }

  /** How often something was dropped for this reason. */
  dropped(reason: Drop): number {
    return this.counters[reason]! >>> 0;
  }

  /** Counts what the host drops itself. */
  count(reason: Drop): void {
    this.counters[reason]!++;
  }
}

function billOf(info: Int32Array): Bill {
  return {
    connection: info[InfoField.CONNECTION_SIZE]!,
    handshake: info[InfoField.HANDSHAKE_SIZE]!,
    aftercare: info[InfoField.AFTERCARE_SIZE]!,
    context: info[InfoField.CONTEXT_SIZE]!,
    session: info[InfoField.SESSION_SIZE]!,
    lobby: info[InfoField.LOBBY_SIZE]!,
    fixed: info[InfoField.FIXED_SIZE]!,
    used: info[InfoField.USED]!,
  };
}

/** Bytes a layout needs, from the bill of an engine with the same windows and one slot of each pool. */
export function bytesFor(single: Bill, layout: Layout): number {
  return single.used + (layout.connections - 1) * single.connection + (layout.handshakes - 1) * single.handshake +
    (layout.aftercares - 1) * single.aftercare + (layout.contexts - 1) * single.context +
    (layout.sessions ?? 0) * single.session + (layout.lobbies ?? 0) * single.lobby;
}
