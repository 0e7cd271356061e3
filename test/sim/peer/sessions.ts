// Sessions of a peer (RFC 5246 §7.3, RFC 5077): what it offers, what it knows, what it promises.
import { EMPTY } from './channel.js';
import type { PeerOptions } from './options.js';
import * as Wire from './wire.js';

export interface Session {
  /** What stands in its hello's session_id: the server's, or beside a ticket the client's own. */
  id: Buffer;
  ticket?: Buffer;
  master: Buffer;
  suite: number;
}

export class Sessions {
  /** The one that is resumed. */
  resumed: Session | undefined;
  /** Behind ServerHello, or behind the client's last flight, a NewSessionTicket comes. */
  isPromised = false;
  /** What ServerHello said for session_id, and NewSessionTicket. */
  id: Buffer = EMPTY;
  ticket: Buffer | undefined;

  constructor(private readonly options: PeerOptions) {}

  // ── client ───────────────────────────────────────────────────────────────────────────────────────────────────────

  offer(): Wire.Extension[] {
    const { session, tickets = session?.ticket !== undefined } = this.options;
    return tickets ? [[Wire.SESSION_TICKET, session?.ticket ?? EMPTY]] : [];
  }

  /** Takes a ServerHello. */
  settle(hello: Wire.ServerHello): void {
    const { session } = this.options;
    this.id = hello.sessionId;
    this.isPromised = Wire.extensionTypes(hello.extensions).includes(Wire.SESSION_TICKET);
    if (session !== undefined && hello.sessionId.length > 0 && hello.sessionId.equals(session.id)) this.resumed = session;
  }

  take(newSessionTicket: Buffer): void {
    this.ticket = newSessionTicket.subarray(6);
    if (this.ticket.length !== newSessionTicket.readUInt16BE(4)) throw new Error('a NewSessionTicket of another length than it says');
  }

  // ── server ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a ClientHello. */
  choose(hello: Wire.ClientHello): void {
    const { session, tickets = false, renews = false } = this.options;
    const ticket = Wire.extensionIn(hello.extensions, Wire.SESSION_TICKET);
    const isKnown = session !== undefined &&
      (session.ticket === undefined ? hello.sessionId.equals(session.id) : ticket?.equals(session.ticket) === true);
    if (isKnown) this.resumed = session;
    this.isPromised = tickets && ticket !== undefined && (!isKnown || renews);
    this.id = isKnown ? hello.sessionId : this.isPromised ? EMPTY : this.options.sessionId ?? EMPTY;
  }

  answer(): Wire.Extension[] {
    return this.isPromised ? [[Wire.SESSION_TICKET, EMPTY]] : [];
  }

  newSessionTicket(): Buffer {
    this.ticket = Buffer.from(this.options.ticket ?? 'the peer\'s ticket');
    return Buffer.concat([Wire.uint(3600, 4), Wire.vector(2, this.ticket)]);
  }
}
