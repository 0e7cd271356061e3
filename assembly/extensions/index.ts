// Extension extensions<0..2^16-1>;  struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; }
// RFC 5246 §7.4.1.4. Which may appear where:
//
//                             ClientHello           ServerHello
//   server_name               with a name           if offered, and it decided, and no session is resumed
//   max_fragment_length       if wished             if offered, unless record_size_limit is
//   supported_groups          with curves           ignored where we offered it: some servers say it, and it changes nothing
//   ec_point_formats          with curves           if offered, and the suite has a curve
//   signature_algorithms      with signatures       illegal_parameter where we offered it (it is the client's alone)
//   client_certificate_type   with a raw key        if offered, with a CertificateRequest (7250-4.2-1)
//   server_certificate_type   if raw keys are taken if offered
//   application_layer_…       with protocols        if offered, by who has protocols
//   extended_master_secret    always                if offered
//   record_size_limit         if wished             if offered
//   renegotiation_info        as its SCSV           if offered, in either form
//   session_ticket            with TICKETS          if a ticket is coming
//   connection_id             if wished             if offered, by who has CIDs
//   rrc                       with CIDs             if both are offered
//   any other (7925-13-2)     ignored               unsupported_extension (5246-7.4.1.3-1)
import { Alert, Cause, ExtensionType } from "../codes";
import { HAS_CERTIFICATES } from "../features";
import { EXTENSIONS_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { ContextFlag } from "../records";
import { HAS_REQUEST, HAS_TICKET } from "../script";
import { Connection } from "../state/connection";
import { Context } from "../state/context";
import {
  HAS_CONNECTION_ID, HAS_EXTENDED_MASTER_SECRET, HAS_MAX_FRAGMENT_LENGTH, HAS_OWN_RAW_KEY, HAS_PEER_RAW_KEY, HAS_POINT_FORMATS,
  HAS_RECORD_SIZE_LIMIT, HAS_RESUMED, HAS_SECURE_RENEGOTIATION, HAS_SERVER_NAME, Handshake,
} from "../state/handshake";
import { isEphemeral, isSigned } from "../suites";
import { Reader, Writer, get16 } from "../wire";
import * as ApplicationLayerProtocolNegotiation from "./application-layer-protocol-negotiation";
import * as CertificateType from "./certificate-type";
import * as ConnectionId from "./connection-id";
import * as EcPointFormats from "./ec-point-formats";
import * as ExtendedMasterSecret from "./extended-master-secret";
import * as MaxFragmentLength from "./max-fragment-length";
import * as RecordSizeLimit from "./record-size-limit";
import * as RenegotiationInfo from "./renegotiation-info";
import * as ReturnRoutabilityCheck from "./return-routability-check";
import * as ServerName from "./server-name";
import * as SessionTicket from "./session-ticket";
import * as SignatureAlgorithms from "./signature-algorithms";
import * as SupportedGroups from "./supported-groups";

/** With plain pre-shared keys there is nothing to say of signatures, groups or points (7925-5-2, 8422-5.1-1). */
export function writeClientExtensions(connection: Connection, handshake: Handshake): void {
  let context = connection.context;
  let list = Writer.open16();
  if (context.nameLength) ServerName.write(context);
  if (context.maxFragmentLength) MaxFragmentLength.write(context.maxFragmentLength);
  if (context.protocolsLength) ApplicationLayerProtocolNegotiation.writeList(context);
  ExtendedMasterSecret.write();
  if (context.recordSizeLimit) RecordSizeLimit.write(context);
  if (HAS_CERTIFICATES && context.hasCurves) {
    SupportedGroups.write();
    EcPointFormats.write();
    if (context.hasSignatures) {
      SignatureAlgorithms.write();
      CertificateType.writeList(
        ExtensionType.CLIENT_CERTIFICATE_TYPE, context.publicKeyLength != 0, context.certificatesLength != 0,
      );
      CertificateType.writeList(
        ExtensionType.SERVER_CERTIFICATE_TYPE, context.asks(ContextFlag.PEER_RAW_KEY), context.asks(ContextFlag.PEER_CERTIFICATE),
      );
    }
  }
  if (context.asks(ContextFlag.TICKETS)) SessionTicket.writeOffer(context, handshake);
  if (context.cidLength >= 0) {
    ConnectionId.write(connection);
    if (context.asks(ContextFlag.RETURN_ROUTABILITY)) ReturnRoutabilityCheck.write();
  }
  Writer.close16(list);
}

/** No list where there is nothing to say. */
export function writeServerExtensions(connection: Connection, handshake: Handshake): void {
  let list = Writer.open16();
  if ((handshake.has & (HAS_SERVER_NAME | HAS_RESUMED)) == HAS_SERVER_NAME) ServerName.writeAnswer();
  if (handshake.has & HAS_RECORD_SIZE_LIMIT) RecordSizeLimit.write(connection.context);
  else if (handshake.has & HAS_MAX_FRAGMENT_LENGTH) MaxFragmentLength.write(connection.sendMax);
  if (connection.protocol) ApplicationLayerProtocolNegotiation.writeChoice(connection);
  if (handshake.has & HAS_EXTENDED_MASTER_SECRET) ExtendedMasterSecret.write();
  if (handshake.has & HAS_SECURE_RENEGOTIATION) RenegotiationInfo.write();
  if (isEphemeral(connection.suite) && handshake.has & HAS_POINT_FORMATS) EcPointFormats.write();
  if (handshake.has & HAS_TICKET) SessionTicket.write(0, 0);
  if (isSigned(connection.suite) && !(handshake.has & HAS_RESUMED)) writeCertificateTypes(handshake);
  if (handshake.has & HAS_CONNECTION_ID) ConnectionId.write(connection);
  if (connection.returnRoutability) ReturnRoutabilityCheck.write();
  if (Writer.at == list) Writer.at -= 2;
  else Writer.close16(list);
}

/** To whoever said something of them. */
function writeCertificateTypes(handshake: Handshake): void {
  if (handshake.serverTypes & CertificateType.WAS_SAID) {
    CertificateType.write(
      ExtensionType.SERVER_CERTIFICATE_TYPE, handshake.has & HAS_OWN_RAW_KEY ? CertificateType.RAW_PUBLIC_KEY : CertificateType.X_509,
    );
  }
  if (handshake.clientTypes & CertificateType.WAS_SAID && handshake.has & HAS_REQUEST) {
    CertificateType.write(
      ExtensionType.CLIENT_CERTIFICATE_TYPE, handshake.has & HAS_PEER_RAW_KEY ? CertificateType.RAW_PUBLIC_KEY : CertificateType.X_509,
    );
  }
}

/** Reads the rest of a hello as its extensions, which may be absent altogether. */
export function readExtensions(connection: Connection, handshake: Handshake, fromServer: bool): i32 {
  let code = readList(connection, handshake, fromServer);
  ConnectionId.settle(connection, handshake);
  return code;
}

function readList(connection: Connection, handshake: Handshake, fromServer: bool): i32 {
  if (Reader.left() == 0) return OK;
  let list = Reader.open(Reader.u16());
  let first = Reader.at;
  let code = OK;
  if (!fromServer) {
    // the name comes first, wherever it stands: it chooses the context with which all else is read
    code = readEach(connection, handshake, false, true);
    Reader.at = first;
  }
  if (!code) code = readEach(connection, handshake, fromServer, false);
  Reader.close(list);
  let limits = HAS_MAX_FRAGMENT_LENGTH | HAS_RECORD_SIZE_LIMIT;
  if (!code && fromServer && (handshake.has & limits) == limits) {
    return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE); // 8449-5-1
  }
  return code;
}

