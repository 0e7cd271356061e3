// A lane: Thimble itself, both ends in memory and in one thread, through host/core. Argument: the folder of certificates.
import { readFileSync } from 'node:fs';
import { CipherSuite, Loader, restore, type Context, type Layout } from '../../host/core/index.js';
import { endsOf, IDENTITY, KEY, KINDS, type Ends, type Kind } from './kinds.js';
import { Pair, peers } from './pair.js';
import { repeat, serve, type Measurement } from './serve.js';

const LAYOUT: Layout = { inMax: 1500, outMax: 1500, messageMax: 1500, connections: 4, handshakes: 4, aftercares: 4, contexts: 1 };
/** Room for certificates, sessions and tickets. */
const WIDE: Layout = { ...LAYOUT, contextBytes: 1_280, sessions: 4, ticketMax: 255 };
const CONTEXT: Context = {
  suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 1200, initialMs: 1000, maxMs: 60_000, handshakeMs: 60_000,
};
const PRE_SHARED: Ends = { client: { ...CONTEXT, identity: Buffer.from(IDENTITY), key: KEY }, server: CONTEXT };
/** Bytes of a connection ID, in both directions. */
const CID_LENGTH = 8;

const [, , folder = ''] = process.argv;
const load = (build: string) => new Loader(readFileSync(new URL(`../../thimble-${build}.wasm`, import.meta.url)));
const node = load('node');
const toServer = peers(49152);
const newPair = (layout: Layout, ends: Ends) => new Pair(node.engine(layout), node.engine(layout), ends);
const pair = newPair(LAYOUT, PRE_SHARED);

/** Handshakes four at a time, with the mean of their bytes. */
function handshakes(pair: Pair, ms: number): Measurement {
  const before = pair.bytes;
  const measured = repeat(ms, 4, () => {
    for (let i = 0; i < 4; i++) {
      pair.open(toServer);
      pair.close();
    }
  });
  return { ...measured, bytes: (pair.bytes - before) / measured.count };
}

function records(pair: Pair, size: number, ms: number): Measurement {
  pair.open(toServer);
  const data = new Uint8Array(size);
  const before = pair.received;
  const measured = repeat(ms, 64, () => {
    for (let i = 0; i < 64; i++) pair.clientConnection!.send(data);
  });
  if (pair.received - before !== measured.count * size) throw new Error('records were lost in memory');
  pair.close();
  return measured;
}

const pairs: Partial<Record<Kind, Pair>> = {};

/** Made when it is first asked for. */
function pairOf(kind: Kind): Pair {
  const known = pairs[kind];
  if (known) return known;
  const made = pairs[kind] = newPair(WIDE, endsOf(kind, folder));
  if (kind.startsWith('resume')) made.resume(toServer);
  return made;
}

let withCids: Pair | undefined;

function recordsWithCids(size: number, ms: number): Measurement {
  const { client, server } = PRE_SHARED;
  withCids ??= newPair(LAYOUT, { client: { ...client, cidLength: CID_LENGTH }, server: { ...server, cidLength: CID_LENGTH } });
  return records(withCids, size, ms);
}

/** The client's live connection as sealed bytes, over and over; each says how long they are. */
function saves(ms: number): Measurement {
  pair.open(toServer);
  let bytes = 0;
  const measured = repeat(ms, 64, () => {
    for (let i = 0; i < 64; i++) {
      bytes = pair.clientConnection!.saveState().length;
      pair.clientConnection!.stored();
    }
  });
  pair.close();
  return { ...measured, bytes };
}

/** A connection from such bytes, forgotten at once. */
function loads(ms: number): Measurement {
  pair.open(toServer);
  const state = pair.clientConnection!.exportState();
  pair.serverConnection!.discard();
  const peer = peers(49153);
  const measured = repeat(ms, 64, () => {
    for (let i = 0; i < 64; i++) restore(pair.client, 0, 'client', state, performance.now(), { peer: () => peer }).discard();
  });
  return { ...measured, bytes: state.length };
}

function facts() {
  const bytes = pair.bytes;
  const datagrams = pair.datagrams;
  pair.open(toServer);
  pair.close();
  return { bytes: pair.bytes - bytes, datagrams: pair.datagrams - datagrams };
}

/** The bill of the smallest build with windows of 512 bytes; a pool's slot costs the same at either end. */
function memory() {
  const small: Layout = { inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1 };
  const { bill } = load('psk').engine(small);
  const held = { connection: bill.connection, handshake: bill.handshake };
  return { client: held, server: held, aftercare: bill.aftercare, javascript: javascriptBytes() };
}

/** Bytes an end of a connection takes in the JavaScript heap beside it: the mean of a thousand, after a first thousand. */
function javascriptBytes(): number {
  const many = newPair({ ...LAYOUT, connections: 1000 }, PRE_SHARED);
  const heapAfter = (connections: number) => {
    for (let i = 0; i < connections; i++) many.open(peers(49152 + many.client.associations.all.length));
    for (let i = 0; i < 4; i++) (globalThis as { gc?: () => void }).gc!();
    return process.memoryUsage().heapUsed;
  };
  const first = heapAfter(500);
  return (heapAfter(500) - first) / 1000;
}

await serve({
  handshakes: (ms) => handshakes(pair, ms),
  ...Object.fromEntries(KINDS.map((kind) => [kind, (ms: number) => handshakes(pairOf(kind), ms)])),
  records: (size, ms) => records(pair, size, ms),
  'records-cid': recordsWithCids,
  'state-save': saves, 'state-load': loads,
  facts, memory,
});
