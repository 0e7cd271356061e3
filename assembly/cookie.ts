// The stateless cookie, RFC 6347 §4.2.1: a peer proves that it receives at its address before anything of it is kept.
import { Bound, ContentType, EventKind, HandshakeType } from "./codes";
import {
  HASHING, HMAC_KEY, SHA256_HASH, constantTimeEqual, hmacFinish, hmacKey, hmacStart, random, sha256Update, wipe,
} from "./crypto";
import { Fragment, writeFragmentHeader } from "./flight/fragment";
import { COOKIE, COOKIE_PERIOD_SHIFT, HANDSHAKE_HEADER, RECORD_HEADER } from "./limits";
import { Hello } from "./messages/client-hello";
import * as HelloVerifyRequest from "./messages/hello-verify-request";
import { Incoming, writeHeader } from "./record/plaintext";
import { now } from "./state/clock";
import { PEER, emit, outWindow } from "./state/memory";
import { Writer } from "./wire";

const COOKIE_KEY: usize = memory.data(HMAC_KEY, 16);
const MAC: usize = memory.data(SHA256_HASH, 16);

/** Once, at the start; false without entropy (7925-12-2). */
export function drawCookieSecret(): bool {
  if (random(MAC, SHA256_HASH)) return false;
  hmacKey(COOKIE_KEY, MAC, SHA256_HASH);
  wipe(MAC, SHA256_HASH);
  return true;
}

/** Stateless: no byte of memory remembers the peer, and no timer runs (6347-4.2.1-2, 6347-4.2.4-6). */
export function writeHelloVerifyRequest(): EventKind {
  makeCookie(period());
  let message = outWindow + RECORD_HEADER;
  writeHeader(outWindow, ContentType.HANDSHAKE, 0, Incoming.sequence, HANDSHAKE_HEADER + HelloVerifyRequest.LENGTH);
  writeFragmentHeader(
    message, HandshakeType.HELLO_VERIFY_REQUEST, HelloVerifyRequest.LENGTH, Fragment.sequence, 0,
    HelloVerifyRequest.LENGTH,
  );
  Writer.start(message + HANDSHAKE_HEADER);
  HelloVerifyRequest.write(MAC);
  return emit(EventKind.DATAGRAM, 0, 0, outWindow, <u32>(Writer.at - outWindow));
}

/** Cookies of this period and the one before are ours; any other is as good as none (6347-4.2.1-4, 6347-4.2.1-10). */
export function isOurCookie(): bool {
  if (Hello.cookieLength != COOKIE) return false;
  makeCookie(period());
  if (constantTimeEqual(MAC, Hello.cookie, COOKIE)) return true;
  makeCookie(period() - 1);
  return constantTimeEqual(MAC, Hello.cookie, COOKIE) != 0;
}

function period(): u32 {
  return <u32>now >> COOKIE_PERIOD_SHIFT;
}

/** HMAC(secret, period ‖ address ‖ the hello without its cookie), of which the first 16 bytes count (6347-4.2.1-3). */
function makeCookie(when: u32): void {
  store<u32>(MAC, when & ((1 << (32 - COOKIE_PERIOD_SHIFT)) - 1));
  hmacStart(HASHING, COOKIE_KEY);
  sha256Update(HASHING, MAC, 4);
  sha256Update(HASHING, PEER, Bound.PEER);
  sha256Update(HASHING, Hello.head, Hello.headLength);
  sha256Update(HASHING, Hello.tail, Hello.tailLength);
  hmacFinish(HASHING, COOKIE_KEY, MAC);
}
