// A lane: where the time of a handshake with P-256 goes. The engine and the cryptography of thimble-node.wasm are not linked into
// one module here but instantiated beside each other over one memory, so that the calls between the two can be timed.
import { readFileSync } from 'node:fs';
import { Endpoint, Engine, type EngineModule, type Layout } from '../../host/core/index.js';
import { platformRandom } from '../../host/core/load.js';
import { endsOf, KEY, type Ends } from './kinds.js';
import { peers } from './pair.js';
import { serve } from './serve.js';
import { SHARED, type Share, type Shares } from './shares.js';

// What of WebAssembly is used here, so that the project's types need no library but Node's.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
  }
  class Module { constructor(bytes: Uint8Array); }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Record<string, unknown>;
  }
}

const LAYOUT: Layout = { bytes: 65_536, inMax: 1500, outMax: 1500, messageMax: 1500, connections: 1, handshakes: 1, aftercares: 1,
  contexts: 1, contextBytes: 1_280 };
const compiled = (part: string) => new WebAssembly.Module(readFileSync(new URL(`../${part}-node.wasm`, import.meta.url)));
const CRYPTO = compiled('crypto'), ENGINE = compiled('engine');

/** An end with a clock in it. */
class Side {
  readonly endpoint: Endpoint;
  /** Since `reset`. */
  operations: string[] = [];
  p256Ms = 0;
  ms = 0;

  constructor(sent: (datagram: Uint8Array) => void) {
    this.endpoint = new Endpoint(new Engine(this.#module(), LAYOUT), {
      datagram: sent, accepted() {}, connected() {}, data() {}, warning() {},
      question: (connection, { serial }) => connection.answer(serial, KEY, 0),
      closed: (_, reason) => {
        if (reason) throw new Error(reason.message);
      },
    });
    this.endpoint.engine.setSeconds(Math.floor(Date.now() / 1_000));
  }

  reset(): void {
    this.operations = [];
    this.p256Ms = this.ms = 0;
  }

  /** Everything this end does goes through here. */
  act(action: () => void): void {
    const start = performance.now();
    action();
    this.ms += performance.now() - start;
  }

  #module(): EngineModule {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1024 });
    const crypto = new WebAssembly.Instance(CRYPTO, { env: { memory } }).exports as Record<string, (...args: number[]) => number>;
    const timed = Object.keys(crypto).filter((name) => name.startsWith('p256_')).map((name) => [name, this.#timed(name, crypto[name]!)]);
    const random = (at: number, length: number) => {
      platformRandom(new Uint8Array(memory.buffer, at, length));
      return 0;
    };
    const { exports } = new WebAssembly.Instance(ENGINE, { host: { random }, env: { ...crypto, ...Object.fromEntries(timed), memory } });
    return { ...exports, INFO: (exports['INFO'] as { value: number }).value,
      bytes: (at: number, length: number) => new Uint8Array(memory.buffer, at, length),
      copy: (at: number, length: number) => new Uint8Array(memory.buffer.slice(at, at + length)),
      words: (at: number, count: number) => new Int32Array(memory.buffer, at, count) } as unknown as EngineModule;
  }

  #timed(name: string, operation: (...args: number[]) => number) {
    return (...args: number[]): number => {
      const start = performance.now();
      const result = operation(...args);
      this.p256Ms += performance.now() - start;
      this.operations.push(name.slice('p256_'.length));
      return result;
    };
  }
}

/** Handshakes for `ms` milliseconds; datagrams wait until their sender is at rest. */
function measure({ client: ofClient, server: ofServer }: Ends, ms: number): Shares {
  const under: [Side, Uint8Array][] = [];
  const client: Side = new Side((datagram) => under.push([server, datagram]));
  const server: Side = new Side((datagram) => under.push([client, datagram]));
  client.endpoint.define(0, ofClient);
  server.endpoint.define(0, ofServer);
  server.endpoint.listen(0);
  const toServer = peers(49152), nothing: Share = { operations: [], p256Ms: 0, ms: Infinity };
  const least: Shares = { client: nothing, server: nothing };
  for (const until = performance.now() + ms; performance.now() < until;) {
    for (const side of [client, server]) side.reset();
    client.act(() => void client.endpoint.connect(0, toServer, 0));
    for (let next = under.shift(); next !== undefined; next = under.shift()) {
      const [side, datagram] = next;
      side.act(() => side.endpoint.receive(datagram, side === server ? toServer.tag as typeof toServer : toServer, 0));
    }
    for (const [name, side] of Object.entries({ client, server })) {
      const [connection] = side.endpoint.associations.all;
      if (connection?.state !== 'connected') throw new Error('the handshake does not end');
      connection.discard();
      const { operations, p256Ms, ms } = side, which = name as keyof Shares;
      if (ms < least[which].ms) least[which] = { operations, p256Ms, ms };
    }
  }
  return least;
}

await serve(Object.fromEntries(SHARED.map((kind) => [kind, (ms: number) => measure(endsOf(kind, process.argv[2]!), ms)])));
