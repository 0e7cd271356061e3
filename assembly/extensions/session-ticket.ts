// opaque ticket<0..2^16-1>, without its length: it is the whole extension.                                  RFC 5077 §3.2
// Empty, a client asks for a ticket, and a server says that one is coming (5077-3.2-1).
import { ExtensionType } from "../codes";
import { OK, malformed } from "../outcome";
import { Ticket, offeredTicket, offeredTicketLength } from "../resumption";
import { HAS_TICKET } from "../script";
import { Context } from "../state/context";
import { HAS_SESSION, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(ticket: usize, length: u32): void {
  Writer.u16(ExtensionType.SESSION_TICKET);
  Writer.u16(length);
  Writer.bytes(ticket, length);
}

export function writeOffer(context: Context, handshake: Handshake): void {
  if (handshake.has & HAS_SESSION) write(offeredTicket(context), offeredTicketLength(context));
  else write(0, 0);
}

export function readOffer(): i32 {
  Ticket.isKnown = true;
  Ticket.length = Reader.left();
  Ticket.at = Reader.take(Ticket.length);
  return OK;
}

export function readAnswer(handshake: Handshake): i32 {
  if (Reader.left() != 0) return malformed();
  handshake.has |= HAS_TICKET;
  return OK;
}
