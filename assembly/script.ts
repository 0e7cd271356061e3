// The handshake as a table: one row a message, in the order of RFC 6347 §4.2.4 figure 1. A state is a position here, and its
// RFC name is derived from the row. ChangeCipherSpec is a row like any other, so it can be neither skipped nor early
// (6347-4.2.5-2); the epoch column says under which keys a message travels.
import { HandshakeType } from "./codes";

//  15        12  11          10         9      8        7             0
// ┌────────────┬───────────┬──────────┬───────┬────────┬───────────────┐
// │     0      │ condition │ optional │ epoch │ server │    message    │
// └────────────┴───────────┴──────────┴───────┴────────┴───────────────┘
const C: u16 = 0;
const S: u16 = 1 << 8;
const E0: u16 = 0;
const E1: u16 = 1 << 9;
/** The peer may leave it out. No row that authenticates anything is optional. */
const MAY: u16 = 1 << 10;
/** Only after a HelloVerifyRequest. */
const IF_VERIFY: u16 = 1 << 11;
/** Where the suite has ephemeral keys (RFC 8422 §5.4), or the server an identity hint (RFC 4279 §2), of which a client cannot know. */
const IF_KEY_EXCHANGE: u16 = 1 << 12;
export const CONDITIONS: u16 = IF_VERIFY | IF_KEY_EXCHANGE;

export const DTLS_1_2: StaticArray<u16> = [
  C | E0 | <u16>HandshakeType.CLIENT_HELLO,
  S | E0 | <u16>HandshakeType.HELLO_VERIFY_REQUEST | MAY,
  C | E0 | <u16>HandshakeType.CLIENT_HELLO | IF_VERIFY,
  S | E0 | <u16>HandshakeType.SERVER_HELLO,
  S | E0 | <u16>HandshakeType.SERVER_KEY_EXCHANGE | MAY | IF_KEY_EXCHANGE,
  S | E0 | <u16>HandshakeType.SERVER_HELLO_DONE,
  C | E0 | <u16>HandshakeType.CLIENT_KEY_EXCHANGE,
  C | E0 | <u16>HandshakeType.CHANGE_CIPHER_SPEC,
  C | E1 | <u16>HandshakeType.FINISHED,
  S | E0 | <u16>HandshakeType.CHANGE_CIPHER_SPEC,
  S | E1 | <u16>HandshakeType.FINISHED,
  <u16>HandshakeType.DONE,
];
/** Where a client waits after its first hello: the only state in which a HelloVerifyRequest may come, or come again. */
export const VERIFY_ROW: u32 = 1;
/** Where a server starts, its stateless part done (RFC 6347 §4.2.1). */
export const SERVER_HELLO_ROW: u32 = 3;

export function row(at: u32): u32 {
  return unchecked(DTLS_1_2[at]);
}
export function message(row: u32): i32 {
  return row & 0xff;
}
/** 0 client, 1 server. */
export function speaker(row: u32): u32 {
  return (row >> 8) & 1;
}
export function epoch(row: u32): u32 {
  return (row >> 9) & 1;
}
export function optional(row: u32): bool {
  return (row & MAY) != 0;
}
export function condition(row: u32): u32 {
  return row & CONDITIONS;
}
export const HAS_VERIFY: u16 = IF_VERIFY;
export const HAS_KEY_EXCHANGE: u16 = IF_KEY_EXCHANGE;
