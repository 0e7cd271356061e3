// boards/moddable: the examples run, and what the SDK would find on the way: files, names in C, types.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { generate, parse } from 'coap-packet';
import type * as Declared from 'embedded:io/socket/udp/dtls';
import type * as Implemented from '../../boards/moddable/dtls.js';
import { exporting, ModdableBoard, Network } from './moddable-board.js';
import { KEY } from './moddable-pair.js';

const top = resolve(import.meta.dirname, '../../..');
const { lacksWasm2c } = await import(`${top}/boards/build/board.js`) as { lacksWasm2c(): string };
const moddable = `${top}/boards/moddable`;
const read = (path: string) => readFileSync(`${moddable}/${path}`, 'utf8');

/** The types that users get are those of the code. */
export const asDeclared = (code: typeof Implemented): typeof Declared => code as unknown as typeof Declared & typeof code;

interface Message { type: number; code: number; id: number; token: Iterable<number>; path: string[]; payload: Uint8Array }
interface Coap { encode(message: Partial<Message>): Uint8Array; decode(buffer: ArrayBuffer): Message | null }

function start(board: ModdableBoard, name: 'client' | 'server', config: object): ModdableBoard {
  const { default: given } = board.run(read(`examples/${name}/config.js`)) as { default: object };
  board.modules['coap'] = board.run(read('examples/coap.js'));
  board.modules['config'] = exporting({ ...given, ...config });
  board.run(read(`examples/${name}/main.js`));
  return board;
}

const client = (network: Network, config: object = {}) =>
  start(new ModdableBoard(network, '10.0.0.1'), 'client', { address: '10.0.0.2', ...config });
const server = (network: Network) => start(new ModdableBoard(network, '10.0.0.2'), 'server', {});

/** How often a line is in what a board traced. */
const count = (board: ModdableBoard, line: RegExp) => board.traced.split('\n').filter((one) => line.test(one)).length;

describe('the examples', () => {
  it('report a reading a minute, which is answered', () => {
    const network = new Network(), gateway = server(network), sensor = client(network);
    network.pass(59_500);
    assert.match(sensor.traced, /^reading 2\d\.\d\nanswer 2\.04\n$/);
    assert.match(gateway.traced, /^dev1 at 10\.0\.0\.1\ndev1\/readings: 2\d\.\d\n2\.04\n$/);
    network.pass(120_000);
    assert.deepEqual([count(sensor, /^answer 2\.04$/), count(gateway, /^dev1\/readings/)], [3, 3]);
  });

  it('send again what was lost, or whose answer was, and take it once', () => {
    const network = new Network(), gateway = server(network), sensor = client(network);
    network.flow();
    const first = network.sent; // the next ones: a reading, its repetition, and its answer
    network.lose = (index) => index === first || index === first + 2;
    network.pass(70_000);
    assert.deepEqual([count(sensor, /^reading/), count(sensor, /^answer 2\.04$/)], [2, 2]);
    assert.equal(count(gateway, /^dev1\/readings/), 2);
    assert.equal(network.sent >= first + 4, true);
  });

  it('connect again when the server has restarted', () => {
    const network = new Network(), gateway = server(network), sensor = client(network);
    network.pass(1_000);
    network.sockets.delete('10.0.0.2 5684');
    network.pass(60_000);
    const restarted = server(network);
    network.pass(200_000);
    assert.match(sensor.traced, /The server does not answer/);
    assert.deepEqual([count(gateway, /^dev1\/readings/), count(restarted, /^dev1 at/)], [1, 1]);
    assert.equal(count(sensor, /^answer 2\.04$/) >= 2, true);
  });

  it('say that the key is wrong, and go on trying', () => {
    const network = new Network(), gateway = server(network);
    const sensor = client(network, { key: Uint8Array.of(1) });
    network.pass(180_000);
    assert.equal(count(sensor, /^ERR_DTLS_WRONG_KEY: .*pre-shared key/) > 1, true);
    assert.equal(count(gateway, /^ERR_DTLS_WRONG_KEY/) > 1, true);
  });

  it('wait for the radio, which some boards have their entropy from', () => {
    const network = new Network(), board = new ModdableBoard(network, '10.0.0.1');
    server(network);
    board.random.isOn = false;
    start(board, 'client', { address: '10.0.0.2' });
    network.pass(5_000);
    board.random.isOn = true;
    network.pass(10_000);
    assert.match(board.traced, /^ERR_DTLS_NO_ENTROPY[^\n]*\nreading .*\nanswer 2\.04\n$/);
  });

  it('give the last reading, and nobody else\'s', () => {
    const network = new Network(), board = new ModdableBoard(network, '10.0.0.3');
    server(network);
    client(network, { path: ['cellar', 'temperature'] });
    network.flow();
    const { encode } = board.run(read('examples/coap.js')) as Coap, replies: string[] = [];
    const dtls = new board.dtls.default({
      address: '10.0.0.2', port: 5684, dtls: { psk: { identity: 'dev1', key: KEY } },
      onReadable() { replies.push(parse(Buffer.from(this.read()!)).code); },
    });
    network.flow();
    const ask = (code: number, path: string[], id: number) => dtls.write(encode({ type: 0, code, id, path }));
    ask(1, ['cellar', 'temperature'], 1);
    ask(1, ['cellar'], 2);
    ask(3, ['cellar'], 3);
    dtls.write(Uint8Array.of(0x40)); // no CoAP: ignored
    network.flow();
    assert.deepEqual(replies, ['2.05', '4.04', '4.05']);
  });
});

