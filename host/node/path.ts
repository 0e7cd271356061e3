// Chains beyond the engine's profile (RFC 7925 §4.4): issuers with P-384, P-521, RSA or Ed25519 keys, and more of them. Followed
// with node:crypto as RFC 5280 §6 has it (7252-9.1.3.3-3); the anchors are trusted as they are given.
import type { KeyObject, X509Certificate } from 'node:crypto';
import { CertificateCheck } from '../../assembly/certificate-codes.js';
import { partsOf } from './certificate.js';

/** Certificates between the peer's own and an anchor; a longer chain is more likely an attack. */
const AUTHORITIES_MAX = 8;
/** RFC 9325 §4.5, and 112 bits of strength as in RFC 7925 §20 (7925-20-1). */
const RSA_BITS_MIN = 2048;
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** Object identifiers in hex: ecdsa-with-SHA256 to 512, sha256WithRSAEncryption to sha512, Ed25519. */
const ALGORITHMS = new Set(['2a8648ce3d040302', '2a8648ce3d040303', '2a8648ce3d040304',
  '2a864886f70d01010b', '2a864886f70d01010c', '2a864886f70d01010d', '2b6570']);

/** What was found, and at which certificate. */
export interface Finding {
  check: CertificateCheck;
  certificate: X509Certificate;
}

export interface PathOptions {
  anchors: readonly X509Certificate[];
  /** SERVER_AUTH or CLIENT_AUTH: what the peer has to be allowed. */
  purpose: number;
  now: Date;
}

/** Follows a peer's chain, its own certificate first, up to one of the anchors; `check` is NONE if all is well. */
export function followPath(chain: readonly X509Certificate[], options: PathOptions): Finding {
  let certificate = chain[0]!, authorities = 0;
  const left = new Set(chain.slice(1));
  for (let depth = 0; depth <= AUTHORITIES_MAX; depth++) {
    const check = checkCertificate(certificate, depth, authorities, options);
    if (check !== CertificateCheck.NONE) return { check, certificate };
    const byAnchor = checkIssuers(certificate, options.anchors);
    if (byAnchor.check === CertificateCheck.NONE) return byAnchor;
    const byNext = checkIssuers(certificate, left);
    if (byNext.check !== CertificateCheck.NONE) {
      return { check: byNext.check === CertificateCheck.ISSUER ? byAnchor.check : byNext.check, certificate };
    }
    if (depth > 0 && !isSelfIssued(certificate)) authorities++;
    certificate = byNext.certificate;
    left.delete(certificate);
  }
  return { check: CertificateCheck.CHAIN_LENGTH, certificate };
}

/** Whether the certificate may be where it is: 0 the peer's own, above it `authorities` that did not issue themselves. */
function checkCertificate(certificate: X509Certificate, depth: number, authorities: number,
  { purpose, now }: PathOptions): CertificateCheck {
  const parts = partsOf(certificate);
  if (parts.hasUnknownCritical) return CertificateCheck.CRITICAL_EXTENSION;
  if (depth > 0) {
    if (!parts.isAuthority) return CertificateCheck.AUTHORITY;
    if (parts.pathLength < authorities) return CertificateCheck.PATH_LENGTH;
    if (!parts.maySignCertificates) return CertificateCheck.KEY_USAGE;
  }
  if (parts.purposes !== null && !parts.purposes.includes(purpose)) return CertificateCheck.PURPOSE;
  if (now < new Date(certificate.validFrom)) return CertificateCheck.NOT_YET_VALID;
  return now > new Date(certificate.validTo) ? CertificateCheck.EXPIRED : CertificateCheck.NONE;
}

/** Which of these issued the certificate: by its name, and its signature; if none, how near one came. */
function checkIssuers(certificate: X509Certificate, issuers: Iterable<X509Certificate>): Finding {
  let check = CertificateCheck.ISSUER;
  for (const issuer of issuers) {
    if (!partsOf(issuer).subject.equals(partsOf(certificate).issuer)) continue;
    check = checkSignature(certificate, issuer);
    if (check === CertificateCheck.NONE) return { check, certificate: issuer };
  }
  return { check, certificate };
}

function checkSignature(certificate: X509Certificate, issuer: X509Certificate): CertificateCheck {
  const key = issuer.publicKey;
  if (!ALGORITHMS.has(partsOf(certificate).signatureAlgorithm) || !isStrong(key)) return CertificateCheck.SIGNATURE_ALGORITHM;
  return certificate.verify(key) ? CertificateCheck.NONE : CertificateCheck.SIGNATURE;
}

function isStrong({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails.modulusLength ?? 0) >= RSA_BITS_MIN;
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ec' && CURVES.has(asymmetricKeyDetails.namedCurve ?? '');
}

function isSelfIssued(certificate: X509Certificate): boolean {
  const { subject, issuer } = partsOf(certificate);
  return subject.equals(issuer);
}
