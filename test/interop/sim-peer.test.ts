// The independent peer of test/sim against OpenSSL and GnuTLS: it is right by their judgement before it judges the engine.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as People from '../certificates/people.js';
import { ECDHE_ECDSA_CCM, ECDHE_ECDSA_CCM_8, ECDHE_ECDSA_GCM } from '../sim/peer/keys.js';
import { RAW_KEY, type PeerOptions } from '../sim/peer/options.js';
import { Peer as SimPeer } from '../sim/peer/peer.js';
import * as GnuTLS from './gnutls.js';
import { certificateFile, credentialFiles } from './keys.js';
import * as OpenSSL from './openssl.js';
import { suite, within, type Peer } from './peers.js';

const SUITES = {
  'ECDHE-ECDSA-AES128-CCM8': ECDHE_ECDSA_CCM_8, 'ECDHE-ECDSA-AES128-CCM': ECDHE_ECDSA_CCM,
  'ECDHE-ECDSA-AES128-GCM-SHA256': ECDHE_ECDSA_GCM,
};

/** The peer on a socket: to this port, or to whoever comes first. */
class Line {
  readonly peer: SimPeer;
  private readonly socket = createSocket('udp4');

  constructor(t: TestContext, options: Partial<PeerOptions> & { role: 'client' | 'server' }, private remote = 0) {
    this.peer = new SimPeer({ seed: 1, suites: [ECDHE_ECDSA_CCM_8], key: Buffer.alloc(1), cookie: Buffer.from('cookie'), ...options });
    this.socket.on('message', (datagram, { port }) => {
      this.remote = port;
      // others say DTLS 1.0 in first records, which the engine must not
      for (let at = 0; at < datagram.length; at += 13 + datagram.readUInt16BE(at + 11)) datagram.writeUInt16BE(0xfefd, at + 1);
      this.send(this.peer.receive(datagram));
      this.socket.emit('heard');
    });
    t.after(() => this.socket.close());
  }

  async bind(): Promise<number> {
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return this.socket.address().port;
  }

  send(datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) this.socket.send(datagram, this.remote, '127.0.0.1');
  }

  /** Waits for the other side's Finished, and sends a reading that it prints. */
  async converses(other: Peer): Promise<void> {
    while (!this.peer.connected) {
      await within(`a handshake: ${this.peer.fault}\n${other.output}`, once(this.socket, 'heard'), 10_000);
      assert.equal(this.peer.fault, '');
    }
    this.send([this.peer.data(Buffer.from('a reading\n'))]);
  }

  async begins(other: Peer): Promise<void> {
    await this.bind();
    this.send(this.peer.start());
    await this.converses(other);
  }
}

suite('OpenSSL', OpenSSL.openssl, 'the peer of the simulation with certificates', () => {
  for (const [name, number] of Object.entries(SUITES)) {
    for (const isMutual of [false, true]) {
      const how = `${name}, ${isMutual ? 'mutual' : 'one-sided'}`;
      test(`s_server, ${how}`, async (t) => {
        const files = credentialFiles(t, People.server);
        const { peer, port } = await OpenSSL.server(t, name, '-cert', files.chain, '-cert_chain', files.issuers, '-key', files.key,
           ...(isMutual ? ['-Verify', '2', '-verify_return_error', '-CAfile', certificateFile(t, People.rootCertificate)] : []));
        const line = new Line(t, { role: 'client', suites: [number], credential: People.client }, port);
        await line.begins(peer);
        await peer.says(/a reading/);
        assert.deepEqual(line.peer.certificates.received, People.server.certificates);
        assert.equal(line.peer.certificates.isAsked, isMutual);
      });

      test(`s_client, ${how}`, async (t) => {
        const files = credentialFiles(t, People.client);
        const line = new Line(t, { role: 'server', suites: [number], credential: People.server, asks: isMutual });
        const peer = OpenSSL.client(t, await line.bind(), name, '-CAfile', certificateFile(t, People.rootCertificate), '-verify_return_error',
          '-verify_hostname', People.SERVER_NAME, ...(isMutual ? ['-cert', files.chain, '-key', files.key] : []));
        await line.converses(peer);
        await peer.says(/Verify return code: 0 \(ok\)[^]*a reading/);
        assert.deepEqual(line.peer.certificates.received.slice(0, 1), isMutual ? People.client.certificates : []); // it adds the root
        assert.equal(line.peer.certificates.isProven, isMutual);
      });
    }
  }
});

suite('GnuTLS', GnuTLS.cli, 'the peer of the simulation with raw public keys', () => {
  const priority = GnuTLS.priority('AES-128-CCM-8', ':-CTYPE-ALL:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK:%COMPAT', 'ECDHE-ECDSA');
  const types = { ownTypes: [RAW_KEY], peerTypes: [RAW_KEY] };

  test('gnutls-serv, mutual', async (t) => {
    const files = credentialFiles(t, People.server);
    const { peer, port } = await GnuTLS.server(t, priority, '--rawpkfile', files.raw, '--rawpkkeyfile', files.key,
      '--require-client-cert');
    const line = new Line(t, { role: 'client', ...types, credential: People.client }, port);
    await line.begins(peer);
    await peer.says(/a reading/);
    assert.deepEqual(line.peer.certificates.received, [People.server.key.info]);
  });

  test('gnutls-cli, mutual', async (t) => {
    const files = credentialFiles(t, People.client);
    const line = new Line(t, { role: 'server', ...types, credential: People.server, asks: true });
    const peer = GnuTLS.client(t, await line.bind(), priority, '--rawpkfile', files.raw, '--rawpkkeyfile', files.key, '--insecure');
    await line.converses(peer);
    await peer.says(/a reading/);
    assert.deepEqual(line.peer.certificates.received, [People.client.key.info]);
    assert.equal(line.peer.certificates.isProven, true);
  });
});
