// opaque ASN.1Cert<1..2^24-1>;
// struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate;         RFC 5246 §7.4.2
//
// struct { opaque ASN.1_subjectPublicKeyInfo<1..2^24-1>; } Certificate;  RFC 7250 §3, where a raw public key was agreed on (7250-3-1)
import { CertificateCheck, NameFlag } from "../certificate-codes";
import { Alert, Cause, CodeClass, Question } from "../codes";
import { Fragment } from "../flight/fragment";
import { OK, abort } from "../outcome";
import { ContextFlag, InfoField } from "../records";
import { HAS_CLIENT_CERTIFICATE } from "../script";
import { CLIENT, Connection, SERVER } from "../state/connection";
import { Context } from "../state/context";
import { HAS_OWN_RAW_KEY, HAS_PEER_RAW_KEY, Handshake } from "../state/handshake";
import { info } from "../state/memory";
import { Reader, Writer } from "../wire";
import { CLIENT_AUTH, SERVER_AUTH } from "../x509/extensions";
import { KEY, KEY_INFO, writeKeyInfo } from "../x509/key";
import { Path, verifyChain, verifyRawKey } from "../x509/path";

const EMPTY: u32 = 3;

/** A raw key, or nothing: a client that has none of what the server takes says so (5246-7.4.6-1). X.509 stands in the context. */
export function write(context: Context, hasAny: bool): void {
  Writer.u24(hasAny ? KEY_INFO : 0);
  if (hasAny) writeKeyInfo(context.publicKey);
}

/** True if our message is the one that stands in the context, however long its chain (7925-4.4.4-3). */
export function isInContext(connection: Connection, handshake: Handshake): bool {
  let hasAny = connection.role == SERVER || (handshake.has & HAS_CLIENT_CERTIFICATE) != 0;
  return hasAny && !(handshake.has & HAS_OWN_RAW_KEY);
}

/** Keeps the peer's key if it can be trusted, or asks whether it can. */
export function read(connection: Connection, handshake: Handshake): i32 {
  let context = connection.context;
  let body = Fragment.body, length = Fragment.length;
  Reader.take(length);
  if (connection.role == SERVER && length == EMPTY && load<u16>(body) == 0 && load<u8>(body, 2) == 0) {
    if (!context.asks(ContextFlag.REQUIRE_CERTIFICATE)) return OK;
    return abort(Alert.HANDSHAKE_FAILURE, <Cause>(Cause.CERTIFICATE + CertificateCheck.ABSENT));
  }
  let code = verify(connection, handshake, body, length);
  if (Path.key == 0 || (code && !context.asks(ContextFlag.ASK_TRUST))) {
    return abort(<Alert>(code - CodeClass.WE_ABORTED), <Cause>(Cause.CERTIFICATE + Path.check));
  }
  memory.copy(handshake.peerKey, Path.key, KEY);
  if (connection.role == SERVER) handshake.has |= HAS_CLIENT_CERTIFICATE;
  if (!context.asks(ContextFlag.ASK_TRUST)) return OK;
  handshake.certificate = body;
  handshake.certificateLength = length;
  handshake.check = <u8>Path.check;
  handshake.ask(Question.TRUST);
  return OK;
}

/** A client knows whom it meant to reach (7925-4.4.1-1); a server takes whoever is trusted. */
function verify(connection: Connection, handshake: Handshake, body: usize, length: u32): i32 {
  let context = connection.context;
  if (handshake.has & HAS_PEER_RAW_KEY) return verifyRawKey(body, length, context.anchors, context.anchorsLength);
  let isClient = connection.role == CLIENT;
  let flags = context.flags / ContextFlag.STRICT_NAMES & (NameFlag.STRICT | NameFlag.COAP); // the same two bits, further up
  return verifyChain(
    body, length, context.anchors, context.anchorsLength, isClient ? SERVER_AUTH : CLIENT_AUTH, context.name,
    isClient ? context.nameLength : 0, flags, info(InfoField.SECONDS),
  );
}

/** The host does not trust it. */
export function refuse(handshake: Handshake, alert: u32): i32 {
  let check: u32 = handshake.check;
  return abort(<Alert>alert, check ? <Cause>(Cause.CERTIFICATE + check) : Cause.NOT_TRUSTED);
}
