// Cipher suites by their names in OpenSSL and in IANA's registry.
import { CipherSuite } from '../../assembly/codes.js';
import { invalidValue } from './errors.js';

const OPENSSL: { [name: string]: CipherSuite } = {
  'PSK-AES128-CCM8': CipherSuite.TLS_PSK_WITH_AES_128_CCM_8,
  'PSK-AES128-CCM': CipherSuite.TLS_PSK_WITH_AES_128_CCM,
  'PSK-AES128-GCM-SHA256': CipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256,
};

/** OpenSSL's names, in order of preference. */
export const CIPHER_NAMES = Object.keys(OPENSSL);

/** In order of preference: the suite that RFC 7252 §9.1.3.1 makes mandatory comes first (7252-9.1.3.1-1). */
export const DEFAULT_SUITES: number[] = Object.values(OPENSSL);

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
