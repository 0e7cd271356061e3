// What the host answers to the handshake's questions.
import { TrustAnswer } from "./certificate-codes";
import { Question } from "./codes";
import { P256_SIGNATURE } from "./crypto";
import { HAS_CERTIFICATES } from "./features";
import { resumeWaiting } from "./flight/retransmit";
import { IDENTITY_MAX, KEY_MAX } from "./limits";
import * as Certificate from "./messages/certificate";
import { OK } from "./outcome";
import { deriveKeys } from "./schedule/keys";
import { speakOn, speakWithKey } from "./speaking";
import { Connection, SERVER } from "./state/connection";
import { HAS_ASKED, HAS_PASSING_PEER, HAS_QUESTION, HAS_SIGNATURE, Handshake } from "./state/handshake";
import { Reader } from "./wire";

/** What `answer` returns for something that is no answer to the open question. */
export const NO_ANSWER: i32 = -1;

/** The open question is answered with `length` bytes at `pointer`. Returns OK, a code to end with, or NO_ANSWER. */
export function answer(connection: Connection, handshake: Handshake, pointer: usize, length: u32): i32 {
  if (HAS_CERTIFICATES && handshake.question == Question.TRUST) return answerTrust(handshake, pointer, length);
  if (HAS_CERTIFICATES && handshake.question == Question.SIGN) return answerSign(connection, handshake, pointer, length);
  return connection.role == SERVER ? answerServer(connection, handshake, pointer, length)
    : answerClient(connection, handshake, pointer, length);
}

/** A TrustAnswer, or the alert to end with. */
function answerTrust(handshake: Handshake, pointer: usize, length: u32): i32 {
  if (length != 1) return NO_ANSWER;
  close(handshake);
  let alert: u32 = load<u8>(pointer);
  if (alert == TrustAnswer.PASSING) handshake.has |= HAS_PASSING_PEER;
  else if (alert) return Certificate.refuse(handshake, alert);
  resumeWaiting(handshake);
  return OK;
}

/** r and s. */
function answerSign(connection: Connection, handshake: Handshake, pointer: usize, length: u32): i32 {
  if (length != P256_SIGNATURE) return NO_ANSWER;
  close(handshake);
  memory.copy(handshake.signature, pointer, P256_SIGNATURE);
  handshake.has |= HAS_SIGNATURE;
  return speakOn(connection, handshake);
}

function close(handshake: Handshake): void {
  handshake.has &= ~(HAS_QUESTION | HAS_ASKED);
}

/** A server's PSK: `length` bytes of key. */
function answerServer(connection: Connection, handshake: Handshake, pointer: usize, length: u32): i32 {
  if (length - 1 >= KEY_MAX) return NO_ANSWER;
  close(handshake);
  deriveKeys(connection, handshake, pointer, length);
  resumeWaiting(handshake);
  return OK;
}

/** A client's PSK: a length byte, the identity, the key. */
function answerClient(connection: Connection, handshake: Handshake, pointer: usize, length: u32): i32 {
  Reader.start(pointer, length);
  let identityLength = Reader.u8();
  let identity = Reader.take(identityLength);
  let keyLength = Reader.left();
  let key = Reader.take(keyLength);
  if (!Reader.done() || identityLength > IDENTITY_MAX || keyLength - 1 >= KEY_MAX) return NO_ANSWER;
  close(handshake);
  handshake.identityLength = <u8>identityLength;
  memory.copy(handshake.identity, identity, identityLength);
  return speakWithKey(connection, handshake, key, keyLength);
}