describe('the examples\' CoAP', () => {
  const { encode, decode } = new ModdableBoard(new Network(), '10.0.0.1').run(read('examples/coap.js')) as Coap;

  it('writes what npm\'s coap-packet reads', () => {
    const path = ['a', 'b'.repeat(12), 'c'.repeat(13), 'd'.repeat(255)];
    const payload = Buffer.from('21.5');
    const packet = parse(Buffer.from(encode({ type: 0, code: 2, id: 0xfffe, token: [1, 2, 3], path, payload })));
    assert.deepEqual([packet.confirmable, packet.code, packet.messageId], [true, '0.02', 0xfffe]);
    assert.deepEqual([packet.token, packet.payload.toString()], [Buffer.from([1, 2, 3]), '21.5']);
    const options = packet.options.map(({ name, value }) => [name, value.toString()]);
    assert.deepEqual(options, path.map((segment) => ['Uri-Path', segment]));
  });

  it('reads what npm\'s coap-packet writes', () => {
    const long = 'x'.repeat(300);
    const packet = generate({
      confirmable: true, code: 'GET', messageId: 7, token: Buffer.from('t'), payload: Buffer.from([0xff, 0]),
      options: [
        { name: 'Uri-Path', value: Buffer.from(long) }, { name: 'Uri-Path', value: Buffer.from('y') },
        { name: 'Uri-Query', value: Buffer.from('q') }, { name: 'Proxy-Uri', value: Buffer.from('z'.repeat(270)) },
        { name: 'Size1', value: Buffer.from([1]) },
      ],
    });
    const message = decode(new Uint8Array(packet).buffer)!;
    assert.deepEqual([message.type, message.code, message.id, [...message.token]], [0, 1, 7, [0x74]]);
    assert.deepEqual([message.path, [...message.payload]], [[long, 'y'], [0xff, 0]]);
  });

  it('takes no message that is cut short', () => {
    const whole = encode({ type: 0, code: 1, id: 1, token: [1, 2], path: ['abc', 'd'.repeat(20)] });
    const boundaries = [6, 10, whole.length];
    for (let length = 0; length <= whole.length; length++) {
      assert.equal(decode(whole.slice(0, length).buffer as ArrayBuffer) !== null, boundaries.includes(length), `${length}`);
    }
  });
});

