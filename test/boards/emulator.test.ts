// Thimble's Moddable adapter in XS on an emulated Cortex-M4, with real peers. A row: the app that the board runs, and what
// its peer does and both must see. Raw public keys and certificates: emulator-credentials.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { dial, serve } from '../interop/ours.js';
import { find, HEX, IDENTITY, start, suite } from '../interop/peers.js';
import { boot, emulatedBoard } from './emulator.js';
import type { Board, BoardOptions } from './emulator.js';
import { BadLine, datagram } from './frames.js';
import { exchangeReadings, takeReadings } from './readings.js';

/** Starts the board with these words beside those of the row. */
type Start = (...words: string[]) => Promise<Board>;

interface Case {
  name: string;
  app: string;
  options?: BoardOptions;
  play(t: TestContext, start: Start): Promise<void>;
}

const WRONG = Buffer.from('not the key');
const FAST = { initialMs: 200 };
const LOSSY = { loss: 0.1, corruption: 0.1, cut: 0.15 };
const PSK_CCM_8 = ['-dtls1_2', '-psk', HEX, '-psk_identity', IDENTITY, '-cipher', 'PSK-AES128-CCM8:@SECLEVEL=0'];

function run(about: string, cases: Case[]): void {
  suite('XS on QEMU', emulatedBoard, about, () => {
    for (const { name, app, options, play } of cases) {
      test(name, (t) => play(t, (...words) => boot(t, app, { ...options, words: [...options?.words ?? [], ...words] })));
    }
  });
}

run('handshakes', [
  {
    name: 'client of the Node gateway', app: 'client',
    async play(t, start) {
      const gateway = serve(t), board = await start(`port=${gateway.port}`);
      const talk = await gateway.accepts();
      await talk.opened();
      assert.equal(talk.session.pskIdentity, IDENTITY);
      assert.ok(talk.session.extendedMasterSecret);
      await board.says(/connected\nheard a reading/);
      await talk.session.close();
      await board.says(/closed/);
    },
  },
  {
    name: 'client in a module of 12 KiB', app: 'client', options: { firmware: { memoryBytes: 12288 } },
    async play(t, start) {
      const board = await start(`port=${serve(t).port}`);
      await board.says(/connected\nheard a reading/);
    },
  },
  {
    name: 'client of OpenSSL\'s s_server', app: 'client',
    async play(t, startBoard) {
      const peer = start(t, find('openssl', ['version'], 'openssl'),
        ['s_server', '-accept', '127.0.0.1:0', '-nocert', ...PSK_CCM_8, '-listen']);
      const [, port] = await peer.says(/ACCEPT 127\.0\.0\.1:(\d+)/);
      const board = await startBoard(`port=${port}`);
      await peer.says(/CIPHER is PSK-AES128-CCM8/);
      await peer.says(/a reading/);
      peer.write('an answer');
      await board.says(/heard an answer/);
    },
  },
  {
    name: 'server of a Node client', app: 'server',
    async play(t, start) {
      const board = await start();
      await board.says(/listening/);
      const talk = dial(t, await board.socketPort());
      await talk.opened();
      await board.says(/accepted dev1/);
      talk.session.send('a question');
      assert.equal(await talk.hears(), 'a question');
      await talk.session.close();
      await board.says(/closed/);
    },
  },
]);

run('CoAP, by the examples', [
  {
    name: 'a sensor with 10 KiB for the module posts a hundred readings', app: 'sensor',
    options: { firmware: { memoryBytes: 10240 } },
    async play(t, start) {
      const { port, readings } = await takeReadings(t);
      const board = await start(`port=${port}`), sent: string[] = [];
      while (sent.length < 100) sent.push((await board.says(/reading (.+)\nanswer 2\.04/))[1]!);
      assert.deepEqual(readings.slice(0, 100), sent);
    },
  },
  {
    name: 'a server takes a hundred readings and gives them back', app: 'coap-server',
    async play(t, start) {
      const board = await start();
      await board.says(/listening/);
      const readings = Array.from({ length: 100 }, (_, i) => `${20 + i / 10}`);
      assert.deepEqual(await exchangeReadings(t, await board.socketPort(), readings), readings);
      assert.equal(board.output.match(/^2\.0[45]$/gm)?.length, 200);
    },
  },
]);

/** A line and what it must have done for the test to mean something. */
function lossy(seed: number): { line: BadLine; options: BoardOptions } {
  const line = new BadLine(seed, LOSSY);
  return { line, options: { fault: line.fault, words: ['initial=200'] } };
}

function assertBad({ tally: { loss, corruption, cut } }: BadLine): void {
  assert.ok(loss > 0 && corruption > 0 && cut > 0, `lost ${loss}, corrupted ${corruption}, cut ${cut}`);
}

