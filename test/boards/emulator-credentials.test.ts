// As emulator.test.ts: rows for raw public keys and certificates, sessions, and a board that sleeps deeply.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { authorityCertificate, endCertificate, MEANTIME, named } from '../certificates/factory.js';
import { foreign } from '../certificates/keys.js';
import * as People from '../certificates/people.js';
import { chainOf, credentialFiles, keyOf } from '../interop/keys.js';
import * as OpenSSL from '../interop/openssl.js';
import { serve } from '../interop/ours.js';
import type { Server } from '../interop/ours.js';
import { suite } from '../interop/peers.js';
import { boot, emulatedBoard } from './emulator.js';
import type { Board, BoardOptions } from './emulator.js';

interface Case {
  name: string;
  app: string;
  options?: BoardOptions;
  /** Starts what the board meets; returns its port. */
  peer(t: TestContext): number | Promise<number>;
  says: RegExp;
}

function run(about: string, cases: Case[]): void {
  suite('XS on QEMU', emulatedBoard, about, () => {
    for (const { name, app, options, peer, says } of cases) {
      test(name, async (t) => {
        const words = [`port=${await peer(t)}`, ...options?.words ?? []], board = await boot(t, app, { ...options, words });
        await board.says(says);
      });
    }
  });
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const nameOf = ({ key }: typeof People.server) => `ni:///sha-256;${createHash('sha256').update(key.info).digest('base64url')}`;
/** The module with certificates, in less than a page. */
const FULL = { module: 'full', memoryBytes: 15_360 } as const;
const TIME = `seconds=${MEANTIME}`;
const raw = ({ key }: typeof People.server) => ({ rawPublicKey: hex(key.info), key: hex(key.scalar) });

/** The gateway with a raw public key, for clients with one that it knows. */
const keyGateway = (t: TestContext) => serve(t, { psk: undefined, rawPublicKey: true, key: keyOf(People.server), requestCert: true,
  peerKeys: nameOf(People.client) }).port;
/** The gateway with these certificates. */
const gateway = (certificates: Buffer[]) => (t: TestContext) =>
  serve(t, { psk: undefined, cert: chainOf(certificates), key: keyOf(People.server) }).port;
const trust = { ca: hex(People.rootCertificate), servername: People.SERVER_NAME };
const distant = { name: named('RSA Root'), key: foreign('RSA') };

run('raw public keys and certificates', [
  {
    name: 'raw public keys of both sides, with the Node gateway', app: 'keys', peer: keyGateway,
    options: { firmware: FULL, credentials: { ...raw(People.client), peerKeys: nameOf(People.server) } },
    says: /connected to a key\nheard a reading/,
  },
  {
    name: 'the gateway\'s key is not the one that is trusted', app: 'keys', peer: keyGateway,
    options: { firmware: FULL, credentials: { ...raw(People.client), peerKeys: nameOf(People.client) } },
    says: /failed ERR_DTLS_NOT_TRUSTED: .*name/,
  },
  {
    name: 'the Node gateway\'s certificate, up to a root', app: 'keys', peer: gateway(People.server.certificates),
    options: { firmware: FULL, credentials: trust, words: [TIME] }, says: /connected to a certificate\nheard a reading/,
  },
  {
    name: 'OpenSSL\'s certificate, up to a root', app: 'keys',
    async peer(t) {
      const { chain, key, issuers } = credentialFiles(t, People.server);
      return (await OpenSSL.server(t, 'ECDHE-ECDSA-AES128-CCM8', '-cert', chain, '-key', key, '-cert_chain', issuers)).port;
    },
    options: { firmware: FULL, credentials: trust, words: [TIME] }, says: /connected to a certificate\n/,
  },
  {
    name: 'a certificate while nobody has set the clock', app: 'keys', peer: gateway(People.server.certificates),
    options: { firmware: FULL, credentials: trust }, says: /failed ERR_DTLS_NOT_TRUSTED: Set the time/,
  },
  {
    name: 'a chain beyond the profile', app: 'keys',
    peer: gateway([endCertificate(People.SERVER_NAME, People.server.key, distant)]),
    options: { firmware: FULL, credentials: { ...trust, ca: hex(authorityCertificate(distant)) }, words: [TIME] },
    says: /failed ERR_DTLS_NOT_TRUSTED: The engine follows P-256 with SHA-256/,
  },
  {
    name: 'raw public keys in a firmware that has none', app: 'keys', peer: keyGateway,
    options: { credentials: { ...raw(People.client), peerKeys: nameOf(People.server) } },
    says: /failed ERR_DTLS_NO_CERTIFICATES: .*manifest_full/,
  },
]);

const pskGateway = (t: TestContext) => serve(t).port;

run('sessions', [
  { name: 'the Node gateway\'s is resumed', app: 'sessions', peer: pskGateway, says: /made a handshake\nresumed\ndone/ },
  {
    name: 'OpenSSL\'s is resumed', app: 'sessions', peer: async (t) => (await OpenSSL.server(t)).port,
    says: /made a handshake\nresumed\ndone/,
  },
  {
    name: 'an altered one leads to a handshake', app: 'sessions', options: { words: ['spoil=40'] }, peer: pskGateway,
    says: /made a handshake\nmade a handshake\ndone/,
  },
]);

/** It asks along the old path, where nobody is any more, before it answers along the new one: patiently, but not too much. */
const GATEWAY = { cid: true, retransmit: { initialMs: 300 } };

suite('XS on QEMU', emulatedBoard, 'deep sleep', () => {
  /** Boots the board on the state of the night before, whose machine is no more; returns the next one. */
  async function wake(t: TestContext, gateway: Server, state: string, says: RegExp): Promise<string> {
    const board = await boot(t, 'sleeper', { words: [`port=${gateway.port}`, `state=${state}`] });
    return said(board, says);
  }

  async function said(board: Board, says: RegExp): Promise<string> {
    await board.says(says);
    const [, state] = await board.says(/state (\w+)\n/);
    await board.stop();
    return state!;
  }

  test('the board goes on with its state, and the Node gateway sees no handshake', async (t) => {
    const gateway = serve(t, GATEWAY), board = await boot(t, 'sleeper', { words: [`port=${gateway.port}`] });
    let state = await said(board, /connected\nheard good night/);
    const talk = await gateway.accepts(), before = talk.session.remoteAddress;
    for (let sleep = 0; sleep < 2; sleep++) state = await wake(t, gateway, state, /stored \d+ bytes\nawake\nheard good morning/);
    assert.notDeepEqual(talk.session.remoteAddress, before);
    assert.equal(gateway.endpoint.stats.serverSessions, 1n);
  });

  test('with an altered state it makes a handshake, and says why', async (t) => {
    const gateway = serve(t, GATEWAY), board = await boot(t, 'sleeper', { words: [`port=${gateway.port}`] });
    const state = await said(board, /connected\nheard good night/);
    const altered = state.slice(0, -1) + (state.endsWith('0') ? '1' : '0');
    const woken = await boot(t, 'sleeper', { words: [`port=${gateway.port}`, `state=${altered}`] });
    await woken.says(/warned ERR_DTLS_BAD_STATE: .*takes a handshake/);
    await gateway.accepts();
    await (await gateway.accepts()).opened();
  });
});
