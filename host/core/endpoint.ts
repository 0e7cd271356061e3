// The sans-IO endpoint: datagrams and time go in, everything else comes out of the Sink.
import { Drop, EventKind, Misuse } from '../../assembly/codes.js';
import { ConnectedFlag, EventField } from '../../assembly/records.js';
import { writeAnswer } from './answer.js';
import { Associations } from './associations.js';
import type { Answer, Connection } from './connection.js';
import { writeContext, writeSecrets } from './context.js';
import type { Context } from './context.js';
import type { Engine } from './engine.js';
import { endOf, ENDED_ENGINE_FAILED, ENDED_IDLE, misuse, MISUSE_TAKEN, warningOf } from './errors.js';
import { Idleness } from './idle.js';
import { holds, peerAt, takePath } from './paths.js';
import type { Peer } from './peer.js';
import { ACCEPTED, Queue, TRACE } from './queue.js';
import type { Sink } from './sink.js';
import { Trace } from './trace.js';

type Call = (a: number, b: number, c: number) => number;

/**
 * One engine's worth of associations over one socket or many. `now` is always the caller's monotonic clock in
 * milliseconds (fractions are fine). Every call ends by delivering what it caused to the sink.
 */
export class Endpoint {
  declare readonly engine: Engine;
  /** What lives: `associations.all`, and the routes by key in `associations.peers`. */
  declare readonly associations: Associations;
  /** When to call `timeout`, on the caller's clock; null: not before something else happens. */
  declare deadline: number | null;
  /** Given to new server connections: see Connection.idleMs. */
  declare idleMs: number;
  /** What the engine died of (a WebAssembly trap); null while it lives. Its connections are closed, and no call works. */
  declare failure: unknown;
  /** The core's own: what the last STATE event brought. */
  declare state: Uint8Array;
  private declare readonly queue: Queue;
  private declare readonly trace: Trace | null;
  private declare readonly keepTrace: (kind: number, bytes: Uint8Array) => void;
  private declare listening: number;
  declare now: number;
  /** In `timeout`: what goes out now went out before. */
  private declare ticking: boolean;
  /** In `send`: what goes out now may wait until a path is checked. */
  private declare sending: boolean;
  private declare engineDeadline: number | null;
  private declare readonly idleness: Idleness;
  private declare readonly endIdle: (connection: Connection) => void;
  /** Whose datagram is being received, and which connection is being worked on. */
  private declare peer: Peer | null;
  private declare subject: Connection | null;

  /** `peers`: a table to share with other endpoints of the same socket, if there are any. */
  constructor(engine: Engine, sink: Sink, peers?: { [key: string]: Peer }) {
    this.engine = engine;
    this.associations = new Associations(peers ?? {});
    this.deadline = this.engineDeadline = null;
    this.idleMs = 0;
    this.failure = null;
    this.state = new Uint8Array(0);
    this.queue = new Queue(sink);
    this.trace = engine.module.TRACE === undefined ? null : new Trace(engine.module);
    this.keepTrace = (kind, bytes) => {
      if (sink.trace === undefined) return;
      const entry = this.queue.push(TRACE, this.subject, null);
      entry.number = kind;
      entry.bytes = bytes;
    };
    this.idleness = new Idleness();
    this.endIdle = (connection) => {
      connection.idle = true;
      this.run(engine.module.close, connection.handle, 0, 0);
    };
    this.listening = -1;
    this.now = 0;
    this.ticking = this.sending = false;
    this.peer = this.subject = null;
  }

  /** Defines context `id`, 0 to layout.contexts - 1, that no connection uses. Throws ERR_DTLS_BAD_CONTEXT. */
  define(id: number, context: Context): void {
    const length = writeContext(this.engine.in, context);
    const code = length === 0 ? -Misuse.BAD_CONTEXT : this.run(this.engine.module.context, id, length, 0);
    this.engine.in.fill(0, 0, length);
    this.finish(code);
  }

  /**
   * What seals tickets, and sessions and states: one to three secrets of 16 to 64 bytes, which other endpoints may share. The
   * first one seals, all of them open; none, and no tickets are given. Throws ERR_OUT_OF_RANGE.
   */
  seal(secrets: Uint8Array[]): void {
    const length = writeSecrets(this.engine.in, secrets);
    this.finish(length < 0 ? -Misuse.BAD_LENGTH : this.run(this.engine.module.seals, length, 0, 0));
  }

