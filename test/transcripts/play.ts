// A transcript file, played and written anew.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BUILDS, type Build } from '../modules.js';
import { format, parse, rewrite, scenarios } from './markdown.js';
import type { Part, Scenario } from './markdown.js';
import { Scene, readSettings } from './scene.js';

/** Where the transcripts stand, among the sources of the tests. */
const folder = fileURLToPath(new URL('../../../test/transcripts/', import.meta.url));

export interface Transcript {
  name: string;
  path: string;
  preface: Part[];
  scenarios: Scenario[];
}

export function transcripts(): Transcript[] {
  return readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md').sort().map((name) => {
    const path = folder + name;
    return { name, path, ...scenarios(parse(readFileSync(path, 'utf8'))) };
  });
}

/** The builds on which a scenario is played. */
export function buildsOf(scenario: Scenario): Build[] {
  const only = readSettings(opening(scenario)).builds!.split(/[ ,]+/).filter(Boolean);
  return BUILDS.filter((build) => only.length === 0 || only.includes(build));
}

function opening(scenario: Scenario) {
  const first = scenario.parts[0]!;
  if (!('block' in first)) throw new Error('a scenario begins with its engine block');
  return first.block;
}

/** The scenario's text as it stands. */
export function text(scenario: Scenario): string {
  return format(scenario.parts);
}

/** The scenario as this build plays it. */
export function played(scenario: Scenario, build: Build): Part[] {
  const scene = new Scene(build, opening(scenario));
  return rewrite(scenario.parts, (block) => {
    try {
      return scene.play(block);
    } catch (error) {
      throw new Error(`${scenario.name}, ${block.kind} block:\n${block.lines.join('\n')}`, { cause: error });
    }
  });
}
