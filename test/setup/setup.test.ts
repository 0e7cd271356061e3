// npm start and npm test where set-up cannot go on: each way ends with one sentence that says what to do, and exit code 1.
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const APT_GET = '/usr/bin/apt-get';

const skipWithoutApt = existsSync(APT_GET) ? false : 'there is no apt-get on this machine';
const canUnshare = spawnSync('unshare', ['--net', 'true']).status === 0;
const skipOffline = canUnshare ? skipWithoutApt : 'cutting off the network needs root and unshare';

const scratch = mkdtempSync(`${tmpdir()}/thimble-setup-`);
chmodSync(scratch, 0o755);
after(() => rmSync(scratch, { recursive: true }));

interface Machine {
  /** Whether npm ci has been done. */
  packages?: boolean;
  /** Whether there is an emcc (set-up only looks whether there is one). */
  emcc?: boolean;
  /** Commands that PATH has, by their paths. */
  path?: string[];
  /** No network. */
  offline?: boolean;
  /** Who runs it, as a number; by default whoever runs the test. */
  user?: number;
  env?: Record<string, string>;
}

let count = 0;

/** What `npm start` and `npm test` do first, in a copy of the tree that was never set up, on such a machine. */
function setUp(machine: Machine, script = 'start.js'): SpawnSyncReturns<string> & { folder: string } {
  const folder = `${scratch}/${++count}`;
  const copy = (path: string) => cpSync(`${TOP}/${path}`, `${folder}/tree/${path}`, { recursive: true });
  ['package.json', 'package-lock.json', 'tsconfig.json', 'asconfig.json', 'native/build', 'boards/build'].forEach(copy);
  if (machine.packages) copy('node_modules/.package-lock.json');
  mkdirSync(`${folder}/path`);
  mkdirSync(`${folder}/sdk`);
  if (machine.emcc) writeFileSync(`${folder}/sdk/emcc`, '');
  for (const command of machine.path ?? []) symlinkSync(command, `${folder}/path/${command.split('/').at(-1)}`);
  const command = [process.execPath, `${folder}/tree/native/build/${script}`];
  const [program, ...args] = machine.offline ? ['/usr/bin/unshare', '--net', ...command] : command;
  const user = machine.user === undefined ? {} : { uid: machine.user, gid: machine.user };
  const { npm_execpath = '' } = process.env;
  const env = {
    PATH: `${folder}/path`, HOME: folder, npm_execpath, npm_config_cache: `${folder}/npm`,
    ...(machine.emcc ? { EMSDK: `${folder}/sdk` } : {}), ...machine.env,
  };
  return { ...spawnSync(program, args, { cwd: `${folder}/tree`, env, encoding: 'utf8', timeout: 120_000, ...user }), folder };
}

/** It failed with one sentence (the last line) that says all of this, and without a stack. */
function assertSentence(result: SpawnSyncReturns<string>, ...said: RegExp[]): void {
  const sentence = result.stderr.trim().split('\n').at(-1) ?? '';
  for (const one of [/^thimble: /, ...said, /\.$/]) assert.match(sentence, one);
  assert.doesNotMatch(result.stderr, /^\s+at /m);
  assert.equal(result.status, 1);
}

test('an ordinary user without sudo is told to install emscripten or to name one', { skip: skipWithoutApt }, () => {
  const user = isRoot ? NOBODY : undefined;
  for (const script of ['start.js', 'test.js', 'build.js']) {
    const result = setUp({ packages: true, path: [APT_GET], user }, script);
    assertSentence(result, /needs root/, /no sudo/, /install emscripten/, /EMSDK/);
  }
});

test('without apt the sentence is the same advice', () => {
  assertSentence(setUp({ packages: true }), /no apt-get/, /install emscripten/, /EMSDK/);
});

test('without apt, and with emscripten, mbedTLS is what is asked for', () => {
  assertSentence(setUp({ packages: true, emcc: true }), /no apt-get/, /MBEDTLS_SOURCE/, /3\.6/);
});

test('without a network, packages cannot come', { skip: skipOffline }, () => {
  assertSentence(setUp({ offline: true }), /npm ci/, /network/);
});

test('without a network, emscripten cannot come', { skip: skipOffline }, () => {
  // An apt to which nothing is installed; whatever happens, it unpacks nothing.
  const config = `${scratch}/apt.conf`;
  writeFileSync(`${scratch}/status`, '');
  writeFileSync(config, `Dir::State::status "${scratch}/status";\nAPT::Get::Download-Only "true";\n`);
  const path = [APT_GET, '/usr/bin/dpkg'];
  assertSentence(setUp({ packages: true, offline: true, path, env: { APT_CONFIG: config } }), /apt-get/, /network/, /EMSDK/);
});

test('without a network, mbedTLS cannot come', { skip: skipOffline }, () => {
  const result = setUp({ packages: true, emcc: true, offline: true, path: [APT_GET, '/usr/bin/dpkg'] });
  assertSentence(result, /mbedtls/, /network/, /MBEDTLS_SOURCE/);
  assert.ok(!existsSync(`${result.folder}/tree/native/mbedtls`));
});

test('variables that lead nowhere are named', () => {
  assertSentence(setUp({ packages: true, env: { EMSDK: '/nowhere' } }), /EMSDK is set/, /no emcc in it/);
  assertSentence(setUp({ packages: true, emcc: true, env: { MBEDTLS_SOURCE: '/nowhere' } }), /MBEDTLS_SOURCE holds no mbedTLS/);
});
