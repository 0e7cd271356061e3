// Each scenario of each transcript, on each build: playing it must give the very text that stands there. So the datagrams of
// one seed are the same on every build, and the same as when they were written down. `npm run transcripts -- --update`
// writes them down anew.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format } from './markdown.js';
import { buildsOf, played, text, transcripts } from './play.js';

for (const transcript of transcripts()) {
  describe(`test/transcripts/${transcript.name}`, () => {
    for (const scenario of transcript.scenarios) {
      for (const build of buildsOf(scenario)) {
        it(`${scenario.name} (${build})`, () => assert.equal(format(played(scenario, build)), text(scenario)));
      }
    }
  });
}
