// Through mbedTLS's udp_proxy, which drops, delays and duplicates by a seed, and plays some tricks of its own. The peers are
// mbedTLS's programs, whose timers can be as short as ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConnectOptions, ListenOptions } from '../../host/node/index.js';
import { client, mbedtls, proxy, server } from './mbedtls.js';
import { dial, serve } from './ours.js';
import type { Talk } from './ours.js';
import { suite } from './peers.js';
import type { Peer } from './peers.js';
import { MUTUAL, ourClient, ourServer, theirClient, theirServer } from './scene.js';
import { MBEDTLS } from './stacks.js';

const QUICK = 'hs_timeout=100-1000';
const SOON = { retransmit: { initialMs: 100, maxMs: 1000 } };
/** One in four lost, one in five delayed behind the next, one in five twice. */
const BAD = ['drop=4', 'delay=5', 'duplicate=5'];

/** Says it until it is answered, as CoAP does: application data has no retransmission of its own. */
async function ask(talk: Talk, text: string): Promise<string> {
  const again = setInterval(() => talk.session.send(text), 100);
  try {
    return await talk.hears();
  } finally {
    clearInterval(again);
  }
}

/** How their programs are started, and what ours are told. */
interface Ends {
  client(t: TestContext, port: number, ...more: string[]): Peer;
  server(t: TestContext, ...more: string[]): Promise<{ port: number }>;
  ourClient: Partial<ConnectOptions>;
  ourServer: Partial<ListenOptions>;
}

const WITH_KEY: Ends = { client, server, ourClient: {}, ourServer: {} };
const WITH_CIDS: Ends = {
  client: (t, port, ...more) => client(t, port, 'cid=1', 'cid_val=beef', ...more),
  server: (t, ...more) => server(t, 'cid=1', 'cid_val=beef', ...more),
  ourClient: { cid: 4 },
  ourServer: { cid: true },
};
/** Flights of seven messages, some of them in fragments. */
const WITH_CERTIFICATES: Ends = {
  client: (t, port, ...more) => MBEDTLS.client(t, port, theirClient(MUTUAL), ...more),
  server: (t, ...more) => MBEDTLS.server(t, theirServer(MUTUAL), ...more),
  ourClient: ourClient(MUTUAL),
  ourServer: ourServer(MUTUAL),
};

/** Our client and their server, then their client and ours, behind the same proxy. */
function bothWays(what: string, ends: Ends, ...tricks: string[]): void {
  test(`ssl_server2: ${what}`, async (t) => {
    const { port } = await ends.server(t, QUICK, 'exchanges=1000');
    const talk = dial(t, await proxy(t, port, ...tricks), { ...SOON, ...ends.ourClient });
    await talk.opened();
    assert.match(await ask(talk, 'a reading'), /200 OK/);
  });

  test(`ssl_client2: ${what}`, async (t) => {
    const ours = serve(t, { ...SOON, ...ends.ourServer });
    const port = await proxy(t, ours.port, ...tricks);
    const peer = ends.client(t, port, QUICK, 'read_timeout=200', 'max_resend=50');
    assert.equal(await peer.ends(), 0);
    assert.match(await (await ours.accepts()).hears(), /^GET /);
  });
}

suite('mbedTLS', mbedtls.client, 'through its udp_proxy', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    bothWays(`loss, delay and duplication, seed ${seed}`, WITH_KEY, ...BAD, `seed=${seed}`);
  }
  for (const seed of [1, 2, 3, 4]) {
    bothWays(`connection IDs with loss, delay and duplication, seed ${seed}`, WITH_CIDS, ...BAD, `seed=${seed}`);
  }
  for (const seed of [1, 2, 3]) {
    bothWays(`certificates with loss, delay and duplication, seed ${seed}`, WITH_CERTIFICATES, ...BAD, `seed=${seed}`);
  }
  bothWays('everything twice', WITH_KEY, 'duplicate=1', 'seed=1');
  bothWays('records packed into shared datagrams', WITH_KEY, 'pack=10');
  bothWays('ChangeCipherSpec comes after Finished', WITH_KEY, 'delay_ccs=1');
  for (const message of ['HelloVerifyRequest', 'ServerHello', 'ServerHelloDone']) {
    bothWays(`${message} comes late`, WITH_KEY, `delay_srv=${message}`);
  }
  for (const message of ['Certificate', 'ServerKeyExchange', 'CertificateRequest']) {
    bothWays(`the server's ${message} comes late`, WITH_CERTIFICATES, `delay_srv=${message}`);
  }
  for (const message of ['Certificate', 'CertificateVerify']) {
    bothWays(`the client's ${message} comes late`, WITH_CERTIFICATES, `delay_cli=${message}`);
  }
  for (const message of ['ClientHello', 'ClientKeyExchange']) {
    bothWays(`${message} comes late`, WITH_KEY, `delay_cli=${message}`);
  }
  // 6347-4.1.2.1-2
  bothWays('a forged copy before each message', WITH_KEY, 'bad_ad=1');
  // 9146-6-2
  bothWays('a forged copy before each message, with connection IDs', WITH_CIDS, 'bad_ad=1');
  bothWays('records with a connection ID that is not ours', WITH_CIDS, 'bad_cid=1');
  // 6347-4.2.8-1
  bothWays('an old ClientHello again on the live association', WITH_KEY, 'inject_clihlo=1');
});
