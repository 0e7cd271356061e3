// Extension extensions<0..2^16-1>;  struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; }
// RFC 5246 §7.4.1.4. Which may appear where:
//
//                             ClientHello      ServerHello
//   extended_master_secret    always           if offered
//   renegotiation_info        as its SCSV      if offered, in either form
//   supported_groups          with curves      ignored where we offered it (it is the client's alone)
//   ec_point_formats          with curves      if offered, and the suite has a curve
//   any other (7925-13-2)     ignored          unsupported_extension (5246-7.4.1.3-1)
import { Alert, Cause, ExtensionType } from "../codes";
import { HAS_CERTIFICATES } from "../features";
import { EXTENSIONS_MAX } from "../limits";
import { OK, abort, malformed } from "../outcome";
import { Connection } from "../state/connection";
import { Context } from "../state/context";
import {
  HAS_EXTENDED_MASTER_SECRET, HAS_POINT_FORMATS, HAS_SECURE_RENEGOTIATION, Handshake,
} from "../state/handshake";
import { isEphemeral } from "../suites";
import { Reader, Writer, get16 } from "../wire";
import * as EcPointFormats from "./ec-point-formats";
import * as ExtendedMasterSecret from "./extended-master-secret";
import * as RenegotiationInfo from "./renegotiation-info";
import * as SupportedGroups from "./supported-groups";

/** With plain pre-shared keys there is nothing to say of signatures, groups or points (7925-5-2, 8422-5.1-1). */
export function writeClientExtensions(context: Context): void {
  let list = Writer.open16();
  ExtendedMasterSecret.write();
  if (HAS_CERTIFICATES && context.hasCurves) {
    SupportedGroups.write();
    EcPointFormats.write();
  }
  Writer.close16(list);
}

export function writeServerExtensions(connection: Connection, handshake: Handshake): void {
  let hasPointFormats = isEphemeral(connection.suite) && (handshake.has & HAS_POINT_FORMATS) != 0;
  if (!(handshake.has & (HAS_EXTENDED_MASTER_SECRET | HAS_SECURE_RENEGOTIATION)) && !hasPointFormats) return;
  let list = Writer.open16();
  if (handshake.has & HAS_EXTENDED_MASTER_SECRET) ExtendedMasterSecret.write();
  if (handshake.has & HAS_SECURE_RENEGOTIATION) RenegotiationInfo.write();
  if (hasPointFormats) EcPointFormats.write();
  Writer.close16(list);
}

/** Reads the rest of a hello as its extensions, which may be absent altogether. */
export function readExtensions(context: Context, handshake: Handshake, fromServer: bool): i32 {
  if (Reader.left() == 0) return OK;
  let list = Reader.open(Reader.u16());
  let first = Reader.at;
  for (let count: u32 = 0; Reader.left() != 0; count++) {
    if (count == EXTENSIONS_MAX) return malformed();
    let start = Reader.at;
    let type = Reader.u16();
    let extension = Reader.open(Reader.u16());
    if (appearedBefore(first, start, type)) return malformed(); // 5246-7.4.1.4-1
    let code = readExtension(context, handshake, type, fromServer);
    if (code) return code;
    Reader.close(extension);
  }
  Reader.close(list);
  return OK;
}

function readExtension(context: Context, handshake: Handshake, type: u32, fromServer: bool): i32 {
  switch (type) {
    case ExtensionType.EXTENDED_MASTER_SECRET: return ExtendedMasterSecret.read(handshake);
    case ExtensionType.RENEGOTIATION_INFO: return RenegotiationInfo.read(handshake);
  }
  if (HAS_CERTIFICATES && (!fromServer || context.hasCurves)) {
    switch (type) {
      case ExtensionType.SUPPORTED_GROUPS: return SupportedGroups.read(handshake);
      case ExtensionType.EC_POINT_FORMATS: return EcPointFormats.read(handshake);
    }
  }
  if (fromServer) return abort(Alert.UNSUPPORTED_EXTENSION, Cause.UNOFFERED_VALUE);
  Reader.take(Reader.left());
  return OK;
}

/** The extensions in [first, end) were read, so their lengths are right. */
function appearedBefore(first: usize, end: usize, type: u32): bool {
  for (let at = first; at < end; at += 4 + get16(at + 2)) {
    if (get16(at) == type) return true;
  }
  return false;
}
