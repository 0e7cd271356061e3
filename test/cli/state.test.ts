// Connections between runs of the command, real processes that die: --state and --state-key.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { folder, KEY, pskFile, serve, start, thimble, type Running } from './thimble.js';

const SECRET = 'ab'.repeat(32);

/** Files of one test. */
function place(t: TestContext) {
  const path = folder(t), secret = join(path, 'secret');
  writeFileSync(secret, `# seals states\n${SECRET}\n`);
  return { path, secret, keys: pskFile(t), client: join(path, 'asleep'), server: join(path, 'sessions') };
}

function echoServer(t: TestContext, { keys, server, secret }: ReturnType<typeof place>, address = '127.0.0.1:0') {
  return serve(t, 'listen', address, '--psk-file', keys, '--echo', '--verbose', '--state', server, '--state-key', secret);
}

async function die(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  await running.ends();
}

test('--state: the client sleeps, the server is killed, and both go on without a handshake', async (t) => {
  const files = place(t), { path, keys, client } = files;
  const first = await echoServer(t, files), { address } = first;
  const run = (text: string, ...more: string[]) =>
    thimble(t, ['connect', address, '--psk-file', keys, '--state', client, '--verbose', ...more], text);
  const one = await run('one\n');
  assert.deepEqual([one.code, one.stdout], [0, 'one\n'], one.stderr);
  assert.match(one.stderr, /connected to \S+, TLS_PSK_WITH_AES_128_CCM_8\n(.|\n)*handshake [\d.]+ ms/);
  const two = await run('two\n');
  assert.deepEqual([two.code, two.stdout], [0, 'two\n'], two.stderr);
  assert.match(two.stderr, /connected to .*, went on without a handshake\n(.|\n)*no handshake/);
  await first.server.says(/state stored/);
  await die(first.server);
  const second = await echoServer(t, files, address);
  const three = await run('three\n', '--json');
  const [connected, message] = three.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual([connected.event, connected.restored, connected.reused, message.text], ['connected', true, false, 'three\n']);
  await second.server.says(/dev1 connected from .*, went on without a handshake/);
  assert.equal((await second.server.interrupt()).code, 0);
  const third = await echoServer(t, files, address); // after Ctrl-C as after a crash
  assert.equal((await run('four\n')).stdout, 'four\n');
  await third.server.says(/went on without/);
  for (const file of [files.client, files.server]) {
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file).includes(Buffer.from(KEY, 'hex')));
  }
  assert.deepEqual(readdirSync(path).sort(), ['asleep', 'secret', 'sessions'], 'nothing half written is left');
});

test('--state of a client that is killed is what was stored last', async (t) => {
  const files = place(t), { keys, client } = files;
  const { address } = await echoServer(t, files);
  const args = ['connect', address, '--psk-file', keys, '--state', client, '--verbose', '--cid', '0'];
  const first = start(t, ...args);
  first.child.stdin.write('one\n');
  await first.says(/state stored/);
  await die(first);
  const second = await thimble(t, args, 'two\n');
  assert.deepEqual([second.code, second.stdout], [0, 'two\n'], second.stderr);
  assert.match(second.stderr, /went on without a handshake/);
});

test('--state that was altered, or is of somebody else, is refused with what happened, and a handshake follows', async (t) => {
  const files = place(t), { keys, client } = files;
  const { address } = await echoServer(t, files);
  const run = (...args: string[]) => thimble(t, ['connect', address, '--state', client, '--linger', '0', ...args], 'x\n');
  const mine = ['--psk-file', keys];
  await run(...mine);
  const state = readFileSync(client);
  state[60]! ^= 1;
  writeFileSync(client, state);
  const altered = await run(...mine);
  assert.equal(altered.code, 0);
  assert.match(altered.stderr, /^thimble: warning: The state was sealed with another key, altered or cut short.*\n.*connected to \S+ \S+\n$/);
  const foreign = await run('--psk-file', pskFile(t, 'dev2:00ff'), '--handshake-timeout', '3s');
  assert.equal(foreign.code, 1); // no such key there, but that is what the handshake says
  assert.match(foreign.stderr, /warning: The state was sealed with another key/);
  assert.match((await run(...mine)).stderr, /went on without a handshake/);
});

