// The handshake as tables: one row a message, in the order of RFC 6347 §4.2.4 figures 1 and 2. A state is a position in one of
// them, and its RFC name is derived from the row. ChangeCipherSpec is a row like any other, so it can be neither skipped nor early
// (6347-4.2.5-2); the epoch column says under which keys a message travels.
import { HandshakeType } from "./codes";

//  31       22         16  15      11  10         9      8        7             0
// ┌───────────┬───────────┬───────────┬──────────┬───────┬────────┬───────────────┐
// │     0     │ condition │     0     │ optional │ epoch │ server │    message    │
// └───────────┴───────────┴───────────┴──────────┴───────┴────────┴───────────────┘
const C: u32 = 0;
const S: u32 = 1 << 8;
const E0: u32 = 0;
const E1: u32 = 1 << 9;
/** It may come though its condition is not met, or stay away where it has none. No row that authenticates anything is optional. */
const MAY: u32 = 1 << 10;
/** Only after a HelloVerifyRequest. */
const IF_VERIFY: u32 = 1 << 16;
/** Where the suite has ephemeral keys (RFC 8422 §5.4), or the server an identity hint (RFC 4279 §2), of which a client cannot know. */
const IF_KEY_EXCHANGE: u32 = 1 << 17;
/** Where the suite's keys are signed (RFC 8422 §2). */
const IF_CERTIFICATE: u32 = 1 << 18;
/** Where the server asks for the client's certificate, which a client learns when it is asked (RFC 5246 §7.4.4). */
const IF_REQUEST: u32 = 1 << 19;
/** Where the client's Certificate was not empty (RFC 5246 §7.4.8). */
const IF_CLIENT_CERTIFICATE: u32 = 1 << 20;
/** Where ServerHello has session_ticket (RFC 5077 §3.3). */
const IF_TICKET: u32 = 1 << 21;
export const CONDITIONS: u32 = 0x3f << 16;

export const FULL: StaticArray<u32> = [
  C | E0 | HandshakeType.CLIENT_HELLO,
  S | E0 | HandshakeType.HELLO_VERIFY_REQUEST | MAY,
  C | E0 | HandshakeType.CLIENT_HELLO | IF_VERIFY,
  S | E0 | HandshakeType.SERVER_HELLO,
  S | E0 | HandshakeType.CERTIFICATE | IF_CERTIFICATE,
  S | E0 | HandshakeType.SERVER_KEY_EXCHANGE | MAY | IF_KEY_EXCHANGE,
  S | E0 | HandshakeType.CERTIFICATE_REQUEST | MAY | IF_REQUEST,
  S | E0 | HandshakeType.SERVER_HELLO_DONE,
  C | E0 | HandshakeType.CERTIFICATE | IF_REQUEST,
  C | E0 | HandshakeType.CLIENT_KEY_EXCHANGE,
  C | E0 | HandshakeType.CERTIFICATE_VERIFY | IF_CLIENT_CERTIFICATE,
  C | E0 | HandshakeType.CHANGE_CIPHER_SPEC,
  C | E1 | HandshakeType.FINISHED,
  S | E0 | HandshakeType.NEW_SESSION_TICKET | IF_TICKET,
  S | E0 | HandshakeType.CHANGE_CIPHER_SPEC,
  S | E1 | HandshakeType.FINISHED,
  HandshakeType.DONE,
];

/** A resumed session's. Up to ServerHello, which tells the two apart, it is the same as the full one. */
export const ABBREVIATED: StaticArray<u32> = [
  C | E0 | HandshakeType.CLIENT_HELLO,
  S | E0 | HandshakeType.HELLO_VERIFY_REQUEST | MAY,
  C | E0 | HandshakeType.CLIENT_HELLO | IF_VERIFY,
  S | E0 | HandshakeType.SERVER_HELLO,
  S | E0 | HandshakeType.NEW_SESSION_TICKET | IF_TICKET,
  S | E0 | HandshakeType.CHANGE_CIPHER_SPEC,
  S | E1 | HandshakeType.FINISHED,
  C | E0 | HandshakeType.CHANGE_CIPHER_SPEC,
  C | E1 | HandshakeType.FINISHED,
  HandshakeType.DONE,
];
/** Where a client waits after its first hello: the only state in which a HelloVerifyRequest may come, or come again. */
export const VERIFY_ROW: u32 = 1;
/** Where a server starts, its stateless part done (RFC 6347 §4.2.1). */
export const SERVER_HELLO_ROW: u32 = 3;

export function row(at: u32, isAbbreviated: bool): u32 {
  return unchecked(isAbbreviated ? ABBREVIATED[at] : FULL[at]);
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
export const HAS_VERIFY: u32 = IF_VERIFY;
export const HAS_KEY_EXCHANGE: u32 = IF_KEY_EXCHANGE;
export const HAS_CERTIFICATE: u32 = IF_CERTIFICATE;
export const HAS_REQUEST: u32 = IF_REQUEST;
export const HAS_CLIENT_CERTIFICATE: u32 = IF_CLIENT_CERTIFICATE;
export const HAS_TICKET: u32 = IF_TICKET;
