// Events between the engine's coming to rest and their delivery. Records are used again, so that nothing is allocated
// for an event but the copy of its bytes.
import { EventKind } from '../../assembly/codes.js';
import type { Reason } from './errors.js';
import type { Connection } from './connection.js';
import type { Peer } from './peer.js';
import type { Question, Sink } from './sink.js';

/** Beside EventKind: what only the host sees. */
export const ACCEPTED = -1;
export const TRACE = -2;

interface Entry {
  kind: number;
  connection: Connection | null;
  peer: Peer | null;
  /** Of a path: where the connection was before. */
  old: Peer | null;
  bytes: Uint8Array | null;
  reason: Reason | null;
  /** Epoch of data, change of a path, kind of a trace entry. */
  number: number;
  question: Question | null;
}

const NOTHING = new Uint8Array(0);

export class Queue {
  private declare readonly sink: Sink;
  private declare readonly entries: Entry[];
  private declare head: number;
  private declare tail: number;
  private declare delivering: boolean;

  constructor(sink: Sink) {
    this.sink = sink;
    this.entries = [];
    this.head = 0;
    this.tail = 0;
    this.delivering = false;
  }

  /** A record to fill in, behind all others. */
  push(kind: number, connection: Connection | null, peer: Peer | null): Entry {
    let entry = this.entries[this.tail];
    if (entry === undefined) {
      entry = { kind: 0, connection: null, peer: null, old: null, bytes: null, reason: null, number: 0, question: null };
      this.entries.push(entry);
    }
    this.tail++;
    entry.kind = kind;
    entry.connection = connection;
    entry.peer = peer;
    return entry;
  }

  /**
   * Hands everything to the sink, in order. Called from inside a delivery it does nothing: the delivery under way
   * goes on to what has been added. If the sink throws, the rest is delivered by the next call.
   */
  deliver(): void {
    if (this.delivering || this.head === this.tail) return;
    this.delivering = true;
    try {
      while (this.head < this.tail) this.next();
    } finally {
      this.delivering = false;
    }
  }

  private next(): void {
    const entry = this.entries[this.head++]!;
    const kind = entry.kind, connection = entry.connection, peer = entry.peer, reason = entry.reason, old = entry.old;
    const bytes = entry.bytes ?? NOTHING, number = entry.number, question = entry.question;
    entry.connection = entry.peer = entry.old = entry.bytes = entry.reason = entry.question = null;
    if (this.head === this.tail) this.head = this.tail = 0;
    switch (kind) {
      case EventKind.DATAGRAM: this.sink.datagram(bytes, peer!); break;
      case EventKind.DATA: this.sink.data(connection!, bytes, number); break;
      case ACCEPTED: this.sink.accepted(connection!); break;
      case EventKind.CONNECTED: this.sink.connected(connection!); break;
      case EventKind.SESSION: if (this.sink.session !== undefined) this.sink.session(connection!, bytes); break;
      case EventKind.QUESTION: this.sink.question(connection!, question!); break;
      case EventKind.SAVE_DUE: if (this.sink.saveDue !== undefined) this.sink.saveDue(connection!); break;
      case EventKind.WARNING: this.sink.warning(connection!, reason!); break;
      case EventKind.PATH_CHANGED: if (this.sink.path !== undefined) this.sink.path(connection!, number, peer!, old!); break;
      case EventKind.CLOSED: this.sink.closed(connection!, reason); break;
      case TRACE: this.sink.trace!(number, bytes, connection); break;
    }
  }
}
