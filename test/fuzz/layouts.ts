// Layouts that no sane host asks for.
import { Misuse } from '../../assembly/codes.js';
import { InfoField } from '../../assembly/records.js';
import type { Layout } from '../../host/core/index.js';
import { Random } from '../../host/fleet/random.js';
import type { Build } from '../modules.js';
import { Subject } from './subject.js';

const GOOD: Layout = {
  bytes: 60_000, inMax: 512, outMax: 512, messageMax: 512, connections: 2, handshakes: 2, aftercares: 2, contexts: 2,
};
const FIELDS = 14;
/** Where sizes turn over; beside them, anything. */
const EDGES = [0, 1, -1, 127, 128, 255, 256, 4_096, 4_097, 65_535, 65_536, 2 ** 31 - 1];
const MEMORY = 65_536;

/** Calls `init` with layouts of every kind: each is good, or refused, and then nothing works. Returns how many were good. */
export function fuzzLayouts(seed: number, build: Build, tries: number): number {
  const random = new Random(seed, 'layouts');
  const subject = new Subject(build, GOOD, seed, `seed ${seed}, layouts`), { module } = subject;
  const info = module.words(module.INFO, InfoField.COUNT);
  let accepted = 0;
  for (let i = 0; i < tries; i++) {
    const fields = [60_000, 512, 512, 512, 2, 2, 2, 2, 192, 2, 1, 20, 1, 255];
    for (let n = random.below(3); n >= 0; n--) fields[random.below(FIELDS)] = anySize(random);
    // as much memory as there is before any pool, or a few bytes less or more
    if (random.chance(0.1)) fields[InfoField.BYTES] = info[InfoField.FIXED_SIZE]! - 20 + random.below(40);
    info.set(fields, 0);
    const code = module.init();
    if (code !== 0 && code !== -Misuse.BAD_LAYOUT) subject.fail(`init(${fields}) returned ${code}`);
    if (code !== 0 && module.connect(0, 0) !== -Misuse.NOT_READY) subject.fail('ready without a layout');
    if (code !== 0) continue;
    accepted++;
    const bytes = fields[InfoField.BYTES]!, used = info[InfoField.USED]!;
    const isInside = used <= bytes && bytes <= MEMORY && info[InfoField.IN]! + fields[InfoField.IN_MAX]! <= bytes;
    if (!isInside) subject.fail(`init(${fields}) laid out ${used} bytes`);
  }
  return accepted;
}

function anySize(random: Random): number {
  const choice = random.below(4);
  return choice === 0 ? random.next() | 0 : choice === 1 ? random.below(70_000) : EDGES[random.below(EDGES.length)]!;
}
