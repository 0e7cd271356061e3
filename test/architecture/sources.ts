// The project's own source files, what each imports, and how long their functions are.
import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, with a slash at the end. */
export const top = fileURLToPath(new URL('../../../', import.meta.url));

export function read(path: string): string {
  return readFileSync(top + path, 'utf8');
}

/** Every file under a folder whose name ends so, as paths from the top, in order. */
export function filesUnder(folder: string, end: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(top + folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...filesUnder(path, end));
    else if (entry.name.endsWith(end)) paths.push(path);
  }
  return paths.sort();
}

const IMPORT = /(?:^|[\s;])(?:import|export)\s(?:[^'";]*?\sfrom\s+)?(['"])([^'"\n]+)\1|\bimport\(\s*(['"])([^'"\n]+)\3\s*\)/g;

/** What a file imports: paths of the project's own sources, and names of packages and of Node's modules. */
export function importsOf(path: string): string[] {
  const text = read(path).replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...text.matchAll(IMPORT)].map((match) => resolve(path, match[2] ?? match[4]!));
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return `${posix.join(posix.dirname(from), specifier).replace(/\.js$/, '')}.ts`;
}

export interface Length {
  path: string;
  line: number;
  lines: number;
}

/** A line that opens a function (also of C), a method, an arrow with a body, or that ends parameters on several lines. */
const OPENS = new RegExp([
  String.raw`^(\s*)(?=\S)(?!\}|(?:if|for|while|switch|catch|else|do|return|describe|it|test|before|after)\b)`,
  String.raw`(?:.*\bfunction\b.*|\).*|(?:(?:export|private|static|async|get|set)\s+)*[\w$]+(?:<[^>]*>)?\(.*|.*=>\s*|[a-z][\w\s*]*\w\(.*\)\s*)\{$`,
].join(''));

/** Functions and methods of more than `most` lines. The sources are formatted, so a function ends at its own indentation. */
export function longFunctions(path: string, most: number): Length[] {
  const lines = read(path).split('\n');
  const long: Length[] = [];
  lines.forEach((line, index) => {
    const indentation = OPENS.exec(line)?.[1];
    if (indentation === undefined) return;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indentation}}`));
    const length = (end < 0 ? lines.length : end) - index + 1;
    if (length > most) long.push({ path, line: index + 1, lines: length });
  });
  return long;
}
