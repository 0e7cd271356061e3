// A server that changed its secret, or two behind one address: does the client follow?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ends } from './ends.js';

/** What this end left to send. */
const taken = (out: { bytes: Uint8Array }[]) => out.splice(0).map(({ bytes }) => bytes);

// 6347-4.2.1-8, 6347-4.2.2-2
test('two HelloVerifyRequests for one hello: each cookie has its hello, and the last of them is completed', () => {
  const before = new Ends(), after = new Ends();
  const connection = before.connect();
  const [first] = taken(before.client.out);
  for (const server of [before, after]) {
    server.toServer(first!);
    for (const verify of taken(server.server.out)) before.toClient(verify);
  }
  const hellos = taken(before.client.out);
  assert.equal(hellos.length, 2);
  after.toServer(hellos[1]!); // its ServerHello has message_seq 2, though the client has heard none but 0
  while (after.server.out.length > 0) {
    for (const datagram of taken(after.server.out)) before.toClient(datagram);
    for (const datagram of taken(before.client.out)) after.toServer(datagram);
  }
  assert.equal(connection.state, 'connected');
});
