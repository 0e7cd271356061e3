// struct {
//   ProtocolVersion server_version;
//   Random random;
//   SessionID session_id;
//   CipherSuite cipher_suite;
//   CompressionMethod compression_method;
//   select (extensions_present) { case false: struct {}; case true: Extension extensions<0..2^16-1>; };
// } ServerHello;                                                         RFC 5246 §7.4.1.3
import { CertificateAlert } from "../certificate-codes";
import { Alert, Cause, ProtocolVersion } from "../codes";
import { ContextFlag } from "../records";
import { readExtensions, writeServerExtensions } from "../extensions/index";
import { SESSION_ID_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { isResumed, keepId, resumeClient } from "../resumption";
import { HAS_CERTIFICATE, HAS_KEY_EXCHANGE } from "../script";
import { Connection } from "../state/connection";
import { HAS_EXTENDED_MASTER_SECRET, HAS_PEER_RAW_KEY, HAS_SECURE_RENEGOTIATION, Handshake, RANDOM } from "../state/handshake";
import { aeadOf, isEphemeral, isSigned } from "../suites";
import { Reader, Writer } from "../wire";

export function write(connection: Connection, handshake: Handshake): void {
  Writer.u16(ProtocolVersion.DTLS_1_2);
  Writer.bytes(handshake.serverRandom, RANDOM);
  Writer.u8(handshake.cookieLength); // session_id
  Writer.bytes(handshake.cookie, handshake.cookieLength);
  Writer.u16(connection.suite);
  Writer.u8(0);
  writeServerExtensions(connection, handshake);
}

/** The client accepts only what it offered (5246-7.4.1.3-1). */
export function read(connection: Connection, handshake: Handshake): i32 {
  let version = Reader.u16();
  let random = Reader.take(RANDOM);
  let sessionIdLength = Reader.u8();
  let sessionId = Reader.take(sessionIdLength);
  let suite = Reader.u16();
  let compression = Reader.u8();
  let code = readExtensions(connection, handshake, true);
  if (code) return code;
  if (!Reader.done() || sessionIdLength > SESSION_ID_MAX) return malformed();
  let isSuiteOffered = connection.context.has(suite);
  if (version != ProtocolVersion.DTLS_1_2) {
    // an AEAD suite in a version that has none is worse than an old version: 6655-3-2, 8442-3-1
    return abort(isSuiteOffered ? Alert.ILLEGAL_PARAMETER : Alert.PROTOCOL_VERSION, Cause.NO_COMMON_VERSION);
  }
  if (!isSuiteOffered || compression != 0) return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  if (!(handshake.has & HAS_SECURE_RENEGOTIATION)) {
    return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_SECURE_RENEGOTIATION); // 5746-3.4-1
  }
  if (connection.context.asks(ContextFlag.REQUIRE_EXTENDED_MASTER_SECRET) &&
      !(handshake.has & HAS_EXTENDED_MASTER_SECRET)) {
    return abort(Alert.HANDSHAKE_FAILURE, Cause.NO_EXTENDED_MASTER_SECRET);
  }
  memory.copy(handshake.serverRandom, random, RANDOM);
  if (isResumed(connection.context, handshake, sessionId, sessionIdLength)) return resumeClient(connection, handshake, suite);
  keepId(connection, handshake, sessionId, sessionIdLength);
  connection.suite = suite;
  connection.aead = aeadOf(suite);
  if (isEphemeral(suite)) handshake.has |= HAS_KEY_EXCHANGE;
  if (isSigned(suite)) {
    handshake.has |= HAS_CERTIFICATE;
    if (!(handshake.has & HAS_PEER_RAW_KEY) && !connection.context.asks(ContextFlag.PEER_CERTIFICATE)) {
      return abort(<Alert>CertificateAlert.UNSUPPORTED_CERTIFICATE, Cause.NO_COMMON_CERTIFICATE_TYPE);
    }
  }
  return OK;
}

