// Each datagram of a handshake lost once, its last flight too, in both roles: somebody's timer runs out, the other one answers
// (6347-4.2.4-1, 6347-4.2.4-2, 6347-4.2.4-4). Our timer is short; those of OpenSSL and GnuTLS are 1 s.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { keyFile } from './keys.js';
import { programs } from './mbedtls.js';
import { dial, serve } from './ours.js';
import { find, HEX, IDENTITY, KEY, start, suite } from './peers.js';
import type { Peer, Program } from './peers.js';
import { Relay } from './relay.js';
import type { Loss } from './relay.js';

const mbedtls = await programs();
const openssl = find('openssl', ['version'], 'openssl');
const gnutlsCli = find('gnutls-cli', ['--version'], 'gnutls-bin');
const gnutlsServ = find('gnutls-serv', ['--version'], 'gnutls-bin');

const OPENSSL = ['-dtls1_2', '-psk', HEX, '-psk_identity', IDENTITY, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0'];
const GNUTLS = ['--udp', '--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-CIPHER-ALL:+AES-128-CCM-8:-KX-ALL:+PSK'];
const MBEDTLS = ['server_addr=127.0.0.1', 'dtls=1', `psk=${HEX}`, `psk_identity=${IDENTITY}`,
  'force_ciphersuite=TLS-PSK-WITH-AES-128-CCM-8', 'hs_timeout=200-1000'];
const SOON = { retransmit: { initialMs: 100 } };

const losses = (client: number, server: number): Loss[] => [
  ...Array.from({ length: client }, (_, index) => ({ from: 'client' as const, index })),
  ...Array.from({ length: server }, (_, index) => ({ from: 'server' as const, index })),
];

/** For each loss: a client of this program shakes hands with our server and says that it is connected. */
function asClient(name: string, program: Program, datagrams: Loss[], args: (port: number) => string[], connected: RegExp): void {
  suite(name, program, 'as a client, each of its datagrams and ours lost once', () => {
    for (const loss of datagrams) {
      test(`datagram ${loss.index} of the ${loss.from}`, async (t) => {
        const ours = serve(t, { ...SOON, pskIdentityHint: 'gateway' });
        const relay = await Relay.start(t, ours.port, loss);
        const peer = start(t, program, args(relay.port));
        const talk = await ours.accepts();
        await talk.opened();
        await peer.says(connected);
        assert.ok(relay.done);
      });
    }
  });
}

/** For each loss: our client shakes hands with this server, and is heard. */
function asServer(name: string, program: Program, datagrams: Loss[], serving: (t: TestContext) => Promise<[Peer, number]>): void {
  suite(name, program, 'as a server, each of its datagrams and ours lost once', () => {
    for (const loss of datagrams) {
      test(`datagram ${loss.index} of the ${loss.from}`, async (t) => {
        const [peer, port] = await serving(t);
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

asClient('OpenSSL', openssl, losses(3, 3), (port) => ['s_client', '-connect', `127.0.0.1:${port}`, ...OPENSSL],
  /Cipher is PSK-AES128-CCM8/);
asClient('GnuTLS', gnutlsCli, losses(3, 3),
  (port) => ['127.0.0.1', '--port', `${port}`, ...GNUTLS, '--pskusername', IDENTITY, '--pskkey', HEX], /Handshake was completed/);
asClient('mbedTLS', mbedtls.client, losses(3, 3), (port) => [...MBEDTLS, `server_port=${port}`], /handshake\.\.\. ok/);

asServer('OpenSSL', openssl, losses(3, 3), async (t) => {
  const peer = start(t, openssl, ['s_server', '-accept', '127.0.0.1:0', '-nocert', '-listen', '-psk_hint', 'gateway', ...OPENSSL]);
  const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
  return [peer, Number(port)];
});
// a datagram for each record: cookie, ServerHello, hint, ServerHelloDone, ChangeCipherSpec, Finished
asServer('GnuTLS', gnutlsServ, losses(3, 6), async (t) => {
  const peer = start(t, gnutlsServ, [...GNUTLS, '--port', '0', '--echo', '--pskpasswd', keyFile(t), '--pskhint', 'gateway']);
  await peer.says(/listening on IPv4 .*done/);
  return [peer, peer.port()];
});
asServer('mbedTLS', mbedtls.server, losses(3, 3), async (t) => {
  const peer = start(t, mbedtls.server, [...MBEDTLS, 'server_port=0']);
  await peer.says(/Waiting for a remote connection/);
  return [peer, peer.port()];
});
