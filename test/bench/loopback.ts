// A lane: Thimble's server and a client of it, over real UDP on loopback, in one process. Argument: which client.
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { connect, listen } from '../../host/node/index.js';
import { repeatAsync, serve } from './serve.js';

const IDENTITY = 'dev1';
const KEY = Buffer.from('secretPSK');
const SUITE = 'TLS_PSK_WITH_AES_128_CCM_8';
/** Handshakes, and records, that are under way at a time: more than one, so that the wait for the event loop is shared. */
const AT_ONCE = 16;

/** How long a handshake of a client that repeats nothing may take, and how often it is tried. */
const PATIENCE_MS = 5_000;
const ATTEMPTS_MAX = 4;

/** What both clients have in common. */
interface Client {
  send(data: Uint8Array): void;
  close(): void;
}

const CLIENTS: Record<string, (port: number) => Promise<Client>> = {
  thimble: async (port) => {
    const session = connect('127.0.0.1', port, { psk: { identity: IDENTITY, key: KEY }, ciphers: SUITE });
    await session.opened;
    return { send: (data) => session.send(data), close: () => void session.close() };
  },
  'node-dtls-client': async (port) => {
    const { dtls } = await import('node-dtls-client');
    // It repeats nothing: a datagram that a busy machine drops costs the handshake, and it must begin anew.
    for (let attempt = 1; ; attempt++) {
      const socket = dtls.createSocket({
        type: 'udp4', address: '127.0.0.1', port, psk: { [IDENTITY]: KEY }, ciphers: [SUITE], timeout: PATIENCE_MS,
      });
      try {
        await once(socket, 'connected');
        return { send: (data) => socket.send(data as Buffer), close: () => socket.close() };
      } catch (error) {
        if (attempt === ATTEMPTS_MAX) throw error;
      }
    }
  },
};

const which = process.argv[2] ?? '';
const open = CLIENTS[which];
if (!open) throw new Error(`name the client: ${Object.keys(CLIENTS).join(' or ')}`);

// node-dtls-client reads only the first message of a record, hence the option.
let awaited = 0;
let arrived = (): void => {};
const server = listen((session) => {
  session.onmessage = () => void (--awaited === 0 && arrived());
}, { host: '127.0.0.1', port: 0, psk: { [IDENTITY]: KEY }, separateRecords: which === 'node-dtls-client' });
const serverPort = server.address!.port;

/** Sends a handful and waits until all have arrived; a loss on loopback is a failure and not measured around. */
function volley(client: Client, data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${awaited} records were lost on loopback`)), 20_000);
    awaited = AT_ONCE;
    arrived = () => (clearTimeout(timer), resolve());
    for (let i = 0; i < AT_ONCE; i++) client.send(data);
  });
}

async function handshakes(): Promise<void> {
  const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => open!(serverPort)));
  for (const client of clients) client.close();
}

/** One handshake through a forwarder that counts what passes. */
async function facts() {
  const count = { bytes: 0, datagrams: 0 };
  const forwarder = createSocket('udp4').bind(0, '127.0.0.1');
  await once(forwarder, 'listening');
  let clientPort = 0;
  forwarder.on('message', (bytes: Buffer, { port }: RemoteInfo) => {
    count.bytes += bytes.length;
    count.datagrams++;
    if (port !== serverPort) clientPort = port;
    forwarder.send(bytes, port === serverPort ? clientPort : serverPort, '127.0.0.1');
  });
  const client = await open!(forwarder.address().port);
  const counted = { ...count };
  client.close();
  forwarder.close();
  return counted;
}

await serve({
  facts,
  handshakes: (ms) => repeatAsync(ms, AT_ONCE, handshakes),
  records: async (size, ms) => {
    const client = await open(serverPort);
    const measured = await repeatAsync(ms, AT_ONCE, () => volley(client, Buffer.alloc(size)));
    client.close();
    return measured;
  },
});
await server.close();
