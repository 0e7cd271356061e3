// npm run flood: what strangers can make a server do and keep, through host/core and in memory: nobody's sockets are in the way.
import { readFileSync } from 'node:fs';
import { CipherSuite, Endpoint, Loader, Peer } from '../../host/core/index.js';
import type { Layout } from '../../host/core/index.js';
import { CCM_8 } from '../sim/peer/keys.js';
import { Peer as Client } from '../sim/peer/peer.js';
import * as Wire from '../sim/peer/wire.js';

const KEY = Buffer.from('secretPSK');
/** As host/node lays out its second engine. */
const LAYOUT: Layout = { inMax: 1500, outMax: 1500, messageMax: 1536, connections: 1024, handshakes: 256, aftercares: 1024,
  contexts: 1, lobbies: 8 };
const RETRANSMIT_MS = 1000;

export interface Cost {
  what: string;
  microseconds: number;
  /** Bytes that go out for each byte that came. */
  amplification: number;
  /** Bytes of slots that one of them holds, and for how many milliseconds at most. */
  bytes: number;
  ms: number;
}

class Server {
  readonly endpoint: Endpoint;
  now = 0;
  in = 0;
  out = 0;
  /** Milliseconds inside of it. */
  spent = 0;
  last = Buffer.alloc(0);

  constructor() {
    const engine = new Loader(readFileSync(new URL('../../thimble-node.wasm', import.meta.url))).engine(LAYOUT);
    this.endpoint = new Endpoint(engine, {
      datagram: (bytes) => {
        this.out += bytes.length;
        this.last = Buffer.from(bytes);
      },
      accepted: () => {}, connected: () => {}, data: () => {}, warning: () => {}, closed: () => {},
      question: (connection, { serial }) => { connection.answer(serial, KEY, this.now); },
    });
    this.endpoint.define(0, { suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 1200, initialMs: RETRANSMIT_MS });
    this.endpoint.listen(0);
  }

  give(datagram: Uint8Array, from: Peer): Buffer {
    this.in += datagram.length;
    const start = performance.now();
    this.endpoint.receive(datagram, from, this.now);
    const answer = this.last;
    if (this.endpoint.deadline !== null && this.now >= this.endpoint.deadline) this.endpoint.timeout(this.now);
    this.spent += performance.now() - start;
    return answer;
  }
}

const stranger = (number: number) => new Peer(Buffer.from(`${number}`.padStart(20)), `${number}`, null);
const client = (seed: number) => new Client({ role: 'client', seed, suites: [CCM_8], identity: Buffer.from('dev1'), key: KEY });

/** The server's time for one `attack`, over at least `ms`, and what went out for what came in. */
function measure(server: Server, ms: number, attack: (i: number) => void): Pick<Cost, 'microseconds' | 'amplification'> {
  for (let i = 0; i < 200; i++) attack(i);
  server.in = server.out = server.spent = 0;
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < ms) for (let i = 0; i < 50; i++) attack(200 + count++);
  return { microseconds: server.spent * 1000 / count, amplification: server.out / server.in };
}

/** Each row takes `ms` milliseconds. */
export function floods(ms: number): Cost[] {
  const { bill } = new Server().endpoint.engine, half = bill.connection + bill.handshake;
  const [hello] = client(1).start() as [Buffer];
  const { body } = Wire.fragmentsOf(Wire.recordsOf(hello)[0]!.body)[0]!;
  const piece = Wire.record(Wire.HANDSHAKE, 0, 0,
    Wire.fragment({ type: Wire.CLIENT_HELLO, length: body.length, sequence: 0, offset: 0, body: body.subarray(0, 40) }));
  const row = (what: string, bytes: number, forMs: number, server: Server, attack: (i: number) => void): Cost =>
    ({ what, bytes, ms: forMs, ...measure(server, ms, attack) });

  const a = new Server(), b = new Server(), c = new Server(), d = new Server(), e = new Server();
  const live = client(2), from = stranger(0);
  for (let datagrams = live.start(); datagrams.length > 0;) {
    datagrams = datagrams.flatMap((datagram) => { d.last = Buffer.alloc(0); return live.receive(d.give(datagram, from)); });
  }
  return [
    row('a hello without a cookie', 0, 0, a, (i) => { a.give(hello, stranger(i)); }),
    row('a piece of a hello, of eight at a time', bill.lobby, 2000, b, (i) => { b.give(piece, stranger(i)); }),
    row('a record from an unknown address', 0, 0, c, (i) => { c.give(Wire.record(Wire.DATA, 1, i, Buffer.alloc(40)), stranger(i)); }),
    row('a forged record to a live association', 0, 0, d, (i) => { d.give(Wire.record(Wire.DATA, 1, 9 + i, Buffer.alloc(40)), from); }),
    row('two hellos, the second with its cookie, of 256 at a time', half, RETRANSMIT_MS, e, (i) => {
      const peer = client(i), at = stranger(i);
      e.give(peer.receive(e.give(peer.start()[0]!, at))[0]!, at);
      e.now += 10; // in time, the first ones have been silent for long enough to make room
    }),
  ];
}

function main(): void {
  console.log('What strangers cost a server, and what it keeps of each (thimble-node.wasm, in memory):');
  for (const { what, microseconds, amplification, bytes, ms } of floods(Number(process.argv[2] ?? 1000))) {
    const kept = bytes === 0 ? 'nothing' : `${bytes} bytes for ${ms / 1000} s`;
    console.log(`  ${what.padEnd(58)} ${microseconds.toFixed(1).padStart(6)} µs   ${amplification.toFixed(2)} × out   keeps ${kept}`);
  }
}

if (process.argv[1]?.endsWith('flood.js')) main();
