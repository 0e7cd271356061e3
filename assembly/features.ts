// What a build leaves out, decided when it is compiled: code behind a constant that is false falls away.

/** P-256, certificates, raw public keys: all that needs asymmetric cryptography. */
export const HAS_CERTIFICATES: bool = isDefined(CERTIFICATES);
/** Keying material for other protocols (RFC 5705), which nothing on a board asks for that has pre-shared keys alone. */
export const HAS_EXPORTERS: bool = HAS_CERTIFICATES;
