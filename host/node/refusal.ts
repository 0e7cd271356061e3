// Why a peer is not trusted: for the peer an alert, for the session an error that says what was wrong with what.
import { KeyObject, X509Certificate } from 'node:crypto';
import { CertificateAlert, CertificateCheck } from '../../assembly/certificate-codes.js';
import { Alert } from '../../assembly/codes.js';
import { alertOfCheck, checkName, wordsOfCheck } from '../core/certificate-words.js';
import { alertName } from '../core/names.js';
import { DTLSError } from './errors.js';
import { keyName } from './keys.js';

export interface Refusal {
  alert: number;
  /** As in node:tls: OpenSSL's name of it. */
  authorizationError: string;
  error: DTLSError;
}

/** Longest text of a peer's in an error. */
const TEXT_MAX = 160;

/** What the engine or this host found; `about`: the certificate or raw public key that is at fault, where it could be read. */
export function refuse(check: CertificateCheck, name: string, about?: X509Certificate | KeyObject): Refusal {
  const alert = alertOfCheck(check), words = wordsOfCheck(check)!;
  const detail = about === undefined ? '' : `: ${about instanceof X509Certificate ? detailOf(check, about, name) : keyName(about)}`;
  return refusal(alert, opensslName(check), `${words[0]}${detail}`, checkName(check), words[1]);
}

/** The user's `verify` said no. RFC 7925 §6 has no access_denied for raw public keys (7925-6-2). */
export function refusedByVerify(about: X509Certificate | KeyObject): Refusal {
  const isCertificate = about instanceof X509Certificate;
  const alert = isCertificate ? CertificateAlert.ACCESS_DENIED : Alert.HANDSHAKE_FAILURE;
  return refusal(alert, 'CERT_REJECTED', `options.verify refused it: ${isCertificate ? nameOf(about) : keyName(about)}`, '', '');
}

function refusal(alert: number, authorizationError: string, why: string, cause: string, hint: string): Refusal {
  const message = `The connection was aborted with ${alertName(alert)}: ${why}`;
  const error = new DTLSError({ code: 'ERR_DTLS_NOT_TRUSTED', message, phase: 'WAIT_CERTIFICATE', alert: alertName(alert), cause, hint });
  return { alert, authorizationError, error };
}

function detailOf(check: CertificateCheck, certificate: X509Certificate, name: string): string {
  switch (check) {
    case CertificateCheck.NAME: return `${printable(name)} was asked for, ${printable(certificate.subjectAltName ?? 'no name')} came`;
    case CertificateCheck.NOT_YET_VALID: return `${nameOf(certificate)}, valid from ${certificate.validFrom}`;
    case CertificateCheck.EXPIRED: return `${nameOf(certificate)}, valid to ${certificate.validTo}`;
    case CertificateCheck.ISSUER:
    case CertificateCheck.SIGNATURE:
    case CertificateCheck.SIGNATURE_ALGORITHM:
    case CertificateCheck.CHAIN_LENGTH: return `${nameOf(certificate)}, issued by ${printable(certificate.issuer)}`;
    default: return nameOf(certificate);
  }
}

/** What to call a certificate, on one line: its subject, and its names where that has no common name (7925-4.4.1-3). */
export function nameOf({ subject, subjectAltName }: X509Certificate): string {
  return printable((/^CN=/m.test(subject) ? [subject] : [subject, subjectAltName]).filter(Boolean).join(', ') || 'without a name');
}

/** A peer writes what it likes into its certificate: a line of an error takes no control characters, and no novel. */
function printable(text: string): string {
  return text.replaceAll('\n', ', ').replace(/\p{C}/gu, '?').slice(0, TEXT_MAX);
}

/** What `authorizationError` says in node:tls. */
function opensslName(check: CertificateCheck): string {
  switch (check) {
    case CertificateCheck.NAME: return 'HOSTNAME_MISMATCH';
    case CertificateCheck.NOT_YET_VALID: return 'CERT_NOT_YET_VALID';
    case CertificateCheck.EXPIRED: return 'CERT_HAS_EXPIRED';
    case CertificateCheck.AUTHORITY: return 'INVALID_CA';
    case CertificateCheck.PATH_LENGTH: return 'PATH_LENGTH_EXCEEDED';
    case CertificateCheck.SIGNATURE: return 'CERT_SIGNATURE_FAILURE';
    case CertificateCheck.ISSUER: return 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
    case CertificateCheck.CHAIN_LENGTH: return 'CERT_CHAIN_TOO_LONG';
    case CertificateCheck.KEY_USAGE:
    case CertificateCheck.PURPOSE: return 'INVALID_PURPOSE';
    case CertificateCheck.RAW_KEY: return 'RPK_UNTRUSTED';
    default: return 'CERT_REJECTED';
  }
}
