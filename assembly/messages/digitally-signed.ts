// struct { SignatureAndHashAlgorithm algorithm; opaque signature<0..2^16-1>; } DigitallySigned;         RFC 5246 §4.7
//
// A server signs its ephemeral key in ServerKeyExchange (RFC 8422 §5.4), a client the handshake so far in CertificateVerify
// (RFC 5246 §7.4.8). A signature is made once and kept: a flight that is sent again has the same bytes.
import { Alert, Cause, Question } from "../codes";
import {
  HASHING, P256_HEDGE, P256_PUBLIC, P256_SIGNATURE, SHA256_HASH, p256Sign, p256Verify, random, sha256Finish, sha256Start,
  sha256Update, wipe,
} from "../crypto";
import { ECDSA_SECP256R1_SHA256 } from "../extensions/signature-algorithms";
import { HAS_CERTIFICATES } from "../features";
import { OK, abort, malformed } from "../outcome";
import { ContextFlag } from "../records";
import { transcriptHash } from "../schedule/transcript";
import { writeParameters, writeShare } from "../schedule/share";
import { CLIENT, Connection } from "../state/connection";
import { HAS_SIGNATURE, Handshake, RANDOM } from "../state/handshake";
import { SCRATCH } from "../state/memory";
import { Reader, Writer } from "../wire";
import { readSignature, writeSignature } from "../x509/key";

const HASH: usize = HAS_CERTIFICATES ? memory.data(SHA256_HASH, 16) : 0;
const R_AND_S: usize = HAS_CERTIFICATES ? memory.data(P256_SIGNATURE, 16) : 0;
const HEDGE: usize = HAS_CERTIFICATES ? memory.data(P256_HEDGE, 16) : 0;

/** What a server signs: both randoms, and the parameters of `length` bytes that stand in its message (RFC 8422 §5.4). */
function hashParameters(handshake: Handshake, parameters: usize, length: u32): void {
  sha256Start(HASHING);
  sha256Update(HASHING, handshake.clientRandom, RANDOM);
  sha256Update(HASHING, handshake.serverRandom, RANDOM);
  sha256Update(HASHING, parameters, length);
  sha256Finish(HASHING, HASH);
}

/** Makes the signature of our next message, or asks for it. OK, or the code to end with. */
export function sign(connection: Connection, handshake: Handshake): i32 {
  if (connection.role == CLIENT) {
    transcriptHash(handshake, HASH);
  } else {
    Writer.start(SCRATCH);
    writeParameters();
    writeShare(handshake);
    hashParameters(handshake, SCRATCH, <u32>(Writer.at - SCRATCH));
  }
  let context = connection.context;
  if (context.asks(ContextFlag.ASK_TO_SIGN)) {
    memory.copy(handshake.signature, HASH, SHA256_HASH);
    handshake.ask(Question.SIGN);
    return OK;
  }
  let isSigned = !random(HEDGE, P256_HEDGE) && !p256Sign(handshake.signature, context.privateKey, HASH, HEDGE);
  wipe(HEDGE, P256_HEDGE);
  if (!isSigned) return abort(Alert.INTERNAL_ERROR, Cause.NONE);
  handshake.has |= HAS_SIGNATURE;
  return OK;
}

export function write(handshake: Handshake): void {
  Writer.u16(ECDSA_SECP256R1_SHA256);
  let start = Writer.open16();
  writeSignature(handshake.signature);
  Writer.close16(start);
}

/** The server's: it signed the `length` bytes at `parameters`. */
export function readOverParameters(handshake: Handshake, parameters: usize, length: u32): i32 {
  hashParameters(handshake, parameters, length);
  return read(handshake);
}
/** The client's: it signed all messages so far. */
export function readOverTranscript(handshake: Handshake): i32 {
  transcriptHash(handshake, HASH);
  return read(handshake);
}

/** The algorithm is the one that we offered; r and s stand in strict DER (5246-7.4.8-1). */
function read(handshake: Handshake): i32 {
  let algorithm = Reader.u16(), length = Reader.u16(), at = Reader.take(length);
  if (!Reader.done()) return malformed();
  if (algorithm != ECDSA_SECP256R1_SHA256) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  if (readSignature(at, length, R_AND_S) && p256Verify(R_AND_S, handshake.peerKey, HASH)) return OK;
  return abort(Alert.DECRYPT_ERROR, Cause.BAD_SIGNATURE); // requirements C-11
}