  /** Serves new peers with this context; -1: serves none. Throws ERR_DTLS_BAD_CONTEXT. */
  listen(context: number): void {
    this.finish(this.run(this.engine.module.listen, context, 0, 0));
    this.listening = context;
  }

  /**
   * Starts a client's handshake. Throws ERR_INVALID_STATE if the peer already has a connection, ERR_DTLS_FULL,
   * ERR_DTLS_BAD_CONTEXT. `tag` becomes the connection's before any event of it is delivered.
   */
  connect(context: number, peer: Peer, now: number, tag?: unknown): Connection {
    if (peer.connection !== null) throw misuse(-MISUSE_TAKEN);
    this.now = now;
    this.engine.peer.set(peer.address);
    let connection: Connection | null = null;
    const code = this.run((id, at) => { // its first events belong to a handle that is only known when the call returns
      const handle = this.engine.module.connect(id, at);
      if (handle > 0) {
        connection = this.subject = this.associations.add(this, peer, 'client', handle, id);
        connection.tag = tag ?? null;
      }
      return handle;
    }, context, now | 0, 0);
    this.finish(connection === null && code === 0 ? -Misuse.NOT_READY : code); // a trap: the sink hears of it
    return connection!;
  }

  /** Takes a datagram from the peer. Whatever it holds, it never throws: what cannot be used is dropped and counted. */
  receive(datagram: Uint8Array, peer: Peer, now: number): void {
    const engine = this.engine, connection = peer.connection;
    if (datagram.length > engine.in.length) return engine.count(Drop.TOO_LONG);
    engine.in.set(datagram);
    engine.peer.set(peer.address);
    this.now = now;
    this.peer = peer;
    this.subject = peer.successor ?? connection;
    this.run(engine.module.receive, connection === null ? 0 : connection.handle, datagram.length, now | 0);
    this.peer = null;
    this.queue.deliver();
  }

  /** Does what is due: to be called when `deadline` has passed; calling it early does no harm. */
  timeout(now: number): void {
    this.now = now;
    this.subject = null;
    this.ticking = true;
    this.run(this.engine.module.timeout, now | 0, 0, 0);
    this.ticking = false;
    if (this.idleness.deadline !== null && now >= this.idleness.deadline) {
      this.idleness.sweep(this.associations.all, now, this.endIdle);
      this.setDeadline();
    }
    this.queue.deliver();
  }

  send(connection: Connection, data: Uint8Array): void {
    if (this.failure !== null) throw misuse(-Misuse.NOT_READY); // on a board another engine lives in this memory by now
    if (data.length > this.engine.in.length) throw misuse(-Misuse.TOO_LONG);
    this.engine.in.set(data);
    this.subject = connection;
    this.sending = true;
    const code = this.run(this.engine.module.send, connection.handle, data.length, 0);
    this.sending = false;
    this.finish(code);
  }

  close(connection: Connection): void { this.call(connection, this.engine.module.close, 0, 0); }
  discard(connection: Connection): void {
    this.call(connection, this.engine.module.discard, 0, 0);
  }

  /** The core's own, as all below: calls the engine about a connection, delivers what came of it, and throws if it refuses. */
  call(connection: Connection, call: Call, b: number, c: number): void {
    this.subject = connection;
    this.finish(this.run(call, connection.handle, b, c));
  }

  answer(connection: Connection, serial: number, answer: Answer, now: number): boolean {
    const length = writeAnswer(this.engine.answer, answer);
    this.now = now;
    this.subject = connection;
    const code = this.run(this.engine.module.answer, serial, length, now | 0);
    this.engine.answer.fill(0);
    this.finish(code === -Misuse.STALE ? 0 : code);
    return code === 0;
  }

  /** Calls the engine and collects every event it has; a trap ends this engine and nothing else. */
  run(call: Call, a: number, b: number, c: number): number {
    if (this.failure !== null) return -Misuse.NOT_READY;
    try {
      const code = call(a, b, c);
      this.collect();
      return code;
    } catch (trap) {
      this.fail(trap);
      return 0; // the connections' CLOSED events say it
    }
  }

  finish(code: number): void {
    this.queue.deliver();
    if (code < 0) throw misuse(code);
  }

  private collect(): void {
    const event = this.engine.event;
    let kind = this.poll();
    while (kind > EventKind.NONE) {
      this.take(kind, event);
      kind = this.poll();
    }
    const due = event[EventField.DUE_IN_MS]!;
    this.engineDeadline = due < 0 ? null : this.now + due;
    this.setDeadline();
  }

