// Each datagram of a handshake lost once, its last flight too, in both roles: somebody's timer runs out, the other one answers
// (6347-4.2.4-1, 6347-4.2.4-2, 6347-4.2.4-4). Our timer is short; those of OpenSSL and GnuTLS are 1 s.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as gnutls from './gnutls.js';
import * as mbedtls from './mbedtls.js';
import * as openssl from './openssl.js';
import { dial, serve } from './ours.js';
import { IDENTITY, KEY, suite } from './peers.js';
import type { Peer, Program } from './peers.js';
import { Relay } from './relay.js';
import type { Loss } from './relay.js';

const SOON = { retransmit: { initialMs: 100 } };

type Calling = (t: TestContext, port: number) => Peer;
type Serving = (t: TestContext) => Promise<{ peer: Peer; port: number }>;

const losses = (client: number, server: number): Loss[] => [
  ...Array.from({ length: client }, (_, index) => ({ from: 'client' as const, index })),
  ...Array.from({ length: server }, (_, index) => ({ from: 'server' as const, index })),
];

/** For each loss: a client of this program shakes hands with our server and says that it is connected. */
function asClient(name: string, program: Program, datagrams: Loss[], calling: Calling, connected: RegExp): void {
  suite(name, program, 'as a client, each of its datagrams and ours lost once', () => {
    for (const loss of datagrams) {
      test(`datagram ${loss.index} of the ${loss.from}`, async (t) => {
        const ours = serve(t, { ...SOON, pskIdentityHint: 'gateway' });
        const relay = await Relay.start(t, ours.port, loss);
        const peer = calling(t, relay.port);
        const talk = await ours.accepts();
        await talk.opened();
        await peer.says(connected);
        assert.ok(relay.done);
      });
    }
  });
}

/** For each loss: our client shakes hands with this server, and is heard. */
function asServer(name: string, program: Program, datagrams: Loss[], serving: Serving): void {
  suite(name, program, 'as a server, each of its datagrams and ours lost once', () => {
    for (const loss of datagrams) {
      test(`datagram ${loss.index} of the ${loss.from}`, async (t) => {
        const { peer, port } = await serving(t);
        const relay = await Relay.start(t, port, loss);
        const talk = dial(t, relay.port, { ...SOON, psk: () => ({ identity: IDENTITY, key: KEY }) });
        await talk.opened();
        talk.session.send('a reading\n');
        await peer.says(/a reading/);
        assert.ok(relay.done);
      });
    }
  });
}

asClient('OpenSSL', openssl.openssl, losses(3, 3), openssl.client, /Cipher is PSK-AES128-CCM8/);
asClient('GnuTLS', gnutls.cli, losses(3, 3), gnutls.client, /Handshake was completed/);
asClient('mbedTLS', mbedtls.mbedtls.client, losses(3, 3), mbedtls.client, /handshake\.\.\. ok/);

asServer('OpenSSL', openssl.openssl, losses(3, 3), (t) => openssl.server(t, undefined, '-listen', '-psk_hint', 'gateway'));
// a datagram for each record: cookie, ServerHello, hint, ServerHelloDone, ChangeCipherSpec, Finished
asServer('GnuTLS', gnutls.cli, losses(3, 6), (t) => gnutls.server(t, undefined, '--pskhint', 'gateway'));
asServer('mbedTLS', mbedtls.mbedtls.server, losses(3, 3), mbedtls.server);
