import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pskFile, serve } from './thimble.js';

const path = (name: string) => fileURLToPath(new URL(`../../host/examples/${name}.js`, import.meta.url));
const run = async (name: string, ...args: string[]) =>
  (await promisify(execFile)(process.execPath, [path(name), ...args])).stdout;

test('the client gets an answer from the server', async (t) => {
  const server = spawn(process.execPath, [path('server'), '0']);
  t.after(() => server.kill('SIGKILL'));
  const [line] = await once(server.stdout, 'data');
  const port = /listening on port (\d+)/.exec(`${line}`)![1]!;
  assert.equal(await run('client', port), 'node-17 said 21.5 °C\n');
  server.kill('SIGINT');
  assert.deepEqual(await once(server, 'close'), [0, null]);
});

test('the CoAP sensor reports to thimble coap serve', async (t) => {
  const keys = pskFile(t, 'node-17:c0ffee00c0ffee00c0ffee00c0ffee00');
  const { address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  assert.equal(await run('coap-sensor', address.split(':')[1]!), '21.5 2.01\n21.7 2.04\n21.6 2.04\n');
});

test('two endpoints talk without a socket', async () => {
  assert.equal(await run('without-socket'), 'server got 21.5 °C\n');
});
