// The shape of the sources: who may import whom, how long things may be, what stands at the top.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Alert } from '../../assembly/codes.js';
import { filesUnder, importsOf, longFunctions, read, top } from './sources.js';

const TOP = [
  '.ci', '.git', '.gitignore', '.npmrc', 'CHANGELOG.md', 'LICENSE', 'README.md', 'asconfig.json', 'assembly', 'boards', 'dist',
  'host', 'native', 'node_modules', 'package-lock.json', 'package.json', 'test', 'tsconfig.json',
];

/** What of the engine is also its hosts'. */
const CODES = ['assembly/codes.ts', 'assembly/records.ts', 'assembly/certificate-codes.ts'];

/** The layers of assembly/, in the order of its README's table: a row names files (`x.ts`) and folders (`x/`). */
function layers(): string[] {
  const rows = [...read('assembly/README.md').matchAll(/^\| (`[^|]+`) \|/gm)];
  return rows.flatMap((row) => [...row[1]!.matchAll(/`([^`]+)`/g)].map((name) => `assembly/${name[1]}`));
}

const layerOf = (path: string, order: string[]): number =>
  order.findIndex((layer) => path === layer || (layer.endsWith('/') && path.startsWith(layer)));

/** A way round from a file back to itself, or null. */
function cycleFrom(start: string, paths: ReadonlySet<string>): string[] | null {
  const seen = new Set<string>();
  const walk = (path: string, way: string[]): string[] | null => {
    for (const next of importsOf(path)) {
      if (next === start) return [...way, path, next];
      if (!paths.has(next) || seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, path]);
      if (found) return found;
    }
    return null;
  };
  return walk(start, []);
}

describe('assembly/', () => {
  const order = layers();
  const paths = filesUnder('assembly', '.ts');

  it('has every file in its README, and every row of the README a file', () => {
    assert.deepEqual(paths.filter((path) => layerOf(path, order) < 0), []);
    assert.deepEqual(order.filter((layer) => !paths.some((path) => path.startsWith(layer))), []);
  });

  it('imports only what stands above', () => {
    const wrong = paths.flatMap((path) => importsOf(path)
      .filter((used) => layerOf(used, order) < 0 || layerOf(used, order) > layerOf(path, order))
      .map((used) => `${path} imports ${used}`));
    assert.deepEqual(wrong, []);
  });

  it('has no file that imports itself by a detour', () => {
    const all = new Set(paths);
    for (const path of paths) assert.equal(cycleFrom(path, all)?.join(' → '), undefined);
  });

  it('reaches the trace through trace/trace.ts alone', () => {
    const outside = paths.filter((path) => !path.startsWith('assembly/trace/'));
    const used = new Set(outside.flatMap(importsOf).filter((path) => path.startsWith('assembly/trace/')));
    assert.deepEqual([...used], ['assembly/trace/trace.ts']);
  });

  it('declares what is outside in crypto.ts alone', () => {
    assert.deepEqual(paths.filter((path) => read(path).includes('@external')), ['assembly/crypto.ts']);
  });

  it('cannot name an alert that RFC 7925 §6 forbids (7925-6-1, 7925-6-2, 7925-6-3)', () => {
    const reserved = [21, 41, 60], certificates = [42, 43, 44, 45, 46, 48, 49], decompressionFailure = 30;
    for (const alert of [...reserved, ...certificates, decompressionFailure]) assert.equal(Alert[alert], undefined);
  });

  it('names each cipher suite in suites.ts alone (7925-19-1)', () => {
    const suites = /CipherSuite\.TLS_(?!EMPTY_RENEGOTIATION_INFO_SCSV)/;
    assert.deepEqual(paths.filter((path) => suites.test(read(path))), ['assembly/suites.ts']);
  });

  it('has no managed object, exception or growing memory', () => {
    const managed = /\bnew [A-Z]|\bthrow\b|\btry\b|memory\.grow|\bheap\.|\bMap<|\bSet<|\bArray<(?<!StaticArray<)/;
    for (const path of paths) {
      const code = read(path).replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*$/gm, '');
      assert.doesNotMatch(code, managed, path);
    }
  });
});

describe('host/', () => {
  /** What each part may import of the project. */
  const may: { [part: string]: string[] } = {
    core: ['host/core/'],
    node: ['host/core/', 'host/node/'],
    fleet: ['host/core/', 'host/node/', 'host/fleet/'],
    cli: ['host/'],
    examples: ['host/'],
  };
  const isOurs = (path: string): boolean => /^(assembly|host|test|native|boards)\//.test(path);

  it('consists of the parts that the rule knows', () => {
    const folders = readdirSync(`${top}host`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(folders.map((entry) => entry.name).filter((name) => may[name] === undefined), []);
  });

  for (const [part, allowed] of Object.entries(may)) {
    const paths = filesUnder('host', '.ts').filter((path) => path.startsWith(`host/${part}/`));
    if (paths.length === 0) continue;
    it(`${part} imports ${allowed.join(', ')} and the codes`, () => {
      const wrong = paths.flatMap((path) => importsOf(path)
        .filter((used) => isOurs(used) && !CODES.includes(used) && !allowed.some((folder) => used.startsWith(folder)))
        .map((used) => `${path} imports ${used}`));
      assert.deepEqual(wrong, []);
    });
  }

  it('core imports nothing from outside of the project', () => {
    const used = filesUnder('host/core', '.ts').flatMap(importsOf).filter((path) => !isOurs(path));
    assert.deepEqual(used, []);
  });

  it('draws no random number from Math.random, and core prints nothing (7925-12-2)', () => {
    const all = ['assembly', 'host', 'native/build'].flatMap((folder) => [...filesUnder(folder, '.ts'), ...filesUnder(folder, '.js')]);
    assert.deepEqual(all.filter((path) => read(path).includes('Math.random')), []);
    assert.deepEqual(filesUnder('host/core', '.ts').filter((path) => read(path).includes('console.')), []);
  });
});

describe('boards/', () => {
  /** What each part may import of the project; the emulator and the build are no part of a firmware. */
  const may: { [part: string]: string[] } = {
    core: ['host/core/', 'boards/core/'],
    moddable: ['host/core/', 'boards/core/', 'boards/moddable/'],
    espruino: ['host/core/', 'boards/core/', 'boards/espruino/'],
  };

  for (const [part, allowed] of Object.entries(may)) {
    it(`${part} imports ${allowed.join(', ')} and the codes`, () => {
      const paths = filesUnder(`boards/${part}`, '.ts').filter((path) => !path.includes('/examples/'));
      assert.equal(paths.length > 0, true);
      const wrong = paths.flatMap((path) => importsOf(path)
        .filter((used) => /^(assembly|host|test|native|boards)\//.test(used) && !CODES.includes(used))
        .filter((used) => !allowed.some((folder) => used.startsWith(folder)))
        .map((used) => `${path} imports ${used}`));
      assert.deepEqual(wrong, []);
    });
  }

  it('asks no random source but the chip\'s (7925-12-2)', () => {
    const all = ['.ts', '.js', '.c'].flatMap((end) => filesUnder('boards', end)).filter((path) => !path.startsWith('boards/build/'));
    const found = all.filter((path) => /Math\.random|E\.hwRand|\brand\(|c_rand|getRandomValues/.test(read(path)));
    assert.deepEqual(found, []);
  });
});

describe('the checks of the sources', () => {
  it('find imports and functions at all', () => {
    assert.equal(importsOf('assembly/index.ts').includes('assembly/endpoint.ts'), true);
    assert.equal(importsOf('host/core/endpoint.ts').includes('assembly/codes.ts'), true);
    assert.equal(longFunctions('assembly/endpoint.ts', 3).length > 10, true);
    assert.deepEqual(cycleFrom('assembly/wire.ts', new Set(filesUnder('assembly', '.ts'))), null);
  });
});

describe('the repository', () => {
  const sources = ['assembly', 'host', 'boards', 'test'].flatMap((folder) => filesUnder(folder, '.ts'))
    .concat(filesUnder('native/build', '.js'), filesUnder('boards', '.js'));
  const ofC = ['native', 'boards', 'test'].flatMap((folder) => [...filesUnder(folder, '.c'), ...filesUnder(folder, '.h')])
    .filter((path) => !/^native\/(mbedtls|cache)\//.test(path));

  it('has nothing else at the top', () => {
    assert.deepEqual(readdirSync(top).filter((name) => !TOP.includes(name)), []);
  });

  it('has no file of 300 lines', () => {
    const long = [...sources, ...ofC].map((path) => ({ path, lines: read(path).split('\n').length - 1 })).filter((file) => file.lines >= 300);
    assert.deepEqual(long, []);
  });

  it('has no function of 70 lines', () => {
    assert.deepEqual([...sources, ...ofC].flatMap((path) => longFunctions(path, 69)), []);
  });

  it('names no path of the machine it was made on', () => {
    const all = [...sources, ...ofC, ...filesUnder('boards', '.md'), ...filesUnder('boards', '.json'), ...filesUnder('test', '.md')];
    const paths = new RegExp(['/ro' + 'ot/', '/wo' + 'rk/', '/ho' + 'me/'].join('|'));
    assert.deepEqual(all.filter((path) => paths.test(read(path))), []);
  });
});