test('--state that the server has forgotten is told by what does not come back', async (t) => {
  const files = place(t), { keys, client } = files;
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  const run = () => thimble(t, ['connect', address, '--psk-file', keys, '--state', client], 'x\n');
  assert.equal((await run()).stdout, 'x\n');
  await die(server);
  await serve(t, 'listen', address, '--psk-file', keys, '--echo');
  const { code, stdout, stderr } = await run();
  assert.deepEqual([code, stdout], [0, '']);
  assert.match(stderr, /warning: nothing came back since the state was restored; if the server has forgotten the session, remove/);
});

test('--state ends with its session, where the server closes it', async (t) => {
  const { keys, client } = place(t);
  const { server, address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys, '--echo');
  const running = start(t, 'connect', address, '--psk-file', keys, '--state', client, '--verbose');
  running.child.stdin.write('x\n');
  await running.says(/state stored/);
  await server.interrupt();
  assert.equal((await running.ends()).code, 0);
  assert.throws(() => statSync(client), { code: 'ENOENT' });
});

test('--state needs a secret where the credentials have none, and no file that is something else', async (t) => {
  const { keys, client, secret } = place(t);
  const wrong: [string[], RegExp][] = [
    [['listen', '127.0.0.1:0', '--psk-file', keys, '--state', client], /--state needs a secret.*--state-key F/],
    [['connect', '127.0.0.1:1', '--insecure', '--state', client], /--state needs a secret.*--state-key F/],
    [['connect', '127.0.0.1:1', '--psk-file', keys, '--state', keys], /--state .*keys\.txt: that file is something else, and is left alone/],
    [['connect', '127.0.0.1:1', '--psk-file', keys, '--session', keys], /--session .*keys\.txt: that file is something else/],
    [['listen', '127.0.0.1:0', '--psk-file', keys, '--state', keys, '--state-key', secret], /--state .*keys\.txt: that file is something/],
    [['listen', '127.0.0.1:0', '--psk-file', keys, '--state', client, '--state-key', keys], /--state-key .*keys\.txt: write one line of 32 to 128 hex/],
    [['listen', '127.0.0.1:0', '--psk-file', keys, '--state', client, '--state-key', '/nowhere'], /--state-key \/nowhere: ENOENT/],
  ];
  for (const [args, says] of wrong) {
    const { code, stderr } = await thimble(t, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.ok(!stderr.includes(SECRET) && !stderr.includes(KEY));
  }
});

test('coap get and serve: --state, --session and --cid, as of connect and listen', async (t) => {
  const { keys, client, server, secret, path } = place(t);
  const args = ['--psk-file', keys, '--state', server, '--state-key', secret, '--cid', '6'];
  const first = await serve(t, 'coap', 'serve', '127.0.0.1:0', ...args, '--verbose');
  const url = `coaps://${first.address}/echo`, kept = ['--state', client, '--cid', '0', '--verbose'];
  const post = (...more: string[]) => thimble(t, ['coap', 'post', url, '--psk-file', keys, '--payload', 'hi', '--pcap', join(path, 'pcap'), ...more]);
  const hellos = async () => (await thimble(t, ['explain', join(path, 'pcap')])).stdout.match(/ClientHello/g)?.length ?? 0;
  assert.equal((await post(...kept)).stdout, 'hi');
  assert.equal(await hellos(), 2);
  assert.equal((await post(...kept)).stdout, 'hi');
  assert.equal(await hellos(), 0);
  await first.server.says(/state stored/);
  await die(first.server);
  await serve(t, 'coap', 'serve', first.address, ...args);
  assert.equal((await post(...kept)).stdout, 'hi');
  assert.equal(await hellos(), 0);
  const session = ['--session', join(path, 'session')];
  for (const flights of [/ServerHelloDone/, /ServerHello(?!Done)/]) {
    assert.equal((await post(...session)).stdout, 'hi');
    assert.match((await thimble(t, ['explain', join(path, 'pcap')])).stdout, flights);
  }
  assert.doesNotMatch((await thimble(t, ['explain', join(path, 'pcap')])).stdout, /ServerHelloDone/);
});
