// The pages themselves: what is written down is read as it stands, and playing notices what does not hold.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { format, parse, rewrite } from './markdown.js';
import type { Block, Kind } from './markdown.js';
import { played, text, transcripts } from './play.js';

const action = (kind: Kind, lines: string[]): Block => ({ kind, info: '', lines });

/** A page of one action with these blocks to expect, each behind a word of prose. */
function page(...expected: string[]): string {
  return ['```host\nconnect\n```\n', ...expected.map((line, index) => `Word ${index}.\n\n\`\`\`events\n${line}\n\`\`\`\n`), 'End.\n'].join('\n');
}

const play = (...lines: string[]) => (block: Block) => ({ action: block, results: lines.map((line) => action('events', [line])) });

describe('a transcript\'s page', () => {
  for (const transcript of transcripts()) {
    it(`${transcript.name} is written as it was read`, () => {
      const source = readFileSync(transcript.path, 'utf8');
      assert.equal(format(parse(source)), source);
      assert.equal(transcript.scenarios.length > 0, true);
    });
  }

  it('keeps its prose where it stands when what happens changes', () => {
    assert.equal(format(rewrite(parse(page('old', 'older')), play('new', 'newer'))), page('new', 'newer'));
  });

  it('gains blocks behind the last one, and loses those that nothing fills', () => {
    const gained = format(rewrite(parse(page('a')), play('a', 'b')));
    assert.match(gained, /```events\na\n```\n\n```events\nb\n```\n\nEnd\.\n$/);
    const lost = format(rewrite(parse(page('a', 'b')), play('a')));
    assert.match(lost, /```events\na\n```\n\nWord 1\.\n\n\nEnd\.\n$/);
  });

  it('does not hold when one digit of a datagram is another', () => {
    const scenario = transcripts()[0]!.scenarios[0]!;
    const before = text(scenario);
    const block = scenario.parts.flatMap((part) => 'block' in part && part.block.kind === 'out' ? [part.block] : [])[0]!;
    block.lines[0] = block.lines[0]!.replace('fefd', 'fefc');
    assert.notEqual(text(scenario), before);
    assert.equal(format(played(scenario, 'psk')), before);
  });

  it('wants every fence to close', () => {
    assert.throws(() => parse('```in\n00'), /line 1: the fence does not close/);
  });
});
