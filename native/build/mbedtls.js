// mbedTLS's source: MBEDTLS_SOURCE's if that is set, else what set-up fetched.
import { existsSync, readFileSync } from 'node:fs';
import { Failure } from './process.js';
import { fetched } from './paths.js';

export const HOW_TO_GET_IT = 'set MBEDTLS_SOURCE to an unpacked mbedTLS 3.6 source';

/** The version of the source in a folder, such as "3.6.6"; null if it holds none. */
export function versionOf(folder) {
  const file = `${folder}/include/mbedtls/build_info.h`;
  if (!existsSync(file)) return null;
  return /MBEDTLS_VERSION_STRING\s+"([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? null;
}

/** {folder, version} of the source to build, or null if it has to be fetched. */
export function findMbedtls() {
  const folder = process.env.MBEDTLS_SOURCE || fetched;
  const version = versionOf(folder);
  if (version?.startsWith('3.6.')) return { folder, version };
  if (!process.env.MBEDTLS_SOURCE) return null;
  const found = version ? `mbedTLS ${version}` : 'no mbedTLS';
  throw new Failure(`MBEDTLS_SOURCE holds ${found}; ${HOW_TO_GET_IT}.`);
}
