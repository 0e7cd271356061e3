import { readFileSync } from 'node:fs';
import { drops as dropsOf, Loader, TraceKind } from '../../core/index.js';
import type { Device } from '../../fleet/device.js';
import { PERFECT } from '../../fleet/impairment.js';
import type { Sighting } from '../../fleet/network.js';
import {
  DEFAULT_SIMULATION, simulate, type Observer, type Outcome, type Side, type SimulationPlan,
} from '../../fleet/simulation.js';
import { keyLogLine } from '../../node/keylog.js';
import type { ExplainOptions } from '../explain.js';
import type { Output } from '../output.js';
import { recordPcap, type PcapRecorder } from '../record.js';
import { Exit } from '../usage.js';
import { happeningText } from './describe.js';
import { KeyLog } from './secrets.js';
import { stateOf, stateText, type State } from './state.js';
import { Timeline } from './timeline.js';

/** Replays one seed: a line for what each datagram says and its fate, and one of state for the side that it moved. */
export function replay(seed: number, options: ExplainOptions, output: Output): Exit {
  const loader = new Loader(readFileSync(new URL('../../../thimble-trace.wasm', import.meta.url)));
  const pcap = options.pcap === undefined ? undefined : recordPcap(options.pcap, output);
  const outcome = simulate(loader, planOf(seed, options), new Narrator(output, pcap));
  pcap?.close();
  output.line(output.json ? JSON.stringify(outcome) : outcomeText(outcome));
  return outcome.isConnected ? Exit.DONE : Exit.FAILED;
}

function planOf(seed: number, options: ExplainOptions): SimulationPlan {
  const { loss, duplicate, reorder, corrupt, delay, jitter, mtu, messages, wrongKey } = options;
  return {
    ...DEFAULT_SIMULATION, seed, mtu, messages, hasWrongKey: wrongKey === true,
    conditions: { ...PERFECT, loss, duplicate, reorder, corrupt, delayMs: delay, jitterMs: jitter },
  };
}

function outcomeText({ isConnected, connectedMs, answered, reason, endMs }: Outcome): string {
  const over = `over after ${endMs.toFixed(1)}ms`;
  if (isConnected) return `connected after ${connectedMs!.toFixed(1)}ms, ${answered} messages answered, ${over}`;
  return `not connected: ${reason?.message ?? 'no side gave a reason'}, ${over}`;
}

/** Writes lines as the simulation goes on. */
class Narrator implements Observer {
  private readonly keys = new KeyLog();
  private readonly timeline = new Timeline(this.keys);
  private readonly states: Partial<Record<Side, State>> = {};
  private readonly shown: Partial<Record<Side, string>> = {};

  constructor(private readonly output: Output, private readonly pcap: PcapRecorder | undefined) {}

  /** What was said as it leaves, and that it arrived; what arrives has been read already. */
  datagram({ kind, atMs, from, to, datagram, copies }: Sighting): void {
    if (kind === 'arrived') return;
    this.pcap?.datagram(datagram, from, to, atMs);
    for (const happening of this.timeline.read({ atMs, from, to, payload: datagram })) {
      const fate = copies === 0 ? 'lost' : copies === 2 ? 'arrives twice' : '';
      if (this.output.json) this.output.line(JSON.stringify({ ...happening, copies }));
      else this.output.line([happeningText(happening, 0), fate].filter((word) => word !== '').join(', '));
    }
  }

  trace(side: Side, kind: number, bytes: Uint8Array): void {
    if (kind === TraceKind.STATE) {
      this.states[side] = stateOf(bytes);
    } else if (kind === TraceKind.KEY_LOG) {
      const line = keyLogLine(bytes);
      this.keys.add(line);
      this.pcap?.keys(line);
    }
  }

  /** One line of state, if it is another one than before. */
  rested(side: Side, device: Device, atMs: number): void {
    const state = this.states[side];
    if (state === undefined) return;
    const drops = dropsOf(device.endpoint.engine);
    const text = stateText(side, state, drops);
    if (this.shown[side] === text) return;
    this.shown[side] = text;
    if (this.output.json) this.output.line(JSON.stringify({ atMs, connection: 1, from: side, state, drops }));
    else this.output.line(`${timeText(atMs)} c1 ${text}`);
  }

  said(side: Side, text: string, atMs: number): void {
    if (this.output.json) this.output.line(JSON.stringify({ atMs, connection: 1, from: side, what: text }));
    else this.output.line(`${timeText(atMs)} c1 ${side} ${text}`);
  }
}

function timeText(atMs: number): string {
  return `${atMs.toFixed(1)}ms`.padStart(10);
}

