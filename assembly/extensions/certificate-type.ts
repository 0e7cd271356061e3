// client_certificate_type and server_certificate_type, RFC 7250 §3: X.509 or a raw public key, for each side by itself.
//
//   struct { select (ClientOrServerExtension) {
//     case client: CertificateType certificate_types<1..2^8-1>;          in order of preference
//     case server: CertificateType certificate_type;                     one of them (7250-3-2)
//   } } ClientCertTypeExtension, ServerCertTypeExtension;
//
// Who says nothing means X.509, and so does a list that is left away because nothing else would be in it (7250-4.1-1).
import { Alert, Cause, ExtensionType } from "../codes";
import { OK, abort, malformed } from "../outcome";
import { Reader, Writer } from "../wire";

export const X_509: u32 = 0;
export const RAW_PUBLIC_KEY: u32 = 2;
/** A client's list as bits, the first one also where it says nothing; and whether it said something. */
export const SAYS_X_509: u32 = 1 << X_509;
export const SAYS_RAW: u32 = 1 << RAW_PUBLIC_KEY;
export const WAS_SAID: u32 = 0x80;

/** A client's list, the smaller form first. */
export function writeList(type: ExtensionType, hasRawKey: bool, hasCertificates: bool): void {
  if (!hasRawKey) return;
  let count: u32 = hasCertificates ? 2 : 1;
  Writer.u16(type);
  Writer.u16(1 + count);
  Writer.u8(count);
  Writer.u8(RAW_PUBLIC_KEY);
  if (hasCertificates) Writer.u8(X_509);
}
export function write(type: ExtensionType, chosen: u32): void {
  Writer.u16(type);
  Writer.u16(1);
  Writer.u8(chosen);
}

/** The bits of the client's list; 0 if it cannot be read. */
export function readList(): u32 {
  let length = Reader.u8(), bits: u32 = 0;
  if (length == 0 || length != Reader.left()) return 0;
  while (Reader.left() != 0) {
    let type = Reader.u8();
    if (type == X_509 || type == RAW_PUBLIC_KEY) bits |= 1 << type;
  }
  return bits | WAS_SAID;
}

/** The server's choice, which must be one that we offered. */
export function readChoice(hasCertificates: bool): i32 {
  if (Reader.left() != 1) return malformed();
  choice = Reader.u8();
  let isOffered = choice == RAW_PUBLIC_KEY || (choice == X_509 && hasCertificates);
  return isOffered ? OK : abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
}
export let choice: u32 = 0;
