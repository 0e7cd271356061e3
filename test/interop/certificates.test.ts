// Certificates with others, in both roles: the server's alone and both sides'; the server's is one of two below the root. What is
// refused, by whom, and with which alert.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityCertificate, CLIENT_AUTH, endCertificate, named, SERVER_AUTH } from '../certificates/factory.js';
import { p256 } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import type { Credential } from '../sim/peer/options.js';
import { dial, serve } from './ours.js';
import type { Talk } from './ours.js';
import { suite } from './peers.js';
import { Relay } from './relay.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { MBEDTLS, STACKS, SUITES } from './stacks.js';
import type { AlertName, Stack } from './stacks.js';

/** An authority that nobody trusts, and ends below it. */
const stranger = { name: named('Stranger'), key: p256('stranger') };
const strangeRoot = authorityCertificate(stranger);
const strange = (name: string, purpose: string): Credential =>
  ({ key: p256(name), certificates: [endCertificate(name, p256(name), stranger, purpose)] });
const STRANGE_SERVER = strange(People.SERVER_NAME, SERVER_AUTH), STRANGE_CLIENT = strange(People.CLIENT_NAME, CLIENT_AUTH);

/** We end the handshake, and they are told. */
async function weRefuse(talk: Talk, alert: AlertName): Promise<void> {
  const error = await talk.fails();
  assert.equal(error.alert, alert);
  assert.match(error.message, /^The connection was aborted/);
}

/** They end it, and we say why. */
async function theyRefuse(talk: Talk, alert: AlertName): Promise<void> {
  const error = await talk.fails();
  assert.equal(error.alert, alert);
  assert.match(error.message, /^The peer aborted/);
}

function conversations(stack: Stack): void {
  for (const cipher of Object.keys(SUITES)) {
    for (const isMutual of [false, true]) {
      const scene = { suite: cipher, ...(isMutual ? MUTUAL : {}) };
      const how = `${cipher}, ${isMutual ? 'mutual' : 'one-sided'}`;
      test(`its client, ${how}`, async (t) => {
        const ours = serve(t, ourServer(scene));
        const peer = stack.client(t, ours.port, theirClient(scene));
        const talk = await ours.accepts();
        await talk.opened();
        assert.equal(talk.session.cipher?.name, cipher);
        assert.ok(talk.session.extendedMasterSecret);
        assert.deepEqual(talk.session.peerX509Certificate?.raw, isMutual ? People.client.certificates[0] : undefined);
        await stack.echoed(peer);
      });

      test(`its server, ${how}`, async (t) => {
        const { peer, port } = await stack.server(t, theirServer(scene));
        const talk = dial(t, port, ourClient(scene));
        await talk.opened();
        assert.equal(talk.session.cipher?.name, cipher);
        assert.ok(talk.session.extendedMasterSecret);
        assert.ok(talk.session.authorized);
        talk.session.send('a reading\n');
        await stack.heard(peer, talk);
      });
    }
  }
}

/** Their client is refused by us, and refuses us. */
function refusalsOfClients({ refuses, alerted, client }: Stack): void {
  test('its client, our server below a root that it does not trust', async (t) => {
    const ours = serve(t, ourServer({}));
    client(t, ours.port, theirClient({ root: strangeRoot }));
    await theyRefuse(await ours.accepts(), refuses.root);
  });

  if (refuses.name !== null) {
    test('its client, our server with another name', async (t) => {
      const ours = serve(t, ourServer({}));
      client(t, ours.port, theirClient({ name: 'other.example' }));
      await theyRefuse(await ours.accepts(), refuses.name!);
    });
  }

  test('its client with a certificate of a root that we do not trust', async (t) => {
    const ours = serve(t, ourServer({ asks: true }));
    const peer = client(t, ours.port, theirClient({ client: STRANGE_CLIENT }));
    await weRefuse(await ours.accepts(), 'unknown_ca');
    await peer.says(alerted('unknown_ca'));
  });

  test('its client without a certificate', async (t) => {
    const ours = serve(t, ourServer({ asks: true }));
    const peer = client(t, ours.port, theirClient({}));
    await weRefuse(await ours.accepts(), 'handshake_failure');
    await peer.says(alerted('handshake_failure'));
  });
}

/** Their server is refused by us, and refuses us. */
function refusalsOfServers({ refuses, alerted, server }: Stack): void {
  test('its server below a root that we do not trust', async (t) => {
    const { peer, port } = await server(t, theirServer({ server: STRANGE_SERVER }));
    await weRefuse(dial(t, port, ourClient({})), 'unknown_ca');
    await peer.says(alerted('unknown_ca'));
  });

  test('its server with another name', async (t) => {
    const { peer, port } = await server(t, theirServer({}));
    await weRefuse(dial(t, port, ourClient({ name: 'other.example' })), 'bad_certificate');
    await peer.says(alerted('bad_certificate'));
  });

  test('its server, our certificate of a root that it does not trust', async (t) => {
    const { port } = await server(t, theirServer({ asks: true }));
    await theyRefuse(dial(t, port, ourClient({ client: STRANGE_CLIENT })), refuses.client);
  });

  test('its server, and we have no certificate', async (t) => {
    const { port } = await server(t, theirServer({ asks: true }));
    const talk = dial(t, port, { ...ourClient({}), handshakeTimeout: 2_000 });
    if (refuses.noCertificate !== null) await theyRefuse(talk, refuses.noCertificate);
    else assert.equal((await talk.fails()).code, 'ERR_DTLS_HANDSHAKE_TIMEOUT');
  });
}

for (const stack of STACKS) {
  suite(stack.title, stack.program, 'certificates', () => conversations(stack));
  suite(stack.title, stack.program, 'certificates refused', () => {
    refusalsOfClients(stack);
    refusalsOfServers(stack);
  });
}

/** A signature has 70 to 72 bytes, rarely less: two in each handshake. */
const SIGNATURES = 4;

suite(MBEDTLS.title, MBEDTLS.program, 'how many bytes certificates take', () => {
  test('a handshake with both sides\' takes no more than mbedTLS\'s for the same chains', async (t) => {
    const { port } = await MBEDTLS.server(t, theirServer(MUTUAL), 'tickets=0');
    const theirs = await Relay.start(t, port);
    await MBEDTLS.client(t, theirs.port, theirClient(MUTUAL)).says(/Read from server: \d+ bytes read/);
    const server = serve(t, ourServer(MUTUAL));
    const ours = await Relay.start(t, server.port);
    await dial(t, ours.port, ourClient({ ...MUTUAL, suite: 'ECDHE-ECDSA-AES128-CCM8' })).opened();
    t.diagnostic(`${ours.handshakeBytes} of ours, ${theirs.handshakeBytes} of theirs`);
    assert.ok(ours.handshakeBytes > 1_000 && ours.handshakeBytes <= theirs.handshakeBytes + SIGNATURES);
  });
});
