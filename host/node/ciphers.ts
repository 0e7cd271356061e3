// Cipher suites by their names in OpenSSL and in IANA's registry.
import { CipherSuite } from '../../assembly/codes.js';
import { invalidValue } from './errors.js';

type Names = { [name: string]: CipherSuite };

/** In order of preference, the suites that RFC 7252 §9.1.3 makes mandatory first (7252-9.1.3.2-1, 7252-9.1.3.1-1). */
const CERTIFICATE: Names = {
  'ECDHE-ECDSA-AES128-CCM8': CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8,
  'ECDHE-ECDSA-AES128-CCM': CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
  'ECDHE-ECDSA-AES128-GCM-SHA256': CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
};
const PSK: Names = {
  'PSK-AES128-CCM8': CipherSuite.TLS_PSK_WITH_AES_128_CCM_8,
  'PSK-AES128-CCM': CipherSuite.TLS_PSK_WITH_AES_128_CCM,
  'PSK-AES128-GCM-SHA256': CipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256,
};
/** OpenSSL has none of these; the names are as it would write them. */
const ECDHE_PSK: Names = {
  'ECDHE-PSK-AES128-CCM8': CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256,
  'ECDHE-PSK-AES128-CCM': CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256,
  'ECDHE-PSK-AES128-GCM-SHA256': CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
};
const OPENSSL: Names = { ...CERTIFICATE, ...ECDHE_PSK, ...PSK };

/** OpenSSL's names. */
export const CIPHER_NAMES = Object.keys(OPENSSL);

/** What suites are chosen by: all modes of CoAP (7252-9-1). */
export interface Kinds {
  /** Certificates or raw public keys, of this side or the peer. */
  certificates: boolean;
  psk: boolean;
}

const withCertificates = new Set<number>(Object.values(CERTIFICATE));

/** Whether a suite's peers show certificates or raw public keys. */
export const isSigned = (suite: number): boolean => withCertificates.has(suite);

/**
 * What is offered or taken where nothing else is asked for, forward secrecy first (9325-4.2-1, requirements C-21). ECDHE_PSK is not
 * among it, since its hello and its handshake cost 170 bytes more than a sensor's PSK.
 */
export function defaultSuites(kinds: Kinds): number[] {
  return [...(kinds.certificates ? Object.values(CERTIFICATE) : []), ...(kinds.psk ? Object.values(PSK) : [])];
}

/** `ciphers` in the form of a list, each of them with credentials behind it, and each kind of credentials with a suite. */
export function chosenSuites(name: string, list: string, kinds: Kinds): number[] {
  const suites = parseCiphers(name, list);
  const has = { certificates: suites.some((suite) => withCertificates.has(suite)), psk: suites.some((suite) => !withCertificates.has(suite)) };
  const options = { certificates: 'options.cert, options.rawPublicKey, options.ca or options.peerKeys', psk: 'options.psk' };
  for (const kind of ['certificates', 'psk'] as const) {
    if (has[kind] && !kinds[kind]) throw invalidValue(name, `names a suite that needs ${options[kind]}`, list);
  }
  for (const kind of ['certificates', 'psk'] as const) {
    if (!has[kind] && kinds[kind]) throw invalidValue(name, `names no suite for ${options[kind]}`, list);
  }
  return suites;
}

/**
 * Suites of a list such as 'PSK-AES128-CCM8:TLS_PSK_WITH_AES_128_CCM'. OpenSSL's '@SECLEVEL=0', which its users must
 * add for CCM_8, is understood; there are no other levels here. Throws ERR_INVALID_ARG_VALUE.
 */
export function parseCiphers(name: string, list: string): number[] {
  const suites = list.replace(/:?@SECLEVEL=0$/, '').split(':').map((cipher) => suiteOf(name, cipher));
  return [...new Set(suites)];
}

function suiteOf(name: string, cipher: string): number {
  const suite = Object.hasOwn(OPENSSL, cipher) ? OPENSSL[cipher] : ianaSuite(cipher);
  if (suite !== undefined) return suite;
  throw invalidValue(name, `names no cipher suite there is; choose from ${CIPHER_NAMES.join(', ')}`, cipher);
}

function ianaSuite(cipher: string): number | undefined {
  return Object.values(OPENSSL).find((suite) => CipherSuite[suite] === cipher);
}

/** What node:dtls reports as `session.cipher`. */
export function cipherInfo(suite: number): { name: string; standardName: string; version: string } {
  const name = Object.keys(OPENSSL).find((known) => OPENSSL[known] === suite)!;
  return { name, standardName: CipherSuite[suite]!, version: 'TLSv1.2' };
}
