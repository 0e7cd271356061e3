// Set-up: whatever a fresh machine lacks for a build. Each step looks first, so the second time costs nothing, and says
// what it does while it does it. Which node runs never changes: children are started with this very one.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { apt, aptSource } from './apt.js';
import * as emscripten from './emscripten.js';
import * as mbedtls from './mbedtls.js';
import { cache, fetched, modules, top } from './paths.js';
import { Failure, follow, main, run, which } from './process.js';

const NODE_MIN = 20;

const say = (line) => console.log(line);
const indent = (line) => { if (line.trim()) say(`  ${line.trim()}`); };

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MIN) return;
  throw new Failure(`Thimble needs Node ${NODE_MIN} or newer, and this is ${process.version}: install a newer one and try again.`);
}

/* ---- packages ---- */

/** True if node_modules holds just what the lock file asks for (packages for other platforms aside). */
function hasPackages() {
  const installed = `${modules}/.package-lock.json`;
  if (!existsSync(installed)) return false;
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(`${top}/package-lock.json`, 'utf8')).packages);
  return wanted.every(([path, { version, optional }]) => path === '' || optional || there[path]?.version === version);
}

/** npm's own script: that of the npm that started us, or of this Node, or PATH's. */
export function npm() {
  const beside = `${dirname(process.execPath)}/../lib/node_modules/npm/bin/npm-cli.js`;
  const script = [process.env.npm_execpath, beside].find((path) => path?.endsWith('.js') && existsSync(path));
  if (script) return [process.execPath, script];
  const found = which('npm');
  if (!found) throw new Failure('Thimble needs npm to fetch its packages: install it and try again.');
  return [found];
}

async function getPackages() {
  if (hasPackages()) return;
  say('Fetching packages (npm ci) …');
  const [command, ...first] = npm();
  const args = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=2', '--fetch-retry-mintimeout=1000'];
  const { status } = await follow(command, args, indent, { cwd: top });
  if (status !== 0) throw new Failure('npm ci could not fetch the packages (see above): check the network and run this again.');
}

/* ---- emscripten ---- */

async function getEmscripten() {
  if (emscripten.findEmcc()) return;
  say('Installing emscripten with apt: about 110 MB to download, 900 MB on disk; a minute or so …');
  await apt(['update'], emscripten.HOW_TO_GET_IT);
  await apt(['install', '--yes', '--no-install-recommends', 'emscripten'], emscripten.HOW_TO_GET_IT);
  if (!emscripten.findEmcc()) throw new Failure(`apt installed emscripten, but PATH has no emcc: ${emscripten.HOW_TO_GET_IT}.`);
}

/* ---- mbedTLS ---- */

/** Debian's copies of upstream's release files. */
const KNOWN = {
  '8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a': '3.6.6',
  'a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6': '3.6.7',
};

async function getMbedtls() {
  if (mbedtls.findMbedtls()) return;
  say('Fetching mbedTLS 3.6: 5 MB …');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(`${cache}/mbedtls-`);
  try {
    await aptSource('mbedtls', 'trixie', scratch, mbedtls.HOW_TO_GET_IT);
    unpack(scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Unpacks the archive that apt has verified, and takes it if it is a 3.6. */
function unpack(scratch) {
  const archive = readdirSync(scratch).find((name) => name.includes('.orig.tar.'));
  const sum = createHash('sha256').update(readFileSync(`${scratch}/${archive}`)).digest('hex');
  // Python is there, because emscripten is written in it; bzip2 may not be.
  run('python3', ['-m', 'tarfile', '--extract', `${scratch}/${archive}`, `${scratch}/unpacked`]);
  const folder = `${scratch}/unpacked/${readdirSync(`${scratch}/unpacked`)[0]}`;
  const version = mbedtls.versionOf(folder);
  if (!version?.startsWith('3.6.')) throw new Failure(`apt brought mbedTLS ${version}: ${mbedtls.HOW_TO_GET_IT}.`);
  const known = KNOWN[sum] === version ? 'its hash is known here' : "vouched for by apt's signed index";
  say(`  mbedTLS ${version}, ${known}: sha256 ${sum}`);
  renameSync(folder, fetched);
}

/** Brings everything a build needs; throws a Failure that says what to do where it cannot. */
export async function setUp() {
  checkNode();
  await getPackages();
  await getEmscripten();
  await getMbedtls();
}

await main(import.meta.url, setUp);
