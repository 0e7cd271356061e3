// Connections that outlive our process while the peer goes on as if nothing happened: what was saved is all that is left of us.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConnectOptions, ListenOptions } from '../../host/node/index.js';
import * as gnutls from './gnutls.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { dial, serve } from './ours.js';
import type { Server, Talk } from './ours.js';
import { suite } from './peers.js';
import type { Peer, Program } from './peers.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { OPENSSL } from './stacks.js';

const SEALED = { stateKey: Buffer.alloc(32, 7) };

/** A server's newest state on its disk. */
class Disk {
  state: Buffer | undefined;
  readonly options = { ...SEALED, storeState: async (state: Buffer) => { this.state = state; } };
}

/** The server is gone, without a word to anybody, and begins anew with what it has of its sessions. */
async function restarted(t: TestContext, ours: Server, options: Partial<ListenOptions>, state: Buffer): Promise<Server> {
  const { endpoint, port } = ours;
  endpoint.destroy();
  await endpoint.closed;
  return serve(t, { ...options, port, state });
}

/** Both directions work, and the first one is not always the same. */
async function exchange(peer: Peer, talk: Talk, number: number, isOursFirst = false): Promise<void> {
  const say = async () => {
    talk.session.send(`answer ${number}\n`);
    await peer.says(new RegExp(`answer ${number}\n`));
  };
  if (isOursFirst) await say();
  peer.write(`reading ${number}`);
  assert.equal(await talk.hears(), `reading ${number}\n`);
  if (!isOursFirst) await say();
}

type Calling = (t: TestContext, port: number) => Peer;
type Serving = (t: TestContext) => Promise<{ peer: Peer; port: number }>;

/** Two clients of this program, and a server of ours that starts again and again. */
function asClients(name: string, program: Program, what: string, calling: Calling, connected: RegExp,
  options: Partial<ListenOptions>): void {
  suite(name, program, `clients of a server of ours that starts again; ${what}`, () => {
    for (const isOursFirst of [false, true]) {
      test(`with the state that it saved; ${isOursFirst ? 'we speak' : 'they speak'} first`, async (t) => {
        let ours = serve(t, { ...options, ...SEALED });
        const peers: Peer[] = [], talks: Talk[] = [];
        for (let i = 0; i < 2; i++) {
          peers.push(calling(t, ours.port));
          talks.push(await ours.accepts());
          await peers[i]!.says(connected);
        }
        for (let round = 1; round <= 3; round++) {
          for (const [i, peer] of peers.entries()) await exchange(peer, talks[i]!, 10 * round + i, isOursFirst);
          ours = await restarted(t, ours, { ...options, ...new Disk().options }, ours.endpoint.saveState());
          for (const i of peers.keys()) talks[i] = await ours.accepts();
          assert.ok(talks.every(({ session }) => session.restored));
        }
        await talks[0]!.session.close();
        peers[1]!.write('after that');
        assert.equal(await talks[1]!.hears(), 'after that\n');
      });
    }

    test('with what it stored as it went', async (t) => {
      const disk = new Disk();
      let ours = serve(t, { ...options, ...disk.options });
      const peer = calling(t, ours.port);
      let talk = await ours.accepts();
      await peer.says(connected);
      await exchange(peer, talk, 0); // the handshake is over when the client has spoken
      disk.state = ours.endpoint.saveState();
      for (let round = 1; round <= 3; round++) {
        await exchange(peer, talk, round); // of which the state knows nothing
        ours = await restarted(t, ours, { ...options, ...disk.options }, disk.state);
        talk = await ours.accepts();
        assert.ok(talk.session.restored);
      }
      await exchange(peer, talk, 4, true);
    });
  });
}

/** A client of ours that sleeps and wakes, and a server of this program. */
function asServer(name: string, program: Program, what: string, serving: Serving, options: Partial<ConnectOptions>): void {
  suite(name, program, `a server, and a client of ours that sleeps and wakes; ${what}`, () => {
    for (const isOursFirst of [true, false]) {
      test(`${isOursFirst ? 'we speak' : 'it speaks'} first`, async (t) => {
        const { peer, port } = await serving(t), disk = new Disk();
        const all = { ...options, ...disk.options, bindHost: '127.0.0.1' };
        let talk = dial(t, port, all);
        for (let round = 1; round <= 3; round++) {
          await talk.opened();
          assert.equal(talk.session.restored, round > 1);
          await exchange(peer, talk, round, isOursFirst);
          const bindPort = talk.session.endpoint.address!.port, state = talk.session.exportState();
          await talk.session.endpoint.closed;
          talk = dial(t, port, { ...all, bindPort, state });
        }
        await talk.opened();
        await exchange(peer, talk, 4, isOursFirst);
      });
    }
  });
}

const SAID_HELLO = /Extended master secret: yes/;
asClients('OpenSSL', openssl.openssl, 'a pre-shared key', openssl.client, SAID_HELLO, {});
asClients('OpenSSL', openssl.openssl, 'certificates', (t, port) => OPENSSL.client(t, port, theirClient(MUTUAL)), SAID_HELLO,
  ourServer(MUTUAL));
asClients('GnuTLS', gnutls.cli, 'a pre-shared key', gnutls.client, /Simple Client Mode/, {});
asServer('OpenSSL', openssl.openssl, 'a pre-shared key', (t) => openssl.server(t, undefined, '-listen'), {});
asServer('OpenSSL', openssl.openssl, 'certificates', (t) => OPENSSL.server(t, theirServer(MUTUAL)), ourClient(MUTUAL));

suite('mbedTLS', mbedtls.mbedtls.client, 'a client with connection IDs, of a server of ours that starts again', () => {
  test('between each request and its answer', async (t) => {
    const options = { ...new Disk().options, cid: true };
    let ours = serve(t, options), talk: Talk | undefined;
    const peer = mbedtls.client(t, ours.port, 'cid=1', 'cid_val=beef', 'exchanges=3');
    for (let round = 1; round <= 3; round++) {
      talk = await ours.accepts();
      talk.session.onmessage = undefined;
      if (round > 1) talk.session.send('an answer');
      assert.match(await talk.hears(), /^GET /);
      ours = await restarted(t, ours, options, ours.endpoint.saveState());
    }
    talk = await ours.accepts();
    talk.session.send('an answer');
    assert.equal(await talk.ends(), null);
    assert.equal(await peer.ends(), 0);
    assert.equal(peer.output.match(/Read from server: 9 bytes read/g)?.length, 3);
  });
});
