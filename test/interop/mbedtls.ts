// mbedTLS's own test programs, from the source that the crypto is built of.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Program } from './peers.js';

const top = fileURLToPath(new URL('../../..', import.meta.url));
const FLAGS = ['-DENABLE_TESTING=OFF', '-DENABLE_PROGRAMS=ON', '-DGEN_FILES=OFF', '-DCMAKE_BUILD_TYPE=None', '-DCMAKE_C_FLAGS=-O1'];
const TARGETS = { client: 'ssl/ssl_client2', server: 'ssl/ssl_server2', proxy: 'test/udp_proxy' };

type Programs = Record<keyof typeof TARGETS, Program>;

/** Builds the programs, unless they are there: under a minute, once for a version. Test files that ask at once take turns. */
export async function programs(): Promise<Programs> {
  const { findMbedtls } = (await import(`${top}native/build/mbedtls.js`)) as
    { findMbedtls(): { folder: string; version: string } | null };
  const source = findMbedtls();
  if (source === null) return all('', '', 'no source of mbedTLS 3.6: npm run build fetches it');
  const key = createHash('sha256').update([source.folder, source.version, ...FLAGS].join()).digest('hex').slice(0, 16);
  const folder = `${top}dist/peers/mbedtls-${key}`;
  if (!existsSync(`${folder}/built`)) {
    const missing = lacking('cmake', 'flock', 'cc');
    if (missing !== '') return all('', '', missing);
    build(source.folder, folder);
  }
  return all(folder, source.version, '');
}

/** What has to be installed first; '' if nothing. */
function lacking(...tools: string[]): string {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return missing.length === 0 ? '' : `no ${missing.join(', ')}: apt-get install build-essential cmake util-linux`;
}

/** Under a lock that ends with its holder; who waited for it finds everything made. */
function build(source: string, folder: string): void {
  console.log("Building mbedTLS's programs, once: about a minute …");
  mkdirSync(folder, { recursive: true });
  const targets = Object.values(TARGETS).flatMap((target) => ['--target', target.split('/')[1]!]);
  const locked = (args: string[]) => execFileSync('flock', [`${folder}/lock`, 'cmake', ...args], { stdio: 'pipe' });
  locked(['-S', source, '-B', folder, ...FLAGS]);
  locked(['--build', folder, '--parallel', ...targets]);
  writeFileSync(`${folder}/built`, '');
}

function all(folder: string, version: string, missing: string): Programs {
  const program = (target: string): Program => ({ path: `${folder}/programs/${target}`, version, missing });
  return { client: program(TARGETS.client), server: program(TARGETS.server), proxy: program(TARGETS.proxy) };
}
