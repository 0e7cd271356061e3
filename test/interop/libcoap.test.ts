// CoAP over DTLS with libcoap, over GnuTLS and over OpenSSL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ObserveReadStream } from 'coap';
import { ResourceTree } from '../../host/cli/coap-tree.js';
import { coapClient, ourClient, serveTree, startCoapServer } from './libcoap.js';
import { find, IDENTITY, suite } from './peers.js';

const BACKENDS = ['openssl', 'gnutls'];
/** Longer than a datagram: it goes in blocks (RFC 7959). */
const LONG = Array.from({ length: 400 }, (_, i) => `line ${i}`).join('\n');

for (const backend of BACKENDS) {
  const program = find(`coap-client-${backend}`, [], 'libcoap3-bin');

  suite('libcoap', program, `coap-client-${backend}`, () => {
    const client = (t: TestContext, port: number, path: string, ...args: string[]) =>
      coapClient(t, program, `coaps://127.0.0.1:${port}${path}`, undefined, ...args);

    // 7252-9-1, 7252-9.1.1-2, 7252-9.1.3.1-1
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
      const port = await serveTree(t);
      const peer = coapClient(t, program, `coaps://127.0.0.1:${port}/`, ['-u', IDENTITY, '-k', 'wrong'], '-v', '7');
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
