import type { CredentialKind } from './plan.js';
import type { KindResults, Results } from './results.js';
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
  const { nodes, started, connected, handshakeMs, readings, network, failures } = results;
  const lost = network.sent === 0 ? '' : ` (${percentText(network.lost / network.sent)})`;
  return [
    `${nodes} sensor nodes report to a gateway over UDP`,
    '',
    row('network', `${networkText(results.conditions)}; seed ${results.seed}`),
    row('time', `${(results.elapsedMs / 1_000).toFixed(1)} s`),
    row('nodes up', `${bar(connected, nodes, 30)} ${connected} of ${nodes}`),
    row('handshakes', `${connected} done, ${started - connected} under way`),
    ...kinds(results).map(([kind, own]) => row(`  ${kind}`, `${bar(own.connected, own.nodes, 30)} ${own.connected} of ${own.nodes}`)),
    row('handshake time', spread(handshakeMs, 'ms')),
    row('lost on the way', `${integerText(network.lost)} of ${integerText(network.sent)} datagrams${lost}`),
    row('sent again', `${integerText(results.retransmissions)} datagrams of handshakes`),
    row('nodes reporting', `${bar(nodes - failures.length, nodes, 30)} ${nodes - failures.length} of ${nodes}`),
    row('readings', `${integerText(readings.answered)} answered of ${integerText(readings.sent)} sent`),
    row('memory a node', `${integerText(Math.max(...kinds(results).map(([, { memory }]) => memory.nodeUsed)))} bytes at most`),
  ].join('\n');
}

/** A line for where no terminal is. */
export function progressText({ elapsedMs, nodes, connected, readings, retransmissions }: Results): string {
  const figures = [`${connected} of ${nodes} nodes up`, `${retransmissions} retransmissions`, `${readings.answered} readings`];
  return `${(elapsedMs / 1_000).toFixed(1).padStart(5)} s  ${figures.join(', ')}`;
}

/** What is left at the end. */
export function summaryText(results: Results): string {
  const { nodes, reported, elapsedMs, handshakeMs, readings, network } = results;
  const lines = [
    `${reported} of ${nodes} nodes reported in ${(elapsedMs / 1_000).toFixed(1)} s`,
    row('network', `${networkText(results.conditions)}; seed ${results.seed}`),
    row('loss survived', `${integerText(network.lost)} of ${integerText(network.sent)} datagrams lost, ` +
      `${integerText(network.duplicated)} duplicated, ${integerText(network.reordered)} overtaken`),
    row('sent again', `${integerText(results.retransmissions)} datagrams of handshakes`),
    row('readings', `${integerText(readings.sent)} sent, ${integerText(readings.answered)} answered`),
    row('  answer time', spread(readings.timeMs, 'ms')),
    row('handshake time', spread(handshakeMs, 'ms')),
    '',
    ...kindTable(results),
  ];
  return [...lines.map((line) => line.trimEnd()), ...failureLines(results)].join('\n');
}

/** The kinds there are, in order. */
export function kinds({ credentials }: Results): [CredentialKind, KindResults][] {
  return Object.entries(credentials) as [CredentialKind, KindResults][];
}

/** A line for each kind of credentials: what its handshakes cost, and the bytes of memory of a node. */
function kindTable(results: Results): string[] {
  const figure = (value: number | undefined) => (value === undefined ? '–' : integerText(value));
  const memory = integerText(kinds(results)[0]![1].memory.node);
  const head = ['  medians', 'nodes up', 'ms', 'ms p95', 'datagrams', 'bytes', `RAM of ${memory}`, 'connection', 'handshake'];
  return align([head, ...kinds(results).map(([kind, { nodes, connected, handshake, memory }]) => [
    `  ${kind}`, connected === nodes ? `${nodes}` : `${connected} of ${nodes}`,
    figure(handshake.timeMs?.p50), figure(handshake.timeMs?.p95), figure(handshake.datagrams?.p50), figure(handshake.bytes?.p50),
    figure(memory.nodeUsed), figure(memory.connection), figure(memory.handshake),
  ])]);
}

/** Columns as wide as they must be: the first to the left, the others to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells.map((cell, column) =>
    (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]! + 2))).join(''));
}

const FAILURES_SHOWN = 10;

function failureLines({ failures }: Results): string[] {
  const shown = failures.slice(0, FAILURES_SHOWN).map(({ name, problem }) => `  ${name} did not report: ${problem}`);
  const more = failures.length - shown.length;
  return more > 0 ? [...shown, `  and ${more} more did not report`] : shown;
}