describe('what the Moddable SDK finds', () => {
  const library = JSON.parse(read('manifest_common.json'));

  /** The paths of a manifest's modules, its platforms' too. */
  const paths = (manifest: { modules?: object; platforms?: object }): string[] => [
    ...Object.values(manifest.modules ?? {}).flat(),
    ...Object.values(manifest.platforms ?? {}).flatMap((platform) => paths(platform as object)),
  ];

  it('every file that the manifests name', { skip: lacksWasm2c() || false }, () => {
    const own = ['manifest.json', 'manifest_full.json', 'manifest_common.json'];
    for (const name of [...own, ...['client', 'server', 'x-cli-lin'].map((example) => `examples/${example}/manifest.json`)]) {
      const folder = dirname(name);
      for (const path of paths(JSON.parse(read(name))).filter((path) => path.startsWith('.'))) {
        const found = ['.js', '.c', '.h'].some((ending) => existsSync(resolve(moddable, folder, path + ending)));
        assert.equal(found, true, `${name}: ${path}`);
      }
    }
    assert.equal(paths(library).length > 9, true);
    for (const [name, module] of [['manifest', 'psk'], ['manifest_full', 'full']] as const) {
      const { include, modules } = JSON.parse(read(`${name}.json`));
      assert.deepEqual([include, modules], ['./manifest_common.json', { '*': `../../dist/c/thimble_${module}` }]);
    }
    assert.equal('creation' in library, false); // that is the app's
  });

  it('a function of thimble.h for each that is declared in native.js and made in thimble.c', () => {
    const declared = [...read('native.js').matchAll(/^export function (\w+)\(\) @ "xs_thimble_(\w+)";$/gm)];
    const header = [...read('../c/thimble.h').matchAll(/^int32_t thimble_(\w+)\(/gm)].map((one) => one[1]!);
    const made = [...read('thimble.c').matchAll(/^void xs_thimble_(\w+)\(xsMachine \*the\)/gm)].map((one) => one[1]!);
    for (const [, name, inC] of declared) assert.equal(name, inC);
    const names = declared.map((one) => one[1]!).sort();
    assert.deepEqual(made.sort(), names);
    assert.deepEqual(names.filter((name) => name !== 'memory'), header.filter((name) => name !== 'entropy').sort());
  });

  it('one module of imports it knows, which changes little once it is preloaded', () => {
    const text = readFileSync(`${top}/dist/moddable/dtls.js`, 'utf8');
    const imports = new Set([...text.matchAll(/^(?:import|\}).* from "(.*)";$/gm)].map((one) => one[1]!));
    assert.deepEqual([...imports].sort(), ['embedded:io/socket/udp', 'thimble/native', 'time', 'timer']);
    const changing = [...text.matchAll(/^(?:var|let) (\w+)/gm)].map((one) => one[1]!);
    assert.deepEqual(changing.sort(), ['made', 'opened']);
  });
});

describe('the README', () => {
  const blocks = [...read('README.md').matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]!);
  const [, onTop] = /Moddable \(.*?```js\n(.*?)```/s.exec(readFileSync(`${top}/README.md`, 'utf8'))!;
  /** What an app brings. */
  const GIVEN = `
    import UDP from 'embedded:io/socket/udp';
    const device = { network: { udp: { io: UDP } } };
    const key = Uint8Array.of(7), keys = { get: (identity) => /^(dev1|node-17)$/.test(identity) ? key : null };
  `;

  for (const [name, client] of Object.entries({ 'Moddable\'s': blocks[0]!, 'the project\'s': onTop! })) {
    it(`has a client and a server that talk: ${name}`, () => {
      const network = new Network(), server = new ModdableBoard(network, '192.0.2.1'), board = new ModdableBoard(network, '10.0.0.1');
      server.run(GIVEN + blocks[1]!);
      board.run(GIVEN + client);
      network.pass(1_000);
      assert.match(board.traced, /^21\.5( °C)?\n$/);
    });
  }

  it('says what a layout needs', () => {
    const rows = [...read('README.md').matchAll(/^\| `datagram: (\d+), connections: (\d+)` \| ([\d,]+) \|$/gm)];
    assert.equal(rows.length, 3);
    for (const [, datagram, connections, needs] of rows) {
      const least = Number(needs!.replace(',', '')), board = new ModdableBoard(new Network(), '10.0.0.1');
      const dtls = { psk: { identity: 'dev1', key: KEY } };
      const connect = () => new board.dtls.default({ address: '10.0.0.2', port: 5684, dtls });
      board.dtls.default.layout = { datagram: Number(datagram), connections: Number(connections) };
      board.memoryBytes = least - 1;
      assert.throws(connect, { code: 'ERR_DTLS_BAD_LAYOUT' });
      board.memoryBytes = least;
      connect();
    }
  });
});

describe('the types', () => {
  const check = (t: TestContext, name: 'client' | 'server'): string => {
    const folder = mkdtempSync(`${tmpdir()}/thimble-`);
    t.after(() => rmSync(folder, { recursive: true }));
    const examples = `${moddable}/examples`;
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({
      compilerOptions: {
        target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022'], types: [],
        allowJs: true, checkJs: true, strict: false, noEmit: true, paths: { coap: [`${examples}/coap.js`], config: [`${examples}/${name}/config.js`] },
      },
      files: [`${examples}/${name}/main.js`, `${moddable}/typings/dtls.d.ts`, `${moddable}/moddable.d.ts`],
    }));
    const tsc = `${top}/node_modules/typescript/bin/tsc`;
    return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
  };

  it('fit the client example', (t) => assert.equal(check(t, 'client'), ''));
  it('fit the server example', (t) => assert.equal(check(t, 'server'), ''));
});
