// Through mbedTLS's udp_proxy, which drops, delays and duplicates by a seed, and plays some tricks of its own. The peers are
// mbedTLS's programs, whose timers can be as short as ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, mbedtls, proxy, server } from './mbedtls.js';
import { dial, serve } from './ours.js';
import type { Talk } from './ours.js';
import { suite } from './peers.js';

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

/** Our client and their server, then their client and ours, behind the same proxy. */
function bothWays(what: string, ...tricks: string[]): void {
  test(`ssl_server2: ${what}`, async (t) => {
    const { port } = await server(t, QUICK, 'exchanges=1000');
    const talk = dial(t, await proxy(t, port, ...tricks), SOON);
    await talk.opened();
    assert.match(await ask(talk, 'a reading'), /200 OK/);
  });

  test(`ssl_client2: ${what}`, async (t) => {
    const ours = serve(t, SOON);
    const port = await proxy(t, ours.port, ...tricks);
    const peer = client(t, port, QUICK, 'read_timeout=200', 'max_resend=50');
    assert.equal(await peer.ends(), 0);
    assert.match(await (await ours.accepts()).hears(), /^GET /);
  });
}

suite('mbedTLS', mbedtls.client, 'through its udp_proxy', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    bothWays(`loss, delay and duplication, seed ${seed}`, ...BAD, `seed=${seed}`);
  }
  bothWays('everything twice', 'duplicate=1', 'seed=1');
  bothWays('records packed into shared datagrams', 'pack=10');
  bothWays('ChangeCipherSpec comes after Finished', 'delay_ccs=1');
  for (const message of ['HelloVerifyRequest', 'ServerHello', 'ServerHelloDone']) {
    bothWays(`${message} comes late`, `delay_srv=${message}`);
  }
  for (const message of ['ClientHello', 'ClientKeyExchange']) {
    bothWays(`${message} comes late`, `delay_cli=${message}`);
  }
  // 6347-4.1.2.1-2
  bothWays('a forged copy before each message', 'bad_ad=1');
  // 6347-4.2.8-1
  bothWays('an old ClientHello again on the live association', 'inject_clihlo=1');
});
