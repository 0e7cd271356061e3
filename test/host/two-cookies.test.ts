// A server that changed its secret, or two behind one address: does the client follow?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ends } from './ends.js';

/** What this end left to send. */
const taken = (out: { bytes: Uint8Array }[]) => out.splice(0).map(({ bytes }) => bytes);

// 6347-4.2.1-5, 6347-4.2.1-8, 6347-4.2.2-2
test('a HelloVerifyRequest is answered if it answers our last hello, and ignored if it is late', () => {
  const before = new Ends(), after = new Ends();
  const connection = before.connect();
  const [first] = taken(before.client.out);
  before.toServer(first!);
  before.toClient(taken(before.server.out)[0]!);
  const [second] = taken(before.client.out);
  after.toServer(first!);
  before.toClient(taken(after.server.out)[0]!); // with a cookie of its own, but for the first hello
  assert.deepEqual(taken(before.client.out), []);
  after.toServer(second!); // which has the other one's cookie
  while (after.server.out.length > 0) {
    for (const datagram of taken(after.server.out)) before.toClient(datagram);
    for (const datagram of taken(before.client.out)) after.toServer(datagram);
  }
  assert.equal(connection.state, 'connected');
});
