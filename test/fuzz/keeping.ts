// What a host keeps of an engine to give it back later: sessions, states of live connections, the secrets that seal them; and keying
// material, which it takes away.
import { EventKind, Misuse } from '../../assembly/codes.js';
import type { Random } from '../../host/fleet/random.js';
import { mutated } from './mutate.js';
import type { Event, Subject } from './subject.js';

const KEPT = 6;
const SECRETS = [1, 2, 3].map((number) => Buffer.alloc(16 + number, number));

export class Keeping {
  /** The latest first. */
  readonly sessions: Buffer[] = [];
  readonly states: Buffer[] = [];

  constructor(private readonly subject: Subject, private readonly random: Random, private readonly isServer: boolean) {}

  private pick<T>(list: readonly T[]): T {
    return list[this.random.below(list.length)]!;
  }

  /** Notes what came out to be kept. */
  take(events: readonly Event[]): void {
    for (const { kind, bytes } of events) {
      const list = kind === EventKind.SESSION ? this.sessions : kind === EventKind.STATE ? this.states : undefined;
      list?.unshift(bytes);
      list?.splice(KEPT);
    }
  }

  /** The secrets that both sides have, in any order and number; now and then what is no list of secrets. */
  seal(): void {
    const list = SECRETS.slice(0, this.random.below(4)).reverse();
    const bytes = Buffer.concat(list.map((secret) => Buffer.concat([Buffer.of(secret.length), secret])));
    const given = this.random.chance(0.9) ? bytes : mutated(bytes, this.random, [bytes]);
    this.subject.put(given);
    const { code } = this.subject.call('seals', [Math.min(given.length, this.subject.in.length)]);
    if (code !== 0 && code !== -Misuse.BAD_LENGTH) this.subject.fail(`seals returned ${code}`);
    this.isWiped();
  }

  /** One of the calls; `handle` is any. What it brings about. */
  step(handle: number, contexts: number): Event[] {
    const { subject, random } = this, { length: inMax } = subject.in;
    const size = () => (random.chance(0.9) ? random.below(40) : this.pick([-1, inMax, inMax + 1, 2 ** 31 - 1]));
    switch (random.below(5)) {
      case 0: {
        const { events } = subject.call('save', [handle, size(), this.pick([0, 1, 1, 2])]);
        this.take(events);
        if (random.chance(0.7)) subject.call('stored', [handle]);
        return events;
      }
      case 1: return subject.call('stored', [handle]).events;
      case 2: return this.restore(random.below(contexts));
      case 3: {
        random.fill(subject.in);
        return subject.call('exporter', [handle, size(), size()]).events;
      }
      default: this.seal();
    }
    return [];
  }

  /** An old one too, an altered one, one of another kind: whatever is not ours is refused. */
  private restore(context: number): Event[] {
    const { subject, random } = this, blob = this.pick([...this.states, ...this.sessions, Buffer.alloc(100, 1)]);
    const isAltered = random.chance(0.5), given = isAltered ? mutated(blob, random, this.states) : blob;
    subject.put(given);
    const role = random.chance(0.9) ? Number(this.isServer) : this.pick([0, 1, 2, -1, 256]);
    const { code, events } = subject.call('restore', [context, Math.min(given.length, subject.in.length), role]);
    if (code > 0 && !this.states.some((state) => state.equals(given))) subject.fail('a state that nobody saved was restored');
    return events;
  }

  private isWiped(): void {
    if (!this.subject.in.every((byte) => byte === 0)) this.subject.fail('a secret is still in the window');
  }
}
