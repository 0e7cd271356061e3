import type { Results } from './results.js';
import type { Summary } from './statistics.js';

/** 12345.6 as 12,346. */
export function integerText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** 0.125 as 12.5%. */
export function percentText(fraction: number): string {
  return `${Number((fraction * 100).toFixed(1))}%`;
}

function spread(summary: Summary | undefined, unit: string): string {
  if (summary === undefined) return 'none yet';
  const { p50, p95, p99, maximum } = summary;
  const figures = Object.entries({ p50, p95, p99, most: maximum }).map(([name, value]) => `${name} ${integerText(value)}`);
  return `${figures.join('   ')} ${unit}`;
}

/** The network's faults in a few words. */
export function networkText({ loss, duplicate, reorder, corrupt, delayMs, jitterMs }: Results['conditions']): string {
  const words = [`loss ${percentText(loss)}`, `delay ${delayMs}${jitterMs > 0 ? `–${delayMs + jitterMs}` : ''} ms`];
  if (reorder > 0) words.push(`reordering ${percentText(reorder)}`);
  if (duplicate > 0) words.push(`duplication ${percentText(duplicate)}`);
  if (corrupt > 0) words.push(`corruption ${percentText(corrupt)}`);
  return words.join(', ');
}

const LABEL = 16;

function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)} ${text}`;
}

function bar(part: number, whole: number, width: number): string {
  const full = whole === 0 ? 0 : Math.round((part / whole) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** What stands on the terminal while the fleet runs. */
export function liveText(results: Results): string {
  const { nodes, started, connected, handshake, readings, network, memory, failures } = results;
  const lost = network.sent === 0 ? '' : ` (${percentText(network.lost / network.sent)})`;
  return [
    `${nodes} sensor nodes report to a gateway over UDP`,
    '',
    row('network', `${networkText(results.conditions)}; seed ${results.seed}`),
    row('time', `${(results.elapsedMs / 1_000).toFixed(1)} s`),
    row('nodes up', `${bar(connected, nodes, 30)} ${connected} of ${nodes}`),
    row('handshakes', `${connected} done, ${started - connected} under way`),
    row('handshake time', spread(handshake.timeMs, 'ms')),
    row('lost on the way', `${integerText(network.lost)} of ${integerText(network.sent)} datagrams${lost}`),
    row('sent again', `${integerText(results.retransmissions)} datagrams of handshakes`),
    row('nodes reporting', `${bar(nodes - failures.length, nodes, 30)} ${nodes - failures.length} of ${nodes}`),
    row('readings', `${integerText(readings.answered)} answered of ${integerText(readings.sent)} sent`),
    row('memory a node', `${integerText(memory.nodeUsed)} of ${integerText(memory.node)} bytes`),
  ].join('\n');
}

/** A line for where no terminal is. */
export function progressText({ elapsedMs, nodes, connected, readings, retransmissions }: Results): string {
  const figures = [`${connected} of ${nodes} nodes up`, `${retransmissions} retransmissions`, `${readings.answered} readings`];
  return `${(elapsedMs / 1_000).toFixed(1).padStart(5)} s  ${figures.join(', ')}`;
}

/** What is left at the end. */
export function summaryText(results: Results): string {
  const { nodes, reported, elapsedMs, handshake, readings, network, memory } = results;
  const lines = [
    `${reported} of ${nodes} nodes reported in ${(elapsedMs / 1_000).toFixed(1)} s`,
    row('network', `${networkText(results.conditions)}; seed ${results.seed}`),
    row('handshake time', spread(handshake.timeMs, 'ms')),
    row('  datagrams', spread(handshake.datagrams, '')),
    row('  bytes', spread(handshake.bytes, '')),
    row('loss survived', `${integerText(network.lost)} of ${integerText(network.sent)} datagrams lost, ` +
      `${integerText(network.duplicated)} duplicated, ${integerText(network.reordered)} overtaken`),
    row('sent again', `${integerText(results.retransmissions)} datagrams of handshakes`),
    row('readings', `${integerText(readings.sent)} sent, ${integerText(readings.answered)} answered`),
    row('  answer time', spread(readings.timeMs, 'ms')),
    row('RAM a node',
      `${integerText(memory.nodeUsed)} of ${integerText(memory.node)} bytes of linear memory, everything included`),
    row('RAM a connection', `${integerText(memory.connection)} bytes; its handshake ${integerText(memory.handshake)} while it ` +
      `runs, aftercare ${integerText(memory.aftercare)}`),
  ];
  return [...lines.map((line) => line.trimEnd()), ...failureLines(results)].join('\n');
}

const FAILURES_SHOWN = 10;

function failureLines({ failures }: Results): string[] {
  const shown = failures.slice(0, FAILURES_SHOWN).map(({ name, problem }) => `  ${name} did not report: ${problem}`);
  const more = failures.length - shown.length;
  return more > 0 ? [...shown, `  and ${more} more did not report`] : shown;
}
