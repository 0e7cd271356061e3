// What of a script Espruino does not know, with acorn. Found by trying with Espruino 2v29.
import { parse } from 'acorn';
import type { AnyNode } from 'acorn';

const SYNTAX: { [type: string]: string } = {
  LabeledStatement: 'a label',
  WithStatement: 'with',
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
const GLOBALS = ['Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Symbol', 'BigInt', 'Proxy', 'Reflect', 'process', 'Buffer',
  'globalThis', 'performance'];
const MEMBERS = ['Math.imul', 'Math.clz32', 'Number.isInteger', 'Number.isFinite', 'Array.from', 'Uint8Array.from',
  'Object.freeze'];
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
    case 'Property': return node.computed && !isEnumMember(node.key) ? 'a computed key' : null;
    case 'BinaryExpression': return OPERATORS.includes(node.operator) ? node.operator : null;
    case 'AssignmentExpression':
      if (memberName(node.left).endsWith('.length')) return 'an assignment to length';
      return OPERATORS.includes(node.operator) ? node.operator : null;
    case 'Literal': return typeof node.value === 'bigint' ? 'a BigInt' : null;
    case 'CatchClause': return node.param ? null : 'catch without a name';
    case 'SwitchStatement': return node.cases.slice(0, -1).some((one) => one.test === null) ? 'a case after default' : null;
    case 'Identifier': return GLOBALS.includes(node.name) && !isProperty(node, parent) ? node.name : null;
    case 'MemberExpression': return MEMBERS.includes(memberName(node)) ? memberName(node) : null;
    default: return null;
  }
}

/** A number with a name, which a bundle has in the name's place. */
function isEnumMember(key: AnyNode): boolean {
  return /^[A-Z]\w+\.[A-Z0-9_]+$/.test(memberName(key));
}

/** `Math.imul` of such an expression; of longer ones the last dot and name. */
function memberName(node: AnyNode): string {
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return '';
  return `${node.object.type === 'Identifier' ? node.object.name : ''}.${node.property.name}`;
}

function isProperty(node: AnyNode, parent: AnyNode | null): boolean {
  if (parent?.type === 'MemberExpression') return parent.property === node && !parent.computed;
  return (parent?.type === 'Property' || parent?.type === 'MethodDefinition') && parent.key === node && !parent.computed;
}

const isNode = (value: unknown): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value;
const isFunction = (node: AnyNode) => /Function/.test(node.type);

/** A name where it is declared as a function, or used, and the function (or program) around it. */
interface Mention {
  name: string;
  start: number;
  line: number;
  around: AnyNode;
}

/** Functions that are used above their declaration while it has not been run: Espruino hoists nothing. */
function hoisted(uses: Mention[], declared: Mention[]): string[] {
  const isEarly = (use: Mention) =>
    declared.some(({ name, around, start }) => name === use.name && around === use.around && use.start < start);
  return uses.filter(isEarly).map(({ line, name }) => `${line}: ${name} before its declaration`);
}

/** Everything that is missing in a program, each with its line. */
export function lint(source: string): string[] {
  const found: string[] = [], uses: Mention[] = [], declared: Mention[] = [];
  const visit = (node: AnyNode, parent: AnyNode | null, around: AnyNode): void => {
    const what = missing(node, parent), line = node.loc!.start.line;
    if (what !== null) found.push(`${line}: ${what}`);
    const mention = (name: string): Mention => ({ name, start: node.start, line, around });
    if (node.type === 'FunctionDeclaration' && node.id !== null) declared.push(mention(node.id.name));
    else if (node.type === 'Identifier' && !isProperty(node, parent)) uses.push(mention(node.name));
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (isNode(child)) visit(child, node, isFunction(node) ? node : around);
      }
    }
  };
  const program = parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  visit(program, null, program);
  return [...found, ...hoisted(uses, declared)];
}
