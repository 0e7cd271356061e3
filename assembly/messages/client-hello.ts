// struct {
//   ProtocolVersion client_version;
//   Random random;
//   SessionID session_id;
//   opaque cookie<0..2^8-1>;
//   CipherSuite cipher_suites<2..2^16-1>;
//   CompressionMethod compression_methods<1..2^8-1>;
//   select (extensions_present) { case false: struct {}; case true: Extension extensions<0..2^16-1>; };
// } ClientHello;                                                         RFC 6347 §4.3.2, RFC 5246 §7.4.1.2
import { Alert, Cause, CipherSuite, ProtocolVersion } from "../codes";
import { ContextFlag } from "../records";
import { CertificateAlert } from "../certificate-codes";
import { random } from "../crypto";
import * as CertificateType from "../extensions/certificate-type";
import { readExtensions, writeClientExtensions } from "../extensions/index";
import { SESSION_ID_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { Ticket, offeredId, promise, resume } from "../resumption";
import { HAS_REQUEST } from "../script";
import { Connection } from "../state/connection";
import { makeShare } from "../schedule/share";
import { Context, SUITES } from "../state/context";
import {
  HAS_EXTENDED_MASTER_SECRET, HAS_OTHER_CURVES, HAS_OTHER_SIGNATURES, HAS_OWN_RAW_KEY, HAS_PEER_RAW_KEY, HAS_RESUMED,
  HAS_SECURE_RENEGOTIATION, HAS_SESSION, Handshake, RANDOM,
} from "../state/handshake";
import { aeadOf, isEphemeral, isSigned } from "../suites";
import { Reader, Writer, get16 } from "../wire";

/** The parts of the hello that the server looks at before its cookie is right, as pointers into the datagram. */
export class Hello {
  static version: u32 = 0;
  static random: usize = 0;
  static sessionId: usize = 0;
  static sessionIdLength: u32 = 0;
  /** From the version to the end of session_id, and behind the cookie to the end. */
  static head: usize = 0;
  static headLength: u32 = 0;
  static cookie: usize = 0;
  static cookieLength: u32 = 0;
  static tail: usize = 0;
  static tailLength: u32 = 0;
}

export function write(connection: Connection, handshake: Handshake): void {
  let context = connection.context;
  Writer.u16(ProtocolVersion.DTLS_1_2); // never lower: 7925-18-1
  Writer.bytes(handshake.clientRandom, RANDOM);
  if (handshake.has & HAS_SESSION) Writer.bytes(offeredId(context), 1 + load<u8>(offeredId(context)));
  else Writer.u8(0); // an empty session_id: a full handshake (7925-7-4)
  Writer.u8(handshake.cookieLength);
  Writer.bytes(handshake.cookie, handshake.cookieLength); // all else as in the first hello: 6347-4.2.1-1
  let suites = Writer.open16();
  for (let i: u32 = 0; i < SUITES; i++) {
    let suite = context.suite(i);
    if (suite) Writer.u16(suite);
  }
  Writer.u16(CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV); // 5746-3.4-1
  Writer.close16(suites);
  Writer.u16(0x0100); // compression_methods: null alone (7925-8-1)
  writeClientExtensions(connection, handshake);
}

/** Finds the parts of a hello; false if it has no such shape. Nothing is remembered but in Hello. */
export function find(body: usize, length: u32): bool {
  Reader.start(body, length);
  Hello.head = body;
  Hello.version = Reader.u16();
  Hello.random = Reader.take(RANDOM);
  Hello.sessionIdLength = Reader.u8();
  Hello.sessionId = Reader.take(Hello.sessionIdLength);
  Hello.headLength = <u32>(Reader.at - body);
  Hello.cookieLength = Reader.u8();
  Hello.cookie = Reader.take(Hello.cookieLength);
  Hello.tail = Reader.at;
  Hello.tailLength = Reader.left();
  Reader.take(Hello.tailLength);
  return Reader.done() && Hello.sessionIdLength <= SESSION_ID_MAX && Hello.tailLength != 0;
}

/** The server reads the hello that `find` found and chooses; all of the peer's choices are in `handshake` then. */
export function read(connection: Connection, handshake: Handshake): i32 {
  // DTLS counts downwards; 1.0 is not spoken (7925-18-3, 9325-3.1-1)
  if (Hello.version >> 8 != 0xfe || Hello.version > <u32>ProtocolVersion.DTLS_1_2) {
    return abort(Alert.PROTOCOL_VERSION, Cause.NO_COMMON_VERSION);
  }
  memory.copy(handshake.clientRandom, Hello.random, RANDOM); // its first bytes tell no time: 7925-12-1
  handshake.clientTypes = handshake.serverTypes = <u8>CertificateType.SAYS_X_509;
  handshake.has |= HAS_OTHER_SIGNATURES;
  Reader.start(Hello.tail, Hello.tailLength);
  let suitesLength = Reader.u16();
  let suites = Reader.take(suitesLength);
  let methodsLength = Reader.u8();
  let methods = Reader.take(methodsLength);
  Ticket.forget();
  let code = readExtensions(connection, handshake, false);
  if (code) return code;
  if (!Reader.done() || suitesLength == 0 || suitesLength & 1) return malformed();
  if (!contains8(methods, methodsLength, 0)) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  if (contains16(suites, suitesLength, CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)) {
    handshake.has |= HAS_SECURE_RENEGOTIATION;
  }
  code = resume(connection, handshake, Hello.sessionId, Hello.sessionIdLength, suites, suitesLength);
  return code || handshake.has & HAS_RESUMED ? code : choose(connection, handshake, suites, suitesLength);
}

function choose(connection: Connection, handshake: Handshake, suites: usize, length: u32): i32 {
  let context = connection.context;
  if (context.asks(ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET) && !(handshake.has & HAS_EXTENDED_MASTER_SECRET)) {
    return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_EXTENDED_MASTER_SECRET);
  }
  let isTypeMissing = false;
  for (let i: u32 = 0; i < SUITES; i++) {
    let suite = context.suite(i);
    if (suite == 0 || !contains16(suites, length, suite)) continue;
    if (isEphemeral(suite) && handshake.has & HAS_OTHER_CURVES) continue; // 8422-5.1-1
    if (isSigned(suite)) {
      if (handshake.has & HAS_OTHER_SIGNATURES) continue;
      isTypeMissing = !chooseOwnType(context, handshake) || !choosePeerType(context, handshake);
      if (isTypeMissing) continue;
    }
    connection.suite = suite;
    connection.aead = aeadOf(suite);
    if (random(handshake.serverRandom, RANDOM)) return abort(Alert.INTERNAL_ERROR, Cause.NONE);
    promise(connection, handshake);
    return isEphemeral(suite) ? makeShare(handshake) : OK;
  }
  if (!isTypeMissing) return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_COMMON_SUITE);
  return abort(<Alert>CertificateAlert.UNSUPPORTED_CERTIFICATE, Cause.NO_COMMON_CERTIFICATE_TYPE); // 7250-4.2-1
}

