// Sessions that outlive their peers' addresses: connection IDs over real sockets, with a NAT between that forgets.
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { connect, listen, type DTLSEndpoint, type DTLSSession, type ListenOptions } from '../../host/node/index.js';
import { ShardNumbers } from '../../host/node/connection-ids.js';

const psk = { identity: 'dev1', key: Buffer.from('a pre-shared key') };
/** T of the check, and thus how long the old path's silence is waited for. */
const FAST = { retransmit: { initialMs: 50 } };

/** A NAT with one inside address for each client, whose outside socket can be another one from now on. */
class Nat {
  readonly inside = createSocket('udp4');
  private outside: Socket | undefined;
  private client = 0;

  constructor(private readonly server: number, t: TestContext) {
    t.after(() => { this.inside.close(); this.outside?.close(); });
  }

  async open(): Promise<number> {
    this.inside.on('message', (datagram, { port }) => {
      this.client = port;
      this.outside!.send(datagram, this.server, '127.0.0.1');
    });
    this.inside.bind(0, '127.0.0.1');
    await once(this.inside, 'listening');
    await this.rebind();
    return this.inside.address().port;
  }

  /** The old outside port is gone, with all that comes there. */
  async rebind(): Promise<number> {
    this.outside?.close();
    const outside = this.outside = createSocket('udp4');
    outside.on('message', (datagram) => this.inside.send(datagram, this.client, '127.0.0.1'));
    outside.bind(0, '127.0.0.1');
    await once(outside, 'listening');
    return outside.address().port;
  }
}

interface Served {
  endpoint: DTLSEndpoint;
  port: number;
  sessions: DTLSSession[];
}

/** An echo server. */
function serve(t: TestContext, options: Partial<ListenOptions>): Served {
  const sessions: DTLSSession[] = [];
  const endpoint = listen((session) => {
    sessions.push(session);
    session.onmessage = (message) => { session.send(message); };
  }, { psk: { dev1: psk.key }, host: '127.0.0.1', port: 0, ...FAST, ...options });
  t.after(() => endpoint.close());
  return { endpoint, port: endpoint.address!.port, sessions };
}

function echo(session: DTLSSession, text: string): Promise<string> {
  return new Promise((resolve) => {
    session.onmessage = (message) => resolve(message.toString());
    session.send(text);
  });
}

for (const pathValidation of ['enhanced', 'basic'] as const) {
  // 9146-6-3, 9853-5-2, 9853-5-3
  test(`${pathValidation}: a NAT rebinding in the middle of a session costs no handshake`, async (t) => {
    const { endpoint, port, sessions } = serve(t, { cid: true, pathValidation });
    const nat = new Nat(port, t);
    const client = connect('127.0.0.1', await nat.open(), { psk, cid: true });
    t.after(() => client.close());
    await client.opened;
    assert.equal(await echo(client, 'before'), 'before');
    const changes: string[] = [];
    sessions[0]!.onpathchange = (address, old) => changes.push(`${old.port} ${address.port}`);
    for (const text of ['after', 'and again']) {
      const old = sessions[0]!.remoteAddress!.port, now = await nat.rebind();
      assert.equal(await echo(client, text), text);
      assert.equal(changes.pop(), `${old} ${now}`);
      assert.equal(sessions[0]!.remoteAddress!.port, now);
      assert.equal(await echo(client, 'more'), 'more');
    }
    assert.deepEqual([endpoint.stats.serverSessions, sessions.length], [1n, 1]);
  });
}

test('without connection IDs a rebinding loses the session, as ever', async (t) => {
  const { port, sessions } = serve(t, {});
  const nat = new Nat(port, t);
  const client = connect('127.0.0.1', await nat.open(), { psk, cid: true });
  await client.opened;
  assert.equal(await echo(client, 'before'), 'before');
  await nat.rebind();
  const lost = serve(t, {});
  client.send('lost');
  const other = connect('127.0.0.1', lost.port, { psk });
  await other.opened;
  assert.equal(await echo(other, 'the time this takes'), 'the time this takes');
  assert.equal(sessions[0]!.stats.messagesReceived, 1n);
  client.destroy();
  other.destroy();
});

test('CIDs of every size route to their shards, in which each session keeps its peer', async (t) => {
  for (const cid of [1, 2, 3, 6, 20, Buffer.from('gateway 7')]) {
    const { port, sessions } = serve(t, { cid, pathValidation: 'basic' });
    const nats: Nat[] = [], clients: DTLSSession[] = [];
    for (let i = 0; i < 3; i++) {
      nats.push(new Nat(port, t));
      clients.push(connect('127.0.0.1', await nats[i]!.open(), { psk, cid: i }));
      await clients[i]!.opened;
    }
    for (const nat of nats) await nat.rebind();
    for (const [i, client] of clients.entries()) assert.equal(await echo(client, `client ${i}`), `client ${i}`);
    assert.equal(sessions.length, 3);
    for (const client of clients) await client.close();
  }
});

test('a shard is named by a byte of each CID', () => {
  const of = (cidLength: number, prefix: string, number: number) => {
    const context = { suites: [], mtu: 1200, cidLength, cidPrefix: Buffer.from(prefix) };
    const numbers = new ShardNumbers([context]);
    const { cidLength: length, cidPrefix } = numbers.of(context, number);
    return { numbers, length, prefix: Buffer.from(cidPrefix!).toString('latin1') };
  };
  assert.deepEqual([of(6, '', 65).prefix, of(9, 'abc', 65).prefix, of(1, '', 0).prefix], ['A', 'abcA', '']);
  assert.deepEqual([of(1, '', 0).length, of(1, '', 1).length, of(0, '', 1).length], [1, 0, 0]);
  assert.deepEqual([1, 2, 3].map((length) => of(length, '', 0).numbers.connectionsMax), [256, 256, Infinity]);
  const record = Buffer.concat([Buffer.from([25]), Buffer.alloc(10), Buffer.from('abcA')]);
  assert.deepEqual([of(6, '', 0).numbers.in(record), of(9, 'abc', 0).numbers.in(record), of(1, '', 0).numbers.in(record)], [97, 65, 0]);
  record[0] = 23;
  assert.equal(of(6, '', 0).numbers.in(record), undefined);
});
