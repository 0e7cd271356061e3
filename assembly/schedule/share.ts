// Ephemeral Diffie-Hellman on P-256 (RFC 8422 §5.3, §5.4, §5.7): a key pair of our own for each handshake, never used again
// (7925-9-1), and the secret it makes with the peer's. The private key goes when the secret comes.
//
//   struct { ECCurveType curve_type = named_curve; NamedCurve namedcurve; } ECParameters;
//   struct { opaque point<1..2^8-1>; } ECPoint;                           uncompressed: 4, X, Y (7251-2-1)
import { Alert, Cause, NamedCurve } from "../codes";
import { P256_PUBLIC, P256_SECRET, P256_SEED, p256Ecdh, p256Generate, random, wipe } from "../crypto";
import { OK, abort } from "../outcome";
import { Handshake } from "../state/handshake";
import { PREMASTER, PREMASTER_SIZE } from "../state/memory";
import { Reader, Writer } from "../wire";

const NAMED_CURVE: u32 = 3;
const UNCOMPRESSED: u32 = 4;

/** Makes our key pair, for this handshake alone. */
export function makeShare(handshake: Handshake): i32 {
  let isMade = !random(PREMASTER, P256_SEED) && !p256Generate(handshake.shareSecret, handshake.share, PREMASTER);
  wipe(PREMASTER, PREMASTER_SIZE);
  return isMade ? OK : abort(Alert.INTERNAL_ERROR, Cause.NONE);
}

export function writeParameters(): void {
  Writer.u8(NAMED_CURVE);
  Writer.u16(NamedCurve.SECP256R1);
}
/** A curve that we did not offer, or one spelt out, is refused (7925-4.4-3). */
export function readParameters(): i32 {
  let type = Reader.u8(), curve = Reader.u16();
  if (type == NAMED_CURVE && curve == NamedCurve.SECP256R1) return OK;
  return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
}

export function writeShare(handshake: Handshake): void {
  Writer.u8(1 + P256_PUBLIC);
  Writer.u8(UNCOMPRESSED);
  Writer.bytes(handshake.share, P256_PUBLIC);
}
/** Reads the peer's point: where X and Y are, 0 if it has another form. */
export function readShare(): usize {
  let length = Reader.u8(), form = Reader.u8(), point = Reader.take(P256_PUBLIC);
  return length == 1 + P256_PUBLIC && form == UNCOMPRESSED ? point : 0;
}

/** Makes the secret, with leading zeros if it has any; a point off the curve, or of another form, is refused (8422-5-1). */
export function agree(handshake: Handshake, point: usize): i32 {
  if (point == 0 || p256Ecdh(PREMASTER, handshake.shareSecret, point)) {
    return abort(Alert.ILLEGAL_PARAMETER, Cause.UNOFFERED_VALUE);
  }
  memory.copy(handshake.shareSecret, PREMASTER, P256_SECRET);
  wipe(PREMASTER, PREMASTER_SIZE);
  return OK;
}