function readEach(connection: Connection, handshake: Handshake, fromServer: bool, isName: bool): i32 {
  let first = Reader.at;
  for (let count: u32 = 0; Reader.left() != 0; count++) {
    if (count == EXTENSIONS_MAX) return malformed();
    let start = Reader.at;
    let type = Reader.u16();
    let extension = Reader.open(Reader.u16());
    if (appearedBefore(first, start, type)) return malformed(); // 5246-7.4.1.4-1
    let code = isName ? readName(connection, handshake, type) : readExtension(connection, handshake, type, fromServer);
    if (code) return code;
    Reader.close(extension);
  }
  return OK;
}

function readName(connection: Connection, handshake: Handshake, type: u32): i32 {
  if (type == ExtensionType.SERVER_NAME) return ServerName.read(connection, handshake);
  Reader.take(Reader.left());
  return OK;
}

function readExtension(connection: Connection, handshake: Handshake, type: u32, fromServer: bool): i32 {
  let context = connection.context;
  switch (type) {
    case ExtensionType.SERVER_NAME: {
      if (fromServer && context.nameLength) return ServerName.readAnswer();
      break;
    }
    case ExtensionType.MAX_FRAGMENT_LENGTH: {
      let offered = context.maxFragmentLength;
      if (!fromServer || offered) return MaxFragmentLength.read(connection, handshake, fromServer ? offered : 0);
      break;
    }
    case ExtensionType.RECORD_SIZE_LIMIT: {
      if (!fromServer || context.recordSizeLimit) return RecordSizeLimit.read(connection, handshake);
      break;
    }
    case ExtensionType.APPLICATION_LAYER_PROTOCOL_NEGOTIATION: {
      if (context.protocolsLength) return ApplicationLayerProtocolNegotiation.read(connection, fromServer);
      break;
    }
    case ExtensionType.EXTENDED_MASTER_SECRET: return ExtendedMasterSecret.read(handshake);
    case ExtensionType.RENEGOTIATION_INFO: return RenegotiationInfo.read(handshake);
    case ExtensionType.SESSION_TICKET: {
      if (!fromServer) return SessionTicket.readOffer();
      if (context.asks(ContextFlag.TICKETS)) return SessionTicket.readAnswer(handshake);
      break;
    }
    case ExtensionType.CONNECTION_ID: {
      if (context.cidLength >= 0) return ConnectionId.read(connection, handshake, fromServer);
      break;
    }
    case ExtensionType.RETURN_ROUTABILITY_CHECK: {
      if (context.asks(ContextFlag.RETURN_ROUTABILITY)) return ReturnRoutabilityCheck.read(handshake);
      break;
    }
  }
  if (HAS_CERTIFICATES && (!fromServer || context.hasCurves)) {
    switch (type) {
      case ExtensionType.SUPPORTED_GROUPS: return SupportedGroups.read(handshake);
      case ExtensionType.EC_POINT_FORMATS: return EcPointFormats.read(handshake);
    }
    if (!fromServer || context.hasSignatures) {
      switch (type) {
        case ExtensionType.SIGNATURE_ALGORITHMS:
          // no server may send it (RFC 5246 §7.4.1.4.1)
          return fromServer ? abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE) : SignatureAlgorithms.read(handshake);
        case ExtensionType.CLIENT_CERTIFICATE_TYPE:
          if (!fromServer) return (handshake.clientTypes = <u8>CertificateType.readList()) ? OK : malformed();
          if (context.publicKeyLength) return readOwnType(context, handshake);
          break;
        case ExtensionType.SERVER_CERTIFICATE_TYPE:
          if (!fromServer) return (handshake.serverTypes = <u8>CertificateType.readList()) ? OK : malformed();
          if (context.asks(ContextFlag.PEER_RAW_KEY)) return readPeerType(context, handshake);
          break;
      }
    }
  }
  if (fromServer) return abort(Alert.UNSUPPORTED_EXTENSION, Cause.UNOFFERED_VALUE);
  Reader.take(Reader.left());
  return OK;
}

/** The server tells what it wants of us, and what it will show. */
function readOwnType(context: Context, handshake: Handshake): i32 {
  let code = CertificateType.readChoice(context.certificatesLength != 0);
  if (CertificateType.choice == CertificateType.RAW_PUBLIC_KEY) handshake.has |= HAS_OWN_RAW_KEY;
  return code;
}
function readPeerType(context: Context, handshake: Handshake): i32 {
  let code = CertificateType.readChoice(context.asks(ContextFlag.PEER_CERTIFICATE));
  if (CertificateType.choice == CertificateType.RAW_PUBLIC_KEY) handshake.has |= HAS_PEER_RAW_KEY;
  return code;
}

/** The extensions in [first, end) were read, so their lengths are right. */
function appearedBefore(first: usize, end: usize, type: u32): bool {
  for (let at = first; at < end; at += 4 + get16(at + 2)) {
    if (get16(at) == type) return true;
  }
  return false;
}
