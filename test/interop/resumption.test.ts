// Sessions resumed with others, both roles: by the server's id, by a ticket that it gave. RFC 5246 §7.3, RFC 5077.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { publicKeyName } from '../../host/node/index.js';
import * as People from '../certificates/people.js';
import type { Credential } from '../sim/peer/options.js';
import * as gnutls from './gnutls.js';
import { folder } from './keys.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { dial, serve } from './ours.js';
import type { Server, Talk } from './ours.js';
import { IDENTITY, suite } from './peers.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import type { Scene } from './scene.js';
import { OPENSSL } from './stacks.js';

/** The ways of RFC 5246 and RFC 5077: what our client asks for first. */
const WAYS = { id: undefined, ticket: true } as const;
type Way = keyof typeof WAYS;

/** Our client says something to that server, and closes; returns what the session can be resumed with. */
async function visit(t: TestContext, port: number, session: true | Buffer | undefined, isReused: boolean,
  said: (talk: Talk) => Promise<unknown>): Promise<Buffer> {
  const talk = dial(t, port, session === undefined ? {} : { session });
  await talk.opened();
  assert.equal(talk.session.reused, isReused);
  talk.session.send('a reading\n');
  await said(talk);
  await talk.session.close();
  return talk.session.session!;
}

/** Who is authorized, in a full handshake or by a session. */
async function known(talk: Talk, isReused: boolean, { key }: Credential): Promise<Talk> {
  await talk.opened();
  const { authorized, peerKeyName, reused } = talk.session;
  assert.deepEqual([reused, authorized, peerKeyName], [isReused, true, publicKeyName(key.private)]);
  return talk;
}

/** The next client, served; `reused` tells whether it came with a session that we knew. */
async function served(ours: Server, isReused: boolean): Promise<Talk> {
  const talk = await ours.accepts();
  await talk.opened();
  assert.equal(talk.session.reused, isReused);
  assert.equal(talk.session.pskIdentity, IDENTITY);
  return talk;
}

suite('mbedTLS', mbedtls.mbedtls.client, 'resumption', () => {
  for (const [way, tickets] of [['id', 0], ['ticket', 1]] as const) {
    for (const mode of [0, 1]) {
      test(`ssl_client2, by ${way}, twice; its session ${mode === 1 ? 'as bytes' : 'as it is'}`, async (t) => {
        const ours = serve(t);
        const peer = mbedtls.client(t, ours.port, `tickets=${tickets}`, 'reconnect=2', `reco_mode=${mode}`);
        for (const isReused of [false, true, true]) await (await served(ours, isReused)).hears();
        assert.equal(await peer.ends(), 0);
        assert.equal(peer.output.match(/Read from server: \d+ bytes read/g)?.length, 3);
      });
    }
  }

  for (const [way, options] of [['id', ['tickets=0']], ['ticket', ['cache_max=0']]] as [Way, string[]][]) {
    test(`ssl_server2, by ${way}, twice`, async (t) => {
      const { port } = await mbedtls.server(t, ...options);
      const said = async (talk: Talk) => assert.match(await talk.hears(), /200 OK/);
      let session = await visit(t, port, WAYS[way], false, said);
      session = await visit(t, port, session, true, said);
      await visit(t, port, session, true, said);
    });
  }
});

/** The file of a session that s_client had with us. */
async function sessionFile(t: TestContext, ours: Server, ...options: string[]): Promise<string> {
  const file = join(folder(t), 'session.pem');
  const peer = openssl.client(t, ours.port, undefined, ...options, '-sess_out', file);
  await served(ours, false);
  await peer.says(/New, [^]*Extended master secret: yes/);
  peer.write('Q');
  assert.equal(await peer.ends(), 0);
  return file;
}

suite('OpenSSL', openssl.openssl, 'resumption', () => {
  for (const [way, options] of [['id', ['-no_ticket']], ['ticket', []]] as [Way, string[]][]) {
    test(`s_client, by ${way}`, async (t) => {
      const ours = serve(t), file = await sessionFile(t, ours, ...options);
      const second = openssl.client(t, ours.port, undefined, ...options, '-sess_in', file);
      const talk = await served(ours, true);
      await second.says(/Reused, [^]*Extended master secret: yes/);
      second.write('a reading');
      assert.equal(await talk.hears(), 'a reading\n');
      await second.says(/a reading/);
    });
  }

  // RFC 5077 §3.1
  test('s_client with a ticket and an id of another server: the handshake is a full one', async (t) => {
    const file = await sessionFile(t, serve(t)), ours = serve(t);
    const peer = openssl.client(t, ours.port, undefined, '-sess_in', file);
    await served(ours, false);
    await peer.says(/New, [^]*Extended master secret: yes/);
  });

  for (const [way, options] of [['id', ['-no_ticket']], ['ticket', []]] as [Way, string[]][]) {
    test(`s_server, by ${way}, twice`, async (t) => {
      const { peer, port } = await openssl.server(t, undefined, ...options);
      const said = () => peer.says(/a reading/);
      let session = await visit(t, port, WAYS[way], false, said);
      session = await visit(t, port, session, true, said);
      await visit(t, port, session, true, said);
    });
  }
});

