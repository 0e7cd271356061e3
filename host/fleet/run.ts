import { realClock } from './clock.js';
import { newTally } from './impairment.js';
import type { Modules } from './mote.js';
import { SensorNode, type Target } from './node.js';
import type { Credentials, Plan } from './plan.js';
import { Random } from './random.js';
import { resultsOf, type Results } from './results.js';

/** How often what waits is looked at, milliseconds. */
const LOOK_MS = 50;
/** For answers that are still under way at the end: time for a repetition or two (RFC 7252 §4.8). */
const LAST_ANSWERS_MS = 5_000;

/**
 * Runs the nodes against a gateway that is there already: they boot one after the other, report for as long as the plan
 * says, and have the grace time to get a first reading through. Ends early when the signal aborts; always closes every
 * node.
 */
export class Fleet {
  private readonly tally = newTally();
  private readonly nodes: SensorNode[];
  private readonly startedMs = realClock.now();
  private started = 0;

  /** @param credentials one for each node. */
  constructor(private readonly plan: Plan, modules: Modules, credentials: readonly Credentials[], target: Target) {
    this.nodes = credentials.map((own, index) => new SensorNode(modules, own, `node-${index + 1}`, target, plan, this.tally));
  }

  /** Everything so far. */
  get results(): Results {
    const records = this.nodes.map((node) => node.record);
    return resultsOf(records, this.started, this.tally, this.plan, realClock.now() - this.startedMs);
  }

  /** Each handshake's time and each answer's, milliseconds, for whoever wants more than percentiles. */
  get handshakeTimes(): number[] {
    return this.nodes.flatMap(({ record }) => (record.handshakeMs === undefined ? [] : [record.handshakeMs]));
  }
  get answerTimes(): number[] {
    return this.nodes.flatMap(({ record }) => record.answerMs);
  }

  async run(signal: AbortSignal): Promise<Results> {
    try {
      await this.boot(signal);
      await this.wait(() => this.elapsedMs >= this.plan.forMs, signal);
      for (const node of this.nodes) node.stopReporting();
      await this.settle(signal);
      return this.results;
    } finally {
      for (const node of this.nodes.slice(0, this.started)) node.close();
    }
  }

  private get elapsedMs(): number {
    return realClock.now() - this.startedMs;
  }

  /** Waits for answers: a node without any has the grace time to get one, the others may be done with less. */
  private async settle(signal: AbortSignal): Promise<void> {
    const stoppedMs = this.elapsedMs;
    await this.wait(() => {
      const waitedMs = this.elapsedMs - stoppedMs;
      const areDecided = this.nodes.every((node) => node.isDecided);
      const isSettled = this.nodes.every((node) => node.isSettled);
      return waitedMs >= (areDecided ? LAST_ANSWERS_MS : this.plan.graceMs) || (areDecided && isSettled);
    }, signal);
  }

  /** In an order and at moments that follow from the seed. */
  private async boot(signal: AbortSignal): Promise<void> {
    const random = new Random(this.plan.seed, 'boot');
    const moments = this.nodes.map(() => random.fraction() * this.plan.bootMs).sort((a, b) => a - b);
    for (const moment of moments) {
      await this.wait(() => this.elapsedMs >= moment, signal);
      if (signal.aborted) return;
      this.nodes[this.started++]!.start();
    }
  }

  private async wait(isOver: () => boolean, signal: AbortSignal): Promise<void> {
    while (!isOver() && !signal.aborted) {
      await new Promise<void>((resolve) => { realClock.after(LOOK_MS, resolve); });
    }
  }
}
