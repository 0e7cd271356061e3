// mbedTLS's own test programs, from the source that the crypto is built of.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HEX, IDENTITY, start } from './peers.js';
import type { Peer, Program } from './peers.js';

const top = fileURLToPath(new URL('../../..', import.meta.url));
const FLAGS = ['-DENABLE_TESTING=OFF', '-DENABLE_PROGRAMS=ON', '-DGEN_FILES=OFF', '-DCMAKE_BUILD_TYPE=None', '-DCMAKE_C_FLAGS=-O1'];
const TARGETS = { client: 'ssl/ssl_client2', server: 'ssl/ssl_server2', proxy: 'test/udp_proxy' };

type Programs = Record<keyof typeof TARGETS, Program>;

/** The programs, or why they are not there. */
export const mbedtls = await programs();

/** With the key that all peers know. Of an option given twice the later one counts. */
export const PSK = [`psk=${HEX}`, `psk_identity=${IDENTITY}`, 'force_ciphersuite=TLS-PSK-WITH-AES-128-CCM-8'];

const common = ['server_addr=127.0.0.1', 'dtls=1', 'hs_timeout=200-1000', ...PSK];

/** ssl_client2: sends a request, reads the answer and closes. */
export function client(t: TestContext, port: number, ...more: string[]): Peer {
  return start(t, mbedtls.client, [...common, `server_port=${port}`, ...more]);
}

/** ssl_server2: reads a request, answers and closes; one client after the other. */
export async function server(t: TestContext, ...more: string[]): Promise<{ peer: Peer; port: number }> {
  const peer = start(t, mbedtls.server, [...common, 'server_port=0', ...more]);
  await peer.says(/Waiting for a remote connection/);
  return { peer, port: peer.port() };
}

/** The port of udp_proxy in front of this one, with its options, such as `drop=4`, `seed=1`. */
export async function proxy(t: TestContext, port: number, ...tricks: string[]): Promise<number> {
  const peer = start(t, mbedtls.proxy, ['listen_addr=127.0.0.1', 'listen_port=0', 'server_addr=127.0.0.1',
    `server_port=${port}`, ...tricks]);
  await peer.says(/Waiting for a remote connection/);
  return peer.port();
}

/** Builds the programs, unless they are there: under a minute, once for a version. Test files that ask at once take turns. */
async function programs(): Promise<Programs> {
  const { findMbedtls } = (await import(`${top}native/build/mbedtls.js`)) as
    { findMbedtls(): { folder: string; version: string } | null };
  const source = findMbedtls();
  if (source === null) return all('', '', 'no source of mbedTLS 3.6: npm run build fetches it');
  const key = createHash('sha256').update([realpathSync(source.folder), source.version, ...FLAGS].join()).digest('hex').slice(0, 16);
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
