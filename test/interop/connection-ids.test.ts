// Connection IDs (RFC 9146) with mbedTLS, of all sizes, both roles; and its client behind a NAT that forgets. Its server is bound to
// the port that a client began with, and its programs know nothing of RFC 9853.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, mbedtls, server } from './mbedtls.js';
import { dial, serve } from './ours.js';
import { suite } from './peers.js';
import { forgettingAt } from './relay.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { MBEDTLS } from './stacks.js';

const TLS12_CID = 25, APPLICATION_DATA = 23, CID_AT = 11;
const NONE = Buffer.alloc(0), BEEF = Buffer.from('beef', 'hex'), GATEWAY = Buffer.from('gateway 7'), LONGEST = 'ff'.repeat(32);

/** The records of protected messages on the wire. */
class Wire {
  readonly #records: { port: number; record: Buffer }[] = [];

  /** For the option of this name. */
  readonly capture = (datagram: Uint8Array, from: { port: number }): void => {
    const record = Buffer.from(datagram);
    if (record[0] === TLS12_CID || record[0] === APPLICATION_DATA) this.#records.push({ port: from.port, record });
  };

  /** All that came from this port have a CID that begins so; or, if it is empty, none, and are as without the extension. */
  assertCIDs(port: number, cid: Buffer): void {
    const records = this.#records.filter((one) => one.port === port).map(({ record }) => record);
    assert.ok(records.length > 0);
    for (const record of records) {
      assert.equal(record[0], cid.length > 0 ? TLS12_CID : APPLICATION_DATA);
      assert.deepEqual(record.subarray(CID_AT, CID_AT + cid.length), cid);
    }
  }
}

/** Their CID, what is asked of us, the length of ours, or all of it. */
const CLIENTS = [['', true, 6], ['beef', 0, 0], ['beef', GATEWAY, 15], [LONGEST, 1, 1], ['00', 20, 20]] as const;
const SERVERS = [['', GATEWAY, GATEWAY], ['beef', true, NONE], [LONGEST, GATEWAY, GATEWAY]] as const;

/** As the programs print one. */
const PRINTED = /Use of Connection ID has been negotiated[^]*Peer CID \(length \d+ Bytes\): (.*)\n/;
const printed = (cid: Buffer): RegExp =>
  new RegExp(`Peer CID \\(length ${cid.length} Bytes\\): ${cid.toString('hex').replace(/../g, '$& ')}\n`);
const sizes = (theirs: number, ours: number) => `a CID of ${theirs} bytes to it and of ${ours} to us`;

suite('mbedTLS', mbedtls.client, 'connection IDs of many sizes', () => {
  // 9146-3-2, 9146-3-3, 9146-3-6
  for (const [theirs, ours, size] of CLIENTS) {
    test(`ssl_client2, ${sizes(theirs.length / 2, size)}`, async (t) => {
      const wire = new Wire(), here = serve(t, { cid: ours, capture: wire.capture });
      const peer = client(t, here.port, 'cid=1', `cid_val=${theirs}`);
      const talk = await here.accepts();
      await talk.opened();
      const { port } = talk.session.remoteAddress!;
      assert.match(await talk.hears(), /^GET /);
      const [, seen = ''] = await peer.says(PRINTED);
      assert.equal(await peer.ends(), 0);
      const cid = Buffer.from(seen.replaceAll(' ', ''), 'hex');
      assert.equal(cid.length, size);
      if (ours === GATEWAY) assert.deepEqual(cid.subarray(0, GATEWAY.length), GATEWAY);
      wire.assertCIDs(port, cid);
      wire.assertCIDs(here.port, Buffer.from(theirs, 'hex'));
    });
  }

  for (const [theirs, ours, own] of SERVERS) {
    test(`ssl_server2, ${sizes(theirs.length / 2, own.length)}`, async (t) => {
      const wire = new Wire(), { peer, port } = await server(t, 'cid=1', `cid_val=${theirs}`);
      const talk = dial(t, port, { cid: ours, capture: wire.capture, bindHost: '127.0.0.1' });
      await talk.opened();
      await peer.says(printed(own));
      talk.session.send('a reading');
      assert.match(await talk.hears(), /200 OK/);
      wire.assertCIDs(talk.session.endpoint.address!.port, Buffer.from(theirs, 'hex'));
      wire.assertCIDs(port, own);
    });
  }
});

