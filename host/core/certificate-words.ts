// What was wrong with a peer's certificate or raw public key, in words: the part of errors.ts that only P-256 builds need.
import { CertificateAlert, CertificateCheck } from '../../assembly/certificate-codes.js';
import { Alert, Cause, Misuse } from '../../assembly/codes.js';
import type { Row } from './errors.js';

/** By Cause, for errors.ts: those that only certificates and raw public keys bring up. */
export function rowOfCertificate(cause: number): Row | null {
  switch (cause) {
    case Cause.BAD_SIGNATURE:
      return ['ERR_DTLS_BAD_SIGNATURE', 'the peer does not hold the private key of what it showed', ''];
    case Cause.NOT_TRUSTED:
      return ['ERR_DTLS_NOT_TRUSTED', 'the peer is not trusted', ''];
    case Cause.NO_COMMON_CERTIFICATE_TYPE:
      return ['ERR_DTLS_NO_COMMON_CERTIFICATE_TYPE', 'one side shows certificates where the other takes raw public keys, or the reverse',
        'Compare `cert`, `rawPublicKey`, `ca` and `peerKeys` on both sides.'];
  }
  const words = wordsOfCheck(cause - Cause.CERTIFICATE);
  return words === null ? null : ['ERR_DTLS_NOT_TRUSTED', words[0], words[1]];
}

/** By Misuse: what only the module with certificates does. */
export function rowOfCertificateMisuse(code: number): Row | null {
  if (code !== Misuse.NO_EXPORTER) return null;
  return ['ERR_DTLS_NO_EXPORTER', 'Keying material is exported only with the extended master secret',
    'RFC 7627 §5.4: update the peer; the layout needs `exporters`.'];
}

/** What happened and what to do about it; null for NONE and for numbers that are none. */
export function wordsOfCheck(check: number): [message: string, hint: string] | null {
  switch (check) {
    case CertificateCheck.LIST: return ['the peer\'s list of certificates cannot be read', ''];
    case CertificateCheck.ABSENT: return ['the peer has no certificate', 'Give the client a certificate and its key.'];
    case CertificateCheck.ENCODING: return ['a certificate cannot be read', 'It is not strict DER (RFC 5280 §4.1): make it anew.'];
    case CertificateCheck.VERSION: return ['a certificate is not of version 3', 'Issue it anew as X.509 v3.'];
    case CertificateCheck.CRITICAL_EXTENSION:
      return ['a certificate has a critical extension that is not known here', 'Issue it without, or not as critical.'];
    case CertificateCheck.KEY:
      return ['the peer\'s key is not on P-256', 'RFC 7925 §4.4 has no other curve and no RSA: give the peer such a key.'];
    case CertificateCheck.KEY_USAGE:
      return ['a certificate\'s keyUsage does not allow what it is used for',
        'It takes digitalSignature, and for an authority keyCertSign.'];
    case CertificateCheck.PURPOSE:
      return ['a certificate\'s extKeyUsage does not allow this role', 'A server needs serverAuth, a client clientAuth.'];
    case CertificateCheck.NAME:
      return ['the certificate is not for the name that was asked for',
        'The name must stand in its subjectAltName as it is: common names and wildcards do not count (RFC 7925 §4.4.1).'];
    case CertificateCheck.SEVERAL_NAMES:
      return ['the certificate has several names', 'Strict names were asked for: issue one certificate for each.'];
    case CertificateCheck.NOT_YET_VALID: return ['a certificate is not valid yet', 'Is the clock of this side right?'];
    case CertificateCheck.EXPIRED: return ['a certificate has expired', 'Renew it; or is the clock of this side wrong?'];
    case CertificateCheck.AUTHORITY: return ['an issuer is no authority', 'It needs basicConstraints with cA (RFC 5280 §4.2.1.9).'];
    case CertificateCheck.PATH_LENGTH: return ['more authorities stand in the chain than one of them allows', ''];
    case CertificateCheck.SIGNATURE: return ['a certificate was not signed by its issuer', 'Is the right certificate of the issuer trusted?'];
    case CertificateCheck.ISSUER:
      return ['no trusted authority issued the certificate', 'Trust its root, and let the peer send what stands between.'];
    case CertificateCheck.RAW_KEY_ENCODING: return ['the peer\'s raw public key cannot be read', ''];
    case CertificateCheck.RAW_KEY_ALGORITHM: return ['the peer\'s raw public key is not on P-256', 'RFC 7925 §4.3 has no other curve.'];
    case CertificateCheck.RAW_KEY:
      return ['the peer\'s raw public key is not one of those that are trusted', 'Compare its name (RFC 6920) with the list.'];
    case CertificateCheck.SIGNATURE_ALGORITHM:
      return ['an issuer\'s key or signature is beyond the profile', beyond('P-256 with SHA-256 all the way up')];
    case CertificateCheck.CHAIN_LENGTH: return ['the chain of certificates is beyond the profile', beyond('three certificates below the root')];
    case CertificateCheck.TIME_UNKNOWN:
      return ['nobody told the time, so that a certificate may have expired', 'Set the time: seconds since 1970.'];
    default: return null;
  }
}

/** A board has no memory for big numbers, nor code for other curves: a gateway in Node does. */
function beyond(profile: string): string {
  return `The engine follows ${profile} (RFC 7925 §4.4): trust the peer's own key, or verify it elsewhere.`;
}

