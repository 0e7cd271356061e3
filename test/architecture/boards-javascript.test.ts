// host/core runs on boards: it is written in the JavaScript that Espruino knows, but for import and export, which a bundle
// for a board resolves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lint } from './espruino-javascript.js';
import { filesUnder, read } from './sources.js';

describe('the JavaScript of host/core', () => {
  it('is found out when it is not Espruino\'s', () => {
    const bad = [
      'const { a } = b;', 'f(...a);', 'function f(a = 1) {}', 'a?.b;', 'async () => {};', 'function* g() {}', 'class A { #a; }',
      'class A { a = 1; }', 'new Map();', 'a ** b;', 'a ??= b;', '1n;', 'Math.imul(a, b);', 'x: for (;;) {}', 'try {} catch {}',
      'a = { [b]: 1 };', 'a.length = 0;', 'switch (a) { default: b(); case 1: c(); }', 'f(); function f() {}', 'Array.from(a);',
    ];
    for (const source of bad) assert.equal(lint(source).length > 0, true, source);
    const good = 'class A { static a = 1; b() { return `${this.c ?? 1}`; } } for (const a of b) a.Map.set(() => ({ Set: 1 }));' +
      'const h = () => f({ [Cause.NONE]: a.length }); function f() {} f(h);';
    assert.deepEqual(lint(good), []);
  });

  for (const path of [...filesUnder('dist/host/core', '.js'), 'dist/assembly/codes.js', 'dist/assembly/records.js', 'dist/assembly/certificate-codes.js']) {
    it(path.replace(/^dist\//, ''), () => assert.deepEqual(lint(read(path)), []));
  }
});
