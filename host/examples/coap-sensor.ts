// A sensor that reports three readings by CoAP.     node coap-sensor.js [port]
// Something to report to: thimble coap serve 127.0.0.1:5684 --psk node-17:c0ffee00c0ffee00c0ffee00c0ffee00
import { Agent } from 'coap';
import { createSocket } from 'thimble/dgram';

const socket = createSocket({
  type: 'udp4',
  dtls: { psk: { identity: 'node-17', key: Buffer.from('c0ffee00c0ffee00c0ffee00c0ffee00', 'hex') }, profile: 'iot' },
});
const agent = new Agent({ socket });

for (const celsius of [21.5, 21.7, 21.6]) {
  const request = agent.request({
    hostname: '127.0.0.1', port: Number(process.argv[2] ?? 5684), method: 'PUT', pathname: '/readings/node-17',
  });
  const answered = new Promise<string>((resolve, reject) => {
    request.on('response', ({ code }: { code: string }) => resolve(code));
    request.on('error', reject);
  });
  request.end(`${celsius}`);
  console.log(celsius, await answered);
}
socket.close();
