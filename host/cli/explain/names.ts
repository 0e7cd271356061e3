import { ContentType } from '../../../assembly/codes.js';

/** Names of handshake messages in the RFCs' own spelling (RFC 5246 §7.4, RFC 6347 §4.3.2), our own and others'. */
const MESSAGES: Readonly<Record<number, string>> = {
  0: 'HelloRequest', 1: 'ClientHello', 2: 'ServerHello', 3: 'HelloVerifyRequest', 4: 'NewSessionTicket',
  11: 'Certificate', 12: 'ServerKeyExchange', 13: 'CertificateRequest', 14: 'ServerHelloDone', 15: 'CertificateVerify',
  16: 'ClientKeyExchange', 20: 'Finished', 22: 'CertificateStatus',
};

/** RFC 5246 §7.2, RFC 4279 §6, RFC 7301 §3.2, and what stands in the registry beside them. */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify', 10: 'unexpected_message', 20: 'bad_record_mac', 22: 'record_overflow', 40: 'handshake_failure',
  42: 'bad_certificate', 43: 'unsupported_certificate', 44: 'certificate_revoked', 45: 'certificate_expired',
  46: 'certificate_unknown', 47: 'illegal_parameter', 48: 'unknown_ca', 49: 'access_denied', 50: 'decode_error',
  51: 'decrypt_error', 70: 'protocol_version', 71: 'insufficient_security', 80: 'internal_error', 90: 'user_canceled',
  100: 'no_renegotiation', 110: 'unsupported_extension', 112: 'unrecognized_name', 115: 'unknown_psk_identity',
  120: 'no_application_protocol',
};

const EXTENSIONS: Readonly<Record<number, string>> = {
  0: 'server_name', 1: 'max_fragment_length', 10: 'supported_groups', 11: 'ec_point_formats', 13: 'signature_algorithms',
  14: 'use_srtp', 16: 'alpn', 19: 'client_certificate_type', 20: 'server_certificate_type', 22: 'encrypt_then_mac',
  23: 'extended_master_secret', 28: 'record_size_limit', 35: 'session_ticket', 43: 'supported_versions', 51: 'key_share',
  54: 'connection_id', 0xff01: 'renegotiation_info',
};

/** How to open the records of a cipher suite: which AEAD, bytes of key and tag, and the hash of its key schedule. */
export interface Aead {
  mode: 'ccm' | 'gcm';
  keyLength: 16 | 32;
  tagLength: 8 | 16;
  hash: 'sha256' | 'sha384';
}

const CCM: Aead = { mode: 'ccm', keyLength: 16, tagLength: 16, hash: 'sha256' };
const CCM_8: Aead = { ...CCM, tagLength: 8 };
const GCM: Aead = { ...CCM, mode: 'gcm' };
const CCM_256: Aead = { ...CCM, keyLength: 32 };
const CCM_8_256: Aead = { ...CCM_8, keyLength: 32 };
const GCM_256: Aead = { ...GCM, keyLength: 32, hash: 'sha384' };

const SUITES: Readonly<Record<number, [string, Aead?]>> = {
  0x00a8: ['TLS_PSK_WITH_AES_128_GCM_SHA256', GCM],
  0x00a9: ['TLS_PSK_WITH_AES_256_GCM_SHA384', GCM_256],
  0x00ff: ['TLS_EMPTY_RENEGOTIATION_INFO_SCSV'],
  0xc02b: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', GCM],
  0xc02c: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', GCM_256],
  0xc02f: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', GCM],
  0xc030: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', GCM_256],
  0xc0a4: ['TLS_PSK_WITH_AES_128_CCM', CCM],
  0xc0a5: ['TLS_PSK_WITH_AES_256_CCM', CCM_256],
  0xc0a8: ['TLS_PSK_WITH_AES_128_CCM_8', CCM_8],
  0xc0a9: ['TLS_PSK_WITH_AES_256_CCM_8', CCM_8_256],
  0xc0ac: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM', CCM],
  0xc0ad: ['TLS_ECDHE_ECDSA_WITH_AES_256_CCM', CCM_256],
  0xc0ae: ['TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8', CCM_8],
  0xc0af: ['TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8', CCM_8_256],
  0xd001: ['TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256', GCM],
  0xd003: ['TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256', CCM_8],
  0xd005: ['TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256', CCM],
};

const hex4 = (value: number) => `0x${value.toString(16).padStart(4, '0')}`;

/** A handshake message's name. */
export function messageName(type: number): string {
  return MESSAGES[type] ?? `handshake message ${type}`;
}

/** An alert's level and name. */
export function alertName(level: number, description: number): string {
  return `${level === 2 ? 'fatal' : 'warning'} ${ALERTS[description] ?? `alert ${description}`}`;
}

/** IANA's name of a cipher suite, or its number. */
export function suiteName(suite: number): string {
  return SUITES[suite]?.[0] ?? hex4(suite);
}

/** How to open the suite's records; undefined where we cannot (CBC, ChaCha20). */
export function suiteAead(suite: number): Aead | undefined {
  return SUITES[suite]?.[1];
}

/** An extension's name, or its number. */
export function extensionName(type: number): string {
  return EXTENSIONS[type] ?? hex4(type);
}

/** 'DTLS 1.2' for 0xfefd. */
export function versionName(version: number): string {
  const names: Record<number, string> = { 0xfeff: 'DTLS 1.0', 0xfefd: 'DTLS 1.2', 0xfefc: 'DTLS 1.3' };
  return names[version] ?? hex4(version);
}

/** The name of a record's content (RFC 5246 §6.2.1, RFC 9146 §4). */
export function contentName(type: number): string {
  const names: Record<number, string> = {
    [ContentType.CHANGE_CIPHER_SPEC]: 'ChangeCipherSpec',
    [ContentType.ALERT]: 'Alert',
    [ContentType.HANDSHAKE]: 'Handshake',
    [ContentType.APPLICATION_DATA]: 'ApplicationData',
    25: 'tls12_cid',
  };
  return names[type] ?? `content ${type}`;
}
