// A client that sends one message and prints the answer.     node client.js [port]
import { connect } from 'thimble';

const session = connect('127.0.0.1', Number(process.argv[2] ?? 5684), {
  psk: { identity: 'node-17', key: Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex') },
});
await session.opened;
session.send('21.5 °C');
for await (const message of session) {
  console.log(message.toString());
  break;
}
await session.close();
