// The emulated board before any DTLS: its line, its timers, its end.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { suite } from '../interop/peers.js';
import { boot, emulatedBoard } from './emulator.js';
import { datagram } from './frames.js';

/** What comes back when this is sent to the board. */
async function echo(t: TestContext, port: number, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.send(bytes, port, '127.0.0.1');
  const [answer] = await once(socket, 'message') as [Buffer];
  return answer;
}

suite('XS on QEMU', emulatedBoard, 'the line', () => {
  test('datagrams of all sizes come back', async (t) => {
    const board = await boot(t, 'line');
    await board.says(/three ticks\nready/);
    for (const length of [0, 1, 255, 1280, 2040]) {
      const bytes = Buffer.alloc(length, length);
      assert.deepEqual(await echo(t, await board.socketPort(), bytes), bytes);
    }
  });

  for (const [what, bytes, code] of [
    ['a frame that is cut short', datagram(0, '127.0.0.1', 9, Buffer.alloc(100)).subarray(0, 50), 'ERR_BOARD_FRAME_CUT'],
    ['a frame longer than any may be', datagram(0, '127.0.0.1', 9, Buffer.alloc(2041)), 'ERR_BOARD_FRAME_TOO_LONG'],
  ] as const) {
    test(`${what} is told, and the next one is heard`, async (t) => {
      const board = await boot(t, 'line');
      await board.says(/ready/);
      board.transmit(bytes);
      await board.says(new RegExp(`${code}: .+`));
      assert.deepEqual(await echo(t, await board.socketPort(), Buffer.from('again')), Buffer.from('again'));
    });
  }

  test('an error that nobody catches ends the firmware, and is told', async (t) => {
    const board = await boot(t, 'careless');
    assert.equal(await board.ends(), 1);
    assert.match(board.output, /^uncaught RangeError: .+\n code: ERR_BOARD_MEMORY_FULL\n hint: .+/);
  });

  test('arguments it does not know end it, with their usage', async (t) => {
    const board = await boot(t, 'line', { words: ['entropy=dice'] });
    assert.equal(await board.ends(), 2);
    assert.match(board.output, /usage/);
  });
});
