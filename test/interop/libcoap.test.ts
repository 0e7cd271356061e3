// libcoap's coap-client and coap-server over GnuTLS and over OpenSSL; on our side npm's coap over the look-alike of node:dgram.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Agent } from 'coap';
import type { CoapRequestParams, IncomingMessage, ObserveReadStream } from 'coap';
import { TreeServer } from '../../host/cli/coap-server.js';
import { ResourceTree } from '../../host/cli/coap-tree.js';
import { createSocket } from '../../host/node/dgram.js';
import { startCoapServer } from './coap-server.js';
import { find, IDENTITY, KEY, start, suite, within } from './peers.js';

const BACKENDS = ['openssl', 'gnutls'];
/** Longer than a datagram: it goes in blocks (RFC 7959). */
const LONG = Array.from({ length: 400 }, (_, i) => `line ${i}`).join('\n');

/** Our CoAP server with its tree of resources, for the length of a test; returns its port. */
async function serveTree(t: TestContext, tree = new ResourceTree()): Promise<number> {
  const socket = createSocket({ type: 'udp4', dtls: { psk: { [IDENTITY]: KEY } } });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server = new TreeServer(socket, tree, () => {});
  t.after(() => (server.close(), new Promise<void>((done) => void socket.close(done))));
  return socket.address().port;
}

/** Our CoAP client of one server. */
function ourClient(t: TestContext, { host, port }: { host: string; port: number }) {
  const socket = createSocket({ type: 'udp4', dtls: { psk: { identity: IDENTITY, key: KEY } } });
  const agent = new Agent({ socket });
  t.after(() => new Promise<void>((done) => void socket.close(done)));
  return async (params: CoapRequestParams, payload?: string): Promise<IncomingMessage | ObserveReadStream> => {
    const request = agent.request({ hostname: host, port, ...params });
    if (payload !== undefined && payload.length > 1024) request.setOption('Block1', Buffer.of(6));
    const response = once(request, 'response');
    request.end(payload === undefined ? undefined : Buffer.from(payload));
    const [message] = await within(`the answer to ${params.method ?? 'GET'} ${params.pathname}`, response);
    return message as IncomingMessage | ObserveReadStream;
  };
}

for (const backend of BACKENDS) {
  const program = find(`coap-client-${backend}`, [], 'libcoap3-bin');

  suite('libcoap', program, `coap-client-${backend}`, () => {
    const client = (t: TestContext, port: number, path: string, ...args: string[]) =>
      start(t, program, ['-u', IDENTITY, '-k', KEY.toString(), '-B', '10', ...args, `coaps://127.0.0.1:${port}${path}`]);

    test('PUT, GET and DELETE', async (t) => {
      const port = await serveTree(t);
      await client(t, port, '/shelf', '-m', 'put', '-e', 'a%20reading').ends();
      await client(t, port, '/shelf').says(/^a reading\s/);
      await client(t, port, '/shelf', '-m', 'delete').ends();
      await client(t, port, '/shelf').says(/4\.04/);
      await client(t, port, '/.well-known/core').says(/<\/time>;rt="time"/);
    });

    // Only towards the client: npm's coap takes blocks for one request by their token, and libcoap gives each its own.
    test('GET in blocks', async (t) => {
      const tree = new ResourceTree();
      tree.answer({ method: 'PUT', path: '/long', payload: Buffer.from(LONG) });
      const peer = client(t, await serveTree(t, tree), '/long', '-b', '512');
      await peer.ends();
      assert.equal(peer.output.trimEnd(), LONG);
    });

    test('observes', async (t) => {
      const peer = client(t, await serveTree(t), '/time', '-s', '10', '-w');
      await peer.says(/(\d{4}-.*Z)\s+(\d{4}-.*Z)/);
    });

    // requirements C-12
    test('a wrong key', async (t) => {
      const peer = client(t, await serveTree(t), '/', '-k', 'wrong', '-v', '7');
      await peer.says(/alert .*decrypt error/i);
    });
  });
}

for (const backend of BACKENDS) {
  const program = find(`coap-server-${backend}`, ['-h'], 'libcoap3-bin');

  suite('libcoap', program, `coap-server-${backend}`, () => {
    test('GET, and PUT to a new resource', async (t) => {
      const ask = ourClient(t, await startCoapServer(t, program));
      const root = await ask({ pathname: '/' });
      assert.equal(root.code, '2.05');
      assert.match(String(root.payload), /libcoap/);
      assert.equal((await ask({ method: 'PUT', pathname: '/shelf' }, 'a reading')).code, '2.01');
      assert.equal(String((await ask({ pathname: '/shelf' })).payload), 'a reading');
      assert.equal((await ask({ pathname: '/none' })).code, '4.04');
    });

    test('blocks both ways', async (t) => {
      const ask = ourClient(t, await startCoapServer(t, program));
      assert.equal((await ask({ method: 'PUT', pathname: '/example_data' }, LONG)).code, '2.01');
      assert.equal(String((await ask({ pathname: '/example_data' })).payload), LONG);
    });

    test('we observe', async (t) => {
      const ask = ourClient(t, await startCoapServer(t, program));
      const stream = await ask({ pathname: '/time', observe: true }) as ObserveReadStream;
      const seen = [];
      for await (const chunk of stream) if (seen.push(String(chunk)) === 2) break;
      assert.notEqual(seen[0], seen[1]);
    });
  });
}
