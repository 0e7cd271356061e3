// struct {
//   ProtocolVersion server_version;
//   opaque cookie<0..2^8-1>;
// } HelloVerifyRequest;                                                  RFC 6347 §4.2.1
import { Drop, ProtocolVersion } from "../codes";
import { isEqual } from "../crypto";
import { COOKIE, VERIFY_REQUESTS_MAX } from "../limits";
import { OK, ignored, malformed } from "../outcome";
import { Incoming } from "../record/plaintext";
import { HAS_VERIFY } from "../script";
import { Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

/** Bytes of our own. */
export const LENGTH: u32 = 2 + 1 + COOKIE;

export function write(cookie: usize): void {
  Writer.u16(ProtocolVersion.DTLS_1_2); // 6347-4.2.1-6, requirements C-01
  Writer.u8(COOKIE);
  Writer.bytes(cookie, COOKIE);
}

/**
 * Its version says nothing and is not compared (6347-4.2.1-7). Its record number tells which hello it answers
 * (6347-4.2.1-5): an answer to an earlier one than the last comes late, and its cookie would begin a second handshake beside
 * the first; unless the last one met silence, for GnuTLS numbers all of them 0. A cookie that we sent already is a duplicate.
 */
export function read(handshake: Handshake): i32 {
  Reader.u16();
  let length = Reader.u8();
  let cookie = Reader.take(length);
  if (!Reader.done()) return malformed();
  let isLate = <u32>Incoming.sequence < handshake.helloSequence && handshake.silent == 0;
  if (isLate || handshake.verifyRequests == VERIFY_REQUESTS_MAX) return ignored(Drop.STALE_MESSAGE);
  if (handshake.verifyRequests != 0 && length == handshake.cookieLength &&
      isEqual(cookie, handshake.cookie, length)) {
    return ignored(Drop.STALE_MESSAGE);
  }
  handshake.verifyRequests++;
  handshake.cookieLength = <u8>length;
  memory.copy(handshake.cookie, cookie, length);
  handshake.has |= HAS_VERIFY;
  return OK;
}
