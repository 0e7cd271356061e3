// A server that answers each message.     node server.js [port]
import { listen } from 'thimble';

const keys = new Map([['node-17', Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex')]]);

const endpoint = listen((session) => {
  session.onmessage = (message) => { session.send(`${session.pskIdentity} said ${message}`); };
  session.onerror = (error) => console.error(error.message);
}, { host: '127.0.0.1', port: Number(process.argv[2] ?? 5684), psk: (identity) => keys.get(identity) });

console.log(`listening on port ${endpoint.address!.port}`);
process.once('SIGINT', () => { void endpoint.close(); });
