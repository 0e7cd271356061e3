// struct { HashAlgorithm hash; SignatureAlgorithm signature; } SignatureAndHashAlgorithm;
// SignatureAndHashAlgorithm supported_signature_algorithms<2..2^16-2>;                      RFC 5246 §7.4.1.4.1
// Said by the client with suites that sign (7925-5-1), by the server in CertificateRequest; there is one: nothing with SHA-1, nothing
// weaker than P-256 (9325-4.5-1).
import { ExtensionType } from "../codes";
import { OK, malformed } from "../outcome";
import { HAS_OTHER_SIGNATURES, Handshake } from "../state/handshake";
import { Reader, Writer } from "../wire";

export const ECDSA_SECP256R1_SHA256: u32 = 0x0403;

export function write(): void {
  Writer.u16(ExtensionType.SIGNATURE_ALGORITHMS);
  Writer.u16(4);
  writeList();
}
export function writeList(): void {
  Writer.u16(2);
  Writer.u16(ECDSA_SECP256R1_SHA256);
}

/** True if ours is in the list under the Reader, which may hold any others; it is read to its end. */
export function isInList(): bool {
  let list = Reader.open(Reader.u16());
  let found = false;
  while (Reader.left() != 0) if (Reader.u16() == ECDSA_SECP256R1_SHA256) found = true;
  Reader.close(list);
  return found;
}

export function read(handshake: Handshake): i32 {
  let length = Reader.left();
  if (isInList()) handshake.has &= ~HAS_OTHER_SIGNATURES;
  return length < 4 || length & 1 ? malformed() : OK;
}