/** The name of a CertificateCheck, '' for NONE. */
export function checkName(check: number): string {
  switch (check) {
    case CertificateCheck.LIST: return 'LIST';
    case CertificateCheck.ABSENT: return 'ABSENT';
    case CertificateCheck.ENCODING: return 'ENCODING';
    case CertificateCheck.VERSION: return 'VERSION';
    case CertificateCheck.CRITICAL_EXTENSION: return 'CRITICAL_EXTENSION';
    case CertificateCheck.KEY: return 'KEY';
    case CertificateCheck.KEY_USAGE: return 'KEY_USAGE';
    case CertificateCheck.PURPOSE: return 'PURPOSE';
    case CertificateCheck.NAME: return 'NAME';
    case CertificateCheck.SEVERAL_NAMES: return 'SEVERAL_NAMES';
    case CertificateCheck.NOT_YET_VALID: return 'NOT_YET_VALID';
    case CertificateCheck.EXPIRED: return 'EXPIRED';
    case CertificateCheck.AUTHORITY: return 'AUTHORITY';
    case CertificateCheck.PATH_LENGTH: return 'PATH_LENGTH';
    case CertificateCheck.SIGNATURE: return 'SIGNATURE';
    case CertificateCheck.ISSUER: return 'ISSUER';
    case CertificateCheck.RAW_KEY_ENCODING: return 'RAW_KEY_ENCODING';
    case CertificateCheck.RAW_KEY_ALGORITHM: return 'RAW_KEY_ALGORITHM';
    case CertificateCheck.RAW_KEY: return 'RAW_KEY';
    case CertificateCheck.SIGNATURE_ALGORITHM: return 'SIGNATURE_ALGORITHM';
    case CertificateCheck.CHAIN_LENGTH: return 'CHAIN_LENGTH';
    case CertificateCheck.TIME_UNKNOWN: return 'TIME_UNKNOWN';
    default: return '';
  }
}

/** The alert for a check that failed, as the engine has it (assembly/x509/path.ts); for a host that is asked. */
export function alertOfCheck(check: CertificateCheck): number {
  switch (check) {
    case CertificateCheck.LIST:
    case CertificateCheck.RAW_KEY_ENCODING: return Alert.DECODE_ERROR;
    case CertificateCheck.ABSENT:
    case CertificateCheck.RAW_KEY_ALGORITHM:
    case CertificateCheck.RAW_KEY: return Alert.HANDSHAKE_FAILURE; // requirements C-11
    case CertificateCheck.VERSION:
    case CertificateCheck.CRITICAL_EXTENSION:
    case CertificateCheck.KEY:
    case CertificateCheck.KEY_USAGE:
    case CertificateCheck.PURPOSE:
    case CertificateCheck.SIGNATURE_ALGORITHM: return CertificateAlert.UNSUPPORTED_CERTIFICATE;
    case CertificateCheck.NOT_YET_VALID:
    case CertificateCheck.EXPIRED: return CertificateAlert.CERTIFICATE_EXPIRED;
    case CertificateCheck.ISSUER:
    case CertificateCheck.CHAIN_LENGTH: return CertificateAlert.UNKNOWN_CA;
    case CertificateCheck.TIME_UNKNOWN: return CertificateAlert.CERTIFICATE_UNKNOWN;
    default: return CertificateAlert.BAD_CERTIFICATE;
  }
}

/** RFC 5246 §7.2.2; '' for alerts that are not about certificates. */
export function certificateAlertName(alert: number): string {
  switch (alert) {
    case CertificateAlert.BAD_CERTIFICATE: return 'bad_certificate';
    case CertificateAlert.UNSUPPORTED_CERTIFICATE: return 'unsupported_certificate';
    case CertificateAlert.CERTIFICATE_REVOKED: return 'certificate_revoked';
    case CertificateAlert.CERTIFICATE_EXPIRED: return 'certificate_expired';
    case CertificateAlert.CERTIFICATE_UNKNOWN: return 'certificate_unknown';
    case CertificateAlert.UNKNOWN_CA: return 'unknown_ca';
    case CertificateAlert.ACCESS_DENIED: return 'access_denied';
    default: return '';
  }
}

/** What an alert of a peer says about our own certificate or key; '' for other alerts. */
export function hintOfCertificateAlert(alert: number): string {
  switch (alert) {
    case CertificateAlert.BAD_CERTIFICATE: return 'The peer refuses our certificate: it cannot use its name, or its signature is wrong.';
    case CertificateAlert.UNSUPPORTED_CERTIFICATE:
      return 'The peer cannot use our kind of certificate or key: compare what both sides take, raw public keys or X.509, and its keyUsage.';
    case CertificateAlert.CERTIFICATE_REVOKED: return 'Our certificate was revoked: renew it.';
    case CertificateAlert.CERTIFICATE_EXPIRED: return 'Our certificate is not valid at the peer\'s time: renew it, or set the peer\'s clock.';
    case CertificateAlert.CERTIFICATE_UNKNOWN: return 'The peer does not accept our certificate.';
    case CertificateAlert.UNKNOWN_CA: return 'The peer does not trust who issued our certificate: give it that root, and send the authorities between.';
    case CertificateAlert.ACCESS_DENIED: return 'The peer knows us, and does not let us in.';
    default: return '';
  }
}
