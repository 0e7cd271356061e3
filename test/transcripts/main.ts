// npm run transcripts [-- --update]: says which transcripts do not hold, or writes them down as the engine plays them now.
import { writeFileSync } from 'node:fs';
import { format } from './markdown.js';
import { buildsOf, played, text, transcripts } from './play.js';

const isUpdate = process.argv.includes('--update');
if (process.argv.slice(2).some((word) => word !== '--update')) {
  console.error('usage: npm run transcripts [-- --update]');
  process.exit(2);
}

let changed = 0;
for (const transcript of transcripts()) {
  const parts = transcript.scenarios.map((scenario) => played(scenario, buildsOf(scenario)[0]!));
  transcript.scenarios.forEach((scenario, index) => {
    if (format(parts[index]!) === text(scenario)) return;
    changed++;
    console.log(`${isUpdate ? 'written anew' : 'does not hold'}: ${transcript.name}: ${scenario.name}`);
  });
  if (isUpdate) writeFileSync(transcript.path, format([...transcript.preface, ...parts.flat()]));
}
console.log(changed === 0 ? 'Every transcript holds.' : `${changed} scenario${changed === 1 ? '' : 's'}. git diff shows what changed.`);
process.exit(changed === 0 || isUpdate ? 0 : 1);