  /** What is traced on the way to an event comes before it, and the state at rest when nothing is left. */
  private poll(): number {
    const kind = this.engine.module.poll();
    if (this.trace !== null) this.trace.read(this.keepTrace);
    return kind;
  }

  /** Copies one event; the state of its connection is that of the engine from here on. */
  private take(kind: number, event: Int32Array): void {
    const handle = event[EventField.HANDLE]!, code = event[EventField.CODE]!;
    const connection = handle === 0 ? null : this.find(handle);
    if (connection === null && (kind !== EventKind.DATAGRAM || this.peer === null)) return;
    if (kind === EventKind.DATAGRAM) return this.takeDatagram(connection, event);
    if (kind === EventKind.PATH_CHANGED) return takePath(this.queue, this.associations, connection!, code, this.at(connection!, event));
    const entry = this.queue.push(kind, connection, connection === null ? this.peer : connection.peer);
    if (kind === EventKind.DATA || kind === EventKind.QUESTION || kind === EventKind.SESSION) {
      entry.bytes = this.engine.module.copy(event[EventField.POINTER]!, event[EventField.LENGTH]!);
    }
    if (kind === EventKind.DATA) {
      entry.number = code;
      connection!.lastHeardMs = this.now;
    } else if (kind === EventKind.CONNECTED) {
      this.connected(connection!, event);
      const length = event[EventField.LENGTH]!, who = length === 0 ? null : this.engine.module.copy(event[EventField.POINTER]!, length);
      if (event[EventField.FLAGS]! & (ConnectedFlag.PEER_RAW_KEY | ConnectedFlag.PEER_CERTIFICATE)) connection!.provedKey = who;
      else connection!.identity = who;
    } else if (kind === EventKind.QUESTION) {
      entry.question = { serial: event[EventField.SERIAL]!, kind: code, bytes: entry.bytes!, check: event[EventField.CAUSE]!,
        isRaw: (event[EventField.FLAGS]! & 1) !== 0 };
      connection!.context = event[EventField.CONTEXT]!;
    } else if (kind === EventKind.STATE) {
      this.state = this.engine.module.copy(event[EventField.POINTER]!, event[EventField.LENGTH]!);
      connection!.generation = event[EventField.SERIAL]!;
    } else if (kind === EventKind.WARNING) {
      entry.reason = warningOf(event[EventField.CAUSE]!, event[EventField.PHASE]!);
    } else if (kind === EventKind.CLOSED) {
      entry.reason = endOf(connection!.idle ? ENDED_IDLE : code, event[EventField.CAUSE]!, event[EventField.PHASE]!);
      this.associations.remove(connection!);
    }
  }

  private takeDatagram(connection: Connection | null, event: Int32Array): void {
    const bytes = this.engine.module.copy(event[EventField.POINTER]!, event[EventField.LENGTH]!);
    const peer = connection === null ? this.peer : this.at(connection, event);
    if (this.sending && holds(connection!, bytes)) return;
    if (this.ticking && connection !== null && connection.candidate === null) connection.retransmissions++;
    this.queue.push(EventKind.DATAGRAM, connection, peer).bytes = bytes;
  }

  private at(connection: Connection, event: Int32Array): Peer {
    return peerAt(this.engine, connection, this.peer, event[EventField.PATH]!);
  }

  private find(handle: number): Connection | null {
    const peer = this.peer;
    const known = this.associations.find(handle, peer);
    if (known !== null || peer === null) return known;
    const connection = this.associations.add(this, peer, 'server', handle, this.listening);
    connection.idleMs = this.idleMs;
    this.subject = connection;
    this.queue.push(ACCEPTED, connection, peer);
    return connection;
  }

  connected(connection: Connection, event: Int32Array): void {
    connection.connected(event);
    connection.lastHeardMs = this.now;
    this.idleness.watch(connection, this.now);
  }

  private setDeadline(): void {
    const a = this.engineDeadline, b = this.idleness.deadline;
    this.deadline = a === null ? b : b === null ? a : Math.min(a, b);
  }
  private fail(trap: unknown): void {
    this.failure = trap;
    this.engineDeadline = this.idleness.deadline = this.deadline = null;
    const all = this.associations.all;
    while (all.length > 0) {
      const connection = all[all.length - 1]!;
      this.associations.remove(connection);
      const entry = this.queue.push(EventKind.CLOSED, connection, connection.peer);
      entry.reason = endOf(ENDED_ENGINE_FAILED, 0, 0);
    }
  }
}