run('bad lines and wrong keys', [
  ...[1, 7, 29].map((seed) => ({ seed, ...lossy(seed) })).map(({ seed, line, options }): Case => ({
    name: `client over a line that loses, corrupts and cuts, seed ${seed}`, app: 'persistent', options,
    async play(t, start) {
      const board = await start(`port=${serve(t, { retransmit: FAST }).port}`);
      await board.says(/connected/);
      await board.says(/heard enough/);
      assertBad(line);
    },
  })),
  ...[3, 16].map((seed) => ({ seed, ...lossy(seed) })).map(({ seed, line, options }): Case => ({
    name: `server over such a line, seed ${seed}`, app: 'server', options,
    async play(t, start) {
      const board = await start();
      await board.says(/listening/);
      const talk = dial(t, await board.socketPort(), { retransmit: FAST });
      await talk.opened();
      const asking = setInterval(() => talk.session.send('again'), 150);
      t.after(() => clearInterval(asking));
      for (let heard = 0; heard < 10; heard++) assert.equal(await talk.hears(), 'again');
      assertBad(line);
    },
  })),
  {
    name: 'client with a wrong key', app: 'client', options: { words: ['key=wrong', 'initial=100'] },
    async play(t, start) {
      const gateway = serve(t, { retransmit: FAST }), board = await start(`port=${gateway.port}`);
      const error = await (await gateway.accepts()).fails();
      assert.equal(error.code, 'ERR_DTLS_WRONG_KEY');
      assert.match(error.hint, /key/);
      await board.says(/failed ERR_DTLS_\w+: .*key/);
    },
  },
  {
    name: 'server of a client with a wrong key', app: 'server', options: { words: ['initial=100'] },
    async play(t, start) {
      const board = await start();
      await board.says(/listening/);
      const talk = dial(t, await board.socketPort(), { psk: { identity: IDENTITY, key: WRONG }, retransmit: { initialMs: 100 } });
      const error = await talk.fails();
      assert.match(error.code, /^ERR_DTLS_/);
      assert.match(error.hint, /key/);
      await board.says(/warned ERR_DTLS_WRONG_KEY: .+/);
      const right = dial(t, await board.socketPort());
      await right.opened();
    },
  },
]);

run('bad input', [
  {
    name: 'a trap ends the connection, and the next one works', app: 'trap',
    async play(t, start) {
      const board = await start(`port=${serve(t).port}`);
      await board.says(/failed ERR_DTLS_ENGINE_FAILED: .+/);
      await board.says(/heard after the trap/);
    },
  },
  {
    name: 'a connection more than the table holds is refused', app: 'crowd',
    async play(t, start) {
      const board = await start(`port=${serve(t).port}`);
      await board.says(/failed ERR_DTLS_FULL: .+/);
      await board.says(/heard here\nheard here/);
    },
  },
  {
    name: 'a layout larger than the module\'s memory is refused', app: 'refused', options: { words: ['datagram=8000'] },
    async play(_, start) {
      const board = await start('port=9');
      await board.says(/failed ERR_DTLS_BAD_LAYOUT: .+\nfailed ERR_DTLS_BAD_LAYOUT: .+\nthe firmware goes on/);
    },
  },
  {
    name: 'without entropy nothing starts', app: 'refused', options: { words: ['entropy=none'] },
    async play(_, start) {
      const board = await start('port=9');
      await board.says(/failed ERR_DTLS_NO_ENTROPY: .+\nfailed ERR_DTLS_NO_ENTROPY: .+\nthe firmware goes on/);
    },
  },
  {
    name: 'a JavaScript heap or stack used up is an error, and handshakes work after it', app: 'exhausted',
    async play(t, start) {
      const board = await start(`port=${serve(t).port}`);
      await board.says(/(failed ERR_BOARD_MEMORY_FULL: .+\n){3}/);
      await board.says(/heard still here/);
    },
  },
  {
    name: 'a datagram longer than the window is dropped with a warning', app: 'client',
    async play(t, start) {
      const gateway = serve(t), board = await start(`port=${gateway.port}`);
      const talk = await gateway.accepts();
      await board.says(/heard a reading/);
      board.transmit(datagram(0, '127.0.0.1', gateway.port, Buffer.alloc(1281)));
      await board.says(/warned ERR_DTLS_DATAGRAM_TOO_LONG: .+/);
      talk.session.send('after it');
      await board.says(/heard after it/);
    },
  },
  {
    name: 'a frame cut short is told, and the connection lives', app: 'client',
    async play(t, start) {
      const gateway = serve(t), board = await start(`port=${gateway.port}`);
      const talk = await gateway.accepts();
      await board.says(/heard a reading/);
      board.transmit(datagram(0, '127.0.0.1', gateway.port, Buffer.alloc(100)).subarray(0, 50));
      await board.says(/line ERR_BOARD_FRAME_CUT: .+/);
      talk.session.send('after it');
      await board.says(/heard after it/);
    },
  },
]);
