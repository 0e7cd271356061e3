// A transcript as Markdown: prose, and fenced blocks that say what happens. Playing it writes it anew, block by block, and
// the transcript holds if that changes nothing.

/** What a fence is called: a scenario begins with `engine`; `host` and `in` cause what `out` and `events` must show. */
export type Kind = 'engine' | 'host' | 'in' | 'out' | 'events';

export interface Block {
  kind: Kind;
  /** What stands behind the kind in the opening fence. */
  info: string;
  lines: string[];
}

/** Prose is lines as they are. */
export type Part = { prose: string[] } | { block: Block };

/** One scenario: from its `engine` block to the next one; its heading stands before. */
export interface Scenario {
  name: string;
  parts: Part[];
}

const FENCE = /^```(engine|host|in|out|events)\b ?(.*)$/;

export function parse(text: string): Part[] {
  const parts: Part[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  let prose: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = FENCE.exec(lines[i]!);
    if (!fence) {
      prose.push(lines[i]!);
      continue;
    }
    const end = lines.indexOf('```', i);
    if (end < 0) throw new Error(`line ${i + 1}: the fence does not close`);
    if (prose.length) parts.push({ prose });
    prose = [];
    parts.push({ block: { kind: fence[1] as Kind, info: fence[2]!, lines: lines.slice(i + 1, end) } });
    i = end;
  }
  if (prose.length) parts.push({ prose });
  return parts;
}

export function format(parts: Part[]): string {
  const lines = parts.flatMap((part) => 'prose' in part ? part.prose
    : [`\`\`\`${part.block.kind}${part.block.info ? ` ${part.block.info}` : ''}`, ...part.block.lines, '```']);
  return `${lines.join('\n')}\n`;
}

/** The scenarios, and what stands before the first. */
export function scenarios(parts: Part[]): { preface: Part[]; scenarios: Scenario[] } {
  const preface: Part[] = [];
  const found: Scenario[] = [];
  let heading = '';
  for (const part of parts) {
    if ('block' in part && part.block.kind === 'engine') found.push({ name: heading, parts: [] });
    (found.at(-1)?.parts ?? preface).push(part);
    if ('prose' in part) heading = part.prose.filter((line) => /^##? /.test(line)).at(-1)?.replace(/^#+ /, '') ?? heading;
  }
  return { preface, scenarios: found };
}

const isExpectation = (part: Part): boolean => 'block' in part && (part.block.kind === 'out' || part.block.kind === 'events');
const isAction = (part: Part): boolean => 'block' in part && !isExpectation(part);

/**
 * The parts of a scenario with what `play` makes of it: an action's own block rewritten, and what it caused in the places of
 * the expectations that follow it, with the prose between them; more of them behind the last, none where there are too many.
 */
export function rewrite(parts: Part[], play: (block: Block) => { action: Block; results: Block[] }): Part[] {
  const written: Part[] = [];
  let results: Block[] = [];
  let place = 0;
  const rest = (): void => {
    written.splice(place, 0, ...results.flatMap((block): Part[] => [{ prose: [''] }, { block }]));
    results = [];
  };
  for (const part of parts) {
    if (isAction(part)) {
      rest();
      const played = play((part as { block: Block }).block);
      written.push({ block: played.action });
      results = played.results;
    } else if (isExpectation(part)) {
      const block = results.shift();
      if (!block) continue;
      written.push({ block });
    } else {
      written.push(part);
      continue;
    }
    place = written.length;
  }
  rest();
  return written;
}
