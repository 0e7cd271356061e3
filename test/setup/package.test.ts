// The package as a user gets it: what is in it, its exports and types, its command, and a handshake, with nothing of the
// repository but its dependencies, and no compiler.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${TOP}/package.json`, 'utf8'));

const scratch = mkdtempSync(`${tmpdir()}/thimble-package-`);
const app = `${scratch}/app`;
const installed = `${app}/node_modules/thimble`;
let files: string[] = [];

const hasWasm2c = spawnSync('wasm2c', ['--version']).status === 0;

/**
 * npm pack, unpacked where npm install would put it; its dependencies are those that stand in the repository. Where there is
 * no wasm2c, what `prepack` builds for boards is left out.
 */
before(() => {
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const pack = ['pack', '--pack-destination', scratch, ...(hasWasm2c ? [] : ['--ignore-scripts'])];
  if (!hasWasm2c) execFileSync(process.execPath, ['native/build/build.js'], { cwd: TOP, stdio: 'pipe' });
  execFileSync(npm[0], [...npm.slice(1), ...pack], { cwd: TOP, stdio: 'pipe' });
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz'));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['--extract', '--gzip', '--file', `${scratch}/${tarball}`, '--directory', installed, '--strip-components=1']);
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    mkdirSync(dirname(`${app}/node_modules/${name}`), { recursive: true });
    symlinkSync(`${TOP}/node_modules/${name}`, `${app}/node_modules/${name}`);
  }
  writeFileSync(`${app}/package.json`, '{ "type": "module" }');
  files = readdirSync(installed, { recursive: true }).map(String);
});
after(() => rmSync(scratch, { recursive: true }));

/** Runs a script of the user's; PATH is empty. */
function run(source: string): string {
  writeFileSync(`${app}/main.js`, source);
  const result = spawnSync(process.execPath, ['main.js'], { cwd: app, env: { PATH: '' }, encoding: 'utf8', timeout: 30_000 });
  assert.equal(result.stderr, '');
  assert.equal(result.status, 0);
  return result.stdout.trim();
}

test('the package holds modules, types and notices, and no tests or sources', () => {
  for (const wanted of ['LICENSE', 'dist/NOTICE', 'dist/thimble-psk.wasm', 'dist/thimble.wasm', 'dist/thimble-node.wasm', 'dist/thimble-trace.wasm']) {
    assert.ok(files.includes(wanted), wanted);
  }
  const strays = files.filter((path) => /(^|\/)(test|native|cache)\/|^assembly\/|\.ts$|\.map$|\.(test|spec)\./.test(path) && !path.endsWith('.d.ts'));
  assert.deepEqual(strays, []);
});

test('the package holds what a Moddable app includes, an Espruino firmware takes, and a C toolchain', { skip: !hasWasm2c && 'no wasm2c: apt-get install wabt' }, () => {
  const manifest = (name: string) => JSON.parse(readFileSync(`${installed}/boards/moddable/${name}.json`, 'utf8'));
  const { modules, platforms } = manifest('manifest_common');
  const own = [modules, manifest('manifest').modules, manifest('manifest_full').modules, ...Object.values<{ modules?: object }>(platforms).map((platform) => platform.modules ?? {})]
    .flatMap((map) => Object.values(map).flat() as string[]).filter((path) => path.startsWith('.'));
  assert.ok(own.length > 5);
  for (const path of own) {
    assert.ok(['.c', '.h', '.js'].some((end) => existsSync(`${installed}/boards/moddable/${path}${end}`)), path);
  }
  for (const wanted of ['dist/c/README.md', 'dist/c/thimble_psk.c', 'dist/c/LICENSE', 'dist/c/NOTICE', 'dist/espruino/dtls.min.js',
    'dist/espruino/libs/dtls/jswrap_dtls.c', 'boards/moddable/README.md', 'boards/espruino/README.md']) {
    assert.ok(files.includes(wanted), wanted);
  }
});

test('every export leads to a module and its types', () => {
  for (const [name, target] of Object.entries<{ types?: string; default?: string } | string>(manifest.exports)) {
    for (const path of typeof target === 'string' ? [target] : [target.types, target.default]) {
      assert.ok(path && existsSync(`${installed}/${path}`), `${name}: ${path}`);
    }
  }
});

test('a client and a server of the package complete a handshake', () => {
  const heard = run(`
    import { connect, listen } from 'thimble';
    const key = Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex');
    const server = listen((session) => {
      session.onmessage = (data) => session.send(data);
    }, { host: '127.0.0.1', port: 0, psk: { dev1: key } });
    const { port } = server.address;
    const session = connect('127.0.0.1', port, { psk: { identity: 'dev1', key } });
    const echo = new Promise((resolve) => { session.onmessage = resolve; });
    await session.opened;
    session.send(Buffer.from('hello'));
    console.log(Buffer.from(await echo).toString());
    await session.close();
    await server.close();
  `);
  assert.equal(heard, 'hello');
});

test('thimble/dgram and thimble/core can be imported', () => {
  const names = run(`
    import * as dgram from 'thimble/dgram';
    import * as core from 'thimble/core';
    console.log(Object.keys(dgram).includes('createSocket'), Object.keys(core).includes('Endpoint'));
  `);
  assert.equal(names, 'true true');
});

test('the types stand by themselves, checked strictly', () => {
  writeFileSync(`${app}/main.ts`, `
    import { connect, listen, type DTLSSession } from 'thimble';
    import * as dgram from 'thimble/dgram';
    import * as core from 'thimble/core';
    export const session: DTLSSession = connect('127.0.0.1', 5684, { psk: { identity: 'dev1', key: Buffer.alloc(16) } });
    export const all = [listen, dgram, core];
  `);
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node'];
  const tsc = [`${TOP}/node_modules/typescript/bin/tsc`, ...options, '--ignoreConfig', 'main.ts'];
  const result = spawnSync(process.execPath, tsc, { cwd: app, encoding: 'utf8' });
  assert.equal(result.stdout, '');
  assert.equal(result.status, 0);
});

test('the command says its version and what it can do', () => {
  const command = `${installed}/${manifest.bin.thimble}`;
  const out = (...args: string[]) => execFileSync(process.execPath, [command, ...args], { env: { PATH: '' }, encoding: 'utf8' });
  assert.equal(out('--version').trim(), manifest.version);
  assert.match(out('--help'), /Usage: thimble/);
  assert.match(readFileSync(command, 'utf8'), /^#!\/usr\/bin\/env node\n/);
});
