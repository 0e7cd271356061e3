import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { test } from 'node:test';
import { listen } from '../../host/node/index.js';
import { ResourceTree } from '../../host/cli/coap-tree.js';
import { KEY, pskFile, serve, start, thimble } from './thimble.js';

const request = (method: string, path: string, payload = '') => ({ method, path, payload: Buffer.from(payload) });

test('the resource tree: what is built in, and what was put', () => {
  const tree = new ResourceTree();
  const changes: string[] = [];
  tree.on('change', (path: string) => changes.push(path));
  const code = (method: string, path: string, payload?: string) => tree.answer(request(method, path, payload)).code;
  assert.deepEqual([code('GET', '/a'), code('PUT', '/a', '1'), code('PUT', '/a', '2'), code('GET', '/a')],
    ['4.04', '2.01', '2.04', '2.05']);
  assert.equal(`${tree.answer(request('GET', '/a')).payload}`, '2');
  assert.equal(`${tree.answer(request('GET', '/.well-known/core')).payload}`,
    '</time>;rt="time";ct=0;obs,</echo>;rt="echo",</a>;obs');
  assert.deepEqual([code('DELETE', '/a'), code('DELETE', '/a'), code('GET', '/a')], ['2.02', '2.02', '4.04']);
  assert.deepEqual([code('PUT', '/time'), code('DELETE', '/echo'), code('POST', '/time'), code('POST', '/b'), code('PATCH', '/a')],
    ['4.05', '4.05', '4.05', '4.04', '4.05']);
  assert.deepEqual(changes, ['/a', '/.well-known/core', '/a', '/a', '/.well-known/core']);
});

test('the resource tree has bounds', () => {
  const tree = new ResourceTree();
  assert.equal(tree.answer({ method: 'PUT', path: '/big', payload: new Uint8Array(65_537) }).code, '4.13');
  for (let i = 0; i < 256; i++) assert.equal(tree.answer(request('PUT', `/${i}`)).code, '2.01');
  assert.equal(tree.answer(request('PUT', '/one-more')).code, '5.03');
  assert.equal(tree.answer(request('PUT', '/0', 'new')).code, '2.04');
});

// 7252-9.1.1-1
test('get, put, post and delete over coaps', async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  const coap = (verb: string, path: string, ...args: string[]) =>
    thimble(t, ['coap', verb, `coaps://${address}${path}`, '--psk-file', keys, ...args], 'from standard input');
  const answers = [
    await coap('put', '/a%2Fb/c', '--payload', '21.5', '--format', 'text/plain'),
    await coap('get', '/a%2Fb/c', '--verbose'),
    await coap('post', '/echo'),
    await coap('get', '/time', '--no-con'),
    await coap('delete', '/a%2Fb/c', '--json'),
    await coap('get', '/a%2Fb/c'),
  ];
  assert.deepEqual(answers.map(({ code }) => code), [0, 0, 0, 0, 0, 1]);
  assert.deepEqual([answers[1]!.stdout, answers[1]!.stderr], ['21.5', '2.05 Content\n']);
  assert.equal(answers[2]!.stdout, 'from standard input');
  assert.match(answers[3]!.stdout, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(JSON.parse(answers[4]!.stdout), { event: 'response', code: '2.02', text: '', hex: '' });
  assert.equal(answers[5]!.stderr, 'thimble: 4.04 Not Found\n');
  const { code, stderr } = await server.interrupt();
  assert.equal(code, 0);
  assert.match(stderr, /PUT \/a\/b\/c 2\.01\n.*GET \/a\/b\/c 2\.05\n.*POST \/echo 2\.04\n.*GET \/time 2\.05/);
});

