// struct {
//   ClientCertificateType certificate_types<1..2^8-1>;
//   SignatureAndHashAlgorithm supported_signature_algorithms<2^16-1>;
//   DistinguishedName certificate_authorities<0..2^16-1>;
// } CertificateRequest;                                                  RFC 5246 §7.4.4, RFC 8422 §5.5
import { Alert, Cause } from "../codes";
import * as SignatureAlgorithms from "../extensions/signature-algorithms";
import { OK, abort, malformed } from "../outcome";
import { HAS_CLIENT_CERTIFICATE, HAS_REQUEST } from "../script";
import { Connection } from "../state/connection";
import { HAS_OWN_RAW_KEY, Handshake } from "../state/handshake";
import { isSigned } from "../suites";
import { Reader, Writer } from "../wire";

const ECDSA_SIGN: u32 = 64;

/** No authorities are named: a client of the profile has one certificate, and the names would be longer than it. */
export function write(): void {
  Writer.u8(1);
  Writer.u8(ECDSA_SIGN);
  SignatureAlgorithms.writeList();
  Writer.u16(0);
}

/** A client that has nothing which fits says so later, with an empty Certificate (5246-7.4.6-1). */
export function read(connection: Connection, handshake: Handshake): i32 {
  if (!isSigned(connection.suite)) return abort(Alert.UNEXPECTED_MESSAGE, Cause.OUT_OF_ORDER_MESSAGE);
  let isKnown = false;
  let types = Reader.open(Reader.u8());
  let count = Reader.left();
  while (Reader.left() != 0) if (Reader.u8() == ECDSA_SIGN) isKnown = true;
  Reader.close(types);
  if (!SignatureAlgorithms.isInList()) isKnown = false;
  Reader.take(Reader.u16());
  if (!Reader.done() || count == 0) return malformed();
  let context = connection.context;
  let ours = handshake.has & HAS_OWN_RAW_KEY ? context.publicKeyLength : context.certificatesLength;
  handshake.has |= HAS_REQUEST | (isKnown && ours ? HAS_CLIENT_CERTIFICATE : 0);
  return OK;
}