/** A raw public key, or certificates, whatever the client takes of what we have. */
function chooseOwnType(context: Context, handshake: Handshake): bool {
  if (context.publicKeyLength && handshake.serverTypes & CertificateType.SAYS_RAW) handshake.has |= HAS_OWN_RAW_KEY;
  else return context.certificatesLength != 0 && (handshake.serverTypes & CertificateType.SAYS_X_509) != 0;
  return true;
}

/** Asks for what the client has of what we take; false if we must ask and there is nothing. */
function choosePeerType(context: Context, handshake: Handshake): bool {
  if (!context.asks(ContextFlag.REQUEST_CERTIFICATE)) return true;
  if (context.asks(ContextFlag.PEER_RAW_KEY) && handshake.clientTypes & CertificateType.SAYS_RAW) {
    handshake.has |= HAS_PEER_RAW_KEY;
  } else if (!context.asks(ContextFlag.PEER_CERTIFICATE) || !(handshake.clientTypes & CertificateType.SAYS_X_509)) {
    return !context.asks(ContextFlag.REQUIRE_CERTIFICATE);
  }
  handshake.has |= HAS_REQUEST;
  return true;
}

function contains16(list: usize, length: u32, value: u32): bool {
  for (let end = list + length; list < end; list += 2) if (get16(list) == value) return true;
  return false;
}
function contains8(list: usize, length: u32, value: u32): bool {
  for (let end = list + length; list < end; list++) if (load<u8>(list) == value) return true;
  return false;
}