// 7252-9.1.1-4
test('a request is not repeated in another association than its own', async (t) => {
  const heard: string[] = [];
  const server = listen((session) => {
    session.onmessage = (message) => {
      heard.push(message.toString('hex'));
      void session.close();
    };
  }, { host: '127.0.0.1', port: 0, psk: { dev1: Buffer.from(KEY, 'hex') } });
  t.after(() => server.close());
  const { code, stderr } = await thimble(t, ['coap', 'get', `coaps://127.0.0.1:${server.address!.port}/time`, '--psk-file', pskFile(t)]);
  assert.deepEqual([code, heard.length], [1, 1]);
  assert.match(stderr, /the server ended the association before it answered/);
});

// 7252-9.1.3-1
test('the server is told the host of the URI', async (t) => {
  const { address: host } = await lookup('localhost'), names: (string | undefined)[] = [], psk = { dev1: Buffer.from(KEY, 'hex') };
  const server = listen((session) => {
    session.onhandshake = () => {
      names.push(session.servername);
      void session.close();
    };
  }, { host, port: 0, psk, sni: { localhost: { psk } } });
  t.after(() => server.close());
  for (const name of ['localhost', host.includes(':') ? `[${host}]` : host]) {
    await thimble(t, ['coap', 'get', `coaps://${name}:${server.address!.port}/`, '--psk-file', pskFile(t), '--timeout', '1']);
  }
  assert.deepEqual(names.slice(0, 2), ['localhost', undefined], 'an address is no name');
});

test('a payload of many blocks goes both ways (RFC 7959)', async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  const long = 'abcdefgh'.repeat(400);
  const put = await thimble(t, ['coap', 'put', `coaps://${address}/long`, '--psk-file', keys], long);
  assert.equal(put.code, 0, put.stderr);
  const { stdout } = await thimble(t, ['coap', 'get', `coaps://${address}/long`, '--psk-file', keys]);
  assert.equal(stdout, long);
});

test('observe shows each change, and says goodbye after --count', async (t) => {
  const keys = pskFile(t);
  const { server, address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  const put = (value: string) => thimble(t, ['coap', 'put', `coaps://${address}/t`, '--psk-file', keys, '--payload', value]);
  await put('1');
  const observer = start(t, 'coap', 'observe', `coaps://${address}/t`, '--psk-file', keys, '--count', '3');
  await observer.says(/1\n/, 'stdout');
  await put('2');
  await put('3');
  assert.deepEqual(await observer.ends(), { code: 0, stdout: '1\n2\n3\n', stderr: '' });
  await server.says(/GET \/t 2\.05\n(?:.*\n)*.*GET \/t 2\.05/);
});

test('Ctrl-C ends an observation in order', async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'coap', 'serve', '127.0.0.1:0', '--psk-file', keys);
  const observer = start(t, 'coap', 'observe', `coaps://${address}/time`, '--psk-file', keys, '--json');
  await observer.says(/"event":"notification","code":"2\.05"/, 'stdout');
  const { code, stderr } = await observer.interrupt();
  assert.deepEqual([code, stderr], [0, '']);
});

test('a server that is not there, a wrong key, and no answer are failures that say which', async (t) => {
  const keys = pskFile(t);
  const { address } = await serve(t, 'listen', '127.0.0.1:0', '--psk-file', keys);
  const get = (...args: string[]) => thimble(t, ['coap', 'get', `coaps://${address}/`, ...args]);
  const silent = await get('--psk-file', keys, '--timeout', '300ms');
  assert.equal(silent.code, 1);
  assert.match(silent.stderr, /no answer within 0\.3 s/);
  const deaf = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => deaf.close());
  await once(deaf, 'listening');
  const where = `127.0.0.1:${deaf.address().port}`;
  const unheard = await thimble(t, ['coap', 'get', `coaps://${where}/`, '--psk-file', keys, '--timeout', '300ms']);
  assert.equal(unheard.code, 1);
  assert.ok(unheard.stderr.startsWith(`thimble: no DTLS handshake with ${where} within 0.3 s (`), unheard.stderr);
  const wrong = await get('--psk-file', pskFile(t, 'dev1:00ff'));
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /probably the pre-shared key/);
});
