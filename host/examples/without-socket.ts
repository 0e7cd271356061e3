// Both ends in one process and no socket at all: what a modem, a radio or a test does.     node without-socket.js
import { readFileSync } from 'node:fs';
import { CipherSuite, Endpoint, Loader, Peer, type Sink } from 'thimble/core';

const key = Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex');
const context = {
  suites: [CipherSuite.TLS_PSK_WITH_AES_128_CCM_8], mtu: 512, initialMs: 9_000, maxMs: 60_000, handshakeMs: 300_000,
};
const layout = { inMax: 512, outMax: 512, messageMax: 512, connections: 1, handshakes: 1, aftercares: 1, contexts: 1 };
const loader = new Loader(readFileSync(new URL('../../thimble-psk.wasm', import.meta.url)));

/** A sink that ignores what the example has no use for. */
function sink(own: Partial<Sink>): Sink {
  const nothing = () => {};
  return {
    datagram: nothing, accepted: nothing, connected: nothing, data: nothing, question: nothing, warning: nothing,
    closed: nothing, ...own,
  };
}

const toServer = new Peer(Uint8Array.of(1), 'server', null);
const toClient = new Peer(Uint8Array.of(2), 'client', null);
const clock = () => performance.now();

const client: Endpoint = new Endpoint(loader.engine(layout), sink({
  datagram: (bytes) => server.receive(bytes, toClient, clock()), // where a modem would send it
  connected: (connection) => connection.send(Buffer.from('21.5 °C')),
}));
const server: Endpoint = new Endpoint(loader.engine(layout), sink({
  datagram: (bytes) => client.receive(bytes, toServer, clock()),
  question: (connection, { serial, bytes }) => {
    connection.answer(serial, Buffer.from(bytes).equals(Buffer.from('node-17')) ? key : null, clock());
  },
  data: (connection, bytes) => console.log(`${connection.role} got ${Buffer.from(bytes)}`),
}));

server.define(0, context);
server.listen(0);
client.define(0, { ...context, identity: Buffer.from('node-17'), key });
client.connect(0, toServer, clock());
// With a network between them, each `endpoint.deadline` says when to call `endpoint.timeout`.