suite('mbedTLS', mbedtls.client, 'connection IDs', () => {
  // 9146-3-1; mbedTLS calls it rejected, too, when both are empty
  for (const [what, ours, theirs] of [['we have none', undefined, 'beef'], ['both are empty', 0, '']] as const) {
    test(`ssl_client2, ${what}: records as ever`, async (t) => {
      const wire = new Wire(), here = serve(t, { ...(ours === 0 && { cid: ours }), capture: wire.capture });
      const peer = client(t, here.port, 'cid=1', `cid_val=${theirs}`);
      const { session } = await here.accepts();
      await session.opened;
      const { port } = session.remoteAddress!;
      await peer.says(/Use of Connection ID was rejected by the server/);
      assert.equal(await peer.ends(), 0);
      wire.assertCIDs(here.port, NONE);
      wire.assertCIDs(port, NONE);
    });
  }

  for (const [what, ours, theirs] of [['it has none', GATEWAY, 'cid=0'], ['both are empty', 0, 'cid=1']] as const) {
    test(`ssl_server2, ${what}: records as ever`, async (t) => {
      const wire = new Wire(), { port } = await server(t, theirs);
      const talk = dial(t, port, { cid: ours, capture: wire.capture, bindHost: '127.0.0.1' });
      await talk.opened();
      talk.session.send('a reading');
      assert.match(await talk.hears(), /200 OK/);
      wire.assertCIDs(port, NONE);
      wire.assertCIDs(talk.session.endpoint.address!.port, NONE);
    });
  }

  test('with certificates of both sides', async (t) => {
    const here = serve(t, { ...ourServer(MUTUAL), cid: true });
    const peer = MBEDTLS.client(t, here.port, theirClient(MUTUAL), 'cid=1', 'cid_val=beef');
    await peer.says(/Use of Connection ID has been negotiated/);
    assert.equal(await peer.ends(), 0);
    const there = await MBEDTLS.server(t, theirServer(MUTUAL), 'cid=1', 'cid_val=beef');
    const talk = dial(t, there.port, { ...ourClient(MUTUAL), cid: GATEWAY });
    await talk.opened();
    await there.peer.says(printed(GATEWAY));
    talk.session.send('a reading');
    assert.match(await talk.hears(), /200 OK/);
  });

  // 9146-3-7
  test('ssl_client2 that resumes agrees on them anew', async (t) => {
    const wire = new Wire(), here = serve(t, { cid: true, capture: wire.capture });
    const peer = client(t, here.port, 'cid=1', 'cid_val=beef', 'reconnect=1');
    for (const isReused of [false, true]) {
      const talk = await here.accepts();
      await talk.opened();
      assert.equal(talk.session.reused, isReused);
      await peer.says(/Use of Connection ID has been negotiated/);
    }
    assert.equal(await peer.ends(), 0);
    wire.assertCIDs(here.port, BEEF);
  });
});

/** Two hellos, a flight and a request; the fifth datagram of ssl_client2 is its second request. */
const SECOND_REQUEST = 4;

suite('mbedTLS', mbedtls.client, 'and a NAT that forgets', () => {
  // 9146-6-3: followNewest, for its client answers no check of a path
  test('ssl_client2 goes on from another port, without a handshake', async (t) => {
    const here = serve(t, { cid: true, followNewest: true });
    const nat = await forgettingAt(t, here.port, SECOND_REQUEST);
    const peer = client(t, nat.port, 'cid=1', 'cid_val=beef', 'exchanges=3');
    const talk = await here.accepts();
    await talk.opened();
    const ports: number[] = [];
    talk.session.onpathchange = (now, old) => ports.push(old.port, now.port);
    assert.equal(await peer.ends(), 0);
    assert.equal(await talk.ends(), null);
    assert.deepEqual(ports, nat.outside);
  });
});
