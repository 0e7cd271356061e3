// struct {
//   uint32 ticket_lifetime_hint;
//   opaque ticket<0..2^16-1>;                                            empty: there is none after all
// } NewSessionTicket;                                                    RFC 5077 §3.3
import { SESSION_SECONDS } from "../limits";
import { OK, malformed } from "../outcome";
import { keepTicket } from "../resumption";
import { Connection } from "../state/connection";
import { Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export function write(ticket: usize, length: u32): void {
  Writer.u16(SESSION_SECONDS >> 16);
  Writer.u16(SESSION_SECONDS & 0xffff);
  Writer.u16(length);
  Writer.bytes(ticket, length);
}

/** It counts once the server's Finished verified (5077-3.3-1); until then it waits. How long it lives, the server will know. */
export function read(connection: Connection, handshake: Handshake): i32 {
  Reader.take(4);
  let length = Reader.u16();
  let ticket = Reader.take(length);
  if (!Reader.done()) return malformed();
  keepTicket(connection, handshake, ticket, length);
  return OK;
}
