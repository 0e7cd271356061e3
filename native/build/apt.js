// Debian's package manager: installing (as root, or by sudo), and fetching verified source archives (as anybody).
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Failure, follow, run, which } from './process.js';

/** Lines worth showing: what is fetched, unpacked, set up, and what went wrong. */
const WORTH = /^(Get:|Unpacking |Setting up |E: |W: |Err:)/;
const show = (line) => { if (WORTH.test(line)) console.log(`  ${shorten(line)}`); };

/** "Get:7 http://…/debian bookworm/main amd64 clang-14 amd64 1:14.0.6-12 [101 kB]" → "Get:7 clang-14 [101 kB]" */
function shorten(line) {
  const get = /^(Get:\d+) \S+ \S+ (?:\S+ )?(\S+).*?(\[[^\]]*\])$/.exec(line);
  return get ? `${get[1]} ${get[2]} ${get[3]}` : line.replace(/ \.\.\.$/, '');
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

/** Runs apt-get with the right to install; `advice` ends the sentence when that is not possible. */
export async function apt(args, advice) {
  const [command, ...first] = asRoot(advice);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const options = ['-oAcquire::Retries=1', '-oDpkg::Use-Pty=0'];
  const { status, lines } = await follow(command, [...first, '--quiet', ...options, ...args], show, { env });
  if (status === 0) return;
  const reason = lines.find((line) => /^(E:|Err:|sudo:)/.test(line)) ?? `it ended with ${status}`;
  throw new Failure(`apt-get ${args[0]} failed (${reason.trim()}): check the network and sudo, or ${advice}.`);
}

/** Downloads a source package's archives of a Debian release into `folder`, verified by Debian's signed index, with
 * lists of its own: the machine's stay as they are. Needs no root. */
export async function aptSource(name, release, folder, advice) {
  const command = aptGet(advice);
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const mirror = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
    .split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (!mirror || !existsSync(keyring)) throw new Failure(`This machine's apt knows no Debian mirror: ${advice}.`);
  mkdirSync(`${folder}/lists/partial`, { recursive: true });
  mkdirSync(`${folder}/archives/partial`, { recursive: true });
  writeFileSync(`${folder}/sources.list`, `deb-src [signed-by=${keyring}] ${mirror} ${release} main\n`);
  const options = [
    `-oDir::Etc::SourceList=${folder}/sources.list`, '-oDir::Etc::SourceParts=/dev/null',
    `-oDir::State::Lists=${folder}/lists`, `-oDir::Cache=${folder}`, '-oAPT::Get::List-Cleanup=0',
    ...(process.getuid() === 0 ? ['-oAPT::Sandbox::User=root'] : []), '-oAcquire::Retries=1', '--quiet',
  ];
  for (const args of [['update'], ['source', '--download-only', name]]) {
    const { status, lines } = await follow(command, [...options, ...args], show, { cwd: folder });
    if (status === 0 && !lines.some((line) => /^(W|E): Failed to fetch/.test(line))) continue;
    const reason = lines.find((line) => /^(E:|W: Failed|Err:)/.test(line)) ?? `apt-get ended with ${status}`;
    throw new Failure(`${name}'s source could not be fetched (${reason.trim()}): check the network, or ${advice}.`);
  }
}
