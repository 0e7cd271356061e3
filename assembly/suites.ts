// What a cipher suite is made of: the AEAD of its records, and how the two sides come to a secret.
import { CipherSuite } from "./codes";
import { HAS_CERTIFICATES } from "./features";

/** AEAD algorithms of native/crypto.h */
const CCM_8: u8 = 1;
const CCM: u8 = 2;
const GCM: u8 = 3;

/**
 * The AEAD of a suite of the profile; 0 for any other number: a row here is all that most new suites need (7925-19-1). AES-128-CCM-8
 * is mandatory with each credential (7925-4.2-1, 7925-9-2), and there is nothing without an AEAD (7925-13-1, 6347-4.1.2.2-1).
 */
export function aeadOf(suite: u32): u8 {
  switch (suite) {
    case CipherSuite.TLS_PSK_WITH_AES_128_CCM_8: return CCM_8;
    case CipherSuite.TLS_PSK_WITH_AES_128_CCM: return CCM;
    case CipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256: return GCM;
  }
  if (HAS_CERTIFICATES) {
    switch (suite) {
      case CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: // 7925-4.3-1, 7925-4.4-1
      case CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256: return CCM_8;
      case CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM:
      case CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256: return CCM;
      case CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:
      case CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256: return GCM;
    }
  }
  return 0;
}

/** Whether an AEAD's keys wear out sooner than the record numbers do (9325-4.4-1). */
export function isGcm(aead: u32): bool {
  return HAS_CERTIFICATES && aead == GCM;
}

/** Whether the server signs its ephemeral key (RFC 8422 §2, RFC 7251): no pre-shared key then. */
export function isSigned(suite: u32): bool {
  let ofCcm = suite - CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM; // the number between the two is of AES-256, which is not here
  return HAS_CERTIFICATES && (ofCcm <= 2 || suite == CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
}

/** Whether a suite has ephemeral keys on a curve: those that are signed, and those of RFC 8442, all of them numbered 0xd0xx. */
export function isEphemeral(suite: u32): bool {
  return HAS_CERTIFICATES && (suite >> 8 == 0xd0 || isSigned(suite));
}
