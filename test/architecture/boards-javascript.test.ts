// host/core runs on boards: it is written in the JavaScript that Espruino knows, but for import and export, which a bundle
// for a board resolves. What Espruino lacks was found by trying.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'acorn';
import type { AnyNode } from 'acorn';
import { filesUnder, read } from './sources.js';

const SYNTAX: { [type: string]: string } = {
  LabeledStatement: 'a label',
  ObjectPattern: 'destructuring',
  ArrayPattern: 'destructuring',
  SpreadElement: 'spread',
  RestElement: 'a rest parameter',
  AssignmentPattern: 'a default value',
  ChainExpression: '?.',
  AwaitExpression: 'await',
  YieldExpression: 'yield',
  PrivateIdentifier: 'a private name',
  ImportExpression: 'import()',
  StaticBlock: 'a static block',
  MetaProperty: 'import.meta or new.target',
};
const GLOBALS = ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Symbol', 'BigInt', 'Proxy', 'Reflect', 'process', 'Buffer', 'require'];
const OPERATORS = ['**', '**=', '??=', '||=', '&&='];

/** What of a node Espruino does not know, or null. */
function missing(node: AnyNode, parent: AnyNode | null): string | null {
  if (SYNTAX[node.type] !== undefined) return SYNTAX[node.type]!;
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node.async ? 'an async function' : node.generator ? 'a generator' : null;
    case 'PropertyDefinition': return node.static ? null : 'a field outside of the constructor';
    case 'BinaryExpression':
    case 'AssignmentExpression': return OPERATORS.includes(node.operator) ? node.operator : null;
    case 'Literal': return typeof node.value === 'bigint' ? 'a BigInt' : null;
    case 'CatchClause': return node.param ? null : 'catch without a name';
    case 'Identifier': return GLOBALS.includes(node.name) && !isProperty(node, parent) ? node.name : null;
    case 'MemberExpression': return isMath(node) ? 'Math.imul or Math.clz32' : null;
    default: return null;
  }
}

function isProperty(node: AnyNode, parent: AnyNode | null): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && !parent.computed;
  return (parent?.type === 'Property' || parent?.type === 'MethodDefinition') && parent.key === node && !parent.computed;
}

function isMath(node: AnyNode): boolean {
  return node.type === 'MemberExpression' && node.object.type === 'Identifier' && node.object.name === 'Math' &&
    node.property.type === 'Identifier' && ['imul', 'clz32'].includes(node.property.name);
}

const isNode = (value: unknown): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value;

/** Everything that is missing in a program, each with its line. */
function lint(source: string): string[] {
  const found: string[] = [];
  const visit = (node: AnyNode, parent: AnyNode | null): void => {
    const what = missing(node, parent);
    if (what !== null) found.push(`${node.loc!.start.line}: ${what}`);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node);
    }
  };
  visit(parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true }), null);
  return found;
}

describe('the JavaScript of host/core', () => {
  it('is found out when it is not Espruino\'s', () => {
    const bad = [
      'const { a } = b;', 'f(...a);', 'function f(a = 1) {}', 'a?.b;', 'async () => {};', 'function* g() {}', 'class A { #a; }',
      'class A { a = 1; }', 'new Map();', 'a ** b;', 'a ??= b;', '1n;', 'Math.imul(a, b);', 'x: for (;;) {}', 'try {} catch {}',
    ];
    for (const source of bad) assert.equal(lint(source).length > 0, true, source);
    const good = 'class A { static a = 1; b() { return `${this.c ?? 1}`; } } for (const a of b) a.Map.set(() => ({ Set: 1 }));';
    assert.deepEqual(lint(good), []);
  });

  for (const path of [...filesUnder('dist/host/core', '.js'), 'dist/assembly/codes.js']) {
    it(path.replace(/^dist\//, ''), () => assert.deepEqual(lint(read(path)), []));
  }
});
