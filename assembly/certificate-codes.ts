// What codes.ts is, for X.509 certificates and raw public keys: plain enums that the host imports from this very file.

/** RFC 5246 §7.2.2: what only X.509 may bring up, kept apart since no other credential may (7925-6-2). */
export enum CertificateAlert {
  BAD_CERTIFICATE = 42,
  UNSUPPORTED_CERTIFICATE = 43,
  CERTIFICATE_REVOKED = 44,
  CERTIFICATE_EXPIRED = 45,
  CERTIFICATE_UNKNOWN = 46,
  UNKNOWN_CA = 48,
  ACCESS_DENIED = 49,
}

/** What a peer's certificate or raw public key was refused for; from SIGNATURE_ALGORITHM on: what a host could still decide. */
export enum CertificateCheck {
  NONE = 0,
  /** Not a certificate_list, or an empty one of a server. */
  LIST = 1,
  /** A client that has none. */
  ABSENT = 2,
  /** Not DER, or not the Certificate of RFC 5280. */
  ENCODING = 3,
  VERSION = 4,
  /** A critical extension that the profile does not have. */
  CRITICAL_EXTENSION = 5,
  /** Not P-256, or not uncompressed. */
  KEY = 6,
  /** Its key may not do what it does here: digitalSignature, or keyCertSign for an issuer. */
  KEY_USAGE = 7,
  /** Its key may not serve a server (client): extKeyUsage without serverAuth (clientAuth). */
  PURPOSE = 8,
  /** It does not have the name that was asked for. */
  NAME = 9,
  /** It has several, and strict names were asked for. */
  SEVERAL_NAMES = 10,
  NOT_YET_VALID = 11,
  EXPIRED = 12,
  /** An issuer that is no authority. */
  AUTHORITY = 13,
  /** More authorities below an issuer than it allows. */
  PATH_LENGTH = 14,
  /** Not the issuer's. */
  SIGNATURE = 15,
  /** Neither a trust anchor nor the next certificate is the issuer. */
  ISSUER = 16,
  /** No SubjectPublicKeyInfo. */
  RAW_KEY_ENCODING = 17,
  RAW_KEY_ALGORITHM = 18,
  /** None of those that are trusted. */
  RAW_KEY = 19,
  /** An issuer's key or signature that is not P-256 with SHA-256. */
  SIGNATURE_ALGORITHM = 20,
  /** More certificates than the engine follows. */
  CHAIN_LENGTH = 21,
  /** All is well, if it is valid at this time, which nobody told. */
  TIME_UNKNOWN = 22,
}

/** Answers to a TRUST question; any other one is the alert to end with. */
export enum TrustAnswer {
  TRUSTED = 0,
  /** Let in, but no session comes of it: who the peer is must be asked again each time. */
  PASSING = 255,
}

/** Kinds of trust anchors; a list of them is, one after the other, a byte of kind, a byte of length, that many bytes. */
export enum TrustAnchor {
  /** An authority: SHA-256 of its subject's Name in DER, then X and Y of its P-256 key; 96 bytes. */
  ROOT = 1,
  /** An authority whose key is of another kind: SHA-256 of its subject's Name; 32 bytes. The host decides then. */
  FOREIGN_ROOT = 2,
  /** A peer's own key: SHA-256 of its SubjectPublicKeyInfo, or the first 15 bytes of it or more (RFC 6920 §5). */
  KEY = 3,
}

/** How names are looked at. */
export enum NameFlag {
  /** A certificate with several names is refused (requirements C-08). */
  STRICT = 1,
  /** A coaps:// URI is a name too (requirements C-18). */
  COAP = 2,
}
