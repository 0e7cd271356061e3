// Compiles the competitors into dist/bench/, again only when something they are made of has changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../../..', import.meta.url));
const sources = `${top}test/bench`;
const built = `${top}dist/bench`;

/** A competitor that cannot run here: why, and what to install. */
export class Missing extends Error {}

/** The parts of mbedTLS that DTLS 1.2 with PSK_CCM_8 needs. */
const MBEDTLS = ['aes', 'block_cipher', 'ccm', 'cipher', 'cipher_wrap', 'constant_time', 'md', 'platform', 'platform_util',
  'sha256', 'ssl_ciphersuites', 'ssl_client', 'ssl_cookie', 'ssl_msg', 'ssl_tls', 'ssl_tls12_client', 'ssl_tls12_server'];

const EMCC = ['-std=gnu99', '-sSTANDALONE_WASM', '--no-entry', '-sERROR_ON_UNDEFINED_SYMBOLS=0', '-sFILESYSTEM=0', '-w'];

/** Compiles the OpenSSL program; returns its path. Throws Missing without a C compiler or OpenSSL's headers. */
export function buildOpenssl(): string {
  const compiler = process.env['CC'] ?? 'cc';
  const version = tool(compiler, ['--version'], 'no C compiler: apt-get install gcc libc6-dev, or name one with CC');
  const header = tool(compiler, ['-E', '-P', '-include', 'openssl/opensslv.h', '-xc', '/dev/null'],
    'no OpenSSL headers: apt-get install libssl-dev');
  const files = ['bench.c', 'credentials.c', 'network.c'].map((name) => `${sources}/openssl/${name}`);
  return make('openssl', [version, header, ...contents('openssl')], (output) => {
    execFileSync(compiler, ['-O2', '-std=gnu11', '-Wall', '-Wextra', ...files, '-o', output, '-lssl', '-lcrypto']);
  });
}

/** The parts of the project's own set-up that know where emscripten and mbedTLS's source are. */
interface SetUp {
  emscripten(): { path: string; version: number[]; run(args: string[]): string };
  findMbedtls(): { folder: string; version: string } | null;
}

/** Compiles mbedTLS twice; returns the paths of the two modules. Throws Missing without emscripten or mbedTLS's source. */
export async function buildMbedtls(): Promise<{ version: string; speed: string; size: string }> {
  const { emscripten, source } = await setUp();
  const own = contents('mbedtls');
  const common = [...EMCC, `-I${source.folder}/include`, `-I${source.folder}/library`, `-I${sources}/mbedtls`,
    '-DMBEDTLS_CONFIG_FILE="config.h"', ...MBEDTLS.map((name) => `${source.folder}/library/${name}.c`),
    `${sources}/mbedtls/ends.c`];
  const compile = (name: string, flags: string[], after: (output: string) => void = () => {}) =>
    make(name, [emscripten.version.join('.'), source.version, common.join(), flags.join(), ...own], (output) => {
      emscripten.run([...common, ...flags, '-o', output]);
      after(output);
    });
  return {
    version: source.version,
    speed: compile('mbedtls-speed.wasm',
      ['-O3', '-sTOTAL_STACK=65536', '-sINITIAL_MEMORY=1048576', `${sources}/mbedtls/loops.c`]),
    size: compile('mbedtls-size.wasm',
      ['-Oz', '-DBENCH_SIZE', '-sMALLOC=emmalloc', '-sTOTAL_STACK=8192', '-sINITIAL_MEMORY=131072'], shrink),
  };
}

/** Emscripten and mbedTLS's source as `npm run build` finds them. */
async function setUp() {
  const { emscripten } = (await import(`${top}native/build/emscripten.js`)) as Pick<SetUp, 'emscripten'>;
  const { findMbedtls } = (await import(`${top}native/build/mbedtls.js`)) as Pick<SetUp, 'findMbedtls'>;
  try {
    const source = findMbedtls();
    if (!source) throw new Missing('no source of mbedTLS 3.6: npm run build fetches it');
    return { emscripten: emscripten(), source };
  } catch (error) {
    throw new Missing((error as Error).message);
  }
}

/** What binaryen makes of it beyond emscripten's own, as for Thimble's modules. */
function shrink(module: string): void {
  const optimizer = `${top}node_modules/binaryen/bin/wasm-opt`;
  execFileSync(process.execPath, [optimizer, '-Oz', '--converge', '--zero-filled-memory', '--strip-debug', '--strip-producers',
    '--strip-target-features', module, '-o', module]);
}

/** What stands in the files of one of the bench's folders. */
function contents(folder: string): Buffer[] {
  return readdirSync(`${sources}/${folder}`).map((file) => readFileSync(`${sources}/${folder}/${file}`));
}

/** A tool's output; throws Missing with `otherwise` if it does not run. */
function tool(command: string, args: string[], otherwise: string): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    throw new Missing(otherwise);
  }
}

/** Runs `compile` unless the file it made last was made of the same inputs. */
function make(name: string, inputs: (string | Buffer)[], compile: (output: string) => void): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input).update('\0');
  const stamp = hash.digest('hex');
  const output = `${built}/${name}`;
  const stampPath = `${output}.stamp`;
  if (existsSync(output) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return output;
  mkdirSync(built, { recursive: true });
  compile(output);
  writeFileSync(stampPath, stamp);
  return output;
}