suite('OpenSSL', openssl.openssl, 'resumption with certificates', () => {
  // 7925-7-1: the server's certificate is not shown again
  for (const [way, options] of [['id', ['-no_ticket']], ['ticket', []]] as [Way, string[]][]) {
    test(`s_client with a server's certificate, by ${way}`, async (t) => {
      const ours = serve(t, ourServer({})), file = join(folder(t), 'session.pem');
      for (const [isReused, where] of [[false, '-sess_out'], [true, '-sess_in']] as const) {
        const peer = OPENSSL.client(t, ours.port, theirClient({}), ...options, where, file);
        const talk = await ours.accepts();
        await talk.opened();
        assert.equal(talk.session.reused, isReused);
        await OPENSSL.echoed(peer);
        peer.write('Q');
        assert.equal(await peer.ends(), 0);
      }
    });
  }

  for (const [way, options] of [['id', ['-no_ticket']], ['ticket', []]] as [Way, string[]][]) {
    test(`s_client with a certificate, where one is required, by ${way}`, async (t) => {
      const ours = serve(t, ourServer(MUTUAL)), file = join(folder(t), 'session.pem');
      for (const [isReused, where] of [[false, '-sess_out'], [true, '-sess_in']] as const) {
        const peer = OPENSSL.client(t, ours.port, theirClient(MUTUAL), ...options, where, file);
        const { session } = await known(await ours.accepts(), isReused, People.client);
        assert.equal(session.peerX509Certificate === undefined, isReused);
        await OPENSSL.echoed(peer);
        peer.write('Q');
        assert.equal(await peer.ends(), 0);
      }
    });
  }

  // with the client's certificate in them, its tickets are longer than what we offer again
  for (const [way, options, scene] of [['id', ['-no_ticket'], MUTUAL], ['ticket', [], {}]] as [Way, string[], Scene][]) {
    test(`s_server with a certificate${scene === MUTUAL ? ', and requires one' : ''}, by ${way}, twice`, async (t) => {
      const { peer, port } = await OPENSSL.server(t, theirServer(scene), ...options);
      let session: true | Buffer | undefined = WAYS[way];
      for (const isReused of [false, true, true]) {
        const talk = dial(t, port, { ...ourClient(scene), stateKey: Buffer.alloc(32, 7), ...(session && { session }) });
        await known(talk, isReused, People.server);
        talk.session.send('a reading\n');
        await OPENSSL.heard(peer, talk);
        await talk.session.close();
        session = talk.session.session!;
      }
    });
  }
});

suite('GnuTLS', gnutls.cli, 'resumption', () => {
  for (const [way, options] of [['id', ['--noticket']], ['ticket', []]] as [Way, string[]][]) {
    test(`gnutls-cli, by ${way}`, async (t) => {
      const ours = serve(t);
      const peer = gnutls.client(t, ours.port, undefined, '--resume', ...options);
      await served(ours, false);
      const talk = await served(ours, true);
      await peer.says(/This is a resumed session/);
      await peer.says(/Simple Client Mode/);
      peer.write('a reading');
      assert.equal(await talk.hears(), 'a reading\n');
      await peer.says(/a reading/);
    });
  }

  // 7627-5.2-1: what began without the extended master secret is not resumed
  test('gnutls-cli without extended master secret: the second handshake is a full one, too', async (t) => {
    const ours = serve(t);
    const peer = gnutls.client(t, ours.port, gnutls.priority(undefined, ':%NO_SESSION_HASH'), '--resume');
    for (const talk of [await served(ours, false), await served(ours, false)]) assert.equal(talk.session.extendedMasterSecret, false);
    await peer.says(/Simple Client Mode/);
  });

  for (const [way, options] of [['id', ['--noticket']], ['ticket', ['--nodb']]] as [Way, string[]][]) {
    test(`gnutls-serv, by ${way}, twice`, async (t) => {
      const { port } = await gnutls.server(t, undefined, ...options);
      const said = async (talk: Talk) => assert.equal(await talk.hears(), 'a reading\n');
      let session = await visit(t, port, WAYS[way], false, said);
      session = await visit(t, port, session, true, said);
      await visit(t, port, session, true, said);
    });
  }
});
