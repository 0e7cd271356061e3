// Debian's package manager: installing (as root, or by sudo), and fetching verified source archives (as anybody).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Failure, follow, run, which } from './process.js';

/** Lines worth showing: what is fetched, unpacked and set up. */
const WORTH = /^(Get:|Unpacking |Setting up )/;
const show = (line) => { if (WORTH.test(line)) console.log(`  ${shorten(line)}`); };

/** "Get:7 http://…/debian bookworm/main amd64 clang-14 amd64 1:14.0.6-12 [101 kB]" without where it comes from. */
const shorten = (line) => line.replace(/ \w+:\/\/\S+ \S+/, '').replace(/ \.\.\.$/, '');

/** Why apt-get failed, in its own words: "E: Failed to fetch http://… Connection refused" → "Connection refused" */
function reason(status, lines) {
  const line = lines.find((one) => /^(E:|W: Failed to fetch|sudo:)/.test(one));
  if (!line) return `it ended with ${status}`;
  return line.replace(/^[EW]: /, '').replace(/^Failed to fetch \S+\s+/, '').trim();
}

function aptGet(advice) {
  const found = which('apt-get');
  if (!found) throw new Failure(`There is no apt-get on this machine: ${advice}.`);
  return found;
}

/** The command line that runs apt-get with the right to install. */
function asRoot(advice) {
  const command = aptGet(advice);
  if (process.getuid?.() === 0) return [command];
  const sudo = which('sudo');
  if (!sudo) throw new Failure(`Installing needs root, and there is no sudo for this user: ${advice}.`);
  return process.stdin.isTTY ? [sudo, command] : [sudo, '--non-interactive', command];
}

const ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
const OPTIONS = ['--quiet', '-oAcquire::Retries=1', '-oDpkg::Use-Pty=0'];

/** Runs apt-get with the right to install; `advice` ends the sentence when that is not possible. */
export async function apt(args, advice) {
  const [command, ...first] = asRoot(advice);
  const { status, lines } = await follow(command, [...first, ...OPTIONS, ...args], show, { env: ENVIRONMENT });
  if (status === 0) return;
  throw new Failure(`apt-get ${args[0]} failed (${reason(status, lines)}): check the network, or ${advice}.`);
}

/** The Debian mirror that this machine uses, and the key that signs its index; null if it has none. */
function debian(command) {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const mirror = run(command, ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
    .split('\n').find((uri) => /\/debian\/?$/.test(uri));
  return mirror && existsSync(keyring) ? { mirror, keyring } : null;
}

/** Lists and caches of apt's in `folder`, for one source: the machine's own stay as they are. */
function apart(folder, source) {
  mkdirSync(`${folder}/lists/partial`, { recursive: true });
  mkdirSync(`${folder}/archives/partial`, { recursive: true });
  writeFileSync(`${folder}/sources.list`, `${source}\n`);
  const user = process.getuid() === 0 ? ['-oAPT::Sandbox::User=root'] : [];
  return [
    `-oDir::Etc::SourceList=${folder}/sources.list`, '-oDir::Etc::SourceParts=/dev/null',
    `-oDir::State::Lists=${folder}/lists`, `-oDir::Cache=${folder}`, '-oAPT::Get::List-Cleanup=0', ...user,
  ];
}

/** Downloads a source package's archives of a Debian release into `folder`, verified by Debian's signed index. Needs no
 * root. */
export async function aptSource(name, release, folder, advice) {
  const command = aptGet(advice);
  const found = debian(command);
  if (!found) throw new Failure(`This machine's apt knows no Debian mirror: ${advice}.`);
  const options = [...OPTIONS, ...apart(folder, `deb-src [signed-by=${found.keyring}] ${found.mirror} ${release} main`)];
  for (const args of [['update'], ['source', '--download-only', name]]) {
    const { status, lines } = await follow(command, [...options, ...args], show, { cwd: folder, env: ENVIRONMENT });
    if (status === 0 && !lines.some((line) => line.startsWith('W: Failed to fetch'))) continue;
    throw new Failure(`${name}'s source could not be fetched (${reason(status, lines)}): check the network, or ${advice}.`);
  }
}
